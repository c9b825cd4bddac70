"""C interface of a stream: what a connection asks of it, frame by frame.

What a stream refuses because of its state comes back as an Outcome below zero (fasth2.engine.states), for which the
caller may raise the exception; everything else that is wrong is raised.
"""
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.encoder cimport OutLines
from fasth2.engine.headers cimport BlockKind, Inbound, Outbound
from fasth2.engine.outbox cimport Outbox
from fasth2.engine.states cimport StreamStates, Tally
from fasth2.engine.windows cimport Window


cdef class Stream:
    cdef StreamStates states
    cdef Window window               # of what the peer may send
    cdef int64_t outbound_window     # octets that may be sent
    cdef int64_t max_frame           # max_outbound_frame_size; UNSET: None
    cdef int64_t expected            # content-length, or one of the two below
    cdef int64_t actual              # octets of the body so far
    cdef object exact_expected       # the int, where EXPECTED_HUGE stands for it
    cdef object id                   # stream_id, the int that events show
    cdef object config
    cdef object method               # request_method: bytes or None
    cdef object authority            # _authority: bytes or None
    cdef object machine              # the view of `states`, once somebody has asked for it
    cdef object manager              # the view of `window`
    cdef PyObject *machine_view      # the view of `states` as long as it lives, borrowed: also when not `machine` now
    cdef PyObject *manager_view
    cdef bint is_loose               # one of these two is somebody else's, or the identifier was changed
    cdef object __weakref__

cdef enum:
    EXPECTED_NOTHING = -1
    EXPECTED_HUGE = -2


# A stream of the class `cls` (a subclass of Stream), in its first state.
cdef int64_t id_number(object stream_id) except? -1

cdef Stream begin_stream(type cls, object stream_id, object config, int64_t inbound, int64_t outbound)

# The stream has come into its connection's `streams`, or has left them.
cdef int enter(Stream self, Tally tally) except -1
cdef int leave(Stream self) except -1

# --- sending --------------------------------------------------------------------------------------------------------

# Header blocks: first all that runs Python code or can go wrong, then the frames, in one go. write_block() puts
# `prefix` before the first fragment, and returns the length of the longest payload.
cdef bytes send_headers(Stream self, object headers, object encoder, bint end_stream)
cdef bytes send_promise(Stream self, object headers, object encoder)
cdef bytes encode_block(Stream self, OutLines *lines, const Outbound *found, BlockKind kind, object encoder)
cdef int64_t write_block(Stream self, bytes block, uint8_t type, uint8_t flags, bytes prefix, Outbox *out) except -1

cdef int enlarge_window(Stream self, int64_t increment) except -1   # a WINDOW_UPDATE is then to be written

# By how much the peer may be let send more, or 0.
cdef int64_t acknowledge(Stream self, int64_t size) except? -1

# The rest writes into `out`. send_data() returns the length of the payload.
cdef int64_t send_data(Stream self, object data, bint end_stream, object pad_length, Outbox *out) except -1
cdef int send_end(Stream self, Outbox *out) except -1
cdef int send_reset(Stream self, object error_code, Outbox *out) except -1
cdef int64_t send_altsvc(Stream self, object field_value, Outbox *out) except -1
cdef int push_here(Stream self) except -1
cdef int upgrade_stream(Stream self, bint client_side) except -1

# --- receiving ------------------------------------------------------------------------------------------------------

# They append their events to `events`, unless the outcome is below zero.
cdef int receive_headers(Stream self, object headers, bint end_stream, object encoding, list events) except -100
cdef int receive_promise(Stream self, object promised_id, object headers, object encoding, list events) except -100
cdef int push_there(Stream self, list headers) except -1   # the outcome
cdef int receive_data(Stream self, bytes data, bint end_stream, int64_t flow_length, list events) except -100
cdef int receive_window_update(Stream self, int64_t increment, Outbox *out, list events) except -100
cdef int receive_reset(Stream self, uint32_t error_code, list events) except -100
cdef int receive_altsvc(Stream self, object origin, object field_value, list events) except -100
cdef int receive_continuation(Stream self) except -100
cdef int expect(Stream self, list headers, const Inbound *found) except -1
cdef int track(Stream self, int64_t length, bint end_stream) except -1
cdef int change_inbound_window(Stream self, int64_t delta) except -1
cdef object error_code_object(uint32_t code)

# --- frames that stand alone ----------------------------------------------------------------------------------------

cdef int write_window_update_frame(Outbox *out, int64_t stream_id, int64_t increment) except -1
cdef int write_rst_stream_frame(Outbox *out, int64_t stream_id, object error_code) except -1
cdef int raise_window_too_large() except -1     # FlowControlError of an update that the peer sent
