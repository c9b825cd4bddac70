"""Comparing and hashing short strings of octets, inlined: a field line's strings have about 20 of them.

Strings are taken eight or sixteen octets at a time, the last together with some of those before, so that few branches
depend on the length.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef inline uint64_t word8(const uint8_t *p) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, p, 8)
    return word


cdef inline uint32_t word4(const uint8_t *p) noexcept nogil:
    cdef uint32_t word
    memcpy(&word, p, 4)
    return word


cdef inline bint are_equal(const uint8_t *a, const uint8_t *b, size_t size) noexcept nogil:
    cdef const uint8_t *last = a + size - 16
    cdef const uint8_t *last_b = b + size - 16
    if size >= 16:
        if differ16(last, last_b):
            return False
        while a < last:
            if differ16(a, b):
                return False
            a += 16
            b += 16
        return True
    if size >= 8:
        return ((word8(a) ^ word8(b)) | (word8(last + 8) ^ word8(last_b + 8))) == 0
    if size >= 4:
        return ((word4(a) ^ word4(b)) | (word4(last + 12) ^ word4(last_b + 12))) == 0
    if size == 0:
        return True
    return ((a[0] ^ b[0]) | (a[size >> 1] ^ b[size >> 1]) | (a[size - 1] ^ b[size - 1])) == 0


cdef inline uint64_t differ16(const uint8_t *a, const uint8_t *b) noexcept nogil:
    return (word8(a) ^ word8(b)) | (word8(a + 8) ^ word8(b + 8))


cdef inline uint64_t mix(uint64_t state, uint64_t a, uint64_t b) noexcept nogil:
    state = (state ^ a) * <uint64_t>0xD6E8FEB86659FD93 + b * <uint64_t>0x9FB21C651E98DF25
    return state ^ state >> 32


cdef inline uint64_t hash_octets(uint64_t seed, const uint8_t *p, size_t size) noexcept nogil:
    """A hash of up to 24 octets, and of four times eight of a longer string: its ends and its middle.

    No branch depends on the exact length. Strings that differ elsewhere alone share a chain, which costs their
    comparison and has no more entries than the table.
    """
    cdef uint64_t state = seed ^ size * <uint64_t>0x9E3779B97F4A7C15
    cdef size_t last
    if size >= 8:
        last = size - 8
        state = mix(state, word8(p), word8(p + last))
        return mix(state, word8(p + (last >> 1)), word8(p + (last if size < 24 else size - 16)))
    if size >= 4:
        return mix(state, word4(p), word4(p + size - 4))
    if size == 0:
        return state
    return mix(state, p[0] | <uint64_t>p[size >> 1] << 8, p[size - 1])
