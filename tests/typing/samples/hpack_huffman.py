"""hpack.huffman, hpack.huffman_constants, hpack.huffman_table: Huffman coding."""
from __future__ import annotations

from typing import TYPE_CHECKING

from assertions import assert_type
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hpack.huffman_table import (
    HUFFMAN_COMPLETE,
    HUFFMAN_EMIT_SYMBOL,
    HUFFMAN_FAIL,
    HUFFMAN_TABLE,
    decode_huffman,
)

assert_type(REQUEST_CODES, list[int])
assert_type(REQUEST_CODES_LENGTH, list[int])
assert_type([HUFFMAN_COMPLETE, HUFFMAN_EMIT_SYMBOL, HUFFMAN_FAIL], list[int])
assert_type(HUFFMAN_TABLE, list[tuple[int, int, int]])

coder = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)
assert_type(coder.huffman_code_list, list[int])
assert_type(coder.huffman_code_list_lengths, list[int])
coded = coder.encode(b"www.example.com")
assert_type(coded, bytes)
assert_type(coder.encode(None), bytes)
for form in (coded, bytearray(coded), memoryview(coded)):
    assert_type(decode_huffman(form), bytes)
assert decode_huffman(coded) == b"www.example.com" and decode_huffman(None) == b""

if TYPE_CHECKING:  # what a type checker refuses
    coder.encode("text")  # type: ignore[arg-type]
    decode_huffman("text")  # type: ignore[arg-type]
    HuffmanEncoder(REQUEST_CODES)  # type: ignore[call-arg]
