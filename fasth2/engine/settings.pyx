# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Settings and their acknowledgement."""
from libc.stdint cimport int64_t, uint32_t

cdef int64_t initial_window_size(object settings) except? -1:
    raise NotImplementedError


cdef int64_t max_frame_size(object settings) except? -1:
    raise NotImplementedError


cdef int64_t max_concurrent_streams(object settings) except? -1:
    raise NotImplementedError


cdef bint enable_push(object settings) except -1:
    raise NotImplementedError
