"""Looking for a field line in both tables (RFC 7541 section 2.3), inlined where it is done.

A line of the static table is never looked for in the dynamic one, nor is a name of it. Strings are those of Python
objects: see fasth2.codec.octets.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from fasth2.codec.dynamictable cimport (
    LONGEST_LINK, STATIC_ENTRIES, DynamicTable, Link, Probe, hash_keys, index_build, scan, slot_of, table_entry,
)
from fasth2.codec.octets cimport hash_octets, mix
from fasth2.codec.statictable cimport static_field, static_name
from fasth2.codec.tableentry cimport entry_has_name, entry_is

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)


cdef inline void hash_field(Probe *probe, const uint8_t *name, size_t name_size, const uint8_t *value,
                            size_t value_size) noexcept:
    probe.name_sum = hash_octets(&hash_keys, name, name_size)
    probe.hash = mix(&hash_keys, probe.name_sum * hash_keys.sum + hash_octets(&hash_keys, value, value_size))


cdef inline uint16_t tag_of(const Probe *probe) noexcept:
    """Bits of the hash that do not choose the chain."""
    return <uint16_t>(probe.hash >> 32)


cdef inline uint16_t *name_head_of(DynamicTable table, const Probe *probe) noexcept:
    return &table.name_heads[mix(&hash_keys, probe.name_sum) >> 48 & (table.heads // 4 - 1)]


cdef inline uint32_t table_search(DynamicTable table, const uint8_t *name, size_t name_size, const uint8_t *value,
                                  size_t value_size, Probe *probe) noexcept:
    """The index of the newest matching field line, or 0."""
    cdef bint indexed = is_indexed(table) or table.count == 0 or (table.count <= LONGEST_LINK and index_build(table))
    cdef uint32_t found = 0
    hash_field(probe, name, name_size, value, value_size)
    if likely(indexed):  # the dynamic table first: most that is in either is there, and nothing is in both
        found = search_pair(table, name, name_size, value, value_size, probe)
        if found:
            return found
    probe.slot = static_name(name, name_size)
    probe.name = 0
    if probe.slot != NULL:
        probe.name = probe.slot.first
        found = static_field(probe.slot, value, value_size)
    if not found and unlikely(not indexed):
        return scan(table, name, name_size, value, value_size, probe)
    if probe.slot == NULL:
        probe.name = search_name(table, name, name_size, probe)
    return found


cdef inline bint is_indexed(DynamicTable table) noexcept:
    return table.links != NULL and table.count <= LONGEST_LINK


cdef inline uint32_t search_pair(DynamicTable table, const uint8_t *name, size_t name_size, const uint8_t *value,
                                 size_t value_size, const Probe *probe) noexcept:
    cdef uint32_t head, distance, gone
    cdef uint16_t tag, older
    cdef const Link *link
    if unlikely(table.count == 0):
        return 0
    head = table.pair_heads[probe.hash >> 48 & (table.heads - 1)]
    tag = head >> 16
    distance = <uint16_t>(<uint16_t>table.newest - <uint16_t>head)
    while True:
        # Nobody can predict whether the line is there: so there is one branch on that, and no other that goes with it.
        gone = -((table.count - 1 - distance) >> 31)  # no bits for an entry in the table, else all
        if (gone | tag ^ tag_of(probe)) == 0 and likely(
                entry_is(table_entry(table, distance), name, name_size, value, value_size)):
            return STATIC_ENTRIES + 1 + distance
        link = &table.links[slot_of(table, distance)]
        older = link.older_pair & ~gone
        if likely(older == 0):
            return 0
        distance += older
        tag = table.links[slot_of(table, distance)].tag


cdef inline uint32_t table_search_name(DynamicTable table, const uint8_t *name, size_t size, uint32_t found,
                                       Probe *probe) noexcept:
    """What probe.name would be, had that search not found `found`, an entry of the dynamic table."""
    if not is_indexed(table):
        return probe.name or found  # that of a newer entry, which scan() has passed
    probe.slot = static_name(name, size)
    return probe.slot.first if probe.slot != NULL else search_name(table, name, size, probe)


cdef inline uint32_t search_name(DynamicTable table, const uint8_t *name, size_t size, const Probe *probe) noexcept:
    """The index of the newest entry with this name, which is not a static one; or 0."""
    cdef uint32_t distance
    cdef uint16_t older
    if table.count == 0:
        return 0
    distance = <uint16_t>(<uint16_t>table.newest - name_head_of(table, probe)[0])
    while distance < table.count:
        if entry_has_name(table_entry(table, distance), name, size):
            return STATIC_ENTRIES + 1 + distance
        older = table.links[slot_of(table, distance)].older_name
        if older == 0:
            break
        distance += older
    return 0
