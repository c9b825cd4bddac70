"""Frame objects to bytes: the straight way."""
from fasth2.codec.framecore cimport FrameObject


cdef object serialize(FrameObject *frame, size_t prefix)
cdef object serialize_verbatim(FrameObject *frame)
