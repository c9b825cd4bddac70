"""Huffman coding of string literals (RFC 7541 section 5.2): kernels over pointers that call no Python."""
from libc.stdint cimport uint8_t

# Octets after the result that a kernel may write to, since its stores are wider than what they count for.
cdef enum:
    HUFFMAN_SLACK = 8


cdef inline size_t huffman_encode_room(size_t n) noexcept nogil:
    """Octets that `dst` of `huffman_encode` must have for any `n` octets of text: 30 bits for each, and the slack."""
    return 4 * n + HUFFMAN_SLACK if n < <size_t>-1 >> 3 else <size_t>-1  # the latter is more than any allocator has


cdef inline size_t huffman_decode_room(size_t n) noexcept nogil:
    """Octets that `dst` of `huffman_decode` must have for any `n` coded octets: one for 5 bits, and the slack."""
    return n + n // 5 * 3 + 3 + HUFFMAN_SLACK


# Where `huffman_encoded_size` is known, it plus HUFFMAN_SLACK is room enough to encode.
cdef size_t huffman_encoded_size(const uint8_t *src, size_t n) noexcept nogil
cdef size_t huffman_encode(const uint8_t *src, size_t n, uint8_t *dst) noexcept nogil

# The octets written, or -1; `seen` is then what `huffman_raise` turns into the exception.
cdef Py_ssize_t huffman_decode(const uint8_t *src, size_t n, uint8_t *dst, uint8_t *seen) noexcept nogil
cdef int huffman_raise(uint8_t seen) except -1


cdef object stock_encoder()

# Whether `coder.encode(x)` is sure to be `huffman_encode`: nothing replaced, overridden or patched.
cdef bint is_stock(object coder) noexcept
