"""The dynamic table as a deque: a live view over a compiled table, and the work on one that was loosened.

The functions take the table first and reach it by upstream's attribute names alone, so that a subclass is heard.
"""
from __future__ import annotations

import logging
from collections import deque
from collections.abc import MutableSequence
from functools import total_ordering

from fasth2.errors.hpack import InvalidTableIndex

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    _Pair: TypeAlias = tuple[bytes, bytes]

OVERHEAD = 32  # RFC 7541 section 4.1

log: logging.Logger = logging.getLogger("hpack.table")


def _plain(other: Any) -> Any:
    return other.copy() if isinstance(other, DynamicEntries) else other


def _changing(name: str) -> Callable[..., Any]:
    method = getattr(deque, name)

    def change(self: DynamicEntries, *args: Any, **kwargs: Any) -> Any:
        result = method(self._table._loosen(), *args, **kwargs)
        return self if name in ("__iadd__", "__imul__") else result

    change.__name__ = name
    change.__doc__ = method.__doc__
    return change


@total_ordering
class DynamicEntries:
    """A table's dynamic entries, newest first, as (name, value) tuples of bytes; upstream has a deque here.

    Reading leaves the table as it is. The first change by hand moves the table's entries into a real deque, on
    which this and every later change works.
    """

    __slots__ = ("_table",)
    __hash__ = None  # type: ignore[assignment]
    maxlen = None

    def __init__(self, table: Any) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table._entry_count()

    def __getitem__(self, position: int) -> _Pair:
        return deque(self._table._snapshot())[position]

    def __iter__(self) -> Iterator[_Pair]:
        return self._walk(self._table._snapshot())

    def __reversed__(self) -> Iterator[_Pair]:
        return self._walk(self._table._snapshot()[::-1])

    def _walk(self, snapshot: list[_Pair]) -> Iterator[_Pair]:
        version = self._table._version()
        for entry in snapshot:
            if self._table._version() != version:
                raise RuntimeError("deque mutated during iteration")
            yield entry

    def __contains__(self, entry: object) -> bool:
        return entry in self._table._snapshot()

    def __eq__(self, other: object) -> bool:
        return self.copy() == _plain(other)

    def __lt__(self, other: DynamicEntries | deque[_Pair]) -> bool:
        return self.copy() < _plain(other)

    def __repr__(self) -> str:
        return repr(self.copy())

    def __add__(self, other: DynamicEntries | deque[_Pair]) -> deque[_Pair]:
        return self.copy() + _plain(other)

    def __mul__(self, times: int) -> deque[_Pair]:
        return self.copy() * times

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, ...]:
        return deque, (self._table._snapshot(),)

    def copy(self) -> deque[_Pair]:
        """The entries in a deque of the caller's own."""
        return deque(self._table._snapshot())

    __copy__ = copy

    def count(self, entry: _Pair) -> int:
        return self._table._snapshot().count(entry)

    def index(self, entry: _Pair, *bounds: int) -> int:
        return self.copy().index(entry, *bounds)

    append = _changing("append")
    appendleft = _changing("appendleft")
    clear = _changing("clear")
    extend = _changing("extend")
    extendleft = _changing("extendleft")
    insert = _changing("insert")
    pop = _changing("pop")
    popleft = _changing("popleft")
    remove = _changing("remove")
    reverse = _changing("reverse")
    rotate = _changing("rotate")
    __delitem__ = _changing("__delitem__")
    __setitem__ = _changing("__setitem__")
    __iadd__ = _changing("__iadd__")
    __imul__ = _changing("__imul__")


MutableSequence.register(DynamicEntries)


def get_by_index(table: Any, static_table: tuple[_Pair, ...], index: int) -> _Pair:
    """HeaderTable.get_by_index() of a loosened table."""
    if 1 <= index <= len(static_table):
        return static_table[index - 1]
    position = index - len(static_table) - 1
    if 0 <= position < len(table.dynamic_entries):
        return table.dynamic_entries[position]
    raise InvalidTableIndex("Invalid table index %d" % index)


def search(
    table: Any, static_mapping: dict[bytes, tuple[int, dict[bytes, int]]], name: bytes, value: bytes,
) -> tuple[int, bytes, bytes | None] | None:
    """HeaderTable.search() of a loosened table, or for strings that are not bytes."""
    partial = None
    known = static_mapping.get(name)
    if known:
        first, values = known
        index = values.get(value)
        if index is not None:
            return index, name, value
        partial = first, name, None
    for index, (entry_name, entry_value) in enumerate(table.dynamic_entries, 62):
        if entry_name == name:
            if entry_value == value:
                return index, entry_name, entry_value
            partial = partial or (index, entry_name, None)
    return partial


def add(table: Any, name: bytes, value: bytes) -> None:
    """HeaderTable.add() of a loosened table."""
    size = OVERHEAD + len(name) + len(value)
    if size > table._maxsize:
        table.dynamic_entries.clear()
        table._current_size = 0
    else:
        table.dynamic_entries.appendleft((name, value))
        table._current_size += size
        table._shrink()


def resize(table: Any, newmax: int) -> None:
    """HeaderTable.maxsize of a loosened table being set."""
    oldmax = table._maxsize
    table._maxsize = newmax
    table.resized = newmax != oldmax
    if newmax <= 0:
        table.dynamic_entries.clear()
        table._current_size = 0
    elif oldmax > newmax:
        table._shrink()


def shrink(table: Any) -> None:
    """Evicts the oldest entries of a loosened table until the rest fits."""
    size = table._current_size
    while size > table._maxsize:
        name, value = table.dynamic_entries.pop()
        size -= OVERHEAD + len(name) + len(value)
        log.debug("Evicting %s: %s from the header table", name, value)
    table._current_size = size
