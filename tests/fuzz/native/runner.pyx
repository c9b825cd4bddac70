# cython: language_level=3, freethreading_compatible=True
"""Runs targets of this folder's modules on given octets, or on many random ones."""
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from choices cimport Counts, Target


cdef Target *target_of(capsule) except NULL:
    return <Target *>PyCapsule_GetPointer(capsule, "target")


def check(capsule, bytes data):
    """What is wrong with the target on these octets (str), or None. They are where a read past them is seen."""
    cdef Target *target = target_of(capsule)
    cdef size_t size = len(data)
    cdef uint8_t *copy = <uint8_t *>malloc(size or 1)
    cdef const char *wrong
    if copy == NULL:
        raise MemoryError
    try:
        memcpy(copy, <const char *>data, size)
        wrong = target.run(copy, size)
        return None if wrong == NULL else wrong.decode()
    finally:
        free(copy)


def sweep(capsule, uint64_t seed, uint64_t count, size_t longest):
    """`count` runs on random octets, up to `longest` of them, from the seeds `seed`, `seed` + 1, ...: None, or
    (what is wrong, octets) of the first that shows something."""
    cdef Target *target = target_of(capsule)
    cdef uint8_t *data = <uint8_t *>malloc(longest + 8)
    cdef const char *wrong
    cdef uint64_t number
    cdef size_t size
    if data == NULL:
        raise MemoryError
    try:
        for number in range(seed, seed + count):
            size = fill(data, number, longest)
            wrong = target.run(data, size)
            if wrong != NULL:
                return wrong.decode(), data[:size]
        return None
    finally:
        free(data)


cdef size_t fill(uint8_t *data, uint64_t seed, size_t longest) noexcept:
    """Octets by splitmix64."""
    cdef uint64_t state = seed * <uint64_t>0xD1342543DE82EF95
    cdef size_t size = mixed(&state) % (longest + 1)
    cdef size_t at = 0
    cdef uint64_t word
    while at < size:
        word = mixed(&state)
        memcpy(data + at, &word, 8)
        at += 8
    return size


cdef uint64_t mixed(uint64_t *state) noexcept:
    cdef uint64_t word
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    word = state[0]
    word = (word ^ (word >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    word = (word ^ (word >> 27)) * <uint64_t>0x94D049BB133111EB
    return word ^ (word >> 31)


def counts(capsule):
    """{"inputs": ..., "accepted": ..., "octets": ..., "verdicts": {status: inputs}} of all runs of this process."""
    cdef Counts *found = &target_of(capsule).counts
    verdicts = {str(status): found.verdicts[status] for status in range(16) if found.verdicts[status]}
    return {"inputs": found.inputs, "accepted": found.accepted, "octets": found.octets, "verdicts": verdicts}
