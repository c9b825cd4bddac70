"""hpack.struct: header tuples."""
from __future__ import annotations

from typing import TYPE_CHECKING

from assertions import assert_type
from hpack.struct import Header, HeaderTuple, HeaderWeaklyTyped, NeverIndexedHeaderTuple


def lengths(headers: list[Header]) -> list[int]:
    return [len(name) + len(value) for name, value in headers]


def first(header: HeaderWeaklyTyped) -> bytes | str:
    return header[0]


class Marked(HeaderTuple):
    """A caller's own."""

    __slots__ = ()
    indexable = False


header = HeaderTuple(b"name", b"value")
assert_type(header, HeaderTuple)
assert_type(header[0], bytes)
assert_type(header.indexable, bool)
assert_type(HeaderTuple.indexable, bool)
never = NeverIndexedHeaderTuple("name", "value")
assert_type(never, NeverIndexedHeaderTuple)
name, value = header
assert_type(name, bytes)
pair: tuple[bytes, bytes] = header
base: HeaderTuple = never
assert not never.indexable and not Marked("a", "b").indexable
assert lengths([header, (b"a", b"b")]) == [9, 2]
assert first(("text", b"value")) == "text"

if TYPE_CHECKING:  # what a type checker refuses
    lengths([("text", "text")])  # type: ignore[list-item]
    header.index = 1  # type: ignore[method-assign, assignment]
    never = HeaderTuple(b"a", b"b")  # type: ignore[assignment]
