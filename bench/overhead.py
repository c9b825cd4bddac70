"""What a call costs whatever the block holds: blocks of nothing and of one indexed field."""

from collections.abc import Iterator, Sequence

from bench import calls
from bench.implementations import Implementation
from bench.measure import Case

BLOCKS: tuple[tuple[str, bytes, list], ...] = (
    ("no field", b"", []),
    ("one indexed field", b"\x82", [(b":method", b"GET")]),
)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Both directions for each block, at the codec's defaults."""
    for name, block, headers in BLOCKS:
        yield calls.case(
            "smallest blocks",
            f"decode, {name}",
            implementations,
            lambda each, block=block: (each.Decoder().decode, (block, True)),
            plain=lambda each, decoded: each.plain(decoded),
        )
        yield calls.case(
            "smallest blocks",
            f"encode, {name}",
            implementations,
            lambda each, headers=headers: (each.Encoder().encode, (each.fields(headers),)),
        )
