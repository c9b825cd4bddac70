# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The state machines of connection and stream (RFC 9113 section 5.1).

transitions.h says which state follows; here is what happens beside that. The objects that callers know are views of a
few octets inside a stream or a connection, or stand alone.
"""
cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject, PyObject_GenericSetAttr
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int8_t, int64_t, uint8_t

from fasth2.codec.lock cimport FREE_THREADED, hold, let_go
from fasth2.codec.typeversion cimport has_attributes
from fasth2.engine.events cimport bare_event, stream_reset

from fasth2.engine.enums import ConnectionInputs, ConnectionState, StreamClosedBy, StreamInputs, StreamState
from fasth2.errors.h2 import ErrorCodes, ProtocolError, StreamClosedError

cdef extern from "transitions.h":
    ctypedef struct Transition "fasth2_transition":
        uint8_t effect
        uint8_t target
    const Transition stream_transitions "fasth2_stream_transitions" [7][19]
    cdef enum:
        FORBIDDEN, NOTHING, REQUEST_SENT, RESPONSE_SENT, REQUEST_RECEIVED, RESPONSE_RECEIVED, DATA_CAME, WINDOW_OPENED
        HALF_CLOSED, ENDED, RESET, PUSHED_HERE, PUSHED_THERE, PUSH_SENT, PUSH_RECEIVED, END_SENT, RESET_SENT
        RESET_ON_ERROR, RECEIVED_ON_CLOSED, SENT_ON_CLOSED, PUSH_RECEIVED_ON_CLOSED, PUSH_SENT_ON_CLOSED
        INFORMATIONAL_SENT, INFORMATIONAL_CAME, ALTSVC_CAME, ALTSVC_SENT, EFFECTS

cdef list STREAM_STATE_OBJECTS = list(StreamState)
cdef list STREAM_INPUT_OBJECTS = list(StreamInputs)
cdef list CONNECTION_STATE_OBJECTS = list(ConnectionState)
cdef list CONNECTION_INPUT_OBJECTS = list(ConnectionInputs)
cdef list CLOSED_BY_OBJECTS = list(StreamClosedBy)
cdef object STREAM_CLOSED_CODE = ErrorCodes.STREAM_CLOSED

# What upstream calls the effects, as methods of its machine.
EFFECT_NAMES = {
    REQUEST_SENT: "request_sent", RESPONSE_SENT: "response_sent", REQUEST_RECEIVED: "request_received",
    RESPONSE_RECEIVED: "response_received", DATA_CAME: "data_received", WINDOW_OPENED: "window_updated",
    HALF_CLOSED: "stream_half_closed", ENDED: "stream_ended", RESET: "stream_reset",
    PUSHED_HERE: "send_new_pushed_stream", PUSHED_THERE: "recv_new_pushed_stream", PUSH_SENT: "send_push_promise",
    PUSH_RECEIVED: "recv_push_promise", END_SENT: "send_end_stream", RESET_SENT: "send_reset_stream",
    RESET_ON_ERROR: "reset_stream_on_error", RECEIVED_ON_CLOSED: "recv_on_closed_stream",
    SENT_ON_CLOSED: "send_on_closed_stream", PUSH_RECEIVED_ON_CLOSED: "recv_push_on_closed_stream",
    PUSH_SENT_ON_CLOSED: "send_push_on_closed_stream", INFORMATIONAL_SENT: "send_informational_response",
    INFORMATIONAL_CAME: "recv_informational_response", ALTSVC_CAME: "recv_alt_svc", ALTSVC_SENT: "send_alt_svc",
}

# Outcome -> the event that upstream's machine gives for it.
cdef dict EVENT_NAMES = {
    DID_SEND_REQUEST: "_RequestSent", DID_SEND_RESPONSE: "_ResponseSent", DID_SEND_TRAILERS: "_TrailersSent",
    DID_SEND_PROMISE: "_PushedRequestSent", REQUEST_CAME: "RequestReceived", RESPONSE_CAME: "ResponseReceived",
    TRAILERS_CAME: "TrailersReceived", INFORMATIONAL_CAME_IN: "InformationalResponseReceived",
    DATA_CAME_IN: "DataReceived", WINDOW_CAME: "WindowUpdated", END_CAME: "StreamEnded", RESET_CAME: "StreamReset",
    PROMISE_CAME: "PushedStreamReceived", ALTSVC_CAME_IN: "AlternativeServiceAvailable",
}

cdef dict REFUSALS = {
    REFUSED_CLIENT_RESPONSE: "Client cannot send responses.",
    REFUSED_EARLY_DATA: "cannot receive data before headers",
    REFUSED_CLIENT_PUSH: "Cannot push streams from client peers.",
    REFUSED_IDLE_PUSH: "Idle streams cannot receive pushes",
    REFUSED_SERVER_PUSH: "Cannot receive pushed streams as a server",
    REFUSED_LATE_PUSH: "Attempted to push on closed stream.",
    REFUSED_LATE_INFORMATIONAL: "Information response after final response",
    REFUSED_INFORMATIONAL_CAME_LATE: "Informational response after final response",
    REFUSED_LATE_ALTSVC: "Cannot send ALTSVC after sending response headers.",
}


# --- a step of a stream ---------------------------------------------------------------------------------------------

cdef void begin_states(StreamStates *states, int64_t stream_id) noexcept:
    states.stream_id = stream_id
    states.state = STREAM_IDLE
    states.client = UNSET
    states.headers_sent = UNSET
    states.trailers_sent = UNSET
    states.headers_received = UNSET
    states.trailers_received = UNSET
    states.closed_by = CLOSED_BY_NOBODY
    states.refused_state = 0
    states.refused_input = 0
    states.tally = NULL


cdef void begin_anew(StreamStates *states) noexcept:
    """For a stream that goes on being the one that it is."""
    cdef StreamStates fresh
    begin_states(&fresh, states.stream_id)
    set_state(states, STREAM_IDLE)
    fresh.tally, fresh.serial = states.tally, states.serial
    states[0] = fresh


cdef int stream_step(StreamStates *states, int input) noexcept:
    cdef Transition transition = stream_transitions[states.state][input]
    cdef int outcome
    cdef int before = states.state
    if transition.effect == FORBIDDEN:
        states.refused_state = <uint8_t>before
        states.refused_input = <uint8_t>input
        set_state(states, STREAM_CLOSED)
        return REFUSED_INPUT
    if transition.target != before:
        set_state(states, transition.target)
    if transition.effect == NOTHING:
        return DONE
    outcome = take_effect(states, transition.effect)
    if outcome < 0 and states.state != STREAM_CLOSED:
        set_state(states, STREAM_CLOSED)
    return outcome


cdef int take_effect(StreamStates *s, int effect) noexcept:
    if effect == REQUEST_SENT:
        s.client = YES
        s.headers_sent = YES
        return DID_SEND_REQUEST
    if effect == REQUEST_RECEIVED:
        if s.headers_received == YES or s.trailers_received == YES:
            return REFUSED_ASSERTION
        s.client = NO
        s.headers_received = YES
        return REQUEST_CAME
    if effect == RESPONSE_SENT:
        return response_sent(s)
    if effect == RESPONSE_RECEIVED:
        return response_received(s)
    if effect == DATA_CAME:
        return DATA_CAME_IN if s.headers_received == YES else REFUSED_EARLY_DATA
    if effect == WINDOW_OPENED:
        return WINDOW_CAME
    if effect == HALF_CLOSED:
        return END_CAME
    if effect == ENDED:
        s.closed_by = CLOSED_BY_RECEIVED_END
        return END_CAME
    if effect == RESET:
        s.closed_by = CLOSED_BY_RECEIVED_RESET
        return RESET_CAME
    if effect == END_SENT:
        s.closed_by = CLOSED_BY_SENT_END
        return DONE
    if effect == RESET_SENT:
        s.closed_by = CLOSED_BY_SENT_RESET
        return DONE
    if effect == RESET_ON_ERROR:
        s.closed_by = CLOSED_BY_SENT_RESET
        return REFUSED_CLOSED_NOW
    if effect == RECEIVED_ON_CLOSED or effect == SENT_ON_CLOSED:
        return REFUSED_CLOSED
    if effect == INFORMATIONAL_SENT:
        return DID_SEND_RESPONSE if s.headers_sent != YES else REFUSED_LATE_INFORMATIONAL
    if effect == INFORMATIONAL_CAME:
        return INFORMATIONAL_CAME_IN if s.headers_received != YES else REFUSED_INFORMATIONAL_CAME_LATE
    if effect == ALTSVC_SENT:
        return DONE if s.headers_sent != YES else REFUSED_LATE_ALTSVC
    if effect == ALTSVC_CAME:
        return DONE if s.client == NO or s.headers_received == YES else ALTSVC_CAME_IN
    return push_effect(s, effect)


cdef int response_sent(StreamStates *s) noexcept:
    """The first header block behind a request is a response, the next one trailers."""
    if s.headers_sent != YES:
        if s.client != NO:
            return REFUSED_CLIENT_RESPONSE
        s.headers_sent = YES
        return DID_SEND_RESPONSE
    if s.trailers_sent == YES:
        return REFUSED_ASSERTION
    s.trailers_sent = YES
    return DID_SEND_TRAILERS


cdef int response_received(StreamStates *s) noexcept:
    if s.headers_received != YES:
        if s.client != YES:
            return REFUSED_ASSERTION
        s.headers_received = YES
        return RESPONSE_CAME
    if s.trailers_received == YES:
        return REFUSED_ASSERTION
    s.trailers_received = YES
    return TRAILERS_CAME


cdef int push_effect(StreamStates *s, int effect) noexcept:
    """RFC 9113 section 8.4. A promise concerns two streams: the one that it is sent on, and the new one."""
    if effect == PUSHED_HERE:
        if s.client != UNSET:
            return REFUSED_ASSERTION
        s.client = NO
        s.headers_received = YES
        return DONE
    if effect == PUSHED_THERE:
        if s.client != UNSET:
            return REFUSED_ASSERTION
        s.client = YES
        s.headers_sent = YES
        return DONE
    if effect == PUSH_SENT:
        return DID_SEND_PROMISE if s.client != YES else REFUSED_CLIENT_PUSH
    if effect == PUSH_RECEIVED:
        if s.client == YES:
            return PROMISE_CAME
        return REFUSED_IDLE_PUSH if s.client == UNSET else REFUSED_SERVER_PUSH
    if effect == PUSH_RECEIVED_ON_CLOSED:
        if s.closed_by == CLOSED_BY_NOBODY:
            return REFUSED_ASSERTION
        return REFUSED_CLOSED if s.closed_by == CLOSED_BY_SENT_RESET else REFUSED_LATE_PUSH
    return REFUSED_LATE_PUSH  # PUSH_SENT_ON_CLOSED


# --- counting open streams ------------------------------------------------------------------------------------------

cdef class Tally:
    """How many streams of a connection are open, and which have closed since somebody asked."""

    def __dealloc__(self):
        PyMem_Free(self.closed)


cdef void set_state(StreamStates *states, int state) noexcept:
    cdef bint was_open = is_open(states)
    cdef bint was_closed = states.state == STREAM_CLOSED
    states.state = <int8_t>state
    if states.tally != NULL:
        hold(&(<Tally>states.tally).lock)
        (<Tally>states.tally).open[states.stream_id & 1] += is_open(states) - was_open
        if state == STREAM_CLOSED and not was_closed:
            note_closed(<Tally>states.tally, states.stream_id)
        let_go(&(<Tally>states.tally).lock)


cdef Py_ssize_t take_closed(Tally tally, int64_t *number, int64_t **numbers) noexcept:
    cdef Py_ssize_t count
    hold(&tally.lock)
    count = tally.closed_count
    tally.closed_count = 0
    if count == 1:
        number[0] = tally.closed[0]
    elif count > 1:
        numbers[0] = tally.closed
        tally.closed = NULL
        tally.closed_room = 0
    let_go(&tally.lock)
    return count


cdef void note_closed(Tally tally, int64_t stream_id) noexcept:
    cdef int64_t *grown
    if tally.closed_count == tally.closed_room:
        grown = <int64_t *>PyMem_Realloc(tally.closed, (2 * tally.closed_room + 4) * sizeof(int64_t))
        if grown == NULL:
            tally.is_lost = True
            return
        tally.closed = grown
        tally.closed_room = 2 * tally.closed_room + 4
    tally.closed[tally.closed_count] = stream_id
    tally.closed_count += 1


cdef void enter_tally(StreamStates *states, Tally tally) noexcept:
    """The stream has entered its connection's `streams`."""
    leave_tally(states)
    Py_INCREF(tally)
    states.tally = <PyObject *>tally
    hold(&tally.lock)
    tally.streams += 1
    tally.entered += 1
    states.serial = tally.entered
    tally.open[states.stream_id & 1] += is_open(states)
    if states.state == STREAM_CLOSED:
        note_closed(tally, states.stream_id)
    let_go(&tally.lock)


cdef void leave_tally(StreamStates *states) noexcept:
    cdef PyObject *tally = states.tally
    if tally != NULL:
        states.tally = NULL
        hold(&(<Tally>tally).lock)
        (<Tally>tally).streams -= 1
        (<Tally>tally).open[states.stream_id & 1] -= is_open(states)
        let_go(&(<Tally>tally).lock)
        Py_DECREF(<Tally>tally)


# --- what is refused ------------------------------------------------------------------------------------------------

cdef int raise_refused(const StreamStates *states, object stream_id, int outcome) except -1:
    if outcome == REFUSED_CLOSED or outcome == REFUSED_CLOSED_NOW:
        error = StreamClosedError(stream_id)
        if outcome == REFUSED_CLOSED_NOW:
            error._events = [stream_reset(stream_id, STREAM_CLOSED_CODE, False)]
        raise error
    if outcome == REFUSED_INPUT:
        input_, state = STREAM_INPUT_OBJECTS[states.refused_input], STREAM_STATE_OBJECTS[states.refused_state]
        raise ProtocolError(f"Invalid input {input_} in state {state}")
    if outcome == REFUSED_ASSERTION:
        failure = AssertionError()
        raise ProtocolError(failure) from failure
    raise ProtocolError(REFUSALS[outcome])


cdef int raise_connection_refused(int state, int input) except -1:
    raise ProtocolError(f"Invalid input {CONNECTION_INPUT_OBJECTS[input]} in state {CONNECTION_STATE_OBJECTS[state]}")


# --- the machines as Python knows them ------------------------------------------------------------------------------

cdef object closed_by_object(int closed_by):
    return None if closed_by < 0 else CLOSED_BY_OBJECTS[closed_by]


cdef int closed_by_number(object closed_by) except -2:
    return CLOSED_BY_NOBODY if closed_by is None else StreamClosedBy(closed_by).value


cdef object as_object(int8_t value):
    return None if value < 0 else bool(value)


cdef int8_t as_number(object value) except -2:
    return <int8_t>(UNSET if value is None else bool(value))


@cython.no_gc_clear   # `states` may be inside `owner`
cdef class StreamMachine:
    """What H2StreamStateMachine is compiled from. `stream_id` (int): of the stream, for exceptions and events."""

    def __cinit__(self, *args, **kwargs):
        begin_states(&self.own, 0)
        self.states = &self.own

    def __dealloc__(self):
        if self.noted != NULL:
            self.noted[0] = NULL

    def __init__(self, stream_id):
        self.stream_id = stream_id
        with cython.critical_section(self if self.owner is None else self.owner):
            begin_anew(self.states)

    @property
    @cython.critical_section
    def stream_id(self):
        """The stream's identifier (int)."""
        return self.shown_id

    @stream_id.setter
    @cython.critical_section
    def stream_id(self, value):
        self.shown_id = value
        mark_tapped(self.states)

    def __setattr__(self, name, value):
        PyObject_GenericSetAttr(self, name, value)
        if has_attributes(<PyObject *>self):
            mark_tapped(self.states)

    @property
    def state(self):
        """The state of the stream (StreamState)."""
        return STREAM_STATE_OBJECTS[self.states.state]

    @state.setter
    def state(self, value):
        cdef int state = StreamState(value)
        with cython.critical_section(self if self.owner is None else self.owner):
            set_state(self.states, state)

    @property
    def client(self):
        """Whether this peer is the stream's client (bool), or None while nobody knows."""
        return as_object(self.states.client)

    @client.setter
    def client(self, value):
        self.states.client = as_number(value)

    @property
    def headers_sent(self):
        """True once the first header block was sent; else None."""
        return as_object(self.states.headers_sent)

    @headers_sent.setter
    def headers_sent(self, value):
        self.states.headers_sent = as_number(value)

    @property
    def trailers_sent(self):
        """True once trailers were sent; else None."""
        return as_object(self.states.trailers_sent)

    @trailers_sent.setter
    def trailers_sent(self, value):
        self.states.trailers_sent = as_number(value)

    @property
    def headers_received(self):
        """True once the first header block was received; else None."""
        return as_object(self.states.headers_received)

    @headers_received.setter
    def headers_received(self, value):
        self.states.headers_received = as_number(value)

    @property
    def trailers_received(self):
        """True once trailers were received; else None."""
        return as_object(self.states.trailers_received)

    @trailers_received.setter
    def trailers_received(self, value):
        self.states.trailers_received = as_number(value)

    @property
    def stream_closed_by(self):
        """Who closed the stream (StreamClosedBy), or None."""
        return closed_by_object(self.states.closed_by)

    @stream_closed_by.setter
    def stream_closed_by(self, value):
        self.states.closed_by = <int8_t>closed_by_number(value)

    def process_input(self, input_):
        """Takes one step (`input_`: StreamInputs); the events that it gives, as a list.

        ProtocolError and its subclasses for what the state does not allow; the stream is closed then. Upstream:
        H2StreamStateMachine.process_input.
        """
        cdef int outcome, number
        number = input_.value if isinstance(input_, StreamInputs) else -1
        if not 0 <= number < STREAM_INPUTS:  # a member that somebody has made up is none either
            raise ValueError("Input must be an instance of StreamInputs")
        with cython.critical_section(self if self.owner is None else self.owner):
            outcome = stream_step(self.states, number)
        return machine_events(self, outcome)

    def _take_effect(self, int effect):
        """What upstream has as a method for each effect, without the change of state."""
        cdef int outcome
        with cython.critical_section(self if self.owner is None else self.owner):
            outcome = take_effect(self.states, effect)
        return machine_events(self, outcome)


cdef list machine_events(StreamMachine self, int outcome):
    if outcome == DONE:
        return []
    stream_id = self.stream_id  # Python code may run here, and `states` be others afterwards
    if outcome < 0:
        raise_refused(self.states, stream_id, outcome)
    return [bare_event(EVENT_NAMES[outcome], stream_id)]


@cython.no_gc_clear   # `current` may be inside `owner`
cdef class ConnectionMachine:
    """What H2ConnectionStateMachine is compiled from."""

    def __cinit__(self, *args, **kwargs):
        self.own = CONNECTION_IDLE
        self.current = &self.own

    def __dealloc__(self):
        if self.noted != NULL:
            self.noted[0] = NULL

    def __init__(self):
        self.current[0] = CONNECTION_IDLE

    @property
    def state(self):
        """The state of the connection (ConnectionState)."""
        return CONNECTION_STATE_OBJECTS[self.current[0]]

    @state.setter
    def state(self, value):
        self.current[0] = <int8_t>ConnectionState(value).value

    def process_input(self, input_):
        """Takes one step (`input_`: ConnectionInputs), as `_transitions` has it: a class or an object derived from this
        one may have a table of its own. What the entry's function returns, or an empty list.

        ProtocolError for what the state does not allow; the connection is closed then. Upstream:
        H2ConnectionStateMachine.process_input.
        """
        cdef int before, number
        number = input_.value if isinstance(input_, ConnectionInputs) else -1
        if not 0 <= number < CONNECTION_INPUTS:  # a member that somebody has made up is none either
            raise ValueError("Input must be an instance of ConnectionInputs")
        before = self.current[0]
        entry = self._transitions.get((CONNECTION_STATE_OBJECTS[before], input_))
        if entry is None:
            self.current[0] = CONNECTION_CLOSED
            raise_connection_refused(before, number)
        effect, self.state = entry
        return [] if effect is None else effect()


cdef type stream_machine_class = StreamMachine
cdef type connection_machine_class = ConnectionMachine


def declare_machines(type of_streams, type of_connections):
    """Says which classes (derived from StreamMachine and ConnectionMachine) the views are made of."""
    global stream_machine_class, connection_machine_class
    stream_machine_class = of_streams
    connection_machine_class = of_connections


cdef object stream_machine_view(StreamStates *states, PyObject **noted, object owner, object stream_id):
    cdef StreamMachine view = stream_machine_class.__new__(stream_machine_class)
    view.states = states
    view.shown_id = stream_id
    if FREE_THREADED:
        view.owner = owner
    else:
        part_stream_machine(noted)
        view.noted = noted
        noted[0] = <PyObject *>view
    return view


cdef object connection_machine_view(int8_t *state, PyObject **noted, object owner):
    cdef ConnectionMachine view = connection_machine_class.__new__(connection_machine_class)
    view.current = state
    if FREE_THREADED:
        view.owner = owner
    else:
        part_connection_machine(noted)
        view.noted = noted
        noted[0] = <PyObject *>view
    return view


# The view may be one that is dying itself: it is written to, but not referred to anew.

cdef void part_stream_machine(PyObject **noted) noexcept:
    cdef PyObject *view = noted[0]
    if view != NULL:
        noted[0] = NULL
        (<StreamMachine>view).noted = NULL
        (<StreamMachine>view).own = (<StreamMachine>view).states[0]
        (<StreamMachine>view).own.tally = NULL
        (<StreamMachine>view).states = &(<StreamMachine>view).own


cdef void part_connection_machine(PyObject **noted) noexcept:
    cdef PyObject *view = noted[0]
    if view != NULL:
        noted[0] = NULL
        (<ConnectionMachine>view).noted = NULL
        (<ConnectionMachine>view).own = (<ConnectionMachine>view).current[0]
        (<ConnectionMachine>view).current = &(<ConnectionMachine>view).own


# --- the tables as upstream shows them ------------------------------------------------------------------------------

def stream_table():
    """{(StreamState, StreamInputs): (effect number or None, StreamState)}, without what is forbidden."""
    table = {}
    cdef int state, input
    cdef Transition transition
    for state in range(STREAM_STATES):
        for input in range(STREAM_INPUTS):
            transition = stream_transitions[state][input]
            if transition.effect != FORBIDDEN:
                effect = None if transition.effect == NOTHING else transition.effect
                key = STREAM_STATE_OBJECTS[state], STREAM_INPUT_OBJECTS[input]
                table[key] = effect, STREAM_STATE_OBJECTS[transition.target]
    return table


def connection_table():
    """{(ConnectionState, ConnectionInputs): (None, ConnectionState)}, without what is forbidden."""
    table = {}
    cdef int state, input, target
    for state in range(CONNECTION_STATES):
        for input in range(CONNECTION_INPUTS):
            target = fasth2_connection_transitions[state][input]
            if target:
                key = CONNECTION_STATE_OBJECTS[state], CONNECTION_INPUT_OBJECTS[input]
                table[key] = None, CONNECTION_STATE_OBJECTS[target - 1]
    return table
