"""Appendix B as a state machine over half octets, the form in which upstream's `hpack.huffman_table` publishes it.

No codec of ours runs on it; `fasth2.hpack.huffman_table` makes it for whoever asks.
"""
from __future__ import annotations

from fasth2.codec.rfc7541 import EOS, HUFFMAN_CODE

COMPLETE = 1     # the string may end here: nothing but padding since the last symbol
EMIT_SYMBOL = 2  # these bits complete a symbol
FAIL = 4         # these bits complete EOS

MAX_PADDING = 7  # bits (RFC 7541 section 5.2)


def state_table() -> list[tuple[int, int, int]]:
    """Upstream's HUFFMAN_TABLE: a list of (next state, flags, symbol), 16 for each state, one for each half octet.

    A state is a proper prefix of a code; states are numbered in lexical order.
    """
    symbols = {format(code, f"0{length}b"): symbol for symbol, (code, length) in enumerate(HUFFMAN_CODE)}
    prefixes = sorted({code[:end] for code in symbols for end in range(len(code))})
    number = {prefix: state for state, prefix in enumerate(prefixes)}
    return [transition(prefix, nibble, number, symbols) for prefix in prefixes for nibble in range(16)]


def transition(prefix: str, nibble: int, number: dict[str, int], symbols: dict[str, int]) -> tuple[int, int, int]:
    """(next state, flags, symbol) for the bits of `prefix` (str of 0 and 1) followed by those of `nibble` (int)."""
    flags = symbol = 0
    for bit in format(nibble, "04b"):
        prefix += bit
        if prefix in symbols:
            symbol = symbols[prefix]
            if symbol == EOS:
                return 0, FAIL, 0
            flags, prefix = EMIT_SYMBOL, ""
    if len(prefix) <= MAX_PADDING and "0" not in prefix:
        flags |= COMPLETE
    return number[prefix], flags, symbol
