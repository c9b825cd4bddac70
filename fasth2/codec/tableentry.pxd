"""An entry of the dynamic table in one pointer, inlined: a tuple that somebody has anyway.

It is the HeaderTuple that a decoder handed out, or the tuple that an encoder's caller handed in: of bytes, or of ASCII
str, whose data are the octets. A field line that both kinds of decoder calls have asked for, or whose text is not
ASCII, is two HeaderTuples, that of bytes first, in a NeverIndexedHeaderTuple: a class that no entry is of otherwise.
"""
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.headertuple cimport NeverIndexedHeaderTuple
from fasth2.codec.octets cimport are_equal


cdef extern from "Python.h":
    # On borrowed pointers, good as long as the entry.
    bint is_plain_tuple "PyTuple_CheckExact" (PyObject *thing) noexcept
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    bint is_bytes "PyBytes_CheckExact" (PyObject *thing) noexcept
    PyObject *tuple_item "PyTuple_GET_ITEM" (PyObject *items, Py_ssize_t at) noexcept
    char *bytes_data "PyBytes_AS_STRING" (PyObject *octets) noexcept
    Py_ssize_t bytes_size "PyBytes_GET_SIZE" (PyObject *octets) noexcept
    void *text_data "PyUnicode_DATA" (PyObject *text) noexcept
    Py_ssize_t text_size "PyUnicode_GET_LENGTH" (PyObject *text) noexcept

cdef extern from * nogil:
    bint likely(bint)


# Which HeaderTuples an entry has to hand out.
cdef enum Form:
    FORM_NONE = 0   # a caller's tuple of another class
    FORM_BYTES = 1
    FORM_TEXT = 2
    FORM_BOTH = 3
    FORM_BITS = 2

# What the ring keeps of an entry: with its size and forms beside it, most that is asked of an entry is answered
# without a look at its objects, which other work has driven out of the caches. Packed, since a connection has some 128.
cdef packed struct Slot:
    PyObject *entry
    uint32_t about   # RFC octets, or LARGE if there are more, << FORM_BITS | Form

cdef enum:
    LARGE = (1 << 30) - 1
    ENTRY_OVERHEAD = 32  # RFC 7541 section 4.1


cdef inline bint is_both(PyObject *entry) noexcept:
    return Py_TYPE(entry) == <PyTypeObject *>NeverIndexedHeaderTuple


cdef inline Slot slot_for(PyObject *entry, int64_t octets) noexcept:
    cdef Slot slot
    slot.entry = entry
    slot.about = <uint32_t>min(octets, LARGE) << FORM_BITS | <uint32_t>form_of(entry)
    return slot


cdef inline int64_t slot_octets(const Slot *slot) noexcept:
    cdef uint32_t octets = slot.about >> FORM_BITS
    return octets if likely(octets != LARGE) else <int64_t>line_size(entry_line(slot.entry)) + ENTRY_OVERHEAD


cdef inline int form_of(PyObject *entry) noexcept:
    if is_both(entry):
        return FORM_BOTH
    if is_plain_tuple(entry):
        return FORM_NONE
    return FORM_BYTES if is_bytes(tuple_item(entry, 0)) else FORM_TEXT


cdef inline bint is_form(const Slot *slot, bint raw) noexcept:
    """Whether the entry itself, and nothing else, is the HeaderTuple of bytes (if raw) or of str."""
    return slot.about & FORM_BOTH == (FORM_BYTES if raw else FORM_TEXT)


cdef inline PyObject *slot_form(const Slot *slot, bint raw) noexcept:
    """The HeaderTuple of bytes (if raw) or of str, or NULL where the entry has not got it."""
    if not slot.about & (FORM_BYTES if raw else FORM_TEXT):
        return NULL
    return tuple_item(slot.entry, 0 if raw else 1) if slot.about & FORM_BOTH == FORM_BOTH else slot.entry


cdef inline PyObject *entry_line(PyObject *entry) noexcept:
    """The tuple whose data are the octets."""
    return tuple_item(entry, 0) if is_both(entry) else entry


cdef inline size_t string_size(PyObject *string) noexcept:
    return bytes_size(string) if is_bytes(string) else text_size(string)


cdef inline const uint8_t *string_octets(PyObject *string) noexcept:
    return <const uint8_t *>bytes_data(string) if is_bytes(string) else <const uint8_t *>text_data(string)


cdef inline size_t line_size(PyObject *line) noexcept:
    """Octets of both strings of an entry's line."""
    return string_size(tuple_item(line, 0)) + string_size(tuple_item(line, 1))


cdef inline bint string_is(PyObject *string, const uint8_t *octets, size_t size) noexcept:
    return string_size(string) == size and are_equal(string_octets(string), octets, size)


cdef inline bint entry_has_name(PyObject *entry, const uint8_t *name, size_t size) noexcept:
    return string_is(tuple_item(entry_line(entry), 0), name, size)


cdef inline bint entry_is(PyObject *entry, const uint8_t *name, size_t name_size, const uint8_t *value,
                          size_t value_size) noexcept:
    cdef PyObject *line = entry_line(entry)
    return string_is(tuple_item(line, 0), name, name_size) and string_is(tuple_item(line, 1), value, value_size)
