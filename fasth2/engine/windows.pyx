# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Flow-control windows."""
from libc.stdint cimport int64_t, uint32_t

cdef int raise_shrunk() except -1:
    raise NotImplementedError


cdef int raise_too_large() except -1:
    raise NotImplementedError


cdef class WindowCore:
    pass


cdef object window_view(Window *window, object owner):
    raise NotImplementedError
