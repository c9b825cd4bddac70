# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Flow-control windows as the objects that callers see. The arithmetic is in windows.pxd."""
cimport cython
from cpython.object cimport PyObject, PyObject_GenericSetAttr
from libc.stdint cimport INT64_MAX, int64_t

from fasth2.codec.lock cimport FREE_THREADED
from fasth2.codec.typeversion cimport has_attributes
from fasth2.engine.states cimport StreamStates, mark_tapped

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1

from fasth2.engine.copying import reducer
from fasth2.errors.h2 import FlowControlError

LARGEST_FLOW_CONTROL_WINDOW = LARGEST_WINDOW   # octets; RFC 9113 section 6.9.1


cdef int raise_shrunk() except -1:
    raise FlowControlError("Flow control window shrunk below 0")


cdef int raise_too_large() except -1:
    raise FlowControlError(f"Flow control window mustn't exceed {LARGEST_FLOW_CONTROL_WINDOW}")


cdef int64_t clipped(object size) except? -1:
    cdef int overflow = 0
    cdef int64_t number = PyLong_AsLongLongAndOverflow(size, &overflow)
    return cut(INT64_MAX if overflow > 0 else -INT64_MAX if overflow else number)


cdef object window_view(Window *window, PyObject **noted, object owner, const StreamStates *states):
    cdef WindowCore core = <WindowCore?>WindowManager.__new__(WindowManager)
    core.window = window
    core.states = states
    if FREE_THREADED:
        core.owner = owner
    else:
        part_window(noted)
        core.noted = noted
        noted[0] = <PyObject *>core
    return core


cdef void part_window(PyObject **noted) noexcept:
    cdef PyObject *view = noted[0]  # which may be dying itself: it is written to, but not referred to anew
    if view != NULL:
        noted[0] = NULL
        (<WindowCore>view).noted = NULL
        (<WindowCore>view).own = (<WindowCore>view).window[0]
        (<WindowCore>view).window = &(<WindowCore>view).own
        (<WindowCore>view).states = NULL


@cython.no_gc_clear   # `window` may be inside `owner`
cdef class WindowCore:
    """What WindowManager is compiled from."""

    def __cinit__(self):
        window_init(&self.own, 0)
        self.window = &self.own

    def __dealloc__(self):
        if self.noted != NULL:
            self.noted[0] = NULL

    @property
    def max_window_size(self):
        return self.window.largest

    @max_window_size.setter
    def max_window_size(self, size):
        self.window.largest = clipped(size)

    @property
    def current_window_size(self):
        return self.window.current

    @current_window_size.setter
    def current_window_size(self, size):
        self.window.current = clipped(size)

    @property
    def _bytes_processed(self):
        return self.window.processed

    @_bytes_processed.setter
    def _bytes_processed(self, size):
        self.window.processed = clipped(size)

    def __setattr__(self, name, value):
        PyObject_GenericSetAttr(self, name, value)
        if self.states != NULL and has_attributes(<PyObject *>self):
            mark_tapped(self.states)

    def window_consumed(self, size):
        """The peer has sent `size` octets (int). They are taken off; then, if that was too much, FlowControlError."""
        cdef int64_t count = clipped(size)
        cdef bint fits
        with cython.critical_section(self if self.owner is None else self.owner):
            fits = window_consume(self.window, count)
        if not fits:
            raise_shrunk()

    def window_opened(self, size):
        """The window is opened by `size` octets (int). FlowControlError if it is too large then."""
        cdef int64_t count = clipped(size)
        cdef bint fits
        with cython.critical_section(self if self.owner is None else self.owner):
            fits = window_open(self.window, count)
        if not fits:
            raise_too_large()

    def process_bytes(self, size):
        """The application has done with `size` octets (int): by how many to open the window now.

        0 if it is too early, None if nothing is left that could be given back.
        """
        cdef int64_t count = clipped(size)
        with cython.critical_section(self if self.owner is None else self.owner):
            self.window.processed = cut(self.window.processed + count)
        return self._maybe_update_window()

    def _maybe_update_window(self):
        with cython.critical_section(self if self.owner is None else self.owner):
            return window_process(self.window, 0) if self.window.processed else None


class WindowManager(WindowCore):
    """How much a peer may send, and when to let it send more (RFC 9113 section 5.2).

    `max_window_size`, `current_window_size`: octets (int). Source: h2.windows.WindowManager.
    """

    __module__ = "h2.windows"

    def __init__(self, max_window_size):
        assert max_window_size <= LARGEST_FLOW_CONTROL_WINDOW
        self.max_window_size = max_window_size
        self.current_window_size = max_window_size
        self._bytes_processed = 0

    __reduce_ex__ = reducer(__name__, "max_window_size", "current_window_size", "_bytes_processed")
