# cython: language_level=3, freethreading_compatible=True
"""Huffman coding of string literals (RFC 7541 section 5.2, Appendix B).

Both kernels work on the complement of the code: EOS and the padding, its prefix, are then zeros, which shifts bring
for nothing.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fasth2.codec.steps cimport Steps, class_takes
from fasth2.codec.typeversion cimport has_attributes
from fasth2.codec.wire cimport load_be32, load_be64, store_be64

from fasth2.codec.rfc7541 import HUFFMAN_CODE
from fasth2.errors.hpack import HPACKDecodingError

cdef extern from "rfc7541.h" nogil:
    ctypedef struct LongCode "struct rfc7541_long_code":
        uint32_t lowest
        uint8_t shift
        uint8_t bits
        int16_t base

    const uint16_t rfc7541_encode[]
    const LongCode rfc7541_long_code[]
    const uint8_t rfc7541_long_symbol[]
    enum:
        FASTH2_HUFFMAN_SHORT
        FASTH2_HUFFMAN_LONGEST

cdef extern from * nogil:
    bint unlikely(bint)
    bint PY_LITTLE_ENDIAN


# Encoding

cdef size_t huffman_encoded_size(const uint8_t *src, size_t n) noexcept nogil:
    """Octets that `huffman_encode` writes for the `n` octets at `src`."""
    cdef uint64_t bits = 0
    cdef size_t i
    for i in range(n):
        bits += rfc7541_encode[src[i]] & 0xff
    return <size_t>((bits + 7) >> 3)


cdef struct Encoding:
    uint8_t *next        # where the next octet goes
    uint64_t coded       # complement of the last bits; those that do not fill an octet yet are the lowest
    unsigned int held    # how many these are, 7 at most


cdef inline void put(Encoding *s, uint64_t code, unsigned int bits) noexcept nogil:
    """Appends the 1 to 57 low bits of `code`. What the store writes after them is ones: the padding."""
    s.coded = s.coded << bits | code
    s.held += bits
    store_be64(s.next, ~(s.coded << (64 - s.held)))
    s.next += s.held >> 3
    s.held &= 7


cdef inline uint64_t join(uint64_t code, uint32_t entry) noexcept nogil:
    return code << (entry & 63) | entry >> 8


cdef size_t huffman_encode(const uint8_t *src, size_t n, uint8_t *dst) noexcept nogil:
    """Codes the `n` octets at `src` into `dst`, which has `huffman_encode_room(n)`. Returns the octets written."""
    cdef Encoding s = Encoding(dst, 0, 0)
    cdef const uint8_t *end = src + n
    cdef uint32_t a, b, c, d
    cdef unsigned int bits
    # Four symbols to a store take two thirds of the time of a store at every 32 bits.
    while end - src >= 4:
        a = rfc7541_encode[src[0]]
        b = rfc7541_encode[src[1]]
        c = rfc7541_encode[src[2]]
        d = rfc7541_encode[src[3]]
        bits = (a + b + c + d) & 0xff
        if unlikely(bits > 56):
            s = put_each(s, src, 4)
        else:
            put(&s, join(join(join(a >> 8, b), c), d), bits)
        src += 4
    n = end - src
    if n:
        # As many of the last three as there are, without a branch on how many.
        a = rfc7541_encode[src[0]]
        b = rfc7541_encode[src[n >> 1]] & -<uint32_t>(n > 1)
        c = rfc7541_encode[src[n - 1]] & -<uint32_t>(n > 2)
        bits = (a + b + c) & 0xff
        if unlikely(bits > 56):
            s = put_each(s, src, n)
        else:
            put(&s, join(join(a >> 8, b), c), bits)
    return s.next - dst + (s.held > 0)


cdef Encoding put_each(Encoding s, const uint8_t *src, size_t n) noexcept nogil:
    """Symbols with long codes. By value, so that `s` is in registers elsewhere."""
    cdef size_t at
    for at in range(n):
        put(&s, rfc7541_encode[src[at]] >> 8, rfc7541_encode[src[at]] & 0xff)
    return s


# Decoding
#
# One lookup sees 14 bits and yields up to two symbols, 1.9 on average, from 64 KiB of which real traffic touches a
# dozen cache lines a string. Cycles for a string of that traffic (mean: 24 octets of text), hot and with L1 emptied
# before
# each: 14 bits 74 and 246; 13 bits 81 and 257; 12 bits 88 and 268; 11 bits 106 and 296; one symbol from 8 bits, in 512
# octets, 138 and 279.

cdef enum:
    WINDOW = 14

# By the complement of the next WINDOW bits: second symbol << 24 | first symbol << 16 | number of symbols << 8 | their
# bits. A single symbol has 0 for the second; codes of more than FASTH2_HUFFMAN_SHORT bits have 0. It is laid out at
# import: in the wheel it would weigh 20 kB and more.
cdef uint32_t pairs[1 << WINDOW]


cdef void lay_out_pairs() noexcept nogil:
    cdef uint32_t symbol, code, bits, window, second
    for symbol in range(256):
        code = rfc7541_encode[symbol] >> 8
        bits = rfc7541_encode[symbol] & 0xff
        if bits <= FASTH2_HUFFMAN_SHORT:
            for window in range(code << (WINDOW - bits), (code + 1) << (WINDOW - bits)):
                pairs[window] = symbol << 16 | 1 << 8 | bits
    for window in range(1 << WINDOW):
        bits = pairs[window] & 0xff
        # Where no symbol follows this is 0, whose code is too long to be a second one.
        second = pairs[window << bits & ((1 << WINDOW) - 1)] >> 16 & 0xff
        bits += rfc7541_encode[second] & 0xff
        if pairs[window] and bits <= WINDOW:
            pairs[window] = second << 24 | pairs[window] & 0xff0000 | 2 << 8 | bits


lay_out_pairs()


cdef struct Decoding:
    uint64_t window      # complement of the bits to come, left-justified
    unsigned int held    # how many of them count, at most 63; those after them are as in the string too, or zeros
    uint8_t *next        # where the next octet of text goes
    uint8_t seen         # OR of the octets with longer codes, which all others than ASCII have


cdef inline uint32_t lookup(Decoding *s) noexcept nogil:
    """One or two symbols; none, and nothing changes, where the next code is longer than the table's window.

    Returns the entry: the sum of up to four has in its low octet by how much fewer bits are held.
    """
    cdef uint32_t entry = pairs[s.window >> (64 - WINDOW)]
    cdef uint16_t text = <uint16_t>(entry >> 16)
    if PY_LITTLE_ENDIAN:
        memcpy(s.next, &text, 2)  # compilers do not join the two stores below: 5 %
    else:
        s.next[0] = <uint8_t>text
        s.next[1] = <uint8_t>(text >> 8)
    s.next += (entry >> 8) & 0xff
    s.window <<= entry & 63
    return entry


cdef inline void lookup_four(Decoding *s) noexcept nogil:
    cdef uint32_t used = lookup(s)
    used += lookup(s)
    used += lookup(s)
    used += lookup(s)
    s.held -= used & 0xff


cdef inline bint at_long_code(const Decoding *s) noexcept nogil:
    """Whether `lookup` would find nothing: ten ones, here zeros, begin each longer code, EOS and all valid padding."""
    return s.window >> (64 - 10) == 0


cdef inline bint long_code(Decoding *s, int64_t left) noexcept nogil:
    """One symbol with a longer code. False, and `seen` is for `huffman_raise`, if it is EOS or exceeds `left` bits."""
    cdef uint64_t code = s.window >> (64 - FASTH2_HUFFMAN_LONGEST)
    cdef const LongCode *row = rfc7541_long_code
    while code < row.lowest:
        row += 1
    if code == 0 or row.bits > left:
        s.seen = code == 0 and row.bits <= left
        return False
    s.next[0] = rfc7541_long_symbol[<int64_t>(code >> row.shift) + row.base]
    s.seen |= s.next[0]
    s.next += 1
    s.window <<= row.bits
    s.held -= row.bits
    return True


cdef inline uint64_t load_rest(const uint8_t *p, size_t n, size_t before) noexcept nogil:
    """Complement of the `n` < 8 octets at `p`, left-justified, zeros after them; `before` octets may be read too."""
    cdef uint64_t word
    if n == 0:
        return 0
    if n + before >= 8:
        return ~load_be64(p + n - 8) << (64 - 8 * n)
    if n >= 4:
        word = <uint64_t>load_be32(p) << 32 | <uint64_t>load_be32(p + n - 4) << (64 - 8 * n)
    else:
        word = <uint64_t>p[0] << 56 | <uint64_t>p[n >> 1] << (56 - 8 * (n >> 1)) | <uint64_t>p[n - 1] << (64 - 8 * n)
    return ~word >> (64 - 8 * n) << (64 - 8 * n)


cdef Py_ssize_t huffman_decode(const uint8_t *src, size_t n, uint8_t *dst, uint8_t *seen) noexcept nogil:
    """Decodes the `n` octets at `src` into `dst`, which has `huffman_decode_room(n)`. Returns the octets written.

    `seen` is below 0x80 if the text is ASCII. Returns -1 if the string is not valid: EOS inside it, padding of more
    than 7 bits, or padding that is not ones. `seen` is then for `huffman_raise`.
    """
    cdef Decoding s = Decoding(0, 0, dst, 0)
    cdef const uint8_t *p = src
    cdef const uint8_t *end = src + n
    cdef uint64_t rest
    cdef int64_t unread
    cdef unsigned int taken
    while end - p >= 8:
        s.window |= ~load_be64(p) >> s.held
        p += (63 - s.held) >> 3
        s.held |= 56
        if unlikely(at_long_code(&s)):
            if not long_code(&s, s.held):
                seen[0] = s.seen
                return -1
            continue
        lookup_four(&s)
    # Zeros follow the last bits, so that every string ends where `lookup` finds nothing. A code that runs into them,
    # four lookups in flight at most, leaves fewer than no bits.
    rest = load_rest(p, end - p, p - src)
    unread = 8 * (end - p)
    while True:
        s.window |= rest >> s.held
        taken = (63 - s.held) & ~7u
        rest <<= taken
        s.held += taken
        unread -= taken
        if at_long_code(&s):
            if s.held + unread < 8:
                break
            if not long_code(&s, s.held + unread):
                seen[0] = s.seen
                return -1
            continue
        lookup_four(&s)
    if s.held + unread < 0:
        seen[0] = 0
        return -1
    seen[0] = s.seen
    return s.next - dst


cdef int huffman_raise(uint8_t seen) except -1:
    """Raises for a string that `huffman_decode` refused and what it left in `seen`."""
    raise HPACKDecodingError("Invalid Huffman string" if seen else "Incomplete Huffman string")


# For Python

cdef enum:
    SCRATCH = 2048  # octets on the stack; longer results go through the heap once


def decode_huffman(huffman_string):
    """Decodes a Huffman-coded string (RFC 7541 section 5.2; upstream: hpack.huffman_table.decode_huffman).

    `huffman_string` (bytes, anything that bytearray() takes, or None) gives the text (bytes). Raises
    HPACKDecodingError if it contains EOS, or is padded with more than 7 bits or with other bits than ones.
    """
    if PyBytes_CheckExact(huffman_string):
        return decode_octets(<bytes>huffman_string)
    if not huffman_string:
        return b""
    return decode_octets(bytes(bytearray(huffman_string)))


decode_huffman.__module__ = "hpack.huffman_table"


cdef bytes decode_octets(bytes octets):
    cdef uint8_t stack[SCRATCH]
    cdef uint8_t *text = stack
    cdef uint8_t seen
    cdef size_t n = PyBytes_GET_SIZE(octets)
    cdef Py_ssize_t size
    if huffman_decode_room(n) <= SCRATCH:
        size = huffman_decode(<const uint8_t *>PyBytes_AS_STRING(octets), n, stack, &seen)
        if size < 0:
            huffman_raise(seen)
        return PyBytes_FromStringAndSize(<char *>stack, size)
    text = <uint8_t *>PyMem_Malloc(huffman_decode_room(n))
    if text == NULL:
        raise MemoryError
    try:
        size = huffman_decode(<const uint8_t *>PyBytes_AS_STRING(octets), n, text, &seen)
        if size < 0:
            huffman_raise(seen)
        return PyBytes_FromStringAndSize(<char *>text, size)
    finally:
        PyMem_Free(text)


cdef bytes encode_octets(bytes octets):
    cdef uint8_t stack[SCRATCH]
    cdef uint8_t *coded
    cdef const uint8_t *src = <const uint8_t *>PyBytes_AS_STRING(octets)
    cdef size_t n = PyBytes_GET_SIZE(octets)
    if huffman_encode_room(n) <= SCRATCH:
        return PyBytes_FromStringAndSize(<char *>stack, huffman_encode(src, n, stack))
    coded = <uint8_t *>PyMem_Malloc(huffman_encoded_size(src, n) + HUFFMAN_SLACK)
    if coded == NULL:
        raise MemoryError
    try:
        return PyBytes_FromStringAndSize(<char *>coded, huffman_encode(src, n, coded))
    finally:
        PyMem_Free(coded)


cdef enum:
    CODES = 1
    LENGTHS


cdef class CodeList(list):
    """A list that knows whether it still holds what RFC 7541 says, so that nobody need compare 257 items to tell."""

    cdef int rfc  # CODES or LENGTHS; 0 once it was written to

    def __init__(self, *items):
        self.rfc = 0
        list.__init__(self, *items)

    def __setitem__(self, index, value):
        self.rfc = 0
        list.__setitem__(self, index, value)

    def __delitem__(self, index):
        self.rfc = 0
        list.__delitem__(self, index)

    def __iadd__(self, items):
        self.rfc = 0
        return list.__iadd__(self, items)

    def __imul__(self, times):
        self.rfc = 0
        return list.__imul__(self, times)

    def append(self, item):
        self.rfc = 0
        list.append(self, item)

    def clear(self):
        self.rfc = 0
        list.clear(self)

    def extend(self, items):
        self.rfc = 0
        list.extend(self, items)

    def insert(self, index, item):
        self.rfc = 0
        list.insert(self, index, item)

    def pop(self, *index):
        self.rfc = 0
        return list.pop(self, *index)

    def remove(self, item):
        self.rfc = 0
        list.remove(self, item)

    def reverse(self):
        self.rfc = 0
        list.reverse(self)

    def sort(self, **options):
        self.rfc = 0
        list.sort(self, **options)

    def __reduce__(self):
        return (rfc_list, (self.rfc,)) if self.rfc else (list, (list(self),))


def rfc_list(int rfc):
    """A fresh CodeList of RFC 7541's codes (`rfc` = CODES) or of their lengths. What a pickle of one calls."""
    cdef CodeList made = CodeList()
    for pair in HUFFMAN_CODE:
        list.append(made, pair[rfc == LENGTHS])
    made.rfc = rfc
    return made


REQUEST_CODES = rfc_list(CODES)
REQUEST_CODES_LENGTH = rfc_list(LENGTHS)


cdef inline bint is_rfc(object codes, int rfc) noexcept:
    return type(codes) is CodeList and (<CodeList>codes).rfc == rfc


cdef class HuffmanEncoderCore:
    cdef public object huffman_code_list
    cdef public object huffman_code_list_lengths
    cdef dict __dict__

    def encode(self, bytes_to_encode):
        """Codes `bytes_to_encode` (bytes, any iterable of int, or None) and pads with ones; returns bytes.

        Upstream: hpack.huffman.HuffmanEncoder.encode. Raises IndexError for a symbol that the lists do not have.
        """
        if has_rfc_codes(self):
            if PyBytes_CheckExact(bytes_to_encode):
                return encode_octets(<bytes>bytes_to_encode)
            if type(bytes_to_encode) is bytearray:
                return encode_octets(bytes(bytes_to_encode))
        from fasth2.codec.anycode import encode_with
        return encode_with(self.huffman_code_list, self.huffman_code_list_lengths, bytes_to_encode)

    def __reduce__(self):
        cls = None if type(self) is HuffmanEncoder else type(self)
        state = self.huffman_code_list, self.huffman_code_list_lengths
        return restore_encoder, (cls, *state), vars(self) or None


class HuffmanEncoder(HuffmanEncoderCore):
    """Codes octets with a table of codes (list of int) and of their lengths in bits (list of int).

    Upstream: hpack.huffman.HuffmanEncoder. `REQUEST_CODES` and `REQUEST_CODES_LENGTH` are RFC 7541's, and those that
    run at C speed.
    """

    __module__ = "hpack.huffman"

    def __init__(self, huffman_code_list, huffman_code_list_lengths):
        self.huffman_code_list = huffman_code_list
        self.huffman_code_list_lengths = huffman_code_list_lengths


cdef object stock_encoder():
    """A HuffmanEncoder with RFC 7541's codes, without the detour through its `__init__`."""
    return restore_encoder(HuffmanEncoder, REQUEST_CODES, REQUEST_CODES_LENGTH)


def restore_encoder(cls, huffman_code_list, huffman_code_list_lengths):
    """A HuffmanEncoder (or `cls`, a subclass) with these lists: what a pickle of one calls."""
    cdef HuffmanEncoderCore made = HuffmanEncoder.__new__(cls or HuffmanEncoder)
    made.huffman_code_list = huffman_code_list
    made.huffman_code_list_lengths = huffman_code_list_lengths
    return made


cdef inline bint has_rfc_codes(HuffmanEncoderCore coder) noexcept:
    return is_rfc(coder.huffman_code_list, CODES) and is_rfc(coder.huffman_code_list_lengths, LENGTHS)


# Whether a coder is stock

cdef Steps stock_class = Steps(0)
cdef dict STEPS = {step: getattr(HuffmanEncoder, step) for step in (
    "__getattribute__", "encode", "huffman_code_list", "huffman_code_list_lengths")}


cdef bint is_stock(object coder) noexcept:
    """Whether `coder.encode(x)` is sure to be `huffman_encode`: a HuffmanEncoder with RFC 7541's codes, and nothing
    patched, neither on it nor on its class."""
    cdef PyTypeObject *cls = <PyTypeObject *>HuffmanEncoder
    return (type(coder) is HuffmanEncoder and class_takes(cls, &stock_class, STEPS)
            and not has_attributes(<PyObject *>coder) and has_rfc_codes(coder))


def _is_stock(coder):
    """`is_stock` for tests."""
    return is_stock(coder)
