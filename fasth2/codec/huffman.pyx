# cython: language_level=3
"""Huffman coding of string literals (RFC 7541 section 5.2 and Appendix B).

Both kernels work on the complement of the code: padding, a prefix of EOS, is then zeros, which shifts bring for nothing.
"""
from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from fasth2.codec.wire cimport load_be32, load_be64, store_be64

cdef extern from "rfc7541.h" nogil:
    ctypedef struct LongCode "struct rfc7541_long_code":
        uint32_t lowest
        uint8_t shift
        uint8_t bits
        int16_t base

    const uint16_t rfc7541_encode[]
    const uint32_t rfc7541_decode[]
    const LongCode rfc7541_long_code[]
    const uint8_t rfc7541_long_symbol[]
    int FASTH2_HUFFMAN_WINDOW
    int FASTH2_HUFFMAN_LONGEST

cdef extern from * nogil:
    bint unlikely(bint)


# Encoding

cdef size_t huffman_encoded_size(const uint8_t *src, size_t n) noexcept nogil:
    """Octets that `huffman_encode` writes for the `n` octets at `src`."""
    cdef uint64_t bits = 0
    cdef size_t i
    for i in range(n):
        bits += rfc7541_encode[src[i]] & 0xff
    return <size_t>((bits + 7) >> 3)


cdef size_t huffman_encode(const uint8_t *src, size_t n, uint8_t *dst) noexcept nogil:
    """Codes the `n` octets at `src` into `dst`, padded with ones. Returns the octets written."""
    cdef uint8_t *d = dst
    cdef uint64_t acc = 0     # complement of the coded bits that are not written yet, left-justified
    cdef unsigned int held = 0   # how many they are; at most 7 between symbols
    cdef uint32_t entry
    cdef size_t i
    for i in range(n):
        entry = rfc7541_encode[src[i]]
        held += entry & 0xff
        acc |= <uint64_t>(entry >> 8) << (64 - held)
        store_be64(d, ~acc)
        d += held >> 3
        acc <<= held & ~7u
        held &= 7
    return d - dst + (held > 0)


# Decoding

cdef struct Decoding:
    uint64_t window      # complement of the bits to come, left-justified
    unsigned int held    # how many of them count, 63 at most; those after them are right too, or zeros
    uint8_t *next        # where the next octet of text goes
    uint32_t seen        # OR of all table entries used


cdef inline void lookup(Decoding *s) noexcept nogil:
    """One or two symbols; none, and nothing changes, where a code is longer than FASTH2_HUFFMAN_WINDOW."""
    cdef uint32_t entry = rfc7541_decode[s.window >> (64 - FASTH2_HUFFMAN_WINDOW)]
    s.next[0] = <uint8_t>(entry >> 16)
    s.next[1] = <uint8_t>(entry >> 24)
    s.next += (entry >> 8) & 0xff
    s.seen |= entry
    s.window <<= entry & 63
    s.held -= entry & 63


cdef inline bint at_long_code(const Decoding *s) noexcept nogil:
    """Whether `lookup` would find nothing: ten ones (here zeros) begin a longer code, EOS or the padding."""
    return s.window >> (64 - 10) == 0


cdef inline unsigned int long_code(Decoding *s, int64_t left) noexcept nogil:
    """The symbol of a longer code. 0 when it is EOS or needs more than the `left` bits."""
    cdef uint64_t code = s.window >> (64 - FASTH2_HUFFMAN_LONGEST)
    cdef const LongCode *row = rfc7541_long_code
    while code < row.lowest:
        row += 1
    if code == 0 or row.bits > left:
        return 0
    s.next[0] = rfc7541_long_symbol[<int64_t>(code >> row.shift) + row.base]
    s.seen |= <uint32_t>s.next[0] << 16
    s.next += 1
    s.window <<= row.bits
    s.held -= row.bits
    return 1


cdef inline uint64_t load_rest(const uint8_t *p, size_t n, size_t before) noexcept nogil:
    """Complement of the `n` < 8 octets at `p`, left-justified, zeros after them; `before` octets may be read too."""
    cdef uint64_t word = 0
    if n == 0:
        return 0
    if n + before >= 8:
        return ~load_be64(p + n - 8) << (64 - 8 * n)
    while n:
        n -= 1
        word |= <uint64_t>(p[n] ^ 0xff) << (56 - 8 * n)
    return word


cdef Py_ssize_t huffman_decode(const uint8_t *src, size_t n, uint8_t *dst, uint8_t *seen) noexcept nogil:
    """Decodes the `n` octets at `src` into `dst`. Returns the octets written, -1 when the string is not valid.

    `seen` receives the OR of all of them: less than 0x80 says ASCII.
    """
    cdef Decoding s
    cdef const uint8_t *p = src
    cdef const uint8_t *end = src + n
    cdef uint64_t rest
    cdef int64_t unread
    cdef unsigned int taken
    s.window = 0
    s.held = 0
    s.next = dst
    s.seen = 0
    while end - p >= 8:
        s.window |= ~load_be64(p) >> s.held
        p += (63 - s.held) >> 3
        s.held |= 56
        if unlikely(at_long_code(&s)):
            if not long_code(&s, s.held):
                return -1
            continue
        lookup(&s)
        lookup(&s)
        lookup(&s)
        lookup(&s)
    # Past the end come zeros, the complement of valid padding: the last lookup is always one that finds nothing.
    unread = 8 * (end - p)
    rest = load_rest(p, end - p, p - src)
    while True:
        s.window |= rest >> s.held
        taken = (63 - s.held) & ~7u
        rest <<= taken
        s.held += taken
        unread -= taken
        if at_long_code(&s):
            if <int>s.held + unread < 8:
                break
            if not long_code(&s, <int>s.held + unread):
                return -1
            continue
        lookup(&s)
        lookup(&s)
        lookup(&s)
        lookup(&s)
    seen[0] = <uint8_t>((s.seen >> 16) | (s.seen >> 24))
    return s.next - dst if <int>s.held + unread >= 0 else -1


# For Python

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from fasth2.errors.hpack import HPACKDecodingError


cdef int huffman_raise(const uint8_t *src, size_t n) except -1:
    raise HPACKDecodingError("Invalid Huffman string")

cdef bint is_stock(object coder):
    return True


def decode_huffman(huffman_string):
    if not huffman_string:
        return b""
    cdef bytes data = bytes(bytearray(huffman_string))
    cdef size_t n = PyBytes_GET_SIZE(data)
    cdef uint8_t *out = <uint8_t*>PyMem_Malloc(huffman_decode_room(n))
    cdef uint8_t seen
    cdef Py_ssize_t r = huffman_decode(<const uint8_t*>PyBytes_AS_STRING(data), n, out, &seen)
    try:
        if r < 0:
            huffman_raise(<const uint8_t*>PyBytes_AS_STRING(data), n)
        return out[:r]
    finally:
        PyMem_Free(out)


def encode(bytes data):
    cdef size_t n = PyBytes_GET_SIZE(data)
    cdef uint8_t *out = <uint8_t*>PyMem_Malloc(huffman_encode_room(n))
    cdef size_t r = huffman_encode(<const uint8_t*>PyBytes_AS_STRING(data), n, out)
    assert r == huffman_encoded_size(<const uint8_t*>PyBytes_AS_STRING(data), n)
    b = out[:r]
    PyMem_Free(out)
    return b
