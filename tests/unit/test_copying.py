"""Codecs and tables are pickled and copied like upstream's: whole, and independent of the original."""
import copy
import pickle
import sys

import pytest

from support.implementations import SUBJECT, upstream
from support.implementations import subject as hpack
from support.state import decoder_state, encoder_state, table_state

HEADERS = [(":method", "GET"), ("name", "value"), ("other", "field"), ("name", "välue")]

WAYS = {"deepcopy": copy.deepcopy}
WAYS |= {f"pickle {n}": (lambda thing, n=n: pickle.loads(pickle.dumps(thing, n)))
         for n in range(2, pickle.HIGHEST_PROTOCOL + 1)}
ways = pytest.mark.parametrize("way", WAYS)


class Encoder(hpack.Encoder):
    def add(self, to_add, sensitive, huffman=False):
        return super().add(to_add, True, huffman)


class Decoder(hpack.Decoder):
    pass


class Table(hpack.table.HeaderTable):
    pass


def used_encoder(cls=hpack.Encoder):
    encoder = cls()
    encoder.encode(HEADERS)
    encoder.header_table_size = 200
    encoder.header_table_size = 300
    return encoder


def used_decoder(cls=hpack.Decoder):
    decoder = cls(3000)
    decoder.decode(upstream.Encoder().encode(HEADERS))
    decoder.max_allowed_table_size = 5000
    return decoder


@ways
@pytest.mark.parametrize("cls", [hpack.Encoder, Encoder], ids=["stock", "subclass"])
def test_encoder(way, cls):
    encoder = used_encoder(cls)
    made = WAYS[way](encoder)
    assert type(made) is cls
    assert encoder_state(made) == encoder_state(encoder)
    assert made.header_table is not encoder.header_table
    for headers in (HEADERS, [("new", "field")], HEADERS):
        assert made.encode(headers) == encoder.encode(headers)
        assert encoder_state(made) == encoder_state(encoder)
    made.encode([("more", "fields")])
    assert encoder_state(made) != encoder_state(encoder) or cls is Encoder


@ways
@pytest.mark.parametrize("cls", [hpack.Decoder, Decoder], ids=["stock", "subclass"])
def test_decoder(way, cls):
    decoder = used_decoder(cls)
    made = WAYS[way](decoder)
    assert type(made) is cls
    assert decoder_state(made) == decoder_state(decoder)
    for block in (b"\xbe\xbf", b"\x40\x01a\x01b", b"\xbe"):
        assert made.decode(block) == decoder.decode(block)
    made.decode(b"\x40\x01x\x01y")
    assert decoder_state(made) != decoder_state(decoder)


@ways
@pytest.mark.parametrize("cls", [hpack.table.HeaderTable, Table], ids=["stock", "subclass"])
@pytest.mark.parametrize("entries", [0, 1, 3, 200])
def test_table(way, cls, entries):
    table = cls()
    for n in range(entries):
        table.add(b"name", b"%d" % n)
    table.maxsize = 4000
    made = WAYS[way](table)
    assert type(made) is cls
    assert table_state(made) == table_state(table)
    assert made.search(b"name", b"0") == table.search(b"name", b"0")
    made.add(b"more", b"")
    assert table_state(made) != table_state(table)


@ways
def test_attributes_of_ones_own(way):
    for thing in (used_encoder(), used_decoder(), hpack.table.HeaderTable(), used_encoder(Encoder)):
        thing.note = ["kept"]
        made = WAYS[way](thing)
        assert made.note == ["kept"] and made.note is not thing.note


@ways
def test_replaced_parts(way):
    encoder = hpack.Encoder()
    encoder.header_table = Table()
    encoder.huffman_coder = hpack.huffman.HuffmanEncoder(list(range(257)), [8] * 257)
    encoder.encode(HEADERS)
    made = WAYS[way](encoder)
    assert type(made.header_table) is Table
    assert made.encode(HEADERS) == encoder.encode(HEADERS)
    assert made.encode([("fresh", "field")]) == encoder.encode([("fresh", "field")])


@ways
def test_entries_changed_by_hand(way):
    table = hpack.table.HeaderTable()
    table.add(b"name", b"value")
    table.dynamic_entries.append((b"by", b"hand"))
    made = WAYS[way](table)
    assert table_state(made) == table_state(table)


def test_shallow_copies_share_what_upstreams_share():
    for make in (used_encoder, used_decoder):
        codec = make()
        made = copy.copy(codec)
        assert type(made) is type(codec)
        assert made.header_table is codec.header_table
        theirs = copy.copy(upstream.Encoder())
        assert isinstance(theirs, upstream.Encoder)


@ways
def test_coder(way):
    for coder in (hpack.Encoder().huffman_coder, hpack.huffman.HuffmanEncoder(list(range(257)), [8] * 257)):
        assert WAYS[way](coder).encode(b"text") == coder.encode(b"text")


@ways
def test_exceptions(way):
    for name in ("HPACKError", "HPACKDecodingError", "InvalidTableIndex", "InvalidTableIndexError",
                 "OversizedHeaderListError", "InvalidTableSizeError"):
        made = WAYS[way](getattr(hpack, name)("text", 5))
        assert type(made) is getattr(hpack, name) and made.args == ("text", 5)


class Trimming:
    """Says itself what belongs to a copy."""

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name != "lock"}


class TrimmingEncoder(Trimming, hpack.Encoder):
    pass


class TrimmingDecoder(Trimming, hpack.Decoder):
    pass


@pytest.mark.skipif(SUBJECT == "hpack" and sys.version_info < (3, 11), reason="no object.__getstate__ yet")
@pytest.mark.parametrize("cls", [TrimmingEncoder, TrimmingDecoder])
def test_state_that_a_subclass_chooses(cls):
    codec = cls()
    codec.lock, codec.label = object(), "label"
    codec.header_table.add(b"name", b"value")
    made = copy.deepcopy(codec)
    assert type(made) is cls
    assert made.label == "label"
    assert not hasattr(made, "lock")
    assert list(made.header_table.dynamic_entries) == [(b"name", b"value")]
