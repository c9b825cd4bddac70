"""C interface of the dynamic table (RFC 7541 section 2.3.2), and of the static one as tuples."""
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from fasth2.codec.lock cimport Lock
from fasth2.codec.octets cimport HashKeys
from fasth2.codec.statictable cimport StaticSlot
from fasth2.codec.tableentry cimport Slot


# The search index beside an entry: chains from the newest entry to older ones with the same hash, as distances.
cdef struct Link:
    uint16_t tag          # some bits of the hash of the whole field line
    uint16_t older_name   # 0: the end of the chain
    uint16_t older_pair

# What a search learned, for the insertion that may follow it. `slot` and `name` only where it found no field line in
# the dynamic table.
cdef struct Probe:
    uint64_t name_sum       # to be mixed into a hash, where it is asked for
    uint64_t hash           # of the whole field line
    const StaticSlot *slot  # where the name stands in the static table, or NULL
    uint32_t name           # an index of the name in either table, or 0

# What an encode has done to the table so far, so that a failed one can be taken back.
cdef struct Journal:
    Slot first[16]
    Slot *evicted         # `first`, or owned memory; each entry in it is owned
    uint32_t evicted_count
    uint32_t evicted_room
    uint32_t newest       # the table as it was
    uint32_t count
    int64_t size

cdef enum:
    LONGEST_LINK = 0xFFFF
    STATIC_ENTRIES = 61   # RFC 7541 Appendix A; dynamic entries are indexed from 62 on
    DEFAULT_LIMIT = 4096  # RFC 9113 section 6.5.2


cdef class DynamicTable:
    cdef Slot *ring             # owned, and so is each entry in it; see fasth2.codec.tableentry
    cdef Link *links            # NULL until the first search; one for each slot
    cdef uint32_t *pair_heads   # owned, together with the next and the links: tag << 16 | low half of the number of
    cdef uint16_t *name_heads   # the newest entry, or this half alone; good only while that entry is in the table
    cdef uint32_t heads         # how many heads of pairs there are, a power of two; of names a quarter
    cdef uint32_t room          # slots in the ring: none or a power of two; an entry's is its number modulo this
    cdef uint32_t newest        # number of the newest entry: how many were ever made
    cdef uint32_t count
    cdef int64_t size           # RFC octets accounted for
    cdef int64_t limit          # RFC octets allowed
    cdef object exact_limit     # the int that `limit` was cut from, where that is too big; else None
    cdef object resized
    cdef Lock lock              # on all of the above


# For tables that fasth2.codec.table calls regular, and that the caller holds (fasth2.codec.lock). Those that return
# PyObject * return a new reference, or NULL with an exception.
cdef PyObject **static_tuples(bint raw) noexcept   # of bytes or of str, from index 1 on; borrowed, alive for good
# An entry as a HeaderTuple of bytes (if raw) or of str; UnicodeDecodeError where it is not UTF-8. 0 is the newest.
cdef PyObject *table_line(DynamicTable table, uint32_t position, bint raw) except NULL
# Makes the entry at `position` keep `made`, which is its other form; without memory it stays as it is.
cdef void table_keep(DynamicTable table, uint32_t position, PyObject *made) noexcept
# A new entry for a field line in both forms, or NULL without memory.
cdef PyObject *entry_of_both(PyObject *pair, PyObject *text) noexcept

# For fasth2.codec.tablesearch. Secrets of this process, so that a peer cannot choose colliding field lines.
cdef HashKeys hash_keys
# Makes the index of a table of at most LONGEST_LINK entries; False without memory.
cdef bint index_build(DynamicTable table) noexcept
# table_search() in the dynamic table without the index: for giant tables and for want of memory.
cdef uint32_t scan(DynamicTable table, const uint8_t *name, size_t name_size, const uint8_t *value, size_t value_size,
                   Probe *probe) noexcept

# Takes over the reference to an entry of `size` octets, also when it fails: -1 without memory, with nothing changed but
# for evictions. `probe` is that of the search for the same field line, or NULL; `journal` may be NULL.
cdef int table_insert(DynamicTable table, PyObject *entry, size_t size, const Probe *probe,
                      Journal *journal) noexcept

cdef void table_resize(DynamicTable table, int64_t limit) noexcept
cdef void table_evict(DynamicTable table, int64_t size) noexcept   # until `size` more octets fit
cdef void table_evict_oldest(DynamicTable table) noexcept
cdef void table_clear(DynamicTable table) noexcept                 # and gives all memory back

cdef void journal_begin(Journal *journal, DynamicTable table) noexcept
cdef void journal_commit(Journal *journal) noexcept
cdef void journal_roll_back(Journal *journal, DynamicTable table) noexcept


cdef inline uint32_t slot_of(DynamicTable table, uint32_t position) noexcept:
    """Where in the ring the entry at `position` < room stands."""
    return (table.newest - position) & (table.room - 1)


cdef inline Slot *table_slot(DynamicTable table, uint32_t position) noexcept:
    """That of the entry at `position` < count; good until the table changes."""
    return &table.ring[slot_of(table, position)]


cdef inline PyObject *table_entry(DynamicTable table, uint32_t position) noexcept:
    """The entry at `position` < count; borrowed until the table changes."""
    return table.ring[slot_of(table, position)].entry
