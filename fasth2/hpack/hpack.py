"""`hpack.hpack`."""
from fasth2.codec.encoder import to_bytes as _to_bytes  # noqa: F401
from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple
from fasth2.codec.huffman import HuffmanEncoder, decode_huffman
from fasth2.codec.integer import decode_integer, encode_integer
from fasth2.codec.stepwise import (
    DEFAULT_MAX_HEADER_LIST_SIZE,
    INDEX_INCREMENTAL,
    INDEX_NEVER,
    INDEX_NONE,
    Decoder,
    Encoder,
    log,
)
from fasth2.codec.stepwise import dict_to_iterable as _dict_to_iterable  # noqa: F401
from fasth2.codec.stepwise import unicode_if_needed as _unicode_if_needed  # noqa: F401
from fasth2.codec.table import HeaderTable, table_entry_size
from fasth2.errors.hpack import HPACKDecodingError, InvalidTableSizeError, OversizedHeaderListError
from fasth2.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from fasth2.hpack.struct import HeaderWeaklyTyped

__all__ = [
    "DEFAULT_MAX_HEADER_LIST_SIZE",
    "INDEX_INCREMENTAL",
    "INDEX_NEVER",
    "INDEX_NONE",
    "REQUEST_CODES",
    "REQUEST_CODES_LENGTH",
    "VARINT_MAX_LENGTH",
    "Decoder",
    "Encoder",
    "HPACKDecodingError",
    "HeaderTable",
    "HeaderTuple",
    "HeaderWeaklyTyped",
    "HuffmanEncoder",
    "InvalidTableSizeError",
    "NeverIndexedHeaderTuple",
    "OversizedHeaderListError",
    "decode_huffman",
    "decode_integer",
    "encode_integer",
    "log",
    "table_entry_size",
]

VARINT_MAX_LENGTH = 5  # octets of an integer after its prefix
_PREFIX_BIT_MAX_NUMBERS = [2 ** bits - 1 for bits in range(9)]
