# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The decoder: a header block to field lines (RFC 7541 sections 3 and 6), the straight way through.

One pass over the octets. Each field line becomes the tuple that the caller gets and, where it is indexed, that the
dynamic table keeps; an indexed field line costs a reference.
"""
cimport cython
from cpython.buffer cimport PyBUF_FULL_RO, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_Clear
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Free
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fasth2.codec.collector cimport pause_collector, resume_collector
from fasth2.codec.dynamictable cimport (
    DEFAULT_LIMIT, STATIC_ENTRIES, DynamicTable, static_tuples, table_entry, table_keep, table_line,
    table_resize, table_slot,
)
from fasth2.codec.fieldlines cimport append, begin_field_lines, to_list
from fasth2.codec.headertuple cimport HeaderTuple, NeverIndexedHeaderTuple, header_tuple_import
from fasth2.codec.huffman cimport huffman_raise
from fasth2.codec.integer cimport INTEGER_TOO_LONG, INTEGER_TRUNCATED, integer_read, raise_integer_error
from fasth2.codec.literal cimport (
    Literal, Reader, drop, keep, keep_both, read_name, read_string, usual_line, usual_literal,
)
from fasth2.codec.lock cimport FREE_THREADED, hold, let_go
from fasth2.codec.steps cimport Steps, declare, surely_takes, takes_steps
from fasth2.codec.table cimport Table, is_in_order, is_logged, is_regular, is_surely_plain, new_header_table
from fasth2.codec.tableentry cimport ENTRY_OVERHEAD, Slot, line_size, slot_for, slot_form, slot_octets
from fasth2.codec.typeversion cimport drop_dict, has_attributes
from fasth2.codec.wire cimport writer_init, writer_release

from fasth2.errors.hpack import (
    HPACKDecodingError, InvalidTableIndex, InvalidTableSizeError, OversizedHeaderListError,
)

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) noexcept  # for exact ints

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

cdef enum:
    SCRATCH = 2048     # octets of the stack for a decoded Huffman string
    MOST_RESIZES = 64  # in one block; RFC 7541 section 4.2 needs two, and upstream tells every change

header_tuple_import()

cdef int64_t HIGHEST_LIMIT = 1 << 62  # stands for every limit above it

# {name: function} of the methods that decode_block() stands for; fasth2.codec.stepwise says which.
cdef dict decoder_steps = {}
cdef Steps decoder_known


def declare_decoder_steps(cls, names):
    """Says that the attributes `names` (strings) of `cls` are what the straight way stands for."""
    declare(decoder_steps, cls, names)


# --- the static table -----------------------------------------------------------------------------------------------

# As if it were a ring's: by whether it is of bytes, and by index.
cdef Slot static_slots[2][STATIC_ENTRIES + 1]


cdef void lay_out_static_slots() noexcept:
    cdef uint32_t index
    cdef bint raw
    for raw in range(2):
        for index in range(1, STATIC_ENTRIES + 1):
            static_slots[raw][index] = slot_for(
                static_tuples(raw)[index], ENTRY_OVERHEAD + line_size(static_tuples(raw)[index]))


lay_out_static_slots()


# --- reading --------------------------------------------------------------------------------------------------------

cdef void release_field_lines(FieldLines *lines) noexcept:
    cdef size_t at
    for at in range(lines.count):
        Py_DECREF(<object>lines.items[at])
    lines.count = 0
    if lines.items != lines.first:
        PyMem_Free(lines.items)
        lines.items = lines.first


cdef int decode_block(BlockDecoder self, const uint8_t *block, size_t size, bint raw, FieldLines *lines) noexcept:
    cdef uint8_t scratch[SCRATCH]
    cdef Reader r
    cdef int status, collecting
    begin_field_lines(lines)
    r.next = block
    r.end = block + size
    r.static_slots = static_slots[raw]
    r.raw = raw
    r.not_utf8 = False
    r.inflated = 0
    r.lines = lines
    with cython.critical_section(self):
        table = self.table
        r.most_inflated = self.most_inflated
        r.most_allowed = self.most_allowed
        r.resizes_left = self._most_updates
    writer_init(&r.scratch, scratch, SCRATCH)
    collecting = pause_collector()
    status = read_held(table, &r)
    resume_collector(collecting)
    writer_release(&r.scratch)
    lines.at = r.next
    return status


cdef inline int read_held(object table, Reader *r) noexcept:
    """read_block(), if no thread has changed the table since it was found to be regular."""
    cdef int status = BLOCK_NOT_STRAIGHT
    if FREE_THREADED and not is_regular(table):
        return status
    hold(&(<Table>table).lock)
    if not FREE_THREADED or is_in_order(<Table>table):
        status = read_block(<Table>table, r)
    let_go(&(<Table>table).lock)
    return status


cdef int read_block(DynamicTable table, Reader *r) noexcept:
    cdef int status
    while r.next < r.end:
        status = read_usual(table, r)
        if status == 0 and r.next < r.end and not is_oversized(r):
            status = read_any(table, r)
        if unlikely(status < 0):
            return status
        if unlikely(is_oversized(r)):
            return BLOCK_OVERSIZED
    if unlikely(table.limit > r.most_allowed):
        return BLOCK_NOT_RESIZED
    return BLOCK_NOT_UTF8 if unlikely(r.not_utf8) else BLOCK_OK


cdef inline bint is_oversized(const Reader *r) noexcept:
    return r.inflated > r.most_inflated and r.lines.count > 0  # a limit below zero: from the first line on


cdef int read_usual(DynamicTable table, Reader *r) noexcept:
    """Field lines as nearly all of them are, up to one that is not: see usual_line() and usual_literal()."""
    cdef const uint8_t *next = r.next
    cdef size_t count = r.lines.count
    cdef int64_t inflated = r.inflated
    cdef PyObject *line
    cdef const uint8_t *behind
    cdef const Slot *slot
    cdef int64_t octets = 0
    cdef int status = 0
    while next < r.end and count < r.lines.room and inflated <= r.most_inflated:
        if next[0] >= 0x80:
            slot = usual_line(table, r, next[0] & 0x7F, 0x7F)
            if unlikely(slot == NULL):
                break
            line = slot.entry
            Py_INCREF(<object>line)
            octets = slot_octets(slot)
            next += 1
        else:
            line = NULL
            behind = usual_literal(table, r, next, &line, &octets)
            if unlikely(line == NULL):
                status = BLOCK_NO_MEMORY if behind != NULL else 0
                break
            next = behind
        r.lines.items[count] = line
        count += 1
        inflated += octets
    r.next = next
    r.lines.count = count
    r.inflated = inflated
    return status


cdef int read_any(DynamicTable table, Reader *r) noexcept:
    """One representation, whatever it is."""
    cdef unsigned int octet = r.next[0]
    if octet & 0x80:       # section 6.1
        return read_indexed(table, r)
    if octet & 0x40:       # section 6.2.1
        return read_literal(table, r, 6, <PyTypeObject *>HeaderTuple)
    if octet & 0x20:       # section 6.3
        return read_resize(table, r)
    if octet & 0x10:       # section 6.2.3
        return read_literal(table, r, 4, <PyTypeObject *>NeverIndexedHeaderTuple)
    return read_literal(table, r, 4, <PyTypeObject *>HeaderTuple)  # section 6.2.2


cdef int read_resize(DynamicTable table, Reader *r) noexcept:
    cdef uint64_t limit = 0
    cdef int used
    if r.lines.count:
        return BLOCK_LATE_RESIZE
    r.resizes_left -= 1
    if r.resizes_left < 0:
        return BLOCK_MANY_RESIZES
    used = integer_read(r.next, r.end, 5, &limit)
    if used < 0:
        return used
    if <int64_t>limit > r.most_allowed:
        return BLOCK_RESIZE_TOO_LARGE
    table_resize(table, <int64_t>limit)
    r.next += used
    return 0


cdef int read_indexed(DynamicTable table, Reader *r) noexcept:
    cdef PyObject *line
    cdef const Slot *slot
    cdef uint64_t index = 0
    cdef int used = integer_read(r.next, r.end, 7, &index)
    if used < 0:
        return used
    if index - 1 >= STATIC_ENTRIES + table.count:
        r.lines.number = index
        return BLOCK_BAD_INDEX
    if index <= STATIC_ENTRIES:
        slot = &r.static_slots[index]
    else:
        slot = table_slot(table, <uint32_t>index - (STATIC_ENTRIES + 1))
    r.inflated += slot_octets(slot)
    line = slot_form(slot, r.raw)
    if line != NULL:
        Py_INCREF(<object>line)
    else:
        line = other_form(table, r, <uint32_t>index - (STATIC_ENTRIES + 1))
        if line == NULL:
            return BLOCK_NO_MEMORY
    r.next += used
    return BLOCK_NO_MEMORY if unlikely(append(r.lines, line) < 0) else 0


cdef PyObject *other_form(DynamicTable table, Reader *r, uint32_t position) noexcept:
    """A new reference to an entry in the form that it was not stored in, or without it; NULL without memory."""
    cdef PyObject *made
    if not r.not_utf8:  # nobody will see the text of a block that has failed, and failing once more is dear
        try:
            made = table_line(table, position, r.raw)
            table_keep(table, position, made)
            return made
        except UnicodeDecodeError:
            r.not_utf8 = True
        except MemoryError:
            return NULL
    made = table_entry(table, position)
    Py_INCREF(<object>made)
    return made


cdef int read_literal(DynamicTable table, Reader *r, unsigned int prefix_bits, PyTypeObject *type) noexcept:
    cdef Literal name, value
    cdef uint64_t index = 0
    cdef int status = integer_read(r.next, r.end, prefix_bits, &index)
    if unlikely(status < 0):
        return status
    r.indexed = prefix_bits == 6
    if index:
        status = read_name(table, r, index, status, &name)
    else:
        r.next += 1
        status = read_string(r, &name)
    if unlikely(status < 0):
        return status
    status = read_string(r, &value)
    if unlikely(status < 0):
        drop(&name)
        return status
    r.inflated += <int64_t>(name.size + value.size + ENTRY_OVERHEAD)
    if likely(r.raw or (name.octets == NULL and value.octets == NULL)):
        return keep(table, r, type, &name, &value)
    return keep_both(table, r, type, &name, &value)


# --- for the debug log ----------------------------------------------------------------------------------------------

def may_hold_sensitive(bytes block):
    """Whether a header block has a never-indexed literal, or goes on behind what cannot be read (bool)."""
    cdef const uint8_t *next = <const uint8_t *>PyBytes_AS_STRING(block)
    cdef const uint8_t *end = next + PyBytes_GET_SIZE(block)
    cdef unsigned int octet, prefix_bits
    cdef uint64_t number = 0
    cdef int used, strings
    while next < end:
        octet = next[0]
        if octet & 0xF0 == 0x10 and end - next > 1:
            return True
        prefix_bits = 7 if octet & 0x80 else 6 if octet & 0x40 else 5 if octet & 0x20 else 4
        used = integer_read(next, end, prefix_bits, &number)
        strings = 0 if prefix_bits == 7 or prefix_bits == 5 else 1 if number else 2
        while used > 0:
            next += used
            if strings == 0:
                break
            strings -= 1
            used = integer_read(next, end, 7, &number) if next < end else INTEGER_TRUNCATED
            if used > 0 and number > <uint64_t>(end - next - used):
                return False  # the string takes the rest of the block
            if used > 0:
                next += number
        if used < 0:
            return used == INTEGER_TOO_LONG
    return False


# --- what is wrong --------------------------------------------------------------------------------------------------

cdef int raise_block_error(BlockDecoder self, int status, const FieldLines *lines, const uint8_t *end) except -1:
    PyErr_Clear()  # an allocation that failed has said so
    if status == BLOCK_NO_MEMORY:
        raise MemoryError
    if status == BLOCK_BAD_INDEX:
        raise InvalidTableIndex("Invalid table index %d" % lines.number)
    if status == BLOCK_OVERSIZED:
        raise OversizedHeaderListError(f"A header list larger than {self.max_header_list_size} has been received")
    if status == BLOCK_RESIZE_TOO_LARGE:
        raise InvalidTableSizeError("Encoder exceeded max allowable table size")
    if status == BLOCK_NOT_RESIZED:
        raise InvalidTableSizeError("Encoder did not shrink table size to within the max")
    if status == BLOCK_LATE_RESIZE:
        raise HPACKDecodingError("Table size update not at the start of the block")
    if status == BLOCK_MANY_RESIZES:
        most = self._most_updates
        raise HPACKDecodingError(f"More than {most} table size updates (max_table_size_updates)")
    if status == BLOCK_TRUNCATED:
        raise HPACKDecodingError("Truncated header block")
    if status == BLOCK_BAD_HUFFMAN:
        huffman_raise(<uint8_t>lines.number)
    if status == BLOCK_NOT_UTF8:
        raise_not_utf8(lines)
    raise_integer_error(status, lines.at, end - lines.at)


cdef int raise_not_utf8(const FieldLines *lines) except -1:
    cdef size_t at
    for at in range(lines.count):
        for string in <object>lines.items[at]:
            try:
                if type(string) is bytes:
                    (<bytes>string).decode()
            except UnicodeDecodeError as error:
                raise HPACKDecodingError("Unable to decode headers as UTF-8") from error


# --- the decoder as Python knows it ---------------------------------------------------------------------------------

cdef class BlockDecoder:
    """What Decoder is compiled from."""

    def __cinit__(self, *args, **kwargs):
        drop_dict(<PyObject *>self)

    def __init__(self, max_header_list_size):
        table = new_header_table()
        with cython.critical_section(self):
            self.table = table
            self.list_limit = max_header_list_size
            self.table_limit = DEFAULT_LIMIT
            self._most_updates = MOST_RESIZES
            read_limits(self)

    @property
    def header_table(self):
        """The HeaderTable in use; any object with its methods can take its place."""
        with cython.critical_section(self):
            return self.table

    @header_table.setter
    def header_table(self, table):
        with cython.critical_section(self):
            self.table = table

    @property
    def max_header_list_size(self):
        """The largest header list that is accepted, in RFC octets (int): names, values, and 32 a field line."""
        with cython.critical_section(self):
            return self.list_limit

    @max_header_list_size.setter
    def max_header_list_size(self, value):
        with cython.critical_section(self):
            self.list_limit = value
            read_limits(self)

    @property
    def max_allowed_table_size(self):
        """The largest dynamic table that the peer may choose (int): the acknowledged SETTINGS_HEADER_TABLE_SIZE."""
        with cython.critical_section(self):
            return self.table_limit

    @max_allowed_table_size.setter
    def max_allowed_table_size(self, value):
        with cython.critical_section(self):
            self.table_limit = value
            read_limits(self)

    cdef bint is_straight(self):
        if (self.plain and not FREE_THREADED and not has_attributes(<PyObject *>self)
                and surely_takes(Py_TYPE(<PyObject *>self), &decoder_known)
                and is_surely_plain(<PyObject *>self.table)):
            return True
        # What may run Python code is asked first: a logger, and until CPython 3.11 a finaliser.
        if is_logged() or not takes_steps(self, &decoder_known, decoder_steps):
            return False
        with cython.critical_section(self):
            table = self.table if self.plain else None
        return is_regular(table) and is_in_order(<Table>table)

    def decode(self, data, bint raw=False):
        """The header list in the header block `data` (a buffer of octets).

        A list of HeaderTuple and NeverIndexedHeaderTuple, of bytes if `raw`, else of str. HPACKDecodingError and its
        subclasses for what RFC 7541 does not allow and for strings that are not UTF-8; TypeError for what is not a
        buffer of octets. After an error the table is no longer that of the peer. Upstream: hpack.Decoder.decode.
        """
        cdef Py_buffer view
        if PyBytes_CheckExact(data):
            if self.is_straight():
                decoded = decode_octets(self, <const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), raw)
                if not FREE_THREADED or decoded is not None:
                    return decoded
            return self._decode_stepwise(data, raw)
        PyObject_GetBuffer(data, &view, PyBUF_FULL_RO)
        try:
            if view.itemsize != 1 or view.ndim != 1:
                raise TypeError("a header block is a one-dimensional buffer of octets")
            if not PyBuffer_IsContiguous(&view, b"C"):
                return BlockDecoder.decode(self, bytes(data), raw)
            if not self.is_straight():
                return self._decode_stepwise(data, raw)
            if FREE_THREADED:  # another thread may write into the buffer, and text was once found to be ASCII
                octets = PyBytes_FromStringAndSize(<const char *>view.buf, view.len)
                return BlockDecoder.decode(self, octets, raw)
            return decode_octets(self, <const uint8_t *>view.buf, view.len, raw)
        finally:
            PyBuffer_Release(&view)


cdef int read_limits(BlockDecoder self) except -1:
    """Takes the limits over into C, where they are ints; any other number is left to the steps."""
    self.plain = PyLong_CheckExact(self.list_limit) and PyLong_CheckExact(self.table_limit)
    if self.plain:
        self.most_inflated = limit_of(self.list_limit)
        self.most_allowed = limit_of(self.table_limit)
    return 0


cdef inline int64_t limit_of(object limit) noexcept:
    """An int as far as it matters: every negative one is -1, and no sum of octets reaches the highest."""
    cdef int overflow = 0
    cdef long long value = PyLong_AsLongLongAndOverflow(limit, &overflow)
    if overflow:
        return -1 if overflow < 0 else HIGHEST_LIMIT
    return -1 if value < 0 else min(<int64_t>value, HIGHEST_LIMIT)


cdef list decode_to_list(BlockDecoder self, const uint8_t *block, size_t size, bint raw):
    cdef list decoded = decode_octets(self, block, size, raw) if self.is_straight() else None
    if decoded is None:
        return self._decode_stepwise(PyBytes_FromStringAndSize(<const char *>block, size), raw)
    return decoded


cdef list decode_octets(BlockDecoder self, const uint8_t *octets, size_t size, bint raw):
    """decode_block(), with a list or an exception as the result; None for BLOCK_NOT_STRAIGHT."""
    cdef FieldLines lines
    cdef int status = decode_block(self, octets, size, raw, &lines)
    if FREE_THREADED and status == BLOCK_NOT_STRAIGHT:
        return None
    try:
        if unlikely(status < 0):
            raise_block_error(self, status, &lines, octets + size)
        return to_list(&lines)
    finally:
        release_field_lines(&lines)
