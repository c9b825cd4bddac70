"""The flags of a frame: one octet inside, a set of names outside."""
from cpython.object cimport PyTypeObject
from libc.stdint cimport uint8_t, uint64_t

from fasth2.codec.typeversion cimport finding


cdef class FlagsCore:
    # Packed: `members` is None, and the set is `bits` of `defined`. Asked for its sets, or made by a caller with
    # flags of its own, it is `members` of `valid` (both sets) from then on.
    cdef uint8_t bits
    cdef uint8_t defined
    cdef bint acknowledges    # 0x1 is called ACK here, END_STREAM elsewhere
    cdef object members
    cdef object valid
    cdef dict __dict__
    cdef object __weakref__


cdef int name_bit(object name, bint acknowledges) noexcept
cdef object new_flags(uint8_t bits, uint8_t defined, bint acknowledges)
cdef int flag_bits(object flags, uint8_t defined, bint acknowledges) except -2
cdef str flags_text(uint8_t bits, bint acknowledges)
cdef bint flags_unchanged() except -1


cdef inline uint64_t fresh_finding(object cls):
    """A negative finding about a class that is about to be examined: a lookup gives it a version, if it has none."""
    cls.__init__
    return finding(<PyTypeObject *>cls, False)
