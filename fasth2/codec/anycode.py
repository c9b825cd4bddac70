"""Huffman coding with a table of codes that is not RFC 7541's, by upstream's arithmetic."""
from __future__ import annotations

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def encode_with(codes: Sequence[int], lengths: Sequence[int], octets: Iterable[int] | None) -> bytes:
    """`octets` in `codes` of so many bits (`lengths`), padded with ones. Upstream: HuffmanEncoder.encode.

    A code may be one bit too long, and then changes its neighbour. The halves are joined pairwise, since joining them
    one by one takes quadratic time.
    """
    if not octets:
        return b""
    parts = []
    for octet in octets:
        length = lengths[octet]
        parts.append((codes[octet] & 2 ** (length + 1) - 1, length))
    while len(parts) > 1:
        joined = [(a << n | b, m + n) for (a, m), (b, n) in zip(parts[::2], parts[1::2])]
        parts = joined + parts[len(joined) * 2 :]
    bits, length = parts[0]
    padding = -length % 8
    bits = bits << padding | (1 << padding) - 1
    return bits.to_bytes(max((length + padding) // 8, (bits.bit_length() + 7) // 8, 1), "big")
