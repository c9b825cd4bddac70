"""Look-ups in the static table (RFC 7541 Appendix A), inlined where they are made."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from fasth2.codec.octets cimport are_equal


cdef extern from "rfc7541.h" nogil:
    ctypedef struct StaticEntry "struct rfc7541_static_entry":
        uint16_t name
        uint16_t value
        uint8_t name_length
        uint8_t value_length

    ctypedef struct StaticSlot "struct rfc7541_static_slot":
        uint8_t first
        uint8_t count

    const uint8_t *rfc7541_text
    const StaticEntry *rfc7541_static
    const StaticSlot *rfc7541_static_slot
    size_t FASTH2_STATIC_NAME_MIN
    size_t FASTH2_STATIC_NAME_MAX
    uint32_t FASTH2_STATIC_SLOT(const uint8_t *name, size_t length)


cdef inline const StaticSlot *static_name(const uint8_t *name, size_t size) noexcept nogil:
    """Where the entries of this name stand, or NULL."""
    cdef const StaticSlot *slot
    cdef const StaticEntry *entry
    if size < FASTH2_STATIC_NAME_MIN or size > FASTH2_STATIC_NAME_MAX:
        return NULL
    slot = &rfc7541_static_slot[FASTH2_STATIC_SLOT(name, size)]
    entry = &rfc7541_static[slot.first]  # the empty entry 0 for a slot that no name has
    return slot if entry.name_length == size and are_equal(rfc7541_text + entry.name, name, size) else NULL


cdef inline uint32_t static_field(const StaticSlot *slot, const uint8_t *value, size_t size) noexcept nogil:
    """The index of the entry with this value among those of a name, or 0."""
    cdef const StaticEntry *entry
    cdef uint32_t index
    for index in range(slot.first, <uint32_t>(slot.first + slot.count)):
        entry = &rfc7541_static[index]
        if entry.value_length == size and are_equal(rfc7541_text + entry.value, value, size):
            return index
    return 0
