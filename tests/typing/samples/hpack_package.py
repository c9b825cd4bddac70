"""hpack: what the package itself offers."""
from __future__ import annotations

from typing import TYPE_CHECKING

import hpack
from assertions import assert_type
from hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple

assert_type(hpack.__version__, str)
assert_type(hpack.__all__, list[str])

encoder = Encoder()
block = encoder.encode([(":method", "GET"), (b"cookie", b"secret", True), HeaderTuple("a", "b")])
assert_type(block, bytes)
fields: dict[bytes | str, bytes | str] = {":path": "/", b"b": b"c"}
assert_type(hpack.Encoder().encode(fields, huffman=False), bytes)
assert_type(hpack.NeverIndexedHeaderTuple(b"name", b"value"), NeverIndexedHeaderTuple)

decoder = Decoder(max_header_list_size=2**16)
for header in decoder.decode(block):
    assert_type(header, HeaderTuple)
    assert_type(header.indexable, bool)
assert [tuple(header) for header in hpack.Decoder().decode(block, raw=True)][0] == (b":method", b"GET")

try:
    decoder.decode(b"\xff")
except hpack.OversizedHeaderListError as oversized:
    assert_type(oversized, hpack.OversizedHeaderListError)
except hpack.InvalidTableSizeError as size:
    assert_type(size, hpack.InvalidTableSizeError)
except (hpack.InvalidTableIndex, hpack.InvalidTableIndexError) as index:
    failed: hpack.HPACKDecodingError = index
except hpack.HPACKDecodingError as error:
    caught: hpack.HPACKError = error
    assert isinstance(caught, Exception)

if TYPE_CHECKING:  # what a type checker refuses
    encoder.encode([("only a name",)])  # type: ignore[list-item]
    encoder.encode([("name", 1)])  # type: ignore[list-item]
    encoder.encode("text")  # type: ignore[arg-type]
    decoder.decode("text")  # type: ignore[arg-type]
    decoder.decode(block)[0]  # type: ignore[index]
    Decoder("16")  # type: ignore[arg-type]
    encoder.nothing  # type: ignore[attr-defined]
