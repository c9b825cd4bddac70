# cython: language_level=3, freethreading_compatible=True, auto_pickle=False
"""The dynamic table (RFC 7541 section 2.3.2): a ring of owned tuples with a search index, and the static one beside it.

Nothing is allocated before it is used. No Python code can run in here: every entry is a tuple of strings.
"""
from cpython.exc cimport PyErr_Clear
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.string cimport memcpy, memset

from fasth2.codec.headertuple cimport HeaderTuple, NeverIndexedHeaderTuple, header_tuple_import, header_tuple_pack
from fasth2.codec.lock cimport leave_uncounted
from fasth2.codec.statictable cimport static_field, static_name
from fasth2.codec.tableentry cimport (
    ENTRY_OVERHEAD, Slot, entry_has_name, entry_is, entry_line, is_bytes, is_plain_tuple, slot_for, slot_form,
    slot_octets, string_octets, string_size, tuple_item,
)
from fasth2.codec.tablesearch cimport hash_field, name_head_of, tag_of

from fasth2.codec.rfc7541 import STATIC_TABLE as APPENDIX_A

cdef enum:
    FIRST_ROOM = 16       # slots of a ring; a browser's first request nearly fills it
    MOST_SLOTS = 1 << 26  # of a ring: 2 GiB of smallest entries

header_tuple_import()


# --- the static table as tuples -------------------------------------------------------------------------------------

# Made once at import, alive as long as the process.
cdef PyObject *static_pairs[STATIC_ENTRIES + 1]
cdef PyObject *static_texts[STATIC_ENTRIES + 1]
cdef tuple STATIC_PAIRS = tuple(HeaderTuple(name, value) for name, value in APPENDIX_A)
cdef tuple STATIC_TEXTS = tuple(HeaderTuple(name.decode(), value.decode()) for name, value in APPENDIX_A)


cdef int lay_out_static_table() except -1:
    for index in range(1, STATIC_ENTRIES + 1):
        static_pairs[index] = <PyObject *>STATIC_PAIRS[index - 1]
        static_texts[index] = <PyObject *>STATIC_TEXTS[index - 1]
        for line in (STATIC_PAIRS[index - 1], STATIC_TEXTS[index - 1]):
            leave_uncounted(<PyObject *>line)
            for string in line:
                leave_uncounted(<PyObject *>string)
    return 0


lay_out_static_table()


cdef PyObject **static_tuples(bint raw) noexcept:
    if raw:
        return static_pairs
    return static_texts


# --- entries --------------------------------------------------------------------------------------------------------

cdef inline void entry_release(PyObject *entry) noexcept:
    Py_DECREF(<object>entry)


cdef PyObject *table_line(DynamicTable table, uint32_t position, bint raw) except NULL:
    cdef Slot *slot = table_slot(table, position)
    cdef object line
    if slot_form(slot, raw) != NULL:
        line = <object>slot_form(slot, raw)
    else:
        name, value = <tuple><object>slot.entry
        if is_bytes(<PyObject *>name) != raw:
            name, value = (name.encode(), value.encode()) if raw else (name.decode(), value.decode())
        line = HeaderTuple(name, value)
    Py_INCREF(line)
    return <PyObject *>line


cdef void table_keep(DynamicTable table, uint32_t position, PyObject *made) noexcept:
    cdef Slot *slot = table_slot(table, position)
    cdef PyObject *entry = slot.entry
    cdef PyObject *both = NULL
    if not is_plain_tuple(entry):
        both = entry_of_both(made, entry) if is_bytes(tuple_item(made, 0)) else entry_of_both(entry, made)
    if both != NULL:
        slot[0] = slot_for(both, slot_octets(slot))
        entry_release(entry)


cdef PyObject *entry_of_both(PyObject *pair, PyObject *text) noexcept:
    cdef PyObject *both
    Py_INCREF(<object>pair)
    Py_INCREF(<object>text)
    both = header_tuple_pack(<PyTypeObject *>NeverIndexedHeaderTuple, pair, text)
    if both == NULL:
        PyErr_Clear()
    return both


# --- the ring -------------------------------------------------------------------------------------------------------

cdef int ring_grow(DynamicTable table) noexcept:
    """Twice as many slots. 0, or -1 without memory."""
    cdef uint32_t room = 2 * table.room if table.room else FIRST_ROOM
    cdef uint32_t position, number
    cdef Slot *ring
    if room > MOST_SLOTS:
        return -1
    ring = <Slot *>PyMem_Malloc(room * sizeof(Slot))
    if ring == NULL:
        return -1
    for position in range(table.count):
        number = table.newest - position
        ring[number & (room - 1)] = table.ring[number & (table.room - 1)]
    PyMem_Free(table.ring)
    table.ring = ring
    index_grow(table, room)
    table.room = room
    return 0


cdef void evict_oldest(DynamicTable table, Journal *journal) noexcept:
    """Takes the oldest entry out, to the journal (which has room for it) or for good."""
    cdef Slot *slot = table_slot(table, table.count - 1)
    table.count -= 1
    table.size -= slot_octets(slot)
    if journal == NULL:
        entry_release(slot.entry)
    else:
        journal.evicted[journal.evicted_count] = slot[0]
        journal.evicted_count += 1


cdef int make_room(DynamicTable table, int64_t size, Journal *journal) noexcept:
    """Evicts until `size` more octets fit (RFC 7541 section 4.4). 0, or -1 without memory for the journal."""
    while table.count and table.size + size > table.limit:
        if journal != NULL and journal_reserve(journal) < 0:
            return -1
        evict_oldest(table, journal)
    return 0


cdef void table_evict(DynamicTable table, int64_t size) noexcept:
    make_room(table, size, NULL)


cdef void table_evict_oldest(DynamicTable table) noexcept:
    if table.count:
        evict_oldest(table, NULL)


cdef int table_insert(DynamicTable table, PyObject *entry, size_t size, const Probe *probe,
                      Journal *journal) noexcept:
    cdef int64_t octets = <int64_t>size + ENTRY_OVERHEAD
    cdef bint fits = octets <= table.limit
    if make_room(table, octets if fits else table.limit + 1, journal) < 0:
        entry_release(entry)
        return -1
    if not fits:  # an entry larger than the table empties it (RFC 7541 section 4.4)
        entry_release(entry)
        return 0
    if table.count == table.room and ring_grow(table) < 0:
        entry_release(entry)
        return -1
    table.newest += 1
    table.count += 1
    table.size += octets
    table_slot(table, 0)[0] = slot_for(entry, octets)
    if table.links != NULL:
        index_entry(table, 0, probe)
    return 0


cdef void table_resize(DynamicTable table, int64_t limit) noexcept:
    """RFC 7541 section 4.3, with upstream's idea of `resized`: whether this call changed anything."""
    table.resized = True if limit != table.limit or table.exact_limit is not None else False
    table.limit = limit
    table.exact_limit = None
    make_room(table, 0, NULL)


# --- taking a failed encode back ------------------------------------------------------------------------------------

cdef void journal_begin(Journal *journal, DynamicTable table) noexcept:
    journal.evicted = journal.first
    journal.evicted_count = 0
    journal.evicted_room = sizeof(journal.first) // sizeof(Slot)
    journal.newest = table.newest
    journal.count = table.count
    journal.size = table.size


cdef int journal_reserve(Journal *journal) noexcept:
    """Room for one more entry. 0, or -1 without memory."""
    cdef Slot *evicted
    if journal.evicted_count < journal.evicted_room:
        return 0
    evicted = <Slot *>PyMem_Malloc(2 * journal.evicted_room * sizeof(Slot))
    if evicted == NULL:
        return -1
    memcpy(evicted, journal.evicted, journal.evicted_count * sizeof(Slot))
    if journal.evicted != journal.first:
        PyMem_Free(journal.evicted)
    journal.evicted = evicted
    journal.evicted_room *= 2
    return 0


cdef void journal_commit(Journal *journal) noexcept:
    cdef uint32_t at
    for at in range(journal.evicted_count):
        entry_release(journal.evicted[at].entry)
    if journal.evicted != journal.first:
        PyMem_Free(journal.evicted)


cdef void journal_roll_back(Journal *journal, DynamicTable table) noexcept:
    """Drops what was inserted since journal_begin() and puts back what was evicted; the ring never shrinks."""
    cdef uint32_t inserted = min(table.newest - journal.newest, table.count)
    cdef uint32_t stayed = table.count - inserted
    cdef uint32_t at
    for at in range(inserted):
        entry_release(table_entry(table, at))
    table.newest = journal.newest
    # Entries leave in the order of their numbers: first those that stood in the table before, then newer ones.
    for at in range(journal.evicted_count):
        if at < journal.count - stayed:
            table_slot(table, journal.count - 1 - at)[0] = journal.evicted[at]
        else:
            entry_release(journal.evicted[at].entry)
    table.count = journal.count
    table.size = journal.size
    index_drop(table)
    if journal.evicted != journal.first:
        PyMem_Free(journal.evicted)


# --- searching ------------------------------------------------------------------------------------------------------

cdef enum:
    LEAST_HEADS = 128      # a table of 4 KiB has no more entries
    MOST_HEADS = 0x10000   # as many as the bits of a hash that choose one can tell


cdef int choose_keys() except -1:
    cdef uint64_t seed = <uint64_t><Py_ssize_t>hash(b"field line")
    cdef uint64_t *keys = <uint64_t *>&hash_keys
    cdef size_t at
    for at in range(sizeof(hash_keys) // sizeof(uint64_t)):
        seed = (seed ^ seed >> 29) * <uint64_t>0xD6E8FEB86659FD93 + <uint64_t>0x9FB21C651E98DF25
        keys[at] = (seed ^ seed >> 32) | 1
    return 0


choose_keys()


cdef void index_drop(DynamicTable table) noexcept:
    PyMem_Free(table.pair_heads)
    table.pair_heads = NULL
    table.links = NULL


cdef bint index_build(DynamicTable table) noexcept:
    """Links for every entry; False without memory, and the search goes through the entries one by one."""
    cdef uint32_t position = table.count
    table.heads = min(max(table.room, <uint32_t>LEAST_HEADS), <uint32_t>MOST_HEADS)
    if not index_lay_out(table, table.room):
        return False
    while position:
        position -= 1
        index_entry(table, position, NULL)
    return True


cdef void index_grow(DynamicTable table, uint32_t room) noexcept:
    """Links for so many slots, which the ring is about to have; no index where there are too few heads for it."""
    cdef uint32_t *heads = table.pair_heads
    cdef Link *links = table.links
    cdef uint32_t position, number
    if heads == NULL:
        return
    if room > table.heads or not index_lay_out(table, room):
        index_drop(table)
        return
    memcpy(table.pair_heads, heads, size_of_heads(table))
    for position in range(table.count):
        number = table.newest - position
        table.links[number & (room - 1)] = links[number & (table.room - 1)]
    PyMem_Free(heads)


cdef bint index_lay_out(DynamicTable table, uint32_t room) noexcept:
    """Memory for an index, in place of that which the table has. False where there is none: nothing has changed."""
    cdef size_t size = size_of_heads(table) + room * sizeof(Link)
    cdef char *heads = <char *>PyMem_Malloc(size)
    if heads == NULL:
        return False
    table.pair_heads = <uint32_t *>heads
    table.name_heads = <uint16_t *>(table.pair_heads + table.heads)
    table.links = <Link *>(heads + size_of_heads(table))
    memset(heads, 0, size)
    return True


cdef inline size_t size_of_heads(DynamicTable table) noexcept:
    return table.heads * sizeof(uint32_t) + table.heads // 4 * sizeof(uint16_t)


cdef void index_entry(DynamicTable table, uint32_t position, const Probe *probe) noexcept:
    """Puts an entry at the head of its chains, in which there are only older ones."""
    cdef PyObject *line
    cdef Link *link = &table.links[slot_of(table, position)]
    cdef uint32_t older = table.count - 1 - position
    cdef uint16_t number = <uint16_t>(table.newest - position)
    cdef uint32_t *pair_head
    cdef uint16_t *name_head
    cdef Probe own
    link.older_pair = 0
    link.older_name = 0
    if probe == NULL:
        line = entry_line(table_entry(table, position))
        hash_line(&own, tuple_item(line, 0), tuple_item(line, 1))
        probe = &own
        if is_static(&own, tuple_item(line, 0), tuple_item(line, 1)):
            link.tag = ~tag_of(probe)
            return  # never looked for in the dynamic table
    pair_head = &table.pair_heads[probe.hash >> 48 & (table.heads - 1)]
    link.tag = tag_of(probe)
    link.older_pair = link_to(number, <uint16_t>pair_head[0], older)
    pair_head[0] = <uint32_t>link.tag << 16 | number
    if probe.slot == NULL:  # a name of the static table is never looked for in the dynamic one
        name_head = name_head_of(table, probe)
        link.older_name = link_to(number, name_head[0], older)
        name_head[0] = number


cdef inline uint16_t link_to(uint16_t number, uint16_t head, uint32_t older) noexcept:
    """The distance to the entry that was the head, or 0 where that is not among the `older` ones in the table.

    A head that has gone long ago may pass for one of them: then the chain goes on in another one, to no avail.
    """
    cdef uint16_t distance = number - head
    return distance if distance <= older else 0


cdef inline void hash_line(Probe *probe, PyObject *name, PyObject *value) noexcept:
    hash_field(probe, string_octets(name), string_size(name), string_octets(value), string_size(value))


cdef inline bint is_static(Probe *probe, PyObject *name, PyObject *value) noexcept:
    """Whether a field line is in the static table; sets probe.slot."""
    probe.slot = static_name(string_octets(name), string_size(name))
    return probe.slot != NULL and static_field(probe.slot, string_octets(value), string_size(value)) != 0


cdef uint32_t scan(DynamicTable table, const uint8_t *name, size_t name_size, const uint8_t *value, size_t value_size,
                   Probe *probe) noexcept:
    cdef uint32_t position
    for position in range(table.count):
        if entry_is(table_entry(table, position), name, name_size, value, value_size):
            return STATIC_ENTRIES + 1 + position
        if probe.name == 0 and entry_has_name(table_entry(table, position), name, name_size):
            probe.name = STATIC_ENTRIES + 1 + position
    return 0


# --- lifetime -------------------------------------------------------------------------------------------------------

cdef class DynamicTable:
    """The C-level half of fasth2.codec.table.HeaderTable."""

    def __cinit__(self, *args, **kwargs):
        self.limit = DEFAULT_LIMIT
        self.resized = False

    def __dealloc__(self):
        table_clear(self)


cdef void table_clear(DynamicTable table) noexcept:
    while table.count:
        evict_oldest(table, NULL)
    PyMem_Free(table.ring)
    table.ring = NULL
    table.room = 0
    index_drop(table)
