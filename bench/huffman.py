"""Huffman coding (RFC 7541 section 5.2), called from Python."""

from collections.abc import Iterator, Sequence

from bench import calls
from bench.implementations import Implementation, upstream
from bench.measure import Case

_COOKIE = b"sid=8f14e45fceea167a5a36dedd4bea2543; _ga=GA1.2.1806749921.1730712345; theme=dark; consent=2025-11-04; "
TEXTS = (  # name, text, how many times upstream's speed
    ("20 octets", b"www.example.com/shop", 30.0),
    ("200 octets", (_COOKIE * 2)[:200], 75.0),
    ("4 KiB", (_COOKIE * 40)[:4096], None),
)


def _coder(each: Implementation):
    constants = each.pieces.huffman_constants
    return each.pieces.huffman.HuffmanEncoder(constants.REQUEST_CODES, constants.REQUEST_CODES_LENGTH)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Both directions for each text."""
    drop_ins = [each for each in implementations if each.drop_in]
    for name, text, floor in TEXTS:
        count = max(40, calls.CALLS * 20 // len(text))
        yield calls.case(
            "Huffman",
            f"HuffmanEncoder.encode, {name}",
            drop_ins,
            lambda each, text=text: (_coder(each).encode, (text,)),
            floor=floor,
            calls=count,
        )
        code = _coder(upstream()).encode(text)
        yield calls.case(
            "Huffman",
            f"decode_huffman, {name}",
            drop_ins,
            lambda each, code=code: (each.pieces.huffman_table.decode_huffman, (code,)),
            floor=floor,
            calls=count,
        )
