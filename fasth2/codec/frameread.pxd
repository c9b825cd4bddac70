"""Frame objects from bytes: the straight way."""
from libc.stdint cimport uint8_t

from fasth2.codec.framecore cimport FrameObject
from fasth2.codec.framebody cimport SettingsBody
from fasth2.codec.frameheader cimport FrameHeader

cdef extern from *:
    """
    /* The octets of a bytes object or of a memoryview. With the GIL a view's are good as long as no Python code runs,
       and nothing need be taken; without it another thread could release the view, and so an export of its own is. */
    typedef struct {
        const uint8_t *start;
        Py_ssize_t length;
    #ifdef Py_GIL_DISABLED
        Py_buffer view;
    #endif
    } fasth2_borrowed;

    #ifdef Py_GIL_DISABLED
    static inline int fasth2_borrow_view(PyObject *view, fasth2_borrowed *octets)
    {
        if (PyObject_GetBuffer(view, &octets->view, PyBUF_FULL_RO) < 0) {
            octets->view.obj = NULL;
            PyErr_Clear();
            return 0;
        }
        if (octets->view.ndim != 1 || octets->view.itemsize != 1 || !PyBuffer_IsContiguous(&octets->view, 'C')) {
            PyBuffer_Release(&octets->view);
            return 0;
        }
        octets->start = (const uint8_t *)octets->view.buf;
        octets->length = octets->view.len;
        return 1;
    }
    #else
    static inline int fasth2_borrow_view(PyObject *view, fasth2_borrowed *octets)
    {
        PyMemoryViewObject *self = (PyMemoryViewObject *)view;
        if ((self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_RELEASED)) != _Py_MEMORYVIEW_C
            || self->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED || self->view.ndim != 1 || self->view.itemsize != 1) {
            return 0;
        }
        octets->start = (const uint8_t *)self->view.buf;
        octets->length = self->view.len;
        return 1;
    }
    #endif

    static inline int fasth2_borrow(PyObject *data, fasth2_borrowed *octets)
    {
    #ifdef Py_GIL_DISABLED
        octets->view.obj = NULL;
    #endif
        if (PyMemoryView_Check(data)) {
            return fasth2_borrow_view(data, octets);
        }
        if (PyBytes_CheckExact(data)) {
            octets->start = (const uint8_t *)PyBytes_AS_STRING(data);
            octets->length = PyBytes_GET_SIZE(data);
            return 1;
        }
        return 0;
    }

    static inline void fasth2_give_back(fasth2_borrowed *octets)
    {
    #ifdef Py_GIL_DISABLED
        PyBuffer_Release(&octets->view); /* nothing where there is no view */
    #else
        (void)octets;
    #endif
    }
    """
    # The octets of `data`, if it is a bytes object or a plain memoryview: one contiguous run that nobody has released.
    # Good until they are given back, and with the GIL only until Python code runs.
    ctypedef struct Borrowed "fasth2_borrowed":
        const uint8_t *start
        Py_ssize_t length
    bint borrow "fasth2_borrow"(object data, Borrowed *octets) noexcept
    void give_back "fasth2_give_back"(Borrowed *octets) noexcept
    bint PyMemoryView_Check(object) noexcept

cdef dict REGISTRY          # type octet -> class; callers register classes of their own here


cdef object parse_header(const FrameHeader *header)
cdef int take_settings(dict settings, const SettingsBody *body) except -1   # into {identifier: value}
cdef bint parse_body(FrameObject *frame, uint8_t flags, const uint8_t *payload, Py_ssize_t length) except -1
cdef object as_octets(object data)
