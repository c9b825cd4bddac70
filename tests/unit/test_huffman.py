"""Huffman coding of string literals (RFC 7541 section 5.2) against upstream and against Appendix B itself."""
import copy
import inspect
import os
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fasth2.codec import huffman
from fasth2.codec.rfc7541 import EOS, HUFFMAN_CODE
from fasth2.errors.hpack import HPACKDecodingError
from fasth2.hpack import huffman_table
from fasth2.hpack.huffman import HuffmanEncoder
from fasth2.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from fasth2.hpack.huffman_table import decode_huffman

upstream = pytest.importorskip("hpack.huffman_table")
upstream_huffman = pytest.importorskip("hpack.huffman")
upstream_constants = pytest.importorskip("hpack.huffman_constants")

ALL_THREE_OCTETS = "FASTH2_EXHAUSTIVE"  # environment: all 16.8 million strings of three octets (some minutes)

stock = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)
theirs = upstream_huffman.HuffmanEncoder(upstream_constants.REQUEST_CODES, upstream_constants.REQUEST_CODES_LENGTH)


def bits_of(text):
    return "".join(format(code, f"0{length}b") for code, length in (HUFFMAN_CODE[octet] for octet in text))


def octets_of(bits, padding="1"):
    bits += padding * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def outcome(call, *args):
    """The result of a call, or the name and text of its exception."""
    try:
        return call(*args)
    except Exception as error:
        return type(error).__qualname__, str(error)


def same(coded):
    assert outcome(decode_huffman, coded) == outcome(upstream.decode_huffman, coded), coded.hex()


# The code itself

def test_every_symbol():
    for symbol in range(256):
        coded = octets_of(bits_of([symbol]))
        assert stock.encode(bytes([symbol])) == coded
        assert decode_huffman(coded) == bytes([symbol])


def test_every_pair():
    for first in range(256):
        for second in range(256):
            text = bytes([first, second])
            coded = octets_of(bits_of(text))
            assert stock.encode(text) == coded
            assert decode_huffman(coded) == text


@pytest.mark.parametrize("bits", range(31))
def test_every_padding(bits):
    """Each pattern of up to 10 bits, and ones with a single zero for longer padding, after texts of all alignments."""
    patterns = {format(n, f"0{bits}b") for n in range(1 << bits)} if 0 < bits <= 10 else set()
    patterns |= {"1" * bits} | {"1" * i + "0" + "1" * (bits - i - 1) for i in range(bits)}
    for text in (b"", b"0", b"a ", b"www", b"0 :&", b"01234567", b"\n", b"www.example.com/" * 2, b"\xff|<", b"0" * 13):
        prefix = bits_of(text)
        for pattern in patterns:
            if (len(prefix) + bits) % 8 == 0:
                same(octets_of(prefix + pattern))
        if bits < 8 and (len(prefix) + bits) % 8 == 0:
            assert decode_huffman(octets_of(prefix + "1" * bits)) == text
        if (len(prefix) + bits) % 8 == 0 and bits >= 8:
            with pytest.raises(HPACKDecodingError):
                decode_huffman(octets_of(prefix + "1" * bits))


@pytest.mark.parametrize("before", [b"", b"0", b"ab", b"01234567", b"\x00\n", b"www.example.com", b"x" * 40])
@pytest.mark.parametrize("after", [b"", b"0", b"abc", b"\n", b"x" * 40])
def test_eos_inside(before, after):
    eos = format(*[(code, f"0{length}b") for code, length in [HUFFMAN_CODE[EOS]]][0])
    coded = octets_of(bits_of(before) + eos + bits_of(after))
    with pytest.raises(HPACKDecodingError, match="^Invalid Huffman string$"):
        decode_huffman(coded)
    same(coded)


def test_every_truncation():
    coded = stock.encode(bytes(range(256)) * 2 + b"www.example.com")
    for end in range(len(coded)):
        same(coded[:end])
        same(coded[-end:])


# Against upstream

def test_all_strings_of_one_and_two_octets():
    for first in range(256):
        same(bytes([first]))
        for second in range(256):
            same(bytes([first, second]))


def test_strings_of_three_octets():
    numbers = range(1 << 24) if os.environ.get(ALL_THREE_OCTETS) else random.Random(3).sample(range(1 << 24), 30_000)
    for number in numbers:
        same(number.to_bytes(3, "big"))


def test_all_texts_of_two_octets_encode_as_upstream():
    for number in range(1 << 16):
        text = number.to_bytes(2, "big")
        assert stock.encode(text) == theirs.encode(text)


text_of_all_kinds = st.one_of(
    st.binary(max_size=300),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-./:;=?%&_ ABCXZ", max_size=300).map(str.encode),
    st.text(max_size=100).map(str.encode),
)


@given(st.binary(max_size=100))
def test_decodes_any_octets_as_upstream(coded):
    same(coded)


@given(text_of_all_kinds)
def test_round_trip_as_upstream(text):
    coded = stock.encode(text)
    assert coded == theirs.encode(text)
    assert decode_huffman(coded) == text


@given(text_of_all_kinds, st.data())
def test_damaged_strings_as_upstream(text, data):
    coded = bytearray(stock.encode(text) or b"\xff")
    for _ in range(data.draw(st.integers(1, 3))):
        coded[data.draw(st.integers(0, len(coded) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    same(bytes(coded) + data.draw(st.binary(max_size=5)))


def test_state_table_is_upstreams():
    assert huffman_table.HUFFMAN_TABLE == upstream.HUFFMAN_TABLE
    assert huffman_table.HUFFMAN_TABLE is huffman_table.HUFFMAN_TABLE
    for name in ("HUFFMAN_COMPLETE", "HUFFMAN_EMIT_SYMBOL", "HUFFMAN_FAIL"):
        assert getattr(huffman_table, name) == getattr(upstream, name)
    with pytest.raises(AttributeError):
        huffman_table.HUFFMAN_NOTHING


# Bounds: sizes around the stack's scratch buffer, with the shortest and the longest codes (run by the sanitizers)

@pytest.mark.parametrize("symbol", [b"0", b"\n", b"\x16", b"\xff", b"a", b"~", b"\x80", b"0\n", b"000\n", b"\n\n\n0"])
def test_runs_of_short_and_long_codes(symbol):
    for count in [*range(40), 250, 255, 256, 509, 510, 511, 512, 681, 682, 1274, 1275, 1276, 2035, 2047, 2048, 5000]:
        text = symbol * count
        coded = octets_of(bits_of(text))
        assert stock.encode(text) == coded
        assert decode_huffman(coded) == text
        with pytest.raises(HPACKDecodingError):
            decode_huffman(coded + b"\xff" * 2)


@pytest.mark.parametrize("length", range(24))
def test_long_codes_at_every_place(length):
    """Codes are put together by fours, and the last one to three; where these take too many bits, one by one."""
    for code in ("\n", "\xdc", "\x01", "<", "z", "0"):  # 30, 27, 23, 15, 7 and 5 bits
        for first in range(length):
            for count in range(1, min(5, length - first + 1)):
                text = ("a" * first + code * count + "a" * (length - first - count)).encode("latin-1")
                assert stock.encode(text) == theirs.encode(text)
                assert decode_huffman(stock.encode(text)) == text


def test_long_strings():
    text = random.Random(5).randbytes(1 << 20)
    assert decode_huffman(stock.encode(text)) == text


# What Python callers may pass

@pytest.mark.parametrize("empty", [b"", bytearray(), memoryview(b""), None, "", 0, [], (), False])
def test_whatever_is_false_is_empty(empty):
    assert decode_huffman(empty) == stock.encode(empty) == b""
    assert upstream.decode_huffman(empty) == theirs.encode(empty) == b""


BUFFERS = [
    bytes, bytearray, memoryview, list, tuple, iter,
    lambda octets: memoryview(bytearray(octets)),
    lambda octets: memoryview(octets + b"xx")[:-2],
    lambda octets: memoryview(b"".join(bytes([octet, 0]) for octet in octets))[::2],
    lambda octets: memoryview(octets[::-1])[::-1],
    lambda octets: type("Octets", (bytes,), {})(octets),
    lambda octets: memoryview(octets).cast("b"),
    lambda octets: memoryview(octets).cast("c"),
    lambda octets: memoryview(octets + b"\0" * (-len(octets) % 4)).cast("I"),
]


@pytest.mark.parametrize("make", BUFFERS)
@pytest.mark.parametrize("text", [b"www.example.com", b"\x00\x80\xff", b"a" * 3000])
def test_any_buffer(make, text):
    assert outcome(stock.encode, make(text)) == outcome(theirs.encode, make(text))
    coded = theirs.encode(text)
    assert outcome(decode_huffman, make(coded)) == outcome(upstream.decode_huffman, make(coded))


@pytest.mark.parametrize("wrong",
                         ["text", 3, 1.5, object, [256], [-1], [-300], ["a"], [None], {1: 2}, True, [1.0], {5}])
def test_wrong_types(wrong):
    ours, them = outcome(stock.encode, wrong), outcome(theirs.encode, wrong)
    assert ours == them or ours[0] == them[0]
    ours, them = outcome(decode_huffman, wrong), outcome(upstream.decode_huffman, wrong)
    assert ours == them or ours[0] == them[0]


def test_keywords_and_signatures():
    assert decode_huffman(huffman_string=b"\x1f") == b"a"
    assert stock.encode(bytes_to_encode=b"a") == b"\x1f"
    for name in ("__init__", "encode"):
        ours = inspect.signature(getattr(HuffmanEncoder, name)).parameters
        assert list(ours) == list(inspect.signature(getattr(upstream_huffman.HuffmanEncoder, name)).parameters)


def test_result_is_not_shared_with_the_argument():
    source = bytearray(b"www.example.com")
    coded = stock.encode(source)
    source[:] = b"x" * len(source)
    assert coded == theirs.encode(b"www.example.com")


# The encoder class and its lists

def encoder():
    """An encoder with lists of its own, still RFC 7541's."""
    return copy.deepcopy(stock)


def test_names():
    assert HuffmanEncoder.__module__ == "hpack.huffman"
    assert HuffmanEncoder.__qualname__ == "HuffmanEncoder"
    assert decode_huffman.__module__ == "hpack.huffman_table"
    assert repr(stock).startswith("<hpack.huffman.HuffmanEncoder object")


def test_lists_are_upstreams():
    assert REQUEST_CODES == upstream_constants.REQUEST_CODES
    assert REQUEST_CODES_LENGTH == upstream_constants.REQUEST_CODES_LENGTH
    assert isinstance(REQUEST_CODES, list) and repr(REQUEST_CODES) == repr(upstream_constants.REQUEST_CODES)
    assert stock.huffman_code_list is REQUEST_CODES
    assert stock.huffman_code_list_lengths is REQUEST_CODES_LENGTH


WRITES = {
    "setitem": lambda codes: codes.__setitem__(97, 0x1F),
    "slice": lambda codes: codes.__setitem__(slice(0, 2), [1, 2]),
    "delitem": lambda codes: codes.__delitem__(0),
    "iadd": lambda codes: codes.__iadd__([1]),
    "imul": lambda codes: codes.__imul__(2),
    "append": lambda codes: codes.append(1),
    "clear": lambda codes: codes.clear(),
    "extend": lambda codes: codes.extend([1]),
    "insert": lambda codes: codes.insert(0, 1),
    "pop": lambda codes: codes.pop(),
    "pop first": lambda codes: codes.pop(0),
    "remove": lambda codes: codes.remove(codes[5]),
    "reverse": lambda codes: codes.reverse(),
    "sort": lambda codes: codes.sort(key=lambda code: -code, reverse=True),
    "init": lambda codes: codes.__init__([1, 2, 3]),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("attribute", ["huffman_code_list", "huffman_code_list_lengths"])
def test_a_list_that_is_written_to_counts(write, attribute):
    ours = encoder()
    other = copy.deepcopy(theirs)
    assert huffman._is_stock(ours)
    write(getattr(ours, attribute))
    write(getattr(other, attribute))
    assert getattr(ours, attribute) == getattr(other, attribute)
    assert not huffman._is_stock(ours)
    assert outcome(ours.encode, b"www.example.com/~\xff") == outcome(other.encode, b"www.example.com/~\xff")
    assert huffman._is_stock(stock)


def test_replaced_lists_count():
    ours, other = encoder(), copy.deepcopy(theirs)
    for coder in (ours, other):
        coder.huffman_code_list = [0] * 257
        coder.huffman_code_list_lengths = [8] * 257
    assert not huffman._is_stock(ours)
    assert ours.encode(b"abc") == other.encode(b"abc") == bytes(3)
    ours.huffman_code_list, ours.huffman_code_list_lengths = REQUEST_CODES_LENGTH, REQUEST_CODES  # the wrong way round
    assert not huffman._is_stock(ours)


@given(st.lists(st.tuples(st.integers(-9, 1 << 33), st.integers(0, 33)), min_size=1, max_size=40),
       st.binary(max_size=80))
def test_any_code_as_upstream(code, text):
    """Codes longer than they say, empty ones, negative ones, octets without a code."""
    codes, lengths = [list(column) for column in zip(*code)]
    text = [octet % 48 for octet in text]
    ours, other = HuffmanEncoder(codes, lengths), upstream_huffman.HuffmanEncoder(codes, lengths)
    assert outcome(ours.encode, text) == outcome(other.encode, text)


def test_another_code_takes_linear_time_and_is_right():
    codes, lengths = list(range(256)), [8] * 256
    text = bytes(range(256)) * 400
    assert HuffmanEncoder(codes, lengths).encode(text) == text


@pytest.mark.parametrize("bad", [([], []), (None, None), ([1], [-3]), (["a"], [1]), ([1.0], [1])])
def test_bad_lists(bad):
    ours, other = HuffmanEncoder(*bad), upstream_huffman.HuffmanEncoder(*bad)
    assert outcome(ours.encode, b"\0")[0] == outcome(other.encode, b"\0")[0]


def test_is_stock():
    assert huffman._is_stock(stock) and huffman._is_stock(encoder())
    assert not huffman._is_stock(None)
    assert not huffman._is_stock(HuffmanEncoder(list(REQUEST_CODES), REQUEST_CODES_LENGTH))
    assert not huffman._is_stock(type("Sub", (HuffmanEncoder,), {})(REQUEST_CODES, REQUEST_CODES_LENGTH))


def test_is_stock_sees_patches_of_an_instance():
    ours = encoder()
    ours.encode = lambda text: b"patched"
    assert not huffman._is_stock(ours)
    del ours.encode
    assert huffman._is_stock(ours)
    vars(ours)["encode"] = lambda text: b"patched"
    assert ours.encode(b"a") == b"patched" and not huffman._is_stock(ours)


@pytest.mark.parametrize("name", ["encode", "huffman_code_list", "__getattribute__"])
def test_is_stock_sees_patches_of_the_class(name):
    for _ in range(3):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HuffmanEncoder, name, property(lambda self: 1 / 0), raising=False)
            assert not huffman._is_stock(stock)
        assert name not in vars(HuffmanEncoder) or delattr(HuffmanEncoder, name) is None
        assert huffman._is_stock(stock)


def test_a_patched_class_is_what_runs(monkeypatch):
    monkeypatch.setattr(HuffmanEncoder, "encode", lambda self, text: b"patched")
    assert stock.encode(b"a") == b"patched"


# Copies

@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol):
    ours = encoder()
    ours.note = ["kept"]
    restored = pickle.loads(pickle.dumps(ours, protocol))
    assert type(restored) is HuffmanEncoder and restored.note == ["kept"]
    assert restored.encode(b"www") == theirs.encode(b"www")
    assert huffman._is_stock(pickle.loads(pickle.dumps(stock, protocol)))
    assert pickle.loads(pickle.dumps(REQUEST_CODES, protocol)) == REQUEST_CODES


def test_copies():
    shallow, deep = copy.copy(stock), copy.deepcopy(stock)
    assert shallow.huffman_code_list is REQUEST_CODES
    deep.huffman_code_list[0] = 1
    assert huffman._is_stock(stock) and huffman._is_stock(shallow) and not huffman._is_stock(deep)
    assert type(copy.copy(deep.huffman_code_list)) is list


class Sub(HuffmanEncoder):
    """At module level, where pickle finds it."""

    def encode(self, bytes_to_encode):
        return super().encode(bytes_to_encode) + b"!"


def test_subclass():
    ours = Sub(REQUEST_CODES, REQUEST_CODES_LENGTH)
    ours.note = 1
    for other in (ours, copy.copy(ours), pickle.loads(pickle.dumps(ours))):
        assert type(other) is Sub and other.note == 1
        assert other.encode(b"www") == theirs.encode(b"www") + b"!"
