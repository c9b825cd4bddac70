"""Strings that are not ASCII, decoded to str: what CPython makes of the same octets, and its refusals."""
import itertools
import random

import pytest

from support.implementations import subject as hpack

FIRST = b"\x40"  # with incremental indexing
WITHOUT = b"\x00"


def literal(first, name, value):
    def string(octets):
        return hpack.hpack.encode_integer(len(octets), 7) + octets

    return bytes(first + string(name) + string(value))


def assert_as_python(octets, first=FIRST):
    decoder = hpack.Decoder()
    block = literal(first, b"n" + octets, octets)
    try:
        wanted = ("n" + octets.decode(), octets.decode())
    except UnicodeDecodeError:
        with pytest.raises(hpack.HPACKDecodingError, match="Unable to decode headers as UTF-8"):
            decoder.decode(block)
    else:
        (found,) = decoder.decode(block)
        assert found == wanted and hash(found) == hash(wanted)
        assert [part.isascii() for part in found] == [part.isascii() for part in wanted]
        assert sum(map(ord, found[0])) == sum(map(ord, wanted[0]))
    if first == FIRST:
        assert decoder.decode(b"\xbe", raw=True) == [(b"n" + octets, octets)]


def test_all_of_two_octets():
    """One block for all that are text, and one decoder for all that are none."""
    decoder, texts = hpack.Decoder(max_header_list_size=2**40), []
    for pair in itertools.product(range(256), repeat=2):
        octets = bytes(pair)
        try:
            texts.append(octets.decode())
        except UnicodeDecodeError:
            with pytest.raises(hpack.HPACKDecodingError, match="UTF-8"):
                decoder.decode(literal(WITHOUT, b"", octets))
    block = b"".join(literal(WITHOUT, b"", text.encode()) for text in texts)
    assert [value for _, value in decoder.decode(block)] == texts


@pytest.mark.parametrize("first", [FIRST, WITHOUT], ids=["indexed", "not indexed"])
def test_edges_of_each_length(first):
    """RFC 3629 section 4: overlong forms, surrogates, what is above U+10FFFF, and what is cut short."""
    leads = [0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5,
             0xF7, 0xF8, 0xFC, 0xFE, 0xFF]
    others = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for lead, second in itertools.product(leads, others):
        assert_as_python(bytes([lead, second]), first)
        assert_as_python(bytes([lead, second, 0x80]), first)
        for third, fourth in ((0x80, 0x80), (0xBF, 0xBF), (0x80, 0x7F), (0xC2, 0x80)):
            assert_as_python(bytes([lead, second, third, fourth]), first)


@pytest.mark.parametrize("code", [0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF], ids=hex)
@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 30, 31, 32, 33, 62, 63, 64, 65, 66, 200, 400])
def test_each_width_at_each_length(code, length):
    for text in (chr(code) * length, "a" * length + chr(code), chr(code) + "a" * length, "é" * length + chr(code)):
        assert_as_python(text.encode())
        assert_as_python(text.encode(), WITHOUT)
        assert_as_python(text.encode()[:-1])


def test_random_octets():
    rng = random.Random(7)
    for _ in range(3000):
        text = "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0x800), rng.randrange(0xD800),
                                       rng.randrange(0xE000, 0x110000)])) for _ in range(rng.randrange(1, 12)))
        octets = bytearray(text.encode())
        if rng.random() < 0.5:
            octets[rng.randrange(len(octets))] = rng.randrange(256)
        assert_as_python(bytes(octets), rng.choice([FIRST, WITHOUT]))
