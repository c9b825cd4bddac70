"""Decoding what is broken: upstream's error class, a short message, upstream's table afterwards, and never a crash."""
import array
import mmap
import random

import pytest

from support.corpus import OWN, own_lists
from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import decoder_state, fields, outcome

pair = pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])


def both(limit=2**16):
    return hpack.Decoder(limit), upstream.Decoder(limit)


def assert_same(decoders, block, raw=False):
    found, expected = (outcome(decoder.decode, block, raw=raw) for decoder in decoders)
    if expected[0] == "returned":
        assert found[0] == "returned", (block.hex(), found)
        assert fields(found[1]) == fields(expected[1])
    else:
        assert found == expected, block.hex()
        assert issubclass(getattr(hpack.exceptions, found[1]), hpack.HPACKError)
    assert decoder_state(decoders[0]) == decoder_state(decoders[1])
    return expected


def real_blocks():
    """Blocks of real headers with each representation, in Huffman code and plain."""
    blocks = []
    for path in OWN:
        encoder = upstream.Encoder()
        encoder.header_table_size = 1000
        for number, headers in enumerate(own_lists(path)[:4]):
            block = encoder.encode([header for header in headers if len(header[1]) < 300], huffman=number % 2 == 0)
            blocks.append(block)
    return blocks


BLOCKS = [block for block in real_blocks() if block]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_truncated_at_every_offset(number):
    for end in range(len(BLOCKS[number])):
        assert_same(both(), BLOCKS[number][:end])


@pytest.mark.parametrize("number", range(0, len(BLOCKS), 3))
def test_every_octet_changed(number):
    block = BLOCKS[number][:120]
    rng = random.Random(number)
    for at in range(len(block)):
        for value in {0x00, 0x20, 0x3F, 0x7F, 0x80, 0xFF, block[at] ^ 1 << rng.randrange(8)}:
            assert_same(both(), block[:at] + bytes([value]) + block[at + 1:], raw=at % 2 == 0)


# Section by section: block, whether what came before it was accepted, and what upstream says.
BROKEN = {
    "index 0": ("80", "InvalidTableIndex", "Invalid table index 0"),
    "index past the static table": ("be", "InvalidTableIndex", "Invalid table index 62"),
    "index of 35 bits": ("ffffffffff7f", "InvalidTableIndex", "Invalid table index 34359738494"),
    "name index past the end": ("7f010161", "InvalidTableIndex", "Invalid table index 64"),
    "name index past the end, not indexed": ("0f300161", "InvalidTableIndex", "Invalid table index 63"),
    "integer without an end": ("ffffffff", "HPACKDecodingError", "Unable to decode HPACK integer representation from"),
    "integer of seven octets": ("ff808080808001", "HPACKDecodingError", "Variable integer representation is too long"),
    "name length of seven octets": ("407f808080808001", "HPACKDecodingError",
                                    "Variable integer representation is too long"),
    "nothing after the first octet": ("40", "HPACKDecodingError", "Unable to decode HPACK integer representation from"),
    "name without a value": ("400161", "HPACKDecodingError", "Unable to decode HPACK integer representation from"),
    "name cut short": ("40026100", "HPACKDecodingError", None),
    "name longer than the block": ("400561", "HPACKDecodingError", "Truncated header block"),
    "value cut short": ("4001610562", "HPACKDecodingError", "Truncated header block"),
    "length of 2**31": ("4001617f81ffffff07", "HPACKDecodingError", "Truncated header block"),
    "length of 2**32": ("4001617f81ffffff0f", "HPACKDecodingError", "Truncated header block"),
    "length of 2**35": ("4001617fffffffff7f", "HPACKDecodingError", "Truncated header block"),
    "Huffman EOS": ("40016184ffffffff", "HPACKDecodingError", "Invalid Huffman string"),
    "Huffman EOS behind a symbol": ("400161851fffffffff", "HPACKDecodingError", "Invalid Huffman string"),
    "Huffman padding of zeros": ("4001618118", "HPACKDecodingError", "Incomplete Huffman string"),
    "Huffman padding of eight bits": ("40016181ff", "HPACKDecodingError", "Incomplete Huffman string"),
    "Huffman padding of more": ("40016182ffff", "HPACKDecodingError", "Incomplete Huffman string"),
    "Huffman symbol cut": ("40016181fe", "HPACKDecodingError", "Incomplete Huffman string"),
    "Huffman name": ("4081ff0161", "HPACKDecodingError", "Incomplete Huffman string"),
    "size update after a field": ("8220", "HPACKDecodingError", "Table size update not at the start of the block"),
    "size update after a literal": ("00016101623f00", "HPACKDecodingError",
                                    "Table size update not at the start of the block"),
    "size update too large": ("3fe21f", "InvalidTableSizeError", "Encoder exceeded max allowable table size"),
    "size update of 2**35": ("3fffffffff7f", "InvalidTableSizeError", "Encoder exceeded max allowable table size"),
    "size update cut short": ("3fe1", "HPACKDecodingError", "Unable to decode HPACK integer representation from"),
    "size update of seven octets": ("3f808080808001", "HPACKDecodingError",
                                    "Variable integer representation is too long"),
}


@pair
@pytest.mark.parametrize("before", ["", "82", "4001610162", "20"],
                         ids=["first", "after indexed", "after literal", "after update"])
@pytest.mark.parametrize("case", BROKEN)
def test_broken(case, before, raw):
    block, error, message = BROKEN[case]
    expected = assert_same(both(), bytes.fromhex(before + block), raw)
    if not before:
        assert expected[:2] == ("raised", error)
        assert message is None or expected[2].startswith(message)


# Text


NOT_UTF8 = [b"\xff", b"\x80", b"a\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80",
            b"ok\xe2\x82"]


@pytest.mark.parametrize("octets", NOT_UTF8, ids=lambda octets: octets.hex())
@pytest.mark.parametrize("where", ["name", "value", "both"])
@pytest.mark.parametrize("first", [b"\x40", b"\x00", b"\x10"], ids=["indexed", "plain", "never"])
def test_not_utf8(octets, where, first):
    name = octets if where in ("name", "both") else b"name"
    value = octets if where in ("value", "both") else b"value"
    block = b"\x82" + first + bytes([len(name)]) + name + bytes([len(value)]) + value + b"\x84"
    decoders = both()
    expected = assert_same(decoders, block)
    assert expected == ("raised", "HPACKDecodingError", "Unable to decode headers as UTF-8")
    with pytest.raises(hpack.HPACKDecodingError) as caught:
        hpack.Decoder().decode(block)
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    assert_same(decoders, b"\xbe", raw=True)  # it is in the table all the same
    assert_same(decoders, b"\xbe", raw=False)
    assert_same(both(), block, raw=True)


def test_not_utf8_comes_after_every_other_error():
    for tail in ("80", "40", "8220", "ff808080808001"):
        assert_same(both(), b"\x40\x01\xff\x01a" + bytes.fromhex(tail))
    assert_same(both(60), b"\x40\x01\xff\x01a" * 3)


# Limits


@pair
@pytest.mark.parametrize("limit",
                         [0, 1, 31, 32, 33, 41, 42, 43, 84, 2**16, 2**31, 2**63, 2**64, -1, 42.0, 41.5, float("inf"),
                          True])
def test_list_limit(limit, raw):
    decoders = both(limit)
    for block in (b"\x82", b"\x40\x01a\x01b", b"\x82\x82", b"\xbe\xbe", b"\x82\x80", b"\x40\x01c\x01d\x40\x01e\x01f",
                  b""):
        assert_same(decoders, block, raw)


@pytest.mark.parametrize("limit", [None, "1", b"", [], object()], ids=["None", "str", "bytes", "list", "object"])
def test_list_limit_of_another_type(limit):
    for block in (b"", b"\x20", b"\x82", b"\x80"):
        ours, theirs = both(limit)
        assert outcome(ours.decode, block)[:2] == outcome(theirs.decode, block)[:2]
        ours, theirs = both()
        ours.max_header_list_size = theirs.max_header_list_size = limit
        assert outcome(ours.decode, block)[:2] == outcome(theirs.decode, block)[:2]


@pytest.mark.parametrize("allowed", [0, 1, 100, 4095, 4096, 4097, 2**31, 2**32, 2**40, 2**70, -1, 100.5, float("inf"),
                                     None, "4096", True])
def test_allowed_table_size(allowed):
    ours, theirs = both()
    ours.max_allowed_table_size = theirs.max_allowed_table_size = allowed
    for block in (b"", b"\x82", b"\x20", b"\x3f\x45\x82", b"\x3f\xe1\x1f", b"\x3f\xe2\x1f",
                  b"\x3f\xff\xff\xff\xff\x0f", b"\x82"):
        found, expected = outcome(ours.decode, block), outcome(theirs.decode, block)
        assert found[:2] == expected[:2]
        assert decoder_state(ours) == decoder_state(theirs)


def test_oversize_stops_at_once():
    """What follows the field that is too much is neither looked at nor inserted."""
    decoders = both(100)
    expected = assert_same(decoders, b"\x40\x01a\x01b" * 3 + b"\x80\xff\xff")
    assert expected[1] == "OversizedHeaderListError"
    assert len(decoders[0].header_table.dynamic_entries) == 3


def test_header_bomb_is_stopped():
    decoder = hpack.Decoder()
    decoder.decode(b"\x40\x01a\x7f\xa1\x1e" + b"v" * 4000)
    with pytest.raises(hpack.OversizedHeaderListError):
        decoder.decode(b"\xbe" * 1_000_000)
    assert decoder.decode(b"\xbe")[0] == ("a", "v" * 4000)


# Messages


@pytest.mark.difference("bounded-messages")
@pytest.mark.parametrize("block", [b"\x40" + b"\xff" * 200_000, b"\x40\x01a" + b"\xff" * 200_000,
                                   b"\x82" * 1000 + b"\x00\x01a\xff\x80\x80\x80\x80\x80\x01" + b"a" * 100_000],
                         ids=["name", "value", "late"])
def test_messages_are_short(block):
    with pytest.raises(hpack.HPACKError) as caught:
        hpack.Decoder(2**30).decode(block)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("block", [b"\xff" * 200_000, b"\x82" * 1000 + b"\x80", b"\x40\x7e" + b"a" * 100],
                         ids=["index too long", "index zero", "truncated"])
def test_messages_that_are_short_in_upstream(block):
    for module in (hpack, upstream):
        with pytest.raises(module.HPACKError) as caught:
            module.Decoder(2**30).decode(block)
        assert len(str(caught.value)) < 300


@pytest.mark.difference("errors-release-the-block")
def test_errors_do_not_hold_the_block():
    """A traceback that a server keeps must not keep megabytes of a peer's octets alive."""
    block = bytearray(b"\x82" * 1000 + b"\x80")
    with pytest.raises(hpack.HPACKError) as caught:
        hpack.Decoder(2**30).decode(block)
    block.clear()  # BufferError while anything still exports it
    assert str(caught.value) == "Invalid table index 0"


# Buffers


BUFFERS = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "memoryview of bytearray": lambda octets: memoryview(bytearray(octets)),
    "slice": lambda octets: memoryview(b"\xff" + octets + b"\xff")[1:-1],
    "strided": lambda octets: memoryview(bytes(o for octet in octets for o in (octet, 0xFF)))[::2],
    "backwards": lambda octets: memoryview(octets[::-1])[::-1],
    "array": lambda octets: array.array("B", octets),
    "bytes subclass": lambda octets: type("Octets", (bytes,), {})(octets),
}


@pair
@pytest.mark.parametrize("kind", BUFFERS)
def test_buffers(kind, raw):
    for block in (b"", b"\x82\x40\x01a\x01b\xbe", BLOCKS[0], BLOCKS[5], b"\x82\x80", b"\x40\xff"):
        found = outcome(hpack.Decoder().decode, BUFFERS[kind](block), raw=raw)
        expected = outcome(upstream.Decoder().decode, block, raw=raw)
        assert found == expected
        if found[0] == "returned":
            assert all(type(item) is (bytes if raw else str) for header in found[1] for item in header)


def test_buffer_is_released():
    buffer = bytearray(BLOCKS[0])
    for block in (BLOCKS[0], b"\x82\x80", b"\x40\xff"):
        buffer[:] = block
        view = memoryview(buffer)
        outcome(hpack.Decoder().decode, view)
        view.release()
        buffer.extend(b"more")  # BufferError if the decoder kept hold of it


def test_mapped_file(tmp_path):
    path = tmp_path / "block"
    path.write_bytes(BLOCKS[0])
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert hpack.Decoder().decode(mapped) == upstream.Decoder().decode(BLOCKS[0])


@pytest.mark.parametrize("data", [None, "", "text", 5, 1.5, [], [0x82], (0x82,), {}, object(), iter(b"\x82"), bytes],
                         ids=repr)
def test_not_a_buffer(data):
    decoder = hpack.Decoder()
    with pytest.raises(TypeError):
        decoder.decode(data)
    assert decoder_state(decoder) == decoder_state(hpack.Decoder())
    with pytest.raises(TypeError):
        upstream.Decoder().decode(data)


@pytest.mark.difference("views-of-other-items")
@pytest.mark.parametrize("view", [
    memoryview(array.array("I", [0x82, 0x86])), memoryview(array.array("H", [0x8286])),
    memoryview(array.array("I", [0x82, 0x86, 0x84]))[::2],
], ids=["I", "H", "strided I"])
def test_views_of_other_items_are_refused(view):
    """Upstream takes their items for octets."""
    with pytest.raises(TypeError, match="buffer of octets"):
        hpack.Decoder().decode(view)


@pytest.mark.parametrize("view", [memoryview(array.array("d", [1.0])), memoryview(b"\x82").cast("c"),
                                  memoryview(b"\x82\x86\x84\x82").cast("B", (2, 2))], ids=["d", "c", "two dimensions"])
def test_views_that_upstream_cannot_take(view):
    result = outcome(hpack.Decoder().decode, view)
    assert result[1] in ("TypeError", "NotImplementedError") or (view.format == "c" and result[0] == "returned")


def test_released_view():
    view = memoryview(b"\x82")
    view.release()
    with pytest.raises(ValueError, match="released"):
        hpack.Decoder().decode(view)


# What remains after an error


def test_decoder_goes_on_after_errors():
    """The connection is dead, but the object is not: every later call is answered as upstream answers it."""
    decoders = both(2000)
    rng = random.Random(4)
    for _ in range(600):
        block = rng.choice(BLOCKS)
        if rng.random() < 0.6:
            at = rng.randrange(len(block))
            block = block[:at] + rng.randbytes(rng.randrange(4)) + block[at + rng.randrange(3):]
        assert_same(decoders, block, raw=rng.random() < 0.5)


@pair
def test_closure_over_random_octets(raw):
    """HPACKError and nothing else, whatever the octets."""
    rng = random.Random(5)
    decoder = hpack.Decoder()
    accepted = 0
    for _ in range(20_000):
        try:
            decoder.decode(rng.randbytes(rng.randrange(1, 12)), raw)
            accepted += 1
        except hpack.HPACKError:
            pass
    assert 100 < accepted < 19_900
