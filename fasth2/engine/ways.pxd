"""C interface of the question which way a call of a connection takes."""
from fasth2.engine.endpoint cimport Endpoint

# Whether the call takes the straight way. MemoryError.
cdef bint is_straight(Endpoint self) except -1
