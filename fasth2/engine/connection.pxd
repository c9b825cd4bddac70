"""C interface of a connection."""
from fasth2.engine.endpoint cimport Endpoint


cdef class Connection(Endpoint):
    pass
