"""Prefix integers (RFC 7541 section 5.1) at every boundary, as `encode_integer` and `decode_integer` expose them."""
import inspect

import pytest

from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import outcome

PREFIXES = range(1, 9)
LIMIT = 5  # octets that may follow the first one


def boundaries(prefix):
    """Values around each change in the number of octets, and around C's integer widths."""
    full = 2**prefix - 1
    edges = [0, full] + [full + 128**groups for groups in range(1, 6)]
    edges += [2**bits for bits in (15, 16, 31, 32, 33, 35, 63, 64, 100)]
    return sorted({edge + step for edge in edges for step in (-1, 0, 1) if edge + step >= 0})


def reference(value, prefix):
    """Section 5.1's pseudo code."""
    full = 2**prefix - 1
    if value < full:
        return bytes([value])
    octets, rest = [full], value - full
    while rest >= 128:
        octets.append(rest % 128 + 128)
        rest //= 128
    return bytes([*octets, rest])


@pytest.mark.parametrize("prefix", PREFIXES)
def test_encode_at_boundaries(prefix):
    for value in boundaries(prefix):
        encoded = hpack.hpack.encode_integer(value, prefix)
        assert type(encoded) is bytearray
        assert encoded == reference(value, prefix), value


@pytest.mark.parametrize("prefix", PREFIXES)
def test_round_trip_at_boundaries(prefix):
    for value in boundaries(prefix):
        wire = reference(value, prefix)
        if len(wire) <= 1 + LIMIT:
            assert hpack.hpack.decode_integer(wire, prefix) == (value, len(wire))
            assert hpack.hpack.decode_integer(wire + b"\xff\x80", prefix) == (value, len(wire))
        else:
            with pytest.raises(hpack.HPACKDecodingError, match="^Variable integer representation is too long"):
                hpack.hpack.decode_integer(wire, prefix)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_bits_above_the_prefix_are_ignored(prefix):
    above = 0xFF & ~(2**prefix - 1)
    for value in boundaries(prefix):
        wire = bytearray(reference(value, prefix))
        if len(wire) <= 1 + LIMIT:
            wire[0] |= above
            assert hpack.hpack.decode_integer(bytes(wire), prefix) == (value, len(wire))


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("groups", range(1, 8))
@pytest.mark.parametrize("padding", [0x80, 0xFF])
def test_length_limit(prefix, groups, padding):
    """`groups` octets follow the prefix, the last of them the first without a continuation bit."""
    wire = bytes([0xFF] + [padding] * (groups - 1) + [0x7F])
    expected = outcome(upstream.hpack.decode_integer, wire, prefix)
    assert outcome(hpack.hpack.decode_integer, wire, prefix) == expected
    assert (expected[0] == "returned") == (groups <= LIMIT)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_truncated_at_every_offset(prefix):
    for value in boundaries(prefix):
        wire = reference(value, prefix)[:1 + LIMIT]
        for end in range(len(wire)):
            with pytest.raises(hpack.HPACKDecodingError, match="^Unable to decode HPACK integer representation from"):
                hpack.hpack.decode_integer(wire[:end], prefix)


def test_largest_value_of_six_octets():
    assert hpack.hpack.decode_integer(b"\x1f\xff\xff\xff\xff\x7f", 5) == (2**35 - 1 + 31, 6)
    assert hpack.hpack.decode_integer(b"\x1f\x80\x80\x80\x80\x00", 5) == (31, 6)


def test_too_long_beats_truncated():
    with pytest.raises(hpack.HPACKDecodingError, match="too long"):
        hpack.hpack.decode_integer(b"\x1f\xff\xff\xff\xff\xff", 5)


@pytest.mark.parametrize("prefix", [-1, 0, 9, 2**70, -2**70])
@pytest.mark.parametrize("call", [
    lambda module, prefix: module.encode_integer(10, prefix),
    lambda module, prefix: module.decode_integer(b"\x0a", prefix),
])
def test_prefix_out_of_range(call, prefix):
    assert outcome(call, hpack.hpack, prefix) == outcome(call, upstream.hpack, prefix)
    with pytest.raises(ValueError, match=f"Prefix bits must be between 1 and 8, got {prefix}"):
        call(hpack.hpack, prefix)


@pytest.mark.parametrize("value", [-1, -2**31, -2**63, -2**100])
def test_negative(value):
    with pytest.raises(ValueError, match=f"Can only encode positive integers, got {value}"):
        hpack.hpack.encode_integer(value, 5)


def test_result_is_fresh_and_mutable():
    first = hpack.hpack.encode_integer(5, 7)
    first[0] |= 0x80
    first += b"more"
    assert hpack.hpack.encode_integer(5, 7) == b"\x05"


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda wire: memoryview(b"\x00" + wire)[1:],
                                  lambda wire: memoryview(bytes(o for octet in wire for o in (octet, 0)))[::2]],
                         ids=["bytes", "bytearray", "memoryview", "slice", "strided"])
def test_decodes_buffers(make):
    assert hpack.hpack.decode_integer(make(b"\x1f\x9a\x0a"), 5) == (1337, 3)


@pytest.mark.parametrize("arguments", [("5", 5), (5, "5"), (None, 5), (5, None), (5.0, 5), (5,), (), (5, 5, 5)])
def test_encode_bad_arguments(arguments):
    with pytest.raises(TypeError):
        hpack.hpack.encode_integer(*arguments)


@pytest.mark.parametrize("arguments", [(None, 5), (5, 5), ("\x05", 5), (b"\x05", None), (b"\x05", "5"), (b"\x05",)])
def test_decode_bad_arguments(arguments):
    with pytest.raises(TypeError):
        hpack.hpack.decode_integer(*arguments)


@pytest.mark.parametrize("value, prefix", [(True, True), (False, 8), (200, True)])
def test_bools_are_integers(value, prefix):
    assert hpack.hpack.encode_integer(value, prefix) == upstream.hpack.encode_integer(value, prefix)


def test_index_objects():
    class Five(int):
        pass

    assert hpack.hpack.encode_integer(Five(5), Five(5)) == b"\x05"
    assert hpack.hpack.decode_integer(b"\x05", Five(5)) == (5, 1)


@pytest.mark.parametrize("name", ["encode_integer", "decode_integer"])
def test_keywords(name):
    ours, theirs = (list(inspect.signature(getattr(module, name)).parameters)
                    for module in (hpack.hpack, upstream.hpack))
    assert ours == theirs
    assert hpack.hpack.encode_integer(integer=10, prefix_bits=5) == b"\x0a"
    assert hpack.hpack.decode_integer(data=b"\x0a", prefix_bits=5) == (10, 1)


@pytest.mark.difference("bounded-messages")
def test_error_is_short_however_long_the_input():
    with pytest.raises(hpack.HPACKDecodingError, match="^Variable integer representation is too long") as caught:
        hpack.hpack.decode_integer(b"\xff" * 100_000, 7)
    assert len(str(caught.value)) < 300
