"""Against libnghttp2: each side reads what the other wrote, with tables that grow, shrink and evict."""
import random

import pytest

from differential import nghttp2
from fuzz.blocks import SIZES, headers
from support.implementations import subject as hpack

pytestmark = pytest.mark.skipif(nghttp2.library is None, reason="libnghttp2 cannot be loaded")


def described(decoded):
    return [(*header, not header.indexable) for header in decoded]


def decoder():
    made = hpack.Decoder(max_header_list_size=2**24)
    made.max_allowed_table_size = 2**16
    return made


@pytest.mark.parametrize("seed", range(20))
def test_reads_nghttp2(seed):
    rng = random.Random(seed)
    deflater, ours = nghttp2.Deflater(table_size=2**16), decoder()
    for _ in range(60):
        if rng.random() < 0.15:
            deflater.resize(rng.choice(SIZES))
        sent = headers(rng, most=12)
        found = ours.decode(deflater.encode(sent), raw=True)
        assert [header[:2] for header in found] == [header[:2] for header in sent]
        # nghttp2 adds some of its own (short cookies, authorization), and an exact match needs no such mark.
        for header, (_, _, sensitive) in zip(found, sent):
            assert not sensitive or header.indexable is False or tuple(header) in hpack.table.HeaderTable.STATIC_TABLE


@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("seed", range(20))
def test_is_read_by_nghttp2(seed, huffman):
    rng = random.Random(seed)
    encoder, inflater, ours = hpack.Encoder(), nghttp2.Inflater(table_size=2**16), decoder()
    last = 4096
    for _ in range(60):
        if rng.random() < 0.15:
            size = rng.choice([size for size in SIZES if size != last])
            last = encoder.header_table_size = size
        sent = headers(rng, most=12)
        block = encoder.encode(sent, huffman)
        found = inflater.decode(block)
        assert [field[:2] for field in found] == [header[:2] for header in sent]
        assert found == described(ours.decode(block, raw=True))
        table = list(encoder.header_table.dynamic_entries), encoder.header_table._current_size
        assert inflater.table() == table


def test_oracle_reads_and_refuses():
    """The oracle itself, on what the RFC says."""
    inflater = nghttp2.Inflater()
    assert inflater.decode(bytes.fromhex("828684410f7777772e6578616d706c652e636f6d"))[3] == (
        b":authority", b"www.example.com", False)
    assert inflater.table() == ([(b":authority", b"www.example.com")], 57)
    assert inflater.decode(b"\x10\x01n\x01v") == [(b"n", b"v", True)]
    for bad in (b"\x80", b"\xbf", b"\x82\x20", b"\x40\x05ab", b"\x00\x84\xff\xff\xff\xff\x00"):
        with pytest.raises(nghttp2.Rejected):
            nghttp2.Inflater().decode(bad)
