"""`hpack.huffman_table`: the Huffman decoder, and the state table that upstream's decoder walks."""
from __future__ import annotations

from fasth2.codec.huffman import decode_huffman
from fasth2.codec.statetable import COMPLETE as HUFFMAN_COMPLETE
from fasth2.codec.statetable import EMIT_SYMBOL as HUFFMAN_EMIT_SYMBOL
from fasth2.codec.statetable import FAIL as HUFFMAN_FAIL
from fasth2.codec.statetable import state_table
from fasth2.errors.hpack import HPACKDecodingError

__all__ = [
    "HPACKDecodingError",
    "HUFFMAN_COMPLETE",
    "HUFFMAN_EMIT_SYMBOL",
    "HUFFMAN_FAIL",
    "HUFFMAN_TABLE",
    "decode_huffman",
]

HUFFMAN_TABLE: list[tuple[int, int, int]]  # takes 400 kB and is made when somebody asks for it

TYPE_CHECKING = False  # typing's own would cost its import
if not TYPE_CHECKING:  # a type checker would take it for any name

    def __getattr__(name):
        if name != "HUFFMAN_TABLE":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        global HUFFMAN_TABLE
        HUFFMAN_TABLE = state_table()
        return HUFFMAN_TABLE
