"""Streams and connections with the steps of upstream's (fasth2.h2)."""
from fasth2.engine.connection cimport Connection
from fasth2.engine.stream cimport Stream


cdef class OpenStream(Stream):
    pass


cdef class OpenConnection(Connection):
    pass
