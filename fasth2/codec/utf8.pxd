"""Short texts in UTF-8 (RFC 3629) to str, inlined: for a few characters CPython's decoder takes three times as long."""
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint16_t, uint32_t


cdef extern from "Python.h":
    PyObject *PyUnicode_DecodeUTF8(const char *octets, Py_ssize_t size, const char *errors) noexcept
    PyObject *PyUnicode_New(Py_ssize_t size, uint32_t highest) noexcept
    void *PyUnicode_DATA(PyObject *text) noexcept

cdef enum:
    SHORT = 64  # octets; longer runs of ASCII are for CPython's decoder, which takes them word by word
    NO_CHARACTER = 0x110000


cdef inline uint32_t next_character(const uint8_t **at, const uint8_t *end) noexcept nogil:
    """The character at `at` < `end`, which moves on; NO_CHARACTER where the octets are none (RFC 3629 section 4)."""
    cdef uint32_t code = at[0][0]
    cdef uint32_t least
    cdef int more
    at[0] += 1
    if code < 0x80:
        return code
    if code < 0xC0 or code > 0xF7:
        return NO_CHARACTER
    more = 1 if code < 0xE0 else 2 if code < 0xF0 else 3
    least = 0x80 if more == 1 else 0x800 if more == 2 else 0x10000
    if end - at[0] < more:
        return NO_CHARACTER
    code &= 0x3Fu >> more
    while more:
        if at[0][0] & 0xC0 != 0x80:
            return NO_CHARACTER
        code = code << 6 | at[0][0] & 0x3F
        at[0] += 1
        more -= 1
    return NO_CHARACTER if code < least or code >> 11 == 0xD800 >> 11 else min(code, <uint32_t>NO_CHARACTER)


cdef inline PyObject *text_of(const uint8_t *octets, size_t size) noexcept:
    """A new str, or NULL with a UnicodeDecodeError or a MemoryError."""
    cdef const uint8_t *at = octets
    cdef const uint8_t *end = octets + size
    cdef uint32_t highest = 0 if size <= SHORT else NO_CHARACTER
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t number
    cdef PyObject *text
    while at < end and highest < NO_CHARACTER:
        highest = max(highest, next_character(&at, end))
        count += 1
    if highest == NO_CHARACTER:
        return PyUnicode_DecodeUTF8(<const char *>octets, size, NULL)
    text = PyUnicode_New(count, highest)
    at = octets
    for number in range(count if text != NULL else 0):
        if highest < 0x100:
            (<uint8_t *>PyUnicode_DATA(text))[number] = <uint8_t>next_character(&at, end)
        elif highest < 0x10000:
            (<uint16_t *>PyUnicode_DATA(text))[number] = <uint16_t>next_character(&at, end)
        else:
            (<uint32_t *>PyUnicode_DATA(text))[number] = next_character(&at, end)
    return text
