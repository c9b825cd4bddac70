"""Frame objects from bytes: the straight way."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t

from fasth2.codec.framecore cimport FrameObject
from fasth2.codec.frameheader cimport FrameHeader

cdef extern from *:
    """
    /* A memoryview's own Py_buffer, if its octets are one contiguous run that nobody has released; else NULL. It
       cannot be released or resized while no Python code runs, so no export has to be taken. */
    static inline Py_buffer *fasth2_contiguous(PyObject *view)
    {
        PyMemoryViewObject *self = (PyMemoryViewObject *)view;
        if ((self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_RELEASED)) != _Py_MEMORYVIEW_C)
            return NULL;
        if (self->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED)
            return NULL;
        return self->view.ndim == 1 && self->view.itemsize == 1 ? &self->view : NULL;
    }
    """
    ctypedef struct Octets "Py_buffer":
        void *buf
        Py_ssize_t len
    Octets *contiguous "fasth2_contiguous"(object view) noexcept
    bint PyMemoryView_Check(object) noexcept

cdef dict REGISTRY          # type octet -> class; callers register classes of their own here


cdef object parse_header(const FrameHeader *header)
cdef bint parse_body(FrameObject *frame, uint8_t flags, const uint8_t *payload, Py_ssize_t length) except -1
cdef object as_octets(object data)


cdef inline bint borrow(object data, const uint8_t **start, Py_ssize_t *length) noexcept:
    """The octets of a bytes object or of a plain memoryview, good until Python code runs again."""
    cdef Octets *octets
    if PyMemoryView_Check(data):
        octets = contiguous(data)
        if octets == NULL:
            return False
        start[0] = <const uint8_t *>octets.buf
        length[0] = octets.len
        return True
    if PyBytes_CheckExact(data):
        start[0] = <const uint8_t *>PyBytes_AS_STRING(data)
        length[0] = PyBytes_GET_SIZE(data)
        return True
    return False
