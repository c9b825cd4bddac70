"""Comparing and hashing strings of octets, inlined: a field line's have about 20 of them.

The strings are those of Python objects, or have what those have before and behind them: eight octets before the first
may be read, and whatever they are, they count for nothing. So a short string is taken at once, up to its end, as a long
one is in its last part, and no branch depends on a length of up to 16.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    bint PY_LITTLE_ENDIAN


cdef inline uint64_t word8(const uint8_t *p) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, p, 8)
    return word


cdef inline uint64_t whole(size_t size) noexcept nogil:
    """All ones, if a string of `size` octets fills a word; else zeros."""
    return -<uint64_t>(size >= 8)


cdef inline size_t missing(size_t size) noexcept nogil:
    """Octets of a word that a string of `size` octets does not fill."""
    return (8 - size) & ~whole(size)  # compilers make a branch of a conditional expression


cdef inline uint64_t without(uint64_t word, size_t octets) noexcept nogil:
    """A word with zeros for its first `octets` <= 8 octets; moved, but others with as many zeros are so too."""
    # In two steps: a shift by 64 is undefined.
    return word >> 4 * octets >> 4 * octets if PY_LITTLE_ENDIAN else word << 4 * octets << 4 * octets


cdef inline bint are_equal(const uint8_t *a, const uint8_t *b, size_t size) noexcept nogil:
    cdef size_t none = missing(size)
    cdef size_t lead = (size - 16) & -<size_t>(size >= 16)  # octets before the last two words
    cdef size_t at = 0
    cdef uint64_t difference
    while at < lead:
        if (word8(a + at) ^ word8(b + at)) | (word8(a + at + 8) ^ word8(b + at + 8)):
            return False
        at += 16
    difference = (word8(a - none + lead) ^ word8(b - none + lead)) & whole(size)
    return (difference | without(word8(a + size - 8) ^ word8(b + size - 8), none)) == 0


# A key for each thing that is hashed. Odd, so that no octet of a word is lost.
cdef struct HashKeys:
    uint64_t size
    uint64_t words[3]
    uint64_t sum


cdef inline uint64_t hash_octets(const HashKeys *keys, const uint8_t *p, size_t size) noexcept nogil:
    """A sum to be mixed: of three times eight octets, both ends and the middle.

    Strings that differ elsewhere alone share a chain, which costs their comparison and has no more entries than the
    table.
    """
    cdef size_t none = missing(size)
    cdef const uint8_t *first = p - none
    cdef size_t last = size - 8 + none
    cdef uint64_t others = word8(first) * keys.words[0] + word8(first + (last >> 1)) * keys.words[1]
    return (others & whole(size)) + without(word8(first + last), none) * keys.words[2] + size * keys.size


cdef inline uint64_t mix(const HashKeys *keys, uint64_t sum) noexcept nogil:
    """A hash of which each bit of the upper half depends on all of `sum`."""
    return (sum ^ sum >> 32) * keys.sum
