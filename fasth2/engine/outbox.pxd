"""What waits to be sent: it grows in a bytes object that is handed over as it is.

Header-only: every function here is inlined into the module that cimports it. Offsets are kept, not pointers: the
octets move when they grow.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF
from libc.stdint cimport uint8_t
from libc.string cimport memcpy, memmove

cdef extern from *:
    """
    /* _PyBytes_Resize for a bytes object that nobody else has, but for what it does where there is no memory: there it
       lets go of the object, and here the object stays as it is. */
    static inline int fasth2_resize(PyObject **octets, Py_ssize_t size)
    {
    #ifdef Py_TRACE_REFS  /* where an object stands is known to others */
        Py_ssize_t kept = PyBytes_GET_SIZE(*octets) < size ? PyBytes_GET_SIZE(*octets) : size;
        PyObject *moved = PyBytes_FromStringAndSize(NULL, size);
        if (moved == NULL)
            return -1;
        memcpy(PyBytes_AS_STRING(moved), PyBytes_AS_STRING(*octets), kept);
        Py_DECREF(*octets);
    #else
        PyObject *moved = (PyObject *)PyObject_Realloc(*octets, offsetof(PyBytesObject, ob_sval) + 1 + size);
        if (moved == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        Py_SET_SIZE((PyVarObject *)moved, size);
        PyBytes_AS_STRING(moved)[size] = 0;
    #endif
        *octets = moved;
        return 0;
    }
    """
    int resize "fasth2_resize" (PyObject **octets, Py_ssize_t size) except -1

cdef extern from "Python.h":
    PyObject *new_octets "PyBytes_FromStringAndSize" (const char *octets, Py_ssize_t size) except NULL
    char *octets_of "PyBytes_AS_STRING" (PyObject *octets) noexcept

cdef enum:
    FIRST_ROOM = 256     # octets
    SMALL = 512          # up to here what is handed over is copied, and the room is kept


cdef struct Outbox:
    PyObject *room       # owned; a bytes object that nobody else has, or NULL
    size_t begin         # where in it the first octet to be sent stands
    size_t end           # one past the last
    size_t size          # of `room`


cdef inline void outbox_init(Outbox *out) noexcept:
    out.room = NULL
    out.begin = out.end = out.size = 0


cdef inline void outbox_release(Outbox *out) noexcept:
    Py_XDECREF(out.room)
    outbox_init(out)


cdef inline size_t outbox_size(const Outbox *out) noexcept nogil:
    """How many octets wait."""
    return out.end - out.begin


cdef inline int outbox_grow(Outbox *out, size_t need) except -1:
    """Room for `need` octets more. Without memory for it, what waits goes on waiting."""
    cdef size_t size = out.end + need
    if out.room == NULL:
        size = max(size, <size_t>FIRST_ROOM)
        out.room = new_octets(NULL, size)
    else:
        size = max(size, 2 * out.size)
        resize(&out.room, size)
    out.size = size
    return 0


cdef inline uint8_t *outbox_reserve(Outbox *out, size_t need) except NULL:
    """Where the next octet goes, with room for `need` of them. The caller adds what it writes to `end`."""
    if out.size - out.end < need:
        outbox_grow(out, need)
    return <uint8_t *>octets_of(out.room) + out.end


cdef inline int outbox_append(Outbox *out, const void *octets, size_t size) except -1:
    memcpy(outbox_reserve(out, size), octets, size)
    out.end += size
    return 0


cdef inline bytes outbox_between(const Outbox *out, size_t begin, size_t end):
    """A copy of what stands between two offsets."""
    return PyBytes_FromStringAndSize(octets_of(out.room) + begin, end - begin) if begin < end else b""


cdef inline bytes outbox_copy(const Outbox *out):
    """A copy of what waits."""
    return outbox_between(out, out.begin, out.end)


cdef inline bytes outbox_take(Outbox *out):
    """What waits, as bytes; nothing does from then on. Without memory for it, it goes on waiting."""
    cdef bytes taken
    if out.begin or out.end - out.begin <= SMALL:
        taken = outbox_copy(out)
        if out.size > 2 * SMALL:
            outbox_release(out)
        out.begin = out.end = 0
        return taken
    if out.end != out.size:
        resize(&out.room, out.end)
        out.size = out.end
    taken = <bytes>out.room
    outbox_release(out)
    return taken


cdef inline bytes outbox_take_some(Outbox *out, size_t count):
    """The first `count` octets of what waits, or all if that is less; the rest goes on waiting."""
    cdef bytes taken
    if count >= outbox_size(out):
        return outbox_take(out)
    taken = outbox_between(out, out.begin, out.begin + count)
    out.begin += count
    if out.begin > out.size // 2:  # moved down once it has half the room to go
        memmove(octets_of(out.room), octets_of(out.room) + out.begin, out.end - out.begin)
        out.end -= out.begin
        out.begin = 0
    return taken
