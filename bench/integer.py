"""Prefix integers (RFC 7541 section 5.1), called from Python."""

from collections.abc import Iterator, Sequence

from bench import calls
from bench.implementations import Implementation
from bench.measure import Case

VALUES = (  # name, integer, prefix bits, encoding
    ("one octet", 10, 5, b"\x0a"),
    ("three octets", 1337, 5, b"\x1f\x9a\x0a"),
    ("five octets", 1 << 27, 7, b"\x7f\x81\xff\xff\x3f"),
)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Both directions for each value."""
    drop_ins = [each for each in implementations if each.drop_in]
    for name, integer, bits, encoding in VALUES:
        yield calls.case(
            "integers",
            f"encode_integer, {name}",
            drop_ins,
            lambda each, arguments=(integer, bits): (each.pieces.hpack.encode_integer, arguments),
            floor=3.0,
        )
        yield calls.case(
            "integers",
            f"decode_integer, {name}",
            drop_ins,
            lambda each, arguments=(encoding, bits): (each.pieces.hpack.decode_integer, arguments),
            floor=4.0,
        )
