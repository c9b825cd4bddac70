"""C interface of flow-control windows (RFC 9113 section 5.2): what a receiver has opened, and when to open it again.

Callers may ask for windows of any size. What is kept is cut to 60 bits and a sign, so that no sum overflows.
"""
from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from fasth2.engine.states cimport StreamStates

cdef enum:
    LARGEST_WINDOW = 0x7FFFFFFF


# All in octets. A stream and a connection have one each inside them; a WindowManager shows it (window_view).
cdef struct Window:
    int64_t largest      # max_window_size
    int64_t current      # current_window_size
    int64_t processed    # _bytes_processed


cdef inline int64_t cut(int64_t size) noexcept nogil:
    """A size in octets, or the next one that is kept."""
    cdef int64_t far = <int64_t>1 << 60
    return far if size > far else -far if size < -far else size


cdef int64_t clipped(object size) except? -1     # the same of an int of any size


cdef inline void window_init(Window *window, int64_t size) noexcept nogil:
    window.largest = window.current = cut(size)
    window.processed = 0


cdef inline bint window_consume(Window *window, int64_t size) noexcept nogil:
    """Takes octets off; False if the peer has sent more than it may. It is taken off in any case."""
    window.current = cut(window.current - size)
    return window.current >= 0


cdef inline bint window_open(Window *window, int64_t size) noexcept nogil:
    """Adds octets; False if the window is now larger than one may be, and `largest` is as it was."""
    window.current = cut(window.current + size)
    if window.current > LARGEST_WINDOW:
        return False
    if window.current > window.largest:
        window.largest = window.current
    return True


cdef inline int64_t window_process(Window *window, int64_t size) noexcept nogil:
    """The application has done with `size` octets; by how much to open the window now, or 0."""
    cdef int64_t increment = 0
    window.processed = cut(window.processed + size)
    if not window.processed:
        return 0
    if (window.processed >= window.largest // 2
            or (window.current == 0 and window.processed > min(<int64_t>1024, window.largest // 4))):
        increment = min(window.processed, window.largest - window.current)
        window.processed = 0
    window.current = cut(window.current + increment)
    return increment


cdef int raise_shrunk() except -1        # FlowControlError of window_consume()
cdef int raise_too_large() except -1     # FlowControlError of window_open()


# What WindowManager (h2.windows) is compiled from. It stands alone or is a view, as state machines are
# (fasth2.engine.states).
cdef class WindowCore:
    cdef Window own
    cdef Window *window               # `own`, or the one inside a stream or a connection
    cdef PyObject **noted             # where that has its pointer to this view; NULL: nowhere
    cdef object owner                 # without a GIL: that stream or connection; else None
    cdef const StreamStates *states   # of the stream, or NULL


# The view of `window`, which is inside `owner`, as is `noted`, and `states` if that is a stream.
cdef object window_view(Window *window, PyObject **noted, object owner, const StreamStates *states)
# The window ends, or begins anew: the view that somebody may hold goes on with a copy. No Python code runs.
cdef void part_window(PyObject **noted) noexcept
