"""C interface of the encoder: field lines to a header block (RFC 7541 sections 3 and 6)."""
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t

from fasth2.codec.dynamictable cimport DynamicTable, Journal
from fasth2.codec.wire cimport ByteWriter


# A field line to be encoded: the first two items of `owner`, both bytes or both ASCII str.
cdef struct OutLine:
    PyObject *owner       # owned; also what the table keeps
    const uint8_t *name
    const uint8_t *value
    size_t name_size
    size_t value_size
    bint sensitive        # never indexed (RFC 7541 section 7.1.3)

cdef struct OutLines:
    OutLine first[32]
    OutLine *items        # `first`, or owned memory
    size_t count
    size_t room
    bint converted        # whether headers had to be made of others


cdef class BlockEncoder:
    cdef object table     # header_table, as assigned
    cdef object coder     # huffman_coder, as assigned; None until somebody asks for it
    cdef public object table_size_changes
    cdef public object _announced       # header_table_size as set, where that is more than is used; else None
    cdef public object _most_used       # max_header_table_size
    cdef public int _sizes_set          # how often the size has changed, up to 4
    cdef bint converts          # whether the last list had headers that had to be converted first
    cdef dict __dict__
    cdef object __weakref__

    # Whether encode_lines() does all that this object is asked to do; the answer is good until Python code runs,
    # or without a GIL another thread's.
    cdef bint is_straight(self)


cdef void begin_out_lines(OutLines *lines) noexcept
cdef int take_header(OutLines *lines, object header) except -1   # a tuple, list or the like; may run Python code
cdef void release_out_lines(OutLines *lines) noexcept

# The header block that Encoder.encode() would give for `lines`, due table size updates included, or its exception. For
# every encoder; one that is not straight runs Python code.
cdef bytes encode_to_bytes(BlockEncoder self, const OutLines *lines, bint huffman)

# Appends the encoded lines to `out`. 0, or -1 without memory; then, and whenever the caller fails later, the caller
# rolls `journal` back, and else commits it. No Python code runs. Only for the table of an encoder that is straight,
# held by the caller (fasth2.codec.lock) until then, and behind the table size updates that are due.
cdef int encode_lines(DynamicTable table, const OutLines *lines, bint huffman, ByteWriter *out,
                      Journal *journal) noexcept
