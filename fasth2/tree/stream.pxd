"""C interface of a stream with its queue of children, as a loosened tree has it."""


cdef class StreamNode:
    cdef public object stream_id     # int
    cdef public object _weight       # int, 1 to 256
    cdef public list children        # of StreamNode, in the order in which they came
    cdef public object parent        # StreamNode, or None
    cdef public list child_queue     # a heap of (level, StreamNode)
    cdef public object active        # bool: has something to send
    cdef public object last_weight   # int: the level of the child that was scheduled last
    cdef public object _deficit      # int: what the last division by the weight has left over


cdef int check_weight(object value) except -1
cdef StreamNode bare_stream()
