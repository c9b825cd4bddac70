"""The strings of a literal (RFC 7541 sections 5.2 and 6.2) as objects, and the tuple of both, inlined."""
from cpython.exc cimport PyErr_Clear, PyErr_ExceptionMatches
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t, uintptr_t

from fasth2.codec.decoder cimport BLOCK_BAD_HUFFMAN, BLOCK_BAD_INDEX, BLOCK_NO_MEMORY, BLOCK_TRUNCATED, FieldLines
from fasth2.codec.dynamictable cimport (
    STATIC_ENTRIES, DynamicTable, entry_of_both, table_insert, table_slot,
)
from fasth2.codec.fieldlines cimport append
from fasth2.codec.headertuple cimport (
    HeaderTuple, NeverIndexedHeaderTuple, header_octets, header_text, header_tuple_pack,
)
from fasth2.codec.huffman cimport huffman_decode, huffman_decode_room
from fasth2.codec.integer cimport integer_read
from fasth2.codec.tableentry cimport (
    ENTRY_OVERHEAD, Slot, entry_line, is_form, slot_form, string_octets, string_size, tuple_item,
)
from fasth2.codec.utf8 cimport text_of
from fasth2.codec.wire cimport ByteWriter, writer_reserve


cdef extern from "Python.h":
    # On pointers, so that ownership is told in this file alone.
    PyObject *encode_utf8 "PyUnicode_AsUTF8String" (PyObject *text) noexcept
    void *PyUnicode_DATA(PyObject *text) noexcept
    bint is_ascii "PyUnicode_IS_COMPACT_ASCII" (PyObject *text) noexcept

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

# What reading a block takes along.
cdef struct Reader:
    const uint8_t *next
    const uint8_t *end
    const Slot *static_slots   # by index
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


cdef inline const Slot *usual_line(DynamicTable table, const Reader *r, uint32_t index, uint32_t most) noexcept:
    """The entry of either table at `index`, in the form that is asked for; NULL if it is not there, or of another
    form, or `index` is `most`, which more octets follow."""
    cdef uintptr_t is_dynamic = -<uintptr_t>(index > STATIC_ENTRIES)
    cdef const Slot *slot
    if unlikely(index - 1 >= STATIC_ENTRIES + table.count or index == most):
        return NULL
    # One of two addresses, without a branch: which table a field line stands in nobody can predict.
    slot = <const Slot *>(<uintptr_t>&r.static_slots[index] & ~is_dynamic
                          | <uintptr_t>table_slot(table, index - (STATIC_ENTRIES + 1)) & is_dynamic)
    return slot if likely(is_form(slot, r.raw)) else NULL


cdef inline const uint8_t *usual_literal(DynamicTable table, Reader *r, const uint8_t *at, PyObject **line,
                                         int64_t *octets) noexcept:
    """A literal whose name stands in a table, whose value has less than 127 coded octets, and is octets or ASCII.

    The octet behind it; NULL, and nothing was done, if it is of another kind or not valid. `line` receives a new
    reference, or NULL without memory, and `octets` its RFC octets.
    """
    cdef unsigned int first = at[0]
    cdef uint32_t most = 0x3F if first & 0x40 else 0x0F
    cdef uint32_t index = first & most
    cdef uint8_t seen = 0
    cdef Py_ssize_t size
    cdef const uint8_t *string
    cdef const uint8_t *end
    cdef const Slot *slot
    cdef PyObject *name
    cdef PyObject *value
    if unlikely(r.end - at < 3 or first & 0x60 == 0x20):
        return NULL
    if index == most and at[1] < 0x80:  # an index of two octets: half of the static table, behind four bits
        index += at[1]
        at += 1
    slot = usual_line(table, r, index, most)
    size = at[1] & 0x7F
    string = at + 2
    end = string + size
    if unlikely(slot == NULL or size == 0x7F or size > r.end - string):
        return NULL
    if at[1] & 0x80:  # the scratch buffer always has room for so few
        size = huffman_decode(string, size, r.scratch.next, &seen)
        string = r.scratch.next
    elif not r.raw:
        seen = union_of(string, size)
    if unlikely(size < 0 or (seen >= 0x80 and not r.raw)):
        return NULL
    value = header_octets(<const char *>string, size) if r.raw else header_text(<const char *>string, size)
    if unlikely(value == NULL):
        return end
    name = tuple_item(slot.entry, 0)
    Py_INCREF(<object>name)
    size += string_size(name)
    octets[0] = size + ENTRY_OVERHEAD
    line[0] = header_tuple_pack(
        <PyTypeObject *>(NeverIndexedHeaderTuple if first & 0x50 == 0x10 else HeaderTuple), name, value)
    if first & 0x40 and likely(line[0] != NULL):
        Py_INCREF(<object>line[0])
        if unlikely(table_insert(table, line[0], size, NULL, NULL) < 0):
            Py_DECREF(<object>line[0])
            line[0] = NULL
    return end


cdef inline void drop(Literal *string) noexcept:
    Py_XDECREF(string.octets)
    Py_XDECREF(string.text)


cdef inline int read_name(DynamicTable table, Reader *r, uint64_t index, int used, Literal *name) noexcept:
    """The name of an entry of either table, whose index takes `used` octets."""
    cdef PyObject *line
    cdef Slot *slot
    if index <= STATIC_ENTRIES:
        line = r.static_slots[index].entry
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


cdef inline int convert_name(Reader *r, PyObject *known, Literal *name) noexcept:
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
        string.octets = header_octets(<const char *>octets, size)
        return 0 if likely(string.octets != NULL) else BLOCK_NO_MEMORY
    if likely(seen < 0x80):
        string.text = header_text(<const char *>octets, size)
        return 0 if likely(string.text != NULL) else BLOCK_NO_MEMORY
    return make_both(r, octets, size, string)


cdef inline int make_both(Reader *r, const uint8_t *octets, size_t size, Literal *string) noexcept:
    """Text that is not known to be ASCII; once some was not UTF-8 either, its octets alone."""
    if not r.not_utf8:
        string.text = text_of(octets, size)
        if string.text == NULL:
            if PyErr_ExceptionMatches(MemoryError):
                return BLOCK_NO_MEMORY
            PyErr_Clear()
        elif not r.indexed:
            return 0
    string.octets = header_octets(<const char *>octets, size)
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
        string.octets = header_octets(<const char *>PyUnicode_DATA(string.text), string.size)
    elif string.octets == NULL:
        string.octets = encode_utf8(string.text)
    return 0 if string.octets != NULL else -1


cdef inline int keep_both(DynamicTable table, Reader *r, PyTypeObject *type, Literal *name, Literal *value) noexcept:
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


cdef inline int insert_both(DynamicTable table, PyObject *pair, PyObject *text, size_t size) noexcept:
    """Enters a field line in both forms, or as bytes alone where `text` is `pair` too."""
    cdef PyObject *entry = pair
    if text != pair:
        entry = entry_of_both(pair, text)
        if entry == NULL:
            return -1
    else:
        Py_INCREF(<object>entry)
    return table_insert(table, entry, size, NULL, NULL)
