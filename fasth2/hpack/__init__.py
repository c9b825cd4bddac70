"""hpack 4.2.0's API on fasth2's codec."""
from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple
from fasth2.codec.stepwise import Decoder, Encoder
from fasth2.errors.hpack import (
    HPACKDecodingError,
    HPACKError,
    InvalidTableIndex,
    InvalidTableIndexError,
    InvalidTableSizeError,
    OversizedHeaderListError,
)
from fasth2.hpack import exceptions, hpack, huffman, huffman_constants, huffman_table, struct, table  # noqa: F401

__all__ = [
    "Decoder",
    "Encoder",
    "HPACKDecodingError",
    "HPACKError",
    "HeaderTuple",
    "InvalidTableIndex",
    "InvalidTableIndexError",
    "InvalidTableSizeError",
    "NeverIndexedHeaderTuple",
    "OversizedHeaderListError",
]

__version__ = "4.2.0"
