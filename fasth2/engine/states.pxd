"""C interface of the state machines (RFC 9113 section 5.1): one step a call, no exception.

A step gives an Outcome: what happened, for which an event may be due, or below zero why it was refused. A refused
stream is closed. Whoever wants the exception calls raise_refused().
"""
from cpython.object cimport PyObject
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t

from fasth2.codec.lock cimport Lock

cdef extern from "transitions.h":
    cdef enum:
        STREAM_IDLE, STREAM_RESERVED_REMOTE, STREAM_RESERVED_LOCAL, STREAM_OPEN, STREAM_HALF_CLOSED_REMOTE
        STREAM_HALF_CLOSED_LOCAL, STREAM_CLOSED, STREAM_STATES
    cdef enum:
        SEND_HEADERS, SEND_PUSH_PROMISE, SEND_RST_STREAM, SEND_DATA, SEND_WINDOW_UPDATE, SEND_END_STREAM
        RECV_HEADERS, RECV_PUSH_PROMISE, RECV_RST_STREAM, RECV_DATA, RECV_WINDOW_UPDATE, RECV_END_STREAM
        RECV_CONTINUATION, SEND_INFORMATIONAL, RECV_INFORMATIONAL, SEND_ALTSVC, RECV_ALTSVC
        UPGRADE_CLIENT, UPGRADE_SERVER, STREAM_INPUTS
    cdef enum:
        CONNECTION_IDLE, CONNECTION_CLIENT, CONNECTION_SERVER, CONNECTION_CLOSED, CONNECTION_STATES
    cdef enum:
        CONN_SEND_HEADERS, CONN_SEND_PUSH_PROMISE, CONN_SEND_DATA, CONN_SEND_GOAWAY, CONN_SEND_WINDOW_UPDATE
        CONN_SEND_PING, CONN_SEND_SETTINGS, CONN_SEND_RST_STREAM, CONN_SEND_PRIORITY, CONN_RECV_HEADERS
        CONN_RECV_PUSH_PROMISE, CONN_RECV_DATA, CONN_RECV_GOAWAY, CONN_RECV_WINDOW_UPDATE, CONN_RECV_PING
        CONN_RECV_SETTINGS, CONN_RECV_RST_STREAM, CONN_RECV_PRIORITY, CONN_SEND_ALTSVC, CONN_RECV_ALTSVC
        CONNECTION_INPUTS
    const uint8_t fasth2_connection_transitions[4][20]

# How a stream was closed, by upstream's numbers; below zero: not, or by nobody's doing.
cdef enum ClosedBy:
    CLOSED_BY_NOBODY = -1
    CLOSED_BY_SENT_END = 0
    CLOSED_BY_RECEIVED_END = 1
    CLOSED_BY_SENT_RESET = 2
    CLOSED_BY_RECEIVED_RESET = 3

# What upstream has as True, False or None.
cdef enum:
    UNSET = -1
    NO = 0
    YES = 1

cdef enum Outcome:
    DONE = 0
    DID_SEND_REQUEST
    DID_SEND_RESPONSE
    DID_SEND_TRAILERS
    DID_SEND_PROMISE
    REQUEST_CAME
    RESPONSE_CAME
    TRAILERS_CAME
    INFORMATIONAL_CAME_IN
    DATA_CAME_IN
    WINDOW_CAME
    END_CAME
    RESET_CAME
    PROMISE_CAME
    ALTSVC_CAME_IN
    # refusals
    REFUSED_INPUT = -1            # the state does not take this input
    REFUSED_CLOSED = -2           # StreamClosedError
    REFUSED_CLOSED_NOW = -3       # the same, with the StreamReset that it makes due
    REFUSED_ASSERTION = -4        # upstream asserts that this cannot be
    REFUSED_CLIENT_RESPONSE = -5
    REFUSED_EARLY_DATA = -6
    REFUSED_CLIENT_PUSH = -7
    REFUSED_IDLE_PUSH = -8
    REFUSED_SERVER_PUSH = -9
    REFUSED_LATE_PUSH = -10
    REFUSED_LATE_INFORMATIONAL = -11
    REFUSED_INFORMATIONAL_CAME_LATE = -12
    REFUSED_LATE_ALTSVC = -13


# Which streams of a connection are open, kept as they change; shared by the connection and its streams.
cdef class Tally:
    cdef Lock lock                # of what is below
    cdef Py_ssize_t open[2]       # by the last bit of the stream's identifier
    cdef Py_ssize_t streams       # how many are in the connection's `streams`
    cdef uint32_t entered         # and were, ever
    cdef int64_t *closed          # owned: identifiers of those that have closed since somebody looked
    cdef Py_ssize_t closed_count
    cdef Py_ssize_t closed_room
    cdef bint is_lost             # there was no memory for one: the streams have to be walked through
    cdef bint has_taps            # somebody has changed a stream of the connection: fasth2.engine.ways


cdef struct StreamStates:
    int64_t stream_id
    uint32_t serial               # which of the streams that were entered into the tally it is
    int8_t state
    int8_t client                 # YES, NO or UNSET, as are the next four
    int8_t headers_sent
    int8_t trailers_sent
    int8_t headers_received
    int8_t trailers_received
    int8_t closed_by
    uint8_t refused_state         # of the last REFUSED_INPUT
    uint8_t refused_input
    PyObject *tally               # Tally, owned, while the stream is in its connection's `streams`; else NULL


cdef inline bint is_open(const StreamStates *states) noexcept nogil:
    """Whether the stream counts as a concurrent one (RFC 9113 section 5.1.2)."""
    return states.state >= STREAM_OPEN and states.state <= STREAM_HALF_CLOSED_LOCAL


cdef inline void mark_tapped(const StreamStates *states) noexcept:
    """Somebody has changed the stream, its machine or its windows: its connection is to look whether that matters."""
    if states.tally != NULL:
        (<Tally>states.tally).has_taps = True


cdef inline bint is_reset(int closed_by) noexcept nogil:
    return closed_by == CLOSED_BY_SENT_RESET or closed_by == CLOSED_BY_RECEIVED_RESET


cdef void begin_states(StreamStates *states, int64_t stream_id) noexcept
cdef int stream_step(StreamStates *states, int input) noexcept
cdef void set_state(StreamStates *states, int state) noexcept
# How many streams have closed since it was asked last. If that is one it comes in `number`; if it is more they come in
# `numbers`, which the caller has to free.
cdef Py_ssize_t take_closed(Tally tally, int64_t *number, int64_t **numbers) noexcept
cdef void enter_tally(StreamStates *states, Tally tally) noexcept
cdef void leave_tally(StreamStates *states) noexcept
cdef int raise_refused(const StreamStates *states, object stream_id, int outcome) except -1
cdef object closed_by_object(int closed_by)
cdef int closed_by_number(object closed_by) except -2


cdef inline bint connection_step(int8_t *state, int input) noexcept nogil:
    """False, and the connection is closed, if its state does not take this input."""
    cdef uint8_t target = fasth2_connection_transitions[state[0]][input]
    if not target:
        state[0] = CONNECTION_CLOSED
        return False
    state[0] = target - 1
    return True


cdef int raise_connection_refused(int state, int input) except -1   # `state` is the one before


# What H2StreamStateMachine and H2ConnectionStateMachine are compiled from. One stands alone (`own`), or is the view of
# what is inside a stream or a connection, and changes that. These two hold their view, but the view does not hold them:
# else only the collector would free them. Each has a pointer to the other instead, which the one that dies first takes
# back; a view that is left goes on with a copy (part_stream_machine, part_connection_machine).
cdef class StreamMachine:
    cdef StreamStates own
    cdef StreamStates *states     # `own`, or those inside the stream
    cdef PyObject **noted         # where the stream has its pointer to this view; NULL: nowhere
    cdef object owner             # without a GIL: the stream, held because its lock is needed; else None
    cdef object shown_id

cdef class ConnectionMachine:
    cdef int8_t own
    cdef int8_t *current
    cdef PyObject **noted
    cdef object owner

# The view of `states` or `state`, which are inside `owner`, as is `noted`, the pointer to the view.
cdef object stream_machine_view(StreamStates *states, PyObject **noted, object owner, object stream_id)
cdef object connection_machine_view(int8_t *state, PyObject **noted, object owner)
# What the view shows ends, or begins anew. No Python code runs.
cdef void part_stream_machine(PyObject **noted) noexcept
cdef void part_connection_machine(PyObject **noted) noexcept
