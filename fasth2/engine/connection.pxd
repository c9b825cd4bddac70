"""C interface of a connection."""
from fasth2.engine.endpoint cimport Endpoint


cdef class Connection(Endpoint):
    pass


# `frame`, a frame object with a priority, with these values, each of which may be None.
cdef object fill_priority(object frame, object weight, object depends_on, object exclusive)
