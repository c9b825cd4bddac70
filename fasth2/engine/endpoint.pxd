"""C interface of one end of a connection: what it consists of, and its streams."""
from cpython.object cimport PyObject
from libc.stdint cimport int8_t, int64_t, uint8_t

from fasth2.codec.steps cimport Steps
from fasth2.engine.lookup cimport look_up
from fasth2.engine.outbox cimport Outbox
from fasth2.engine.states cimport Tally, connection_step, raise_connection_refused
from fasth2.engine.stream cimport Stream
from fasth2.engine.windows cimport Window


cdef class Endpoint:
    cdef public object config
    cdef public object encoder
    cdef public object decoder
    cdef public object local_settings
    cdef public object remote_settings
    cdef public object incoming_buffer
    cdef public object _header_frames
    cdef public object _closed_streams
    cdef public object _dispatch  # `_frame_dispatch_table`, once somebody has asked for it
    cdef public object highest_inbound_stream_id
    cdef public object highest_outbound_stream_id
    cdef int64_t outbound_window  # outbound_flow_control_window
    cdef public int64_t max_outbound_frame_size
    cdef public int64_t max_inbound_frame_size
    cdef dict open_streams        # `streams`: {stream_id: H2Stream}
    cdef Tally tally              # what of them is open
    cdef Outbox out               # `_data_to_send`
    cdef Window window            # of what the peer may send
    cdef int8_t state
    cdef object machine           # the view of `state`, once somebody has asked for it
    cdef object manager           # the view of `window`
    cdef PyObject *machine_view   # the view of `state` as long as it lives, borrowed: also when it is not `machine` now
    cdef PyObject *manager_view
    cdef type stream_class
    cdef Steps steps_found        # whether the class of the connection has the steps that the straight way skips
    cdef bint is_loose            # `machine` or `manager` is somebody else's
    cdef bint was_stepwise        # a call has gone step by step
    cdef public object _dispatch_as_made
    cdef dict __dict__            # none before it is used: drop_dict()
    cdef object __weakref__


cdef Stream get_stream(Endpoint self, object stream_id)   # NoSuchStreamError, StreamClosedError
cdef int raise_missing(Endpoint self, object stream_id) except -1
cdef bint is_outbound(Endpoint self, object stream_id) except -1
cdef object highest_id(Endpoint self, object stream_id)
cdef bint was_there(Endpoint self, object stream_id) except -1
cdef Stream stream_at(Endpoint self, object stream_id)    # KeyError
cdef Stream begin_new_stream(Endpoint self, object stream_id, int allowed)   # StreamIDTooLowError, ProtocolError
cdef int put_back(Endpoint self, object stream_id, Stream stream) except -1
cdef int count_anew(Endpoint self) except -1
cdef Py_ssize_t count_open(Endpoint self, bint remainder) except -1
cdef int check_room(Endpoint self, bint outbound) except -1
cdef int closed_by(Endpoint self, object stream_id) except -2
cdef int write_ping_frame(Endpoint self, bytes opaque, uint8_t flags) except -1
cdef int raise_overlong() except -1


cdef inline int step(Endpoint self, int input) except -1:
    """One step of the connection's state machine; ProtocolError."""
    cdef int before = self.state
    if not connection_step(&self.state, input):
        raise_connection_refused(before, input)
    return 0


cdef inline Stream find(Endpoint self, object stream_id):
    """The stream, or None."""
    cdef dict streams = self.open_streams
    found = look_up(streams, stream_id)
    return None if found is None else <Stream?>found


cdef inline int check_length(Endpoint self, int64_t longest) except -1:
    """What upstream asserts of the payloads that it has written."""
    if longest > self.max_outbound_frame_size:
        raise_overlong()
    return 0
