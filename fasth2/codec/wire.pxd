"""Bytes on the wire: big-endian loads and stores, and the scratch buffer that output is written into.

Header-only: every function here is inlined into the module that cimports it.
"""
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef inline uint32_t load_be16(const uint8_t *p) noexcept nogil:
    return (<uint32_t>p[0] << 8) | p[1]


cdef inline uint32_t load_be24(const uint8_t *p) noexcept nogil:
    return (<uint32_t>p[0] << 16) | (<uint32_t>p[1] << 8) | p[2]


cdef inline uint32_t load_be32(const uint8_t *p) noexcept nogil:
    return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]


cdef inline uint64_t load_be64(const uint8_t *p) noexcept nogil:
    return (<uint64_t>load_be32(p) << 32) | load_be32(p + 4)


cdef inline void store_be16(uint8_t *p, uint32_t value) noexcept nogil:
    p[0] = <uint8_t>(value >> 8)
    p[1] = <uint8_t>value


cdef inline void store_be24(uint8_t *p, uint32_t value) noexcept nogil:
    p[0] = <uint8_t>(value >> 16)
    p[1] = <uint8_t>(value >> 8)
    p[2] = <uint8_t>value


cdef inline void store_be32(uint8_t *p, uint32_t value) noexcept nogil:
    p[0] = <uint8_t>(value >> 24)
    p[1] = <uint8_t>(value >> 16)
    p[2] = <uint8_t>(value >> 8)
    p[3] = <uint8_t>value


cdef inline void store_be64(uint8_t *p, uint64_t value) noexcept nogil:
    store_be32(p, <uint32_t>(value >> 32))
    store_be32(p + 4, <uint32_t>value)


# Output of unknown length: written into a buffer on the caller's stack first, which nearly always suffices,
# and into one of PyMem's (so that a memory fault reaches it too) from the moment that it does not.
cdef struct ByteWriter:
    uint8_t *start   # the stack buffer, or `heap`
    uint8_t *next    # where the next octet goes
    uint8_t *end     # one past the room
    uint8_t *heap    # owned; NULL while the stack buffer suffices


cdef inline void writer_init(ByteWriter *w, uint8_t *stack, size_t size) noexcept nogil:
    w.start = stack
    w.next = stack
    w.end = stack + size
    w.heap = NULL


cdef inline int writer_reserve(ByteWriter *w, size_t need) noexcept:
    """Room for `need` octets after `next`. 0, or -1 without memory (no exception set, nothing lost). Needs the GIL."""
    if <size_t>(w.end - w.next) >= need:
        return 0
    return writer_grow(w, need)


cdef inline int writer_grow(ByteWriter *w, size_t need) noexcept:
    cdef size_t used = w.next - w.start
    cdef size_t size = 2 * used + need
    cdef uint8_t *grown
    if need > (<size_t>-1 >> 2) or used > (<size_t>-1 >> 3):
        return -1
    grown = <uint8_t *>PyMem_Malloc(size)
    if grown == NULL:
        return -1
    memcpy(grown, w.start, used)
    PyMem_Free(w.heap)
    w.heap = grown
    w.start = grown
    w.next = grown + used
    w.end = grown + size
    return 0


cdef inline bytes writer_bytes(ByteWriter *w):
    return PyBytes_FromStringAndSize(<char *>w.start, w.next - w.start)


cdef inline void writer_release(ByteWriter *w) noexcept:
    PyMem_Free(w.heap)
    w.heap = NULL
