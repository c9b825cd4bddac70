"""The field lines of a block as they are decoded, inlined: an array that becomes a list's own."""
from cpython.mem cimport PyMem_Realloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.string cimport memcpy

from fasth2.codec.decoder cimport FieldLines


cdef extern from "Python.h":
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
    bint unlikely(bint)


cdef inline void begin_field_lines(FieldLines *lines) noexcept:
    lines.items = lines.first
    lines.count = 0
    lines.room = sizeof(lines.first) // sizeof(PyObject *)


cdef inline int append(FieldLines *lines, PyObject *line) noexcept:
    """Takes over the reference, also when it fails. 0, or -1 without memory."""
    if unlikely(lines.count == lines.room) and grow(lines) < 0:
        Py_DECREF(<object>line)
        return -1
    lines.items[lines.count] = line
    lines.count += 1
    return 0


cdef inline int grow(FieldLines *lines) noexcept:
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


cdef inline list to_list(FieldLines *lines):
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
