"""Prefix integers (RFC 7541 section 5.1), inlined where they are read and written."""
from libc.stdint cimport uint8_t, uint64_t


cdef enum IntegerStatus:
    INTEGER_TRUNCATED = -1  # the block ends inside the integer
    INTEGER_TOO_LONG = -2   # more than five octets after the prefix

cdef enum:
    INTEGER_ROOM = 11  # octets that any 64-bit value fits into


cdef inline int integer_read(const uint8_t *p, const uint8_t *end, unsigned int prefix_bits,
                             uint64_t *value) noexcept nogil:
    """The octets that the integer at `p` (p < end) takes, or an IntegerStatus.

    RFC 7541 leaves the limit to the implementation. Upstream's is kept: at most five octets after the prefix, so
    that a value has up to 36 bits; an integer that is too long is too long even where the block also ends in it.
    """
    cdef unsigned int mask = (1u << prefix_bits) - 1
    cdef uint64_t number = p[0] & mask
    cdef unsigned int octet
    cdef int used = 1
    if number == mask:
        while True:
            if p + used == end:
                return INTEGER_TRUNCATED
            octet = p[used]
            number += <uint64_t>(octet & 0x7F) << (7 * (used - 1))
            used += 1
            if octet < 0x80:
                break
            if used > 5:
                return INTEGER_TOO_LONG
    value[0] = number
    return used


cdef inline uint8_t *integer_write(uint8_t *p, uint64_t value, unsigned int prefix_bits,
                                   unsigned int pattern) noexcept nogil:
    """Writes `value` behind the bits of `pattern` into at most INTEGER_ROOM octets; the end of what was written."""
    cdef unsigned int mask = (1u << prefix_bits) - 1
    if value < mask:
        p[0] = <uint8_t>(pattern | value)
        return p + 1
    p[0] = <uint8_t>(pattern | mask)
    p += 1
    value -= mask
    while value >= 0x80:
        p[0] = <uint8_t>(value | 0x80)
        p += 1
        value >>= 7
    p[0] = <uint8_t>value
    return p + 1


# The exception for an IntegerStatus, about the integer at `octets`.
cdef int raise_integer_error(int status, const uint8_t *octets, Py_ssize_t size) except -1
