"""Frame objects from bytes: the straight way."""
from libc.stdint cimport uint8_t

from fasth2.codec.framecore cimport FrameObject
from fasth2.codec.frameheader cimport FrameHeader

cdef dict REGISTRY          # type octet -> class; callers register classes of their own here


cdef object parse_header(const FrameHeader *header)
cdef bint parse_body(FrameObject *frame, const uint8_t *payload, Py_ssize_t length) except -1
cdef bint borrow(object data, const uint8_t **start, Py_ssize_t *length) noexcept
cdef object as_octets(object data)
