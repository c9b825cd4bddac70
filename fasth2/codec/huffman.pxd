"""Huffman coding of string literals (RFC 7541 section 5.2): kernels over pointers that call no Python."""
from libc.stdint cimport uint8_t

# Octets past the last one of the result that a kernel may write over: its stores are wider than its symbols.
cdef enum:
    HUFFMAN_SLACK = 8


cdef inline size_t huffman_encode_room(size_t n) noexcept nogil:
    """Octets that `huffman_encode` may need for `n` octets of text: 30 bits each at worst."""
    return 4 * n + HUFFMAN_SLACK if n < (<size_t>-1 >> 4) else <size_t>-1  # no allocator has the latter


cdef inline size_t huffman_decode_room(size_t n) noexcept nogil:
    """Octets that `huffman_decode` may need for `n` coded octets: 5 bits each at best."""
    return n + n // 5 * 3 + 3 + HUFFMAN_SLACK


cdef size_t huffman_encode(const uint8_t *src, size_t n, uint8_t *dst) noexcept nogil
cdef size_t huffman_encoded_size(const uint8_t *src, size_t n) noexcept nogil
cdef Py_ssize_t huffman_decode(const uint8_t *src, size_t n, uint8_t *dst, uint8_t *seen) noexcept nogil
cdef int huffman_raise(const uint8_t *src, size_t n) except -1
cdef bint is_stock(object coder)
