"""The header table (RFC 7541 section 2.3), called from Python: 4 KiB, full."""

from collections.abc import Iterator, Sequence

from bench import calls
from bench.implementations import Implementation
from bench.measure import Case

ENTRIES = [(b"x-field-%02d" % number, b"value of the header field %02d" % number) for number in range(60)]
SEARCHES = (
    ("search, static pair", b":method", b"GET"),
    ("search, static name", b":path", b"/not/in/the/table"),
    ("search, newest entry", *ENTRIES[-1]),
    ("search, oldest entry", *ENTRIES[4]),
    ("search, no match", b"x-unknown", b"value"),
)


def _full(each: Implementation):
    table = each.pieces.table.HeaderTable()
    for name, value in ENTRIES:
        table.add(name, value)
    return table


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Adding (with an eviction each time), searching, indexing."""
    drop_ins = [each for each in implementations if each.drop_in]
    yield calls.case("table", "add, evicting", drop_ins, lambda each: (_full(each).add, ENTRIES[0]), calls=500)
    for name, *arguments in SEARCHES:
        yield calls.case(
            "table",
            name,
            drop_ins,
            lambda each, arguments=tuple(arguments): (_full(each).search, arguments),
            calls=500,
        )
    for name, index in (("get_by_index, static", 2), ("get_by_index, dynamic", 90)):
        yield calls.case(
            "table",
            name,
            drop_ins,
            lambda each, index=index: (_full(each).get_by_index, (index,)),
            calls=500,
            plain=lambda each, entry: tuple(entry),
        )
