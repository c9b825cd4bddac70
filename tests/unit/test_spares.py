"""Strings and tuples of field lines that nobody has any more are used again; nobody may be able to tell."""
import sys

import pytest

from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import outcome

KINDS = pytest.mark.parametrize("raw", [True, False], ids=["bytes", "str"])


def without_indexing(value: bytes, coded: bool = False) -> bytes:
    """A block of one literal, `:authority: value`, which enters no table."""
    octets = hpack.huffman.HuffmanEncoder(
        hpack.huffman_constants.REQUEST_CODES, hpack.huffman_constants.REQUEST_CODES_LENGTH).encode(value)
    octets = octets if coded else value
    assert len(octets) < 127
    return b"\x01" + bytes([len(octets) | 0x80 * coded]) + octets


def text(length: int, number: int) -> bytes:
    return bytes(97 + (number + at) % 26 for at in range(length))


@KINDS
@pytest.mark.parametrize("coded", [False, True], ids=["plain", "Huffman"])
def test_every_length_again_and_again(raw, coded):
    decoder = hpack.Decoder()
    for number in range(12):
        for length in range(90):
            value = text(length, number)
            [(name, got)] = decoder.decode(without_indexing(value, coded), raw=raw)
            assert got == (value if raw else value.decode())
            assert type(got) is type(name) and len(got) == length
            assert sys.getsizeof(got) == sys.getsizeof(value if raw else value.decode())


@KINDS
def test_the_hash_is_that_of_what_it_holds(raw):
    decoder = hpack.Decoder()
    for number in range(40):
        value = text(20, number)
        [field] = decoder.decode(without_indexing(value), raw=raw)
        expected = (b":authority", value) if raw else (":authority", value.decode())
        assert hash(field[1]) == hash(expected[1])  # and now it is in the string
        assert hash(field) == hash(expected)
        assert {expected[1]: number}[field[1]] == number
        del field


@KINDS
def test_what_somebody_has_stays_as_it_is(raw):
    decoder = hpack.Decoder()
    kept, expected = [], []
    for number in range(300):
        [(_, value)] = decoder.decode(without_indexing(text(9, number)), raw=raw)
        kept.append(value)
        expected.append(text(9, number) if raw else text(9, number).decode())
    for number in range(300):
        decoder.decode(without_indexing(text(9, 7 * number)), raw=raw)
    assert kept == expected


def test_interned_text_stays_interned():
    words = [f"interned-{number:04}" for number in range(50)]
    for word in words:
        [(_, value)] = hpack.Decoder().decode(without_indexing(word.encode()))
        known = sys.intern(value)
        assert known == word
        del value, known
    decoder = hpack.Decoder()
    for number in range(50):
        decoder.decode(without_indexing(text(13, number)))
    assert [sys.intern("".join(word)) for word in words] == words


def test_bytes_and_text_are_apart():
    decoder = hpack.Decoder()
    for number in range(30):
        for raw in (True, False):
            [(_, value)] = decoder.decode(without_indexing(text(12, number)), raw=raw)
            assert type(value) is (bytes if raw else str)
            assert value == (text(12, number) if raw else text(12, number).decode())
            del value


def test_text_that_is_not_ascii_is_not_used_again():
    decoder = hpack.Decoder()
    for number in range(30):
        [(_, value)] = decoder.decode(without_indexing("zwölf Boxkämpfer".encode()))
        assert value == "zwölf Boxkämpfer"
        [(_, value)] = decoder.decode(without_indexing(text(16, number)))
        assert value == text(16, number).decode() and value.isascii()


def test_callers_strings_in_header_tuples():
    """Strings that the decoder has not made come into the same pool."""
    for number in range(30):
        hpack.HeaderTuple("".join(["name", str(number % 10)]), bytes(bytearray(text(5, number))))
    decoder = hpack.Decoder()
    for number in range(30):
        for raw in (True, False):
            [(_, value)] = decoder.decode(without_indexing(text(5, number)), raw=raw)
            assert value == (text(5, number) if raw else text(5, number).decode())


def blocks() -> list[bytes]:
    """Literals with names by an index of one and two octets, in all kinds, plain and coded, long and short."""
    made = []
    firsts = "41", "01", "11", "0f0d", "1f0d", "7f00", "7f01", "0f8001", "2f"
    for first in map(bytes.fromhex, firsts):
        for value in (b"", b"0123456789", text(50, 1)):
            made.append(first + without_indexing(value, bool(value))[1:])
        made += [first + without_indexing(text(5, 1))[1:], first + b"\x7f\x17" + text(150, 1)]
    return made


@KINDS
@pytest.mark.parametrize("filled", [False, True], ids=["empty table", "filled table"])
def test_every_cut_of_every_kind_of_literal(raw, filled):
    warm = b"".join(b"\x41" + without_indexing(text(20, number))[1:] for number in range(4)) if filled else b""
    for block in blocks():
        for end in range(len(block) + 1):
            given = b"\x82" + block[:end] + b"\x84\xbe"
            results = []
            for implementation in (hpack, upstream):
                decoder = implementation.Decoder()
                if warm:
                    decoder.decode(warm, raw=not raw)  # the entries are of the other form
                    decoder.decode(b"\xbe\xc0", raw=raw)
                results.append((outcome(decoder.decode, given, raw=raw),
                                list(decoder.header_table.dynamic_entries)))
            assert results[0] == results[1], given


@KINDS
@pytest.mark.parametrize("most", [-1, 0, 31, 43, 44, 90, 200])
def test_the_limit_of_a_header_list_in_the_middle_of_a_run(raw, most):
    for given in (b"\x82" * 8, b"\x82\x84\x41\x03abc\xbe\xbe", b"\x01\x03abc" * 5, b"\x82\xff\x7f", b""):
        results = []
        for implementation in (hpack, upstream):
            decoder = implementation.Decoder(max_header_list_size=most)
            results.append((outcome(decoder.decode, given, raw=raw), list(decoder.header_table.dynamic_entries)))
        assert results[0] == results[1], given
