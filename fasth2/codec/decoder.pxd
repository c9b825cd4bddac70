"""C interface of the decoder: a header block to field lines (RFC 7541 sections 3 and 6)."""
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint64_t


cdef enum BlockStatus:
    BLOCK_OK = 0
    # -1 and -2 are the statuses of fasth2.codec.integer
    BLOCK_TRUNCATED = -3         # a string runs past the end
    BLOCK_BAD_HUFFMAN = -4
    BLOCK_BAD_INDEX = -5
    BLOCK_LATE_RESIZE = -6       # a table size update behind a field line
    BLOCK_RESIZE_TOO_LARGE = -7
    BLOCK_NOT_RESIZED = -8       # at the end the table is larger than allowed
    BLOCK_OVERSIZED = -9         # the header list passes max_header_list_size
    BLOCK_NOT_UTF8 = -10
    BLOCK_NO_MEMORY = -11
    BLOCK_MANY_RESIZES = -13     # more size updates than max_table_size_updates
    BLOCK_NOT_STRAIGHT = -12     # without a GIL alone: another thread has changed the table; nothing was decoded


# The field lines of one block. `items` are owned: HeaderTuple or NeverIndexedHeaderTuple, of bytes if raw, else of
# str (and where that cannot be, with BLOCK_NOT_UTF8 as the status, of bytes again).
cdef struct FieldLines:
    PyObject *first[64]
    PyObject **items      # `first`, or owned memory
    size_t count
    size_t room
    const uint8_t *at     # where an error was found
    uint64_t number       # the bad index, or what is wrong with a Huffman string


cdef class BlockDecoder:
    cdef object table           # header_table, as assigned
    cdef object list_limit      # max_header_list_size, as assigned
    cdef object table_limit     # max_allowed_table_size, as assigned
    cdef int64_t most_inflated  # the same two in C, where `plain` says that they are ints
    cdef int64_t most_allowed
    cdef public int64_t _most_updates  # max_table_size_updates
    cdef bint plain
    cdef dict __dict__
    cdef object __weakref__

    # Whether decode_block() does all that this object is asked to do; the answer is good until Python code runs,
    # or without a GIL another thread's.
    cdef bint is_straight(self)


# Decodes the `size` octets at `block` into `lines`, which the caller releases whatever the status is. No Python code
# runs meanwhile, and the table is kept from other threads. Only for decoders that are straight.
cdef int decode_block(BlockDecoder self, const uint8_t *block, size_t size, bint raw, FieldLines *lines) noexcept
cdef void release_field_lines(FieldLines *lines) noexcept

# The exception for a status below zero; `end` is that of the block.
cdef int raise_block_error(BlockDecoder self, int status, const FieldLines *lines, const uint8_t *end) except -1

# The list that Decoder.decode() would give for the `size` octets at `block`, or its exception. For every decoder; one
# that is not straight runs Python code, and works on a copy of the octets.
cdef list decode_to_list(BlockDecoder self, const uint8_t *block, size_t size, bint raw)
