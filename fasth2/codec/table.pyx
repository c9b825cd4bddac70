# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The header tables as upstream's callers know them: HeaderTable (RFC 7541 section 2.3)."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.debuglog cimport answers_of, is_debugged, is_surely_silent
from fasth2.codec.dynamictable cimport (
    DEFAULT_LIMIT, STATIC_ENTRIES, DynamicTable, Probe, static_tuples, table_clear, table_evict,
    table_evict_oldest, table_insert, table_line,
)
from fasth2.codec.headertuple cimport HeaderTuple
from fasth2.codec.lock cimport hold, let_go
from fasth2.codec.steps cimport Steps, class_takes, declare, surely_takes
from fasth2.codec.tableentry cimport ENTRY_OVERHEAD
from fasth2.codec.tablesearch cimport table_search
from fasth2.codec.typeversion cimport drop_dict, has_attributes

import logging
from collections import deque
from copyreg import __newobj__
from operator import index as operator_index

from fasth2.codec import entries
from fasth2.codec.entries import DynamicEntries
from fasth2.errors.hpack import InvalidTableIndex

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1

cdef object log = logging.getLogger("hpack.table")
cdef object codec_log = logging.getLogger("hpack.hpack")
cdef dict log_answers = answers_of(log)
cdef dict codec_log_answers = answers_of(codec_log)
cdef int64_t HIGHEST_LIMIT = 1 << 62  # stands for every limit above it; sums with it still fit


cdef tuple static_pairs():
    cdef PyObject **lines = static_tuples(True)
    return tuple([<object>lines[index] for index in range(1, STATIC_ENTRIES + 1)])


# The static table as upstream has it.
cdef tuple STATIC_PAIRS = static_pairs()
cdef dict NAME_MAPPING = {}  # name -> (its first index, {value -> index})
for _index, (_name, _value) in enumerate(STATIC_PAIRS, 1):
    NAME_MAPPING.setdefault(_name, (_index, {}))[1][_value] = _index
del _index, _name, _value


cdef class Table(DynamicTable):
    """What HeaderTable is compiled from.

    A table that a caller shapes in a way that the ring does not know (a subclass, a patched class, entries that are
    not bytes, entries moved about by hand) is loosened: its entries move into a deque for good, and the functions of
    fasth2.codec.entries do what upstream's table does.
    """

    def __cinit__(self, *args, **kwargs):
        drop_dict(<PyObject *>self)

    def __init__(self):
        hold(&self.lock)
        _loose, _limit, _resized = self.loose, self.exact_limit, self.resized  # to be released when nothing is held
        table_clear(self)
        self.size = 0  # of a loosened table, too
        self.limit = DEFAULT_LIMIT
        self.exact_limit = None
        self.resized = False
        self.loose = None
        let_go(&self.lock)
        if not is_stock(self):
            self._loosen()

    def __repr__(self):
        return f"HeaderTable({self._maxsize}, {resized_of(self)}, {self.dynamic_entries!r})"

    @property
    def resized(self):
        """Whether the last change of `maxsize` changed it; a codec or a caller sets it back. Any object."""
        return resized_of(self)

    @resized.setter
    def resized(self, value):
        hold(&self.lock)
        _before = self.resized
        self.resized = value
        let_go(&self.lock)

    def get_by_index(self, index):
        """The (name, value) at `index` (int, from 1) in either table; InvalidTableIndex where there is none."""
        cdef int overflow = 0
        cdef long long number
        if loose_of(self) is not None:
            return entries.get_by_index(self, STATIC_PAIRS, index)
        index = operator_index(index)
        number = PyLong_AsLongLongAndOverflow(index, &overflow)  # an int's own comparison may be Python code
        if not overflow and 1 <= number <= STATIC_ENTRIES:
            return STATIC_PAIRS[number - 1]
        pair = None if overflow else line_at(self, number - STATIC_ENTRIES - 1)
        if pair is None:
            raise InvalidTableIndex("Invalid table index %d" % index)
        return pair

    def add(self, name, value):
        """Inserts an entry (bytes, bytes), evicting as RFC 7541 section 4.4 says."""
        loose = loose_of(self)
        if loose is None and not (is_stock(self) and PyBytes_CheckExact(name) and PyBytes_CheckExact(value)):
            loose = self._loosen()
        if loose is None:
            pair = HeaderTuple(name, value)
            if is_debugged(log, log_answers) and table_entry_size(name, value) <= self.limit:
                shrink_aloud(self, table_entry_size(name, value))
            if insert(self, pair, len(name) + len(value)):
                return None
        return entries.add(self, name, value)

    def search(self, name, value):
        """(index, name, value) of a matching entry, (index, name, None) where only a name matches, or None.

        The static table is searched first, then the dynamic one from its newest entry on.
        """
        cdef Probe probe
        cdef uint32_t found
        loose = loose_of(self)
        if loose is None and not is_stock(self):
            loose = self._loosen()
        if loose is not None or not (PyBytes_CheckExact(name) and PyBytes_CheckExact(value)):
            return entries.search(self, NAME_MAPPING, name, value)
        hold(&self.lock)
        found = table_search(self, <const uint8_t *>PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name),
                             <const uint8_t *>PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), &probe)
        let_go(&self.lock)
        if found:
            return found, name, value
        if probe.name:
            return probe.name, name, None
        return None

    @property
    def _maxsize(self):
        hold(&self.lock)
        try:
            return self.limit if self.exact_limit is None else self.exact_limit
        finally:
            let_go(&self.lock)

    @_maxsize.setter
    def _maxsize(self, newmax):
        exact_limit = None if -HIGHEST_LIMIT < newmax < HIGHEST_LIMIT else newmax
        if exact_limit is not None and type(exact_limit) is not int:  # can run Python code, when it is released too
            self._loosen()
        cdef int64_t limit = max(-HIGHEST_LIMIT, min(newmax, HIGHEST_LIMIT))
        hold(&self.lock)
        _before = self.exact_limit
        self.exact_limit = exact_limit
        self.limit = limit
        let_go(&self.lock)

    @property
    def _current_size(self):
        return self.size

    @_current_size.setter
    def _current_size(self, size):
        self._loosen()
        self.size = size

    def _shrink(self):
        """Evicts until the entries fit into `maxsize`."""
        if loose_of(self) is not None:
            entries.shrink(self)
        elif is_debugged(log, log_answers):
            shrink_aloud(self, 0)
        else:
            hold(&self.lock)
            table_evict(self, 0)
            let_go(&self.lock)

    @property
    def dynamic_entries(self):
        """The dynamic table, newest entry first: a live view with a deque's methods, or the deque itself."""
        loose = loose_of(self)
        return DynamicEntries(self) if loose is None else loose

    @dynamic_entries.setter
    def dynamic_entries(self, replacement):
        self._loosen()
        hold(&self.lock)
        _before = self.loose
        self.loose = replacement
        let_go(&self.lock)

    def _snapshot(self):
        """The entries of the dynamic table as a list of tuples of bytes, newest first."""
        hold(&self.lock)
        try:
            loose = self.loose
            if loose is None:
                return pairs_of(self)
        finally:
            let_go(&self.lock)
        return list(loose)

    def _version(self):
        """Something that is equal only while the entries are the same."""
        return self.newest, self.count, loose_of(self)

    def _entry_count(self):
        loose = loose_of(self)
        return self.count if loose is None else len(loose)

    def _loosen(self):
        """Moves the entries into a deque, for good, and returns it."""
        hold(&self.lock)
        try:
            if self.loose is None:
                snapshot = deque(pairs_of(self))
                size = self.size
                table_clear(self)
                self.size = size
                self.loose = snapshot
            return self.loose
        finally:
            let_go(&self.lock)

    def __getstate__(self):
        return (vars(self).copy(), self._maxsize, self.size, resized_of(self), self._snapshot(),
                loose_of(self) is not None)

    def __setstate__(self, state):
        attributes, maxsize, size, resized, snapshot, loose = state
        vars(self).update(attributes)
        self._maxsize = maxsize
        if loose:
            self._loosen().extend(snapshot)
            self.size = size
        else:
            for name, value in reversed(snapshot):
                self.add(name, value)
        (<object>self).resized = resized


cdef object loose_of(Table table):
    """The deque of a loosened table, or None."""
    hold(&table.lock)
    loose = table.loose
    let_go(&table.lock)
    return loose


cdef object resized_of(Table table):
    hold(&table.lock)
    resized = table.resized
    let_go(&table.lock)
    return resized


cdef list pairs_of(Table table):
    """The entries of a ring that is held, as tuples of bytes, newest first."""
    pairs = []
    while <uint32_t>len(pairs) < table.count:
        pairs.append(owned(table_line(table, <uint32_t>len(pairs), True)))
    return pairs


cdef object line_at(Table table, int64_t position):
    """An entry of the ring as a tuple of bytes, or None where there is none."""
    hold(&table.lock)
    try:
        return owned(table_line(table, <uint32_t>position, True)) if 0 <= position < table.count else None
    finally:
        let_go(&table.lock)


cdef bint insert(Table table, object pair, size_t size) except -1:
    """Enters a tuple of bytes; False, and nothing is done, if a log handler or a thread has loosened the table."""
    cdef int status = 1
    hold(&table.lock)
    if table.loose is None:
        Py_INCREF(pair)
        status = table_insert(table, <PyObject *>pair, size, NULL, NULL)
    let_go(&table.lock)
    if status < 0:
        raise MemoryError
    return status == 0


cdef inline object owned(PyObject *reference):
    """The object behind a new reference, which is taken over."""
    thing = <object>reference
    Py_DECREF(thing)
    return thing


cdef int set_maxsize(Table self, object newmax) except -1:
    """RFC 7541 section 4.3, with upstream's idea of `resized`: whether this very call changed anything."""
    loose = loose_of(self)
    if loose is None and not is_stock(self):
        loose = self._loosen()
    cdef bint debugged = is_debugged(log, log_answers)
    if debugged:
        log.debug("Resizing header table to %d from %d", newmax, self._maxsize)
    if loose_of(self) is not None:
        entries.resize(self, newmax)
        return 0
    cdef bint is_exact = -HIGHEST_LIMIT < newmax < HIGHEST_LIMIT
    cdef int64_t limit = newmax if is_exact else -HIGHEST_LIMIT if newmax < 0 else HIGHEST_LIMIT
    changed = newmax != self._maxsize
    hold(&self.lock)
    _before, _resized = self.exact_limit, self.resized  # to be released when nothing is held
    self.resized = changed
    self.limit = limit
    self.exact_limit = None if is_exact else newmax
    if not debugged or limit <= 0:
        table_evict(self, 0)
    let_go(&self.lock)
    if debugged:
        shrink_aloud(self, 0)
    return 0


cdef int shrink_aloud(Table table, int64_t size) except -1:
    """table_evict() with upstream's log line for each entry; upstream has none where all of them go."""
    while True:
        hold(&table.lock)
        try:
            if table.count == 0 or table.size + size <= table.limit:
                return 0
            pair = owned(table_line(table, table.count - 1, True))  # may run a finaliser, until CPython 3.11
            table_evict_oldest(table)
        finally:
            let_go(&table.lock)
        name, value = pair
        log.debug("Evicting %s: %s from the header table", name, value)


def table_entry_size(name, value):
    """RFC octets of an entry: the lengths of both strings and 32 (RFC 7541 section 4.1)."""
    return ENTRY_OVERHEAD + len(name) + len(value)


def rebuild_table():
    """An empty HeaderTable: what a pickle of one calls."""
    return HeaderTable()


class HeaderTable(Table):
    """The static and the dynamic table behind one index space (RFC 7541 section 2.3). Upstream: hpack.table."""

    __module__ = "hpack.table"

    DEFAULT_SIZE = DEFAULT_LIMIT
    STATIC_TABLE = STATIC_PAIRS
    STATIC_TABLE_LENGTH = STATIC_ENTRIES
    STATIC_TABLE_MAPPING = NAME_MAPPING

    def __init__(self):
        Table.__init__(self)

    @property
    def maxsize(self):
        """The most RFC octets that the dynamic table may take (int); setting it evicts."""
        return self._maxsize

    @maxsize.setter
    def maxsize(self, newmax):
        set_maxsize(self, int(newmax))

    def __reduce__(self):
        if type(self) is HeaderTable:
            return rebuild_table, (), self.__getstate__()
        return __newobj__, (type(self),), self.__getstate__()


table_entry_size.__module__ = "hpack.table"

# What the ring stands for.
cdef dict table_steps = {}
cdef Steps table_known
declare(table_steps, HeaderTable, ("add", "search", "get_by_index", "maxsize", "_maxsize", "_current_size", "_shrink",
                                   "dynamic_entries", "resized"))


cdef inline bint is_stock(Table table) noexcept:
    """Is it a HeaderTable as it comes, with nothing patched on it or on the class?"""
    return (Py_TYPE(<PyObject *>table) == <PyTypeObject *>HeaderTable and not has_attributes(<PyObject *>table)
            and class_takes(<PyTypeObject *>HeaderTable, &table_known, table_steps))


cdef bint is_regular(object table) noexcept:
    return (Py_TYPE(<PyObject *>table) == <PyTypeObject *>HeaderTable and (<Table>table).loose is None
            and is_stock(<Table>table))


cdef bint is_logged() except -1:
    return is_debugged(codec_log, codec_log_answers) or is_debugged(log, log_answers)


cdef bint is_surely_plain(PyObject *table) noexcept:
    return (is_surely_silent(<PyObject *>codec_log_answers) and is_surely_silent(<PyObject *>log_answers)
            and Py_TYPE(table) == <PyTypeObject *>HeaderTable and not has_attributes(table)
            and surely_takes(<PyTypeObject *>HeaderTable, &table_known) and is_in_order(<Table>table))


cdef object new_header_table():
    table = HeaderTable.__new__(HeaderTable)
    return table if is_regular(table) else HeaderTable()
