# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The decoder: a header block to field lines (RFC 7541 sections 3 and 6), the straight way through.

One pass over the octets. Each field line becomes the tuple that the caller gets and, where it is indexed, that the
dynamic table keeps; an indexed field line costs a reference.
"""
cimport cython
from cpython.buffer cimport PyBUF_FULL_RO, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_Clear, PyErr_ExceptionMatches
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fasth2.codec.collector cimport pause_collector, resume_collector
from fasth2.codec.dynamictable cimport (
    DEFAULT_LIMIT, ENTRY_OVERHEAD, STATIC_ENTRIES, DynamicTable, entry_of_both, static_tuples, table_entry,
    table_insert, table_keep, table_line, table_resize, table_slot,
)
from fasth2.codec.headertuple cimport HeaderTuple, NeverIndexedHeaderTuple, header_tuple_import, header_tuple_pack
from fasth2.codec.huffman cimport huffman_decode, huffman_decode_room, huffman_raise
from fasth2.codec.integer cimport INTEGER_TOO_LONG, INTEGER_TRUNCATED, integer_read, raise_integer_error
from fasth2.codec.lock cimport FREE_THREADED, hold, let_go
from fasth2.codec.statictable cimport rfc7541_static
from fasth2.codec.steps cimport Steps, declare, takes_steps
from fasth2.codec.table cimport Table, is_in_order, is_logged, is_regular, new_header_table
from fasth2.codec.tableentry cimport Slot, entry_line, slot_form, slot_octets, string_octets, string_size, tuple_item
from fasth2.codec.typeversion cimport drop_dict
from fasth2.codec.utf8 cimport text_of
from fasth2.codec.wire cimport ByteWriter, writer_init, writer_release, writer_reserve

from fasth2.errors.hpack import (
    HPACKDecodingError, InvalidTableIndex, InvalidTableSizeError, OversizedHeaderListError,
)

cdef extern from "Python.h":
    # On pointers, so that ownership is told in this file alone.
    PyObject *new_bytes "PyBytes_FromStringAndSize" (const char *octets, Py_ssize_t size) noexcept
    PyObject *new_text "PyUnicode_New" (Py_ssize_t size, uint32_t highest) noexcept
    PyObject *encode_utf8 "PyUnicode_AsUTF8String" (PyObject *text) noexcept
    void *PyUnicode_DATA(PyObject *text) noexcept
    bint is_ascii "PyUnicode_IS_COMPACT_ASCII" (PyObject *text) noexcept
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) noexcept  # for exact ints
    list PyList_New(Py_ssize_t size)
    void PyList_SET_ITEM(object items, Py_ssize_t at, PyObject *item) noexcept

cdef extern from *:
    """
    /* Whether the items of a list are an array of PyMem's, so that it can be given one. */
    #if defined(Py_GIL_DISABLED) || PY_VERSION_HEX >= 0x03100000
        #define FASTH2_LISTS_ADOPT 0
    #else
        #define FASTH2_LISTS_ADOPT 1
    #endif

    static inline void fasth2_adopt(PyObject *list, PyObject **items, Py_ssize_t count)
    {
        ((PyListObject *)list)->ob_item = items;
        ((PyListObject *)list)->allocated = count;
        Py_SET_SIZE((PyVarObject *)list, count);
    }
    """
    const bint LISTS_ADOPT "FASTH2_LISTS_ADOPT"
    void adopt "fasth2_adopt" (object empty, PyObject **items, Py_ssize_t count) noexcept

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


# --- reading --------------------------------------------------------------------------------------------------------

# What reading a block takes along.
cdef struct Reader:
    const uint8_t *next
    const uint8_t *end
    PyObject **static_lines
    bint raw
    bint indexed         # whether the literal that is read enters the table, which wants octets
    bint not_utf8        # told at the end, as upstream does, when the whole block has gone through the table
    int64_t inflated     # RFC 9113 section 10.5.1
    int64_t most_inflated
    int64_t most_allowed
    int64_t resizes_left
    FieldLines *lines
    ByteWriter scratch

# A string literal as objects: bytes for raw blocks, else str; of text that is not ASCII also bytes, if it is indexed,
# and bytes alone if it is not UTF-8. Both are owned.
cdef struct Literal:
    PyObject *octets
    PyObject *text
    size_t size


cdef inline void drop(Literal *string) noexcept:
    Py_XDECREF(string.octets)
    Py_XDECREF(string.text)


cdef inline int append(FieldLines *lines, PyObject *line) noexcept:
    """Takes over the reference, also when it fails. 0, or -1 without memory."""
    if unlikely(lines.count == lines.room) and grow(lines) < 0:
        Py_DECREF(<object>line)
        return -1
    lines.items[lines.count] = line
    lines.count += 1
    return 0


cdef int grow(FieldLines *lines) noexcept:
    """A quarter more room, or twice that on the stack: the array becomes a list's, and is not to outweigh it."""
    cdef bint on_stack = lines.items == lines.first
    cdef size_t room = lines.room * 2 if on_stack else lines.room + lines.room // 4
    cdef PyObject **items = <PyObject **>PyMem_Realloc(NULL if on_stack else lines.items, room * sizeof(PyObject *))
    if items == NULL:
        return -1
    if on_stack:
        memcpy(items, lines.first, sizeof(lines.first))
    lines.items = items
    lines.room = room
    return 0


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
    lines.items = lines.first
    lines.count = 0
    lines.room = sizeof(lines.first) // sizeof(PyObject *)
    r.next = block
    r.end = block + size
    r.static_lines = static_tuples(raw)
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
    cdef unsigned int octet
    cdef int status
    while r.next < r.end:
        octet = r.next[0]
        if octet & 0x80:                          # section 6.1
            status = read_indexed(table, r)
        elif octet & 0x40:                        # section 6.2.1
            status = read_literal(table, r, 6, <PyTypeObject *>HeaderTuple)
        elif octet & 0x20:                        # section 6.3
            status = read_resize(table, r)
        elif octet & 0x10:                        # section 6.2.3
            status = read_literal(table, r, 4, <PyTypeObject *>NeverIndexedHeaderTuple)
        else:                                     # section 6.2.2
            status = read_literal(table, r, 4, <PyTypeObject *>HeaderTuple)
        if unlikely(status < 0):
            return status
        if unlikely(r.inflated > r.most_inflated) and r.lines.count:
            return BLOCK_OVERSIZED
    if unlikely(table.limit > r.most_allowed):
        return BLOCK_NOT_RESIZED
    return BLOCK_NOT_UTF8 if unlikely(r.not_utf8) else BLOCK_OK


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


cdef inline int read_indexed(DynamicTable table, Reader *r) noexcept:
    cdef PyObject *line
    cdef Slot *slot
    cdef uint64_t index = r.next[0] & 0x7F
    cdef int used = 1
    if unlikely(index == 0x7F):
        used = integer_read(r.next, r.end, 7, &index)
        if used < 0:
            return used
    if index <= STATIC_ENTRIES and index:
        line = r.static_lines[index]
        Py_INCREF(<object>line)
        r.inflated += ENTRY_OVERHEAD + rfc7541_static[index].name_length + rfc7541_static[index].value_length
    elif likely(index - (STATIC_ENTRIES + 1) < table.count):
        slot = table_slot(table, <uint32_t>index - (STATIC_ENTRIES + 1))
        r.inflated += slot_octets(slot)
        line = slot_form(slot, r.raw)
        if likely(line != NULL):
            Py_INCREF(<object>line)
        else:
            line = other_form(table, r, <uint32_t>index - (STATIC_ENTRIES + 1))
            if line == NULL:
                return BLOCK_NO_MEMORY
    else:
        r.lines.number = index
        return BLOCK_BAD_INDEX
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


cdef inline int read_name(DynamicTable table, Reader *r, uint64_t index, int used, Literal *name) noexcept:
    """The name of an entry of either table, whose index takes `used` octets."""
    cdef PyObject *line
    cdef Slot *slot
    if index <= STATIC_ENTRIES:
        line = r.static_lines[index]
    elif likely(index - (STATIC_ENTRIES + 1) < table.count):
        slot = table_slot(table, <uint32_t>index - (STATIC_ENTRIES + 1))
        line = slot_form(slot, r.raw)
        if unlikely(line == NULL or not (r.raw or is_ascii(tuple_item(line, 0)))):
            r.next += used
            return convert_name(r, tuple_item(entry_line(slot.entry), 0), name)
    else:
        r.lines.number = index
        return BLOCK_BAD_INDEX
    r.next += used
    line = tuple_item(line, 0)
    Py_INCREF(<object>line)
    name.size = string_size(line)
    name.octets = line if r.raw else NULL
    name.text = NULL if r.raw else line
    return 0


cdef int convert_name(Reader *r, PyObject *known, Literal *name) noexcept:
    """A name in the form that the reader works in, from another."""
    cdef size_t size = string_size(known)
    return make_literal(r, string_octets(known), size, union_of(string_octets(known), size), name)


cdef inline int read_string(Reader *r, Literal *string) noexcept:
    """RFC 7541 section 5.2."""
    cdef const uint8_t *octets
    cdef uint64_t size = 0
    cdef Py_ssize_t decoded
    cdef uint8_t seen = 0xFF
    cdef bint is_huffman
    cdef int used
    if unlikely(r.next == r.end):
        return -1
    is_huffman = r.next[0] >= 0x80
    used = integer_read(r.next, r.end, 7, &size)
    if unlikely(used < 0):
        return used
    octets = r.next + used
    if unlikely(size > <uint64_t>(r.end - octets)):
        return BLOCK_TRUNCATED
    if is_huffman:
        if writer_reserve(&r.scratch, huffman_decode_room(size)) < 0:
            return BLOCK_NO_MEMORY
        decoded = huffman_decode(octets, size, r.scratch.next, &seen)
        if unlikely(decoded < 0):
            r.lines.number = seen
            return BLOCK_BAD_HUFFMAN
        r.next = octets + size
        return make_literal(r, r.scratch.next, decoded, seen, string)
    r.next = octets + size
    if not r.raw:
        seen = union_of(octets, size)
    return make_literal(r, octets, size, seen, string)


cdef inline uint8_t union_of(const uint8_t *octets, size_t size) noexcept nogil:
    cdef uint8_t seen = 0
    cdef size_t at
    for at in range(size):
        seen |= octets[at]
    return seen


cdef inline int make_literal(Reader *r, const uint8_t *octets, size_t size, uint8_t seen, Literal *string) noexcept:
    """The objects for `octets`, which `seen` < 0x80 tells to be ASCII."""
    string.size = size
    string.octets = NULL
    string.text = NULL
    if r.raw:
        string.octets = new_bytes(<const char *>octets, size)
        return 0 if likely(string.octets != NULL) else BLOCK_NO_MEMORY
    if likely(seen < 0x80):
        string.text = new_text(size, 0x7F)
        if unlikely(string.text == NULL):
            return BLOCK_NO_MEMORY
        if size:
            memcpy(PyUnicode_DATA(string.text), octets, size)
        return 0
    return make_both(r, octets, size, string)


cdef int make_both(Reader *r, const uint8_t *octets, size_t size, Literal *string) noexcept:
    """Text that is not known to be ASCII; once some was not UTF-8 either, its octets alone."""
    if not r.not_utf8:
        string.text = text_of(octets, size)
        if string.text == NULL:
            if PyErr_ExceptionMatches(MemoryError):
                return BLOCK_NO_MEMORY
            PyErr_Clear()
        elif not r.indexed:
            return 0
    string.octets = new_bytes(<const char *>octets, size)
    if string.octets == NULL:
        Py_XDECREF(string.text)
        return BLOCK_NO_MEMORY
    return 0


cdef inline int keep(DynamicTable table, Reader *r, PyTypeObject *type, Literal *name, Literal *value) noexcept:
    """Makes the tuple of a field line that has one form, and enters it into the table."""
    cdef PyObject *line
    if r.raw:
        line = header_tuple_pack(type, name.octets, value.octets)
    else:
        line = header_tuple_pack(type, name.text, value.text)
    if unlikely(line == NULL):
        return BLOCK_NO_MEMORY
    if r.indexed:
        Py_INCREF(<object>line)
        if unlikely(table_insert(table, line, name.size + value.size, NULL, NULL) < 0):
            Py_DECREF(<object>line)
            return BLOCK_NO_MEMORY
    return BLOCK_NO_MEMORY if unlikely(append(r.lines, line) < 0) else 0


cdef inline int octets_too(Literal *string) noexcept:
    """Makes bytes of a string that is text alone. 0, or -1 without memory."""
    if string.octets == NULL and is_ascii(string.text):
        string.octets = new_bytes(<const char *>PyUnicode_DATA(string.text), string.size)
    elif string.octets == NULL:
        string.octets = encode_utf8(string.text)
    return 0 if string.octets != NULL else -1


cdef int keep_both(DynamicTable table, Reader *r, PyTypeObject *type, Literal *name, Literal *value) noexcept:
    """The same for text that is not ASCII: the table needs the octets, the caller the text, if there is any."""
    cdef PyObject *pair
    cdef PyObject *text = NULL
    if octets_too(name) < 0 or octets_too(value) < 0:
        drop(name)
        drop(value)
        return BLOCK_NO_MEMORY
    pair = header_tuple_pack(type, name.octets, value.octets)
    if name.text != NULL and value.text != NULL:
        text = header_tuple_pack(type, name.text, value.text)
    else:
        r.not_utf8 = True
        Py_XDECREF(name.text)
        Py_XDECREF(value.text)
        text = pair
        if pair != NULL:
            Py_INCREF(<object>pair)
    if pair == NULL or text == NULL:
        Py_XDECREF(pair)
        Py_XDECREF(text)
        return BLOCK_NO_MEMORY
    if r.indexed and insert_both(table, pair, text, name.size + value.size) < 0:
        Py_DECREF(<object>pair)
        Py_DECREF(<object>text)
        return BLOCK_NO_MEMORY
    Py_DECREF(<object>pair)
    return BLOCK_NO_MEMORY if append(r.lines, text) < 0 else 0


cdef int insert_both(DynamicTable table, PyObject *pair, PyObject *text, size_t size) noexcept:
    """Enters a field line in both forms, or as bytes alone where `text` is `pair` too."""
    cdef PyObject *entry = pair
    if text != pair:
        entry = entry_of_both(pair, text)
        if entry == NULL:
            return -1
    else:
        Py_INCREF(<object>entry)
    return table_insert(table, entry, size, NULL, NULL)


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


cdef list to_list(FieldLines *lines):
    """The field lines, which are the list's from then on."""
    cdef PyObject **items
    cdef size_t at
    if lines.items == lines.first or not LISTS_ADOPT:
        made = PyList_New(lines.count)
        for at in range(lines.count):
            PyList_SET_ITEM(made, at, lines.items[at])
    else:
        made = PyList_New(0)
        items = <PyObject **>PyMem_Realloc(lines.items, lines.count * sizeof(PyObject *))
        adopt(made, lines.items if items == NULL else items, lines.count)
        lines.items = lines.first
    lines.count = 0
    return made
