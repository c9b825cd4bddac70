"""C interface of Settings: current values at C speed, read by attribute from any other object.

A value that is out of all range (a foreign object's) is cut to 60 bits, as windows are.
"""
from libc.stdint cimport int64_t

cdef int64_t initial_window_size(object settings) except? -1
cdef int64_t max_frame_size(object settings) except? -1
cdef int64_t max_concurrent_streams(object settings) except? -1
cdef bint enable_push(object settings) except -1


# What Settings (h2.settings) is compiled from.
cdef class SettingsCore:
    cdef public dict _settings   # {identifier: list of values}: the first is in force, None for "none yet"
    cdef public object _client
