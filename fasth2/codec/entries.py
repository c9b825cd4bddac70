"""The dynamic table as a deque: a live view over a compiled table, and the work on one that was loosened.

The functions take the table first and reach it by upstream's attribute names alone, so that a subclass is heard.
"""
import logging
from collections import deque
from collections.abc import MutableSequence
from functools import total_ordering

from fasth2.errors.hpack import InvalidTableIndex

OVERHEAD = 32  # RFC 7541 section 4.1

log = logging.getLogger("hpack.table")


@total_ordering
class DynamicEntries:
    """A table's dynamic entries, newest first, as (name, value) tuples of bytes; upstream has a deque here.

    Reading leaves the table as it is. The first change by hand moves the table's entries into a real deque, on
    which this and every later change works.
    """

    __slots__ = ("_table",)
    __hash__ = None
    maxlen = None

    def __init__(self, table):
        self._table = table

    def __len__(self):
        return self._table._entry_count()

    def __getitem__(self, position):
        return deque(self._table._snapshot())[position]

    def __iter__(self):
        return self._walk(self._table._snapshot())

    def __reversed__(self):
        return self._walk(self._table._snapshot()[::-1])

    def _walk(self, snapshot):
        version = self._table._version()
        for entry in snapshot:
            if self._table._version() != version:
                raise RuntimeError("deque mutated during iteration")
            yield entry

    def __contains__(self, entry):
        return entry in self._table._snapshot()

    def __eq__(self, other):
        return self.copy() == _plain(other)

    def __lt__(self, other):
        return self.copy() < _plain(other)

    def __repr__(self):
        return repr(self.copy())

    def __add__(self, other):
        return self.copy() + _plain(other)

    def __mul__(self, times):
        return self.copy() * times

    __rmul__ = __mul__

    def __reduce__(self):
        return deque, (self._table._snapshot(),)

    def copy(self):
        """The entries in a deque of the caller's own."""
        return deque(self._table._snapshot())

    __copy__ = copy

    def count(self, entry):
        return self._table._snapshot().count(entry)

    def index(self, entry, *bounds):
        return self.copy().index(entry, *bounds)


def _plain(other):
    return other.copy() if isinstance(other, DynamicEntries) else other


def _changing(name):
    method = getattr(deque, name)

    def change(self, *args, **kwargs):
        result = method(self._table._loosen(), *args, **kwargs)
        return self if name in ("__iadd__", "__imul__") else result

    change.__name__ = name
    change.__doc__ = method.__doc__
    return change


for _name in ("append", "appendleft", "clear", "extend", "extendleft", "insert", "pop", "popleft", "remove", "reverse",
              "rotate", "__delitem__", "__setitem__", "__iadd__", "__imul__"):
    setattr(DynamicEntries, _name, _changing(_name))
MutableSequence.register(DynamicEntries)


def get_by_index(table, static_table, index):
    """HeaderTable.get_by_index() of a loosened table."""
    if 1 <= index <= len(static_table):
        return static_table[index - 1]
    position = index - len(static_table) - 1
    if 0 <= position < len(table.dynamic_entries):
        return table.dynamic_entries[position]
    raise InvalidTableIndex("Invalid table index %d" % index)


def search(table, static_mapping, name, value):
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


def add(table, name, value):
    """HeaderTable.add() of a loosened table."""
    size = OVERHEAD + len(name) + len(value)
    if size > table._maxsize:
        table.dynamic_entries.clear()
        table._current_size = 0
    else:
        table.dynamic_entries.appendleft((name, value))
        table._current_size += size
        table._shrink()


def resize(table, newmax):
    """HeaderTable.maxsize of a loosened table being set."""
    oldmax = table._maxsize
    table._maxsize = newmax
    table.resized = newmax != oldmax
    if newmax <= 0:
        table.dynamic_entries.clear()
        table._current_size = 0
    elif oldmax > newmax:
        table._shrink()


def shrink(table):
    """Evicts the oldest entries of a loosened table until the rest fits."""
    size = table._current_size
    while size > table._maxsize:
        name, value = table.dynamic_entries.pop()
        size -= OVERHEAD + len(name) + len(value)
        log.debug("Evicting %s: %s from the header table", name, value)
    table._current_size = size
