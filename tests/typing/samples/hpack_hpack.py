"""hpack.hpack: the codecs, and what they are built from."""
from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from assertions import assert_type
from hpack.hpack import (
    DEFAULT_MAX_HEADER_LIST_SIZE,
    INDEX_INCREMENTAL,
    INDEX_NEVER,
    INDEX_NONE,
    VARINT_MAX_LENGTH,
    Decoder,
    Encoder,
    decode_integer,
    encode_integer,
    log,
)
from hpack.huffman import HuffmanEncoder
from hpack.struct import HeaderTuple
from hpack.table import HeaderTable

assert_type([DEFAULT_MAX_HEADER_LIST_SIZE, VARINT_MAX_LENGTH], list[int])
assert_type([INDEX_INCREMENTAL, INDEX_NEVER, INDEX_NONE], list[bytes])
assert_type(log, logging.Logger)

assert_type(encode_integer(1337, 5), bytearray)
assert_type(decode_integer(bytes(encode_integer(1337, 5)), 5), tuple[int, int])
assert decode_integer(memoryview(b"\x1f\x9a\x0a"), 5) == (1337, 3)


class Counting(Encoder):
    """Overrides a step, as upstream types it."""

    def __init__(self) -> None:
        super().__init__()
        self.indexed = 0

    def _encode_indexed(self, index: int) -> bytes:
        self.indexed += 1
        return super()._encode_indexed(index)

    def add(self, to_add: tuple[bytes, bytes], sensitive: bool, huffman: bool = False) -> bytes:
        return super().add(to_add, sensitive, huffman)


class Strict(Decoder):
    """Overrides what is public."""

    def decode(self, data: bytes, raw: bool = False) -> Iterable[HeaderTuple]:
        return list(super().decode(data, raw))


encoder = Counting()
assert_type(encoder.header_table, HeaderTable)
assert_type(encoder.header_table_size, int)
assert_type(encoder.huffman_coder, HuffmanEncoder)
assert_type(encoder.table_size_changes, list[int])
encoder.header_table_size = 100
encoder.header_table = HeaderTable()
assert_type(encoder.encode([(b":method", b"GET")]), bytes)
assert encoder.indexed == 1

decoder = Strict()
assert_type(decoder.header_table, HeaderTable)
assert_type(decoder.header_table_size, int)
assert_type(decoder.max_header_list_size, int)
assert_type(decoder.max_allowed_table_size, int)
decoder.header_table_size = decoder.max_allowed_table_size
assert len(list(decoder.decode(b"\x82"))) == 1

if TYPE_CHECKING:  # what a type checker refuses
    encode_integer("1", 5)  # type: ignore[arg-type]
    decode_integer([1], 5)  # type: ignore[arg-type]
    encoder.header_table_size = "100"  # type: ignore[assignment]
    decoder.header_table = None  # type: ignore[assignment]
    encoder.add(("text", "text"), False)  # type: ignore[arg-type]
