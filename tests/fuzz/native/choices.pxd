"""Choices out of a string of octets, front to back; all 0 when these have run out. And how a target is declared."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

# What the inputs of a target have come to.
cdef struct Counts:
    uint64_t inputs       # what was given to the code under test: one string, frame or block each
    uint64_t accepted
    uint64_t octets
    uint64_t verdicts[16] # by the number of the status, its sign left out

# A target takes octets, gives them to the code under test, and returns NULL, or what is wrong in words. It has the GIL.
cdef struct Target:
    const char *(*run)(const uint8_t *data, size_t size) noexcept
    Counts counts

cdef struct Choices:
    const uint8_t *next
    const uint8_t *end


cdef inline uint32_t choose(Choices *choices, uint32_t count) noexcept nogil:
    """A number below `count`, out of one octet, or as many as it takes."""
    cdef uint32_t number = 0
    cdef uint32_t most = 1
    while most < count:
        number = (number << 8) | (choices.next[0] if choices.next < choices.end else 0)
        choices.next += choices.next < choices.end
        if most > 0xFFFFFF:
            break
        most <<= 8
    return number % count


cdef inline uint64_t choose_number(Choices *choices) noexcept nogil:
    """A number of any width: small ones more often."""
    cdef uint32_t octets = choose(choices, 9)
    cdef uint64_t number = 0
    cdef uint32_t each
    for each in range(octets):
        number = (number << 8) | choose(choices, 256)
    return number


cdef inline bint are_spent(Choices *choices) noexcept nogil:
    return choices.next >= choices.end


cdef inline size_t choose_octets(Choices *choices, uint8_t *room, size_t most) noexcept nogil:
    """Up to `most` of the octets to come, to `room`."""
    cdef size_t count = choose(choices, <uint32_t>most + 1)
    cdef size_t left = choices.end - choices.next
    cdef size_t taken = count if count < left else left
    memcpy(room, choices.next, taken)
    memset(room + taken, 0, count - taken)
    choices.next += taken
    return count
