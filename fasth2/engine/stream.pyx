# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""One stream: its state, its windows, and what its header lists and its body have to agree on.

Each step has upstream's order of checks, since that decides what a stream is like after an exception.
"""
cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.object cimport PyObject, PyObject_GenericSetAttr
from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from fasth2.codec.encoder cimport BlockEncoder, OutLines, begin_out_lines, encode_to_bytes, release_out_lines
from fasth2.codec.framebody cimport RST_STREAM_LENGTH, WINDOW_UPDATE_LENGTH, write_rst_stream, write_window_update
from fasth2.codec.frameheader cimport *
from fasth2.codec.steps cimport Steps, declare, takes_steps
from fasth2.codec.typeversion cimport has_attributes
from fasth2.engine cimport events as make
from fasth2.engine.calling cimport check_memory
from fasth2.engine.config cimport (
    NORMALIZE_INBOUND, NORMALIZE_OUTBOUND, SPLIT_COOKIES, VALIDATE_INBOUND, VALIDATE_OUTBOUND, logger_of, option,
)
from fasth2.engine.headers cimport *
from fasth2.engine.outbox cimport Outbox, outbox_append, outbox_reserve
from fasth2.engine.states cimport *
from fasth2.engine.windows cimport (
    LARGEST_WINDOW, clipped, cut, part_window, raise_shrunk, raise_too_large, window_consume, window_init, window_open,
    window_process, window_view,
)

from struct import error as struct_error

from fasth2.codec.frametypes import AltSvcFrame, RstStreamFrame
from fasth2.codec.stepwise import Encoder
from fasth2.errors.codes import ErrorCodes
from fasth2.errors.h2 import FlowControlError, InvalidBodyLengthError, ProtocolError, StreamClosedError

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

cdef enum:
    MOST_PADDING = 255  # octets; their number goes into one octet (RFC 9113 section 6.1)

# {name: what it is in our Encoder}: an encoder that has these is called from C.
cdef dict encoder_steps = {}
cdef Steps encoder_known
declare(encoder_steps, Encoder, ["__getattribute__", "encode"])

cdef object FLOW_CONTROL_ERROR = ErrorCodes.FLOW_CONTROL_ERROR
cdef list ERROR_CODES = list(ErrorCodes)


cdef inline int step(Stream self, int input) except -1:
    """One step that has to succeed; its outcome."""
    cdef int outcome = stream_step(&self.states, input)
    if unlikely(outcome < 0):
        raise_refused(&self.states, self.id, outcome)
    return outcome


cdef BlockKind kind_of(int outcome) noexcept:
    """What kind of a header list it is whose step had this outcome."""
    if outcome == DID_SEND_TRAILERS or outcome == TRAILERS_CAME:
        return TRAILERS_BLOCK
    if outcome == DID_SEND_RESPONSE or outcome == RESPONSE_CAME or outcome == INFORMATIONAL_CAME_IN:
        return RESPONSE_BLOCK
    return REQUEST_BLOCK


# --- sending header blocks ------------------------------------------------------------------------------------------

@cython.critical_section
cdef bytes send_headers(Stream self, object headers, object encoder, bint end_stream):
    cdef OutLines lines
    cdef Outbound found
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("Send headers %s on %r", headers, self)
    begin_out_lines(&lines)
    try:
        take_headers(&lines, headers, &found)
        if found.is_informational and self.states.client != YES:
            if end_stream:
                raise ProtocolError("Cannot set END_STREAM on informational responses.")
            outcome = step(self, SEND_INFORMATIONAL)
        else:
            outcome = step(self, SEND_HEADERS)
        method = sent_method(&lines, &found)
        authority = self.authority
        if authority is None and self.states.client == YES:
            authority = sent_authority(&lines, &found)
        block = encode_block(self, &lines, &found, kind_of(outcome), encoder)
    finally:
        release_out_lines(&lines)
    if end_stream:
        step(self, SEND_END_STREAM)
    if self.states.trailers_sent == YES and not end_stream:
        raise ProtocolError("Trailers must have END_STREAM set.")
    self.authority = authority
    self.method = method
    return block


@cython.critical_section
cdef bytes send_promise(Stream self, object headers, object encoder):
    cdef OutLines lines
    cdef Outbound found
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("Push stream %r", self)
    outcome = step(self, SEND_PUSH_PROMISE)
    begin_out_lines(&lines)
    try:
        take_headers(&lines, headers, &found)
        return encode_block(self, &lines, &found, kind_of(outcome), encoder)
    finally:
        release_out_lines(&lines)


cdef bytes encode_block(Stream self, OutLines *lines, const Outbound *found, BlockKind kind, object encoder):
    cdef bytes block
    finish_sent(lines, found, kind, option(self.config, NORMALIZE_OUTBOUND), option(self.config, SPLIT_COOKIES),
                option(self.config, VALIDATE_OUTBOUND))
    if likely(isinstance(encoder, BlockEncoder) and takes_steps(encoder, &encoder_known, encoder_steps)):
        block = encode_to_bytes(<BlockEncoder>encoder, lines, True)
    else:
        block = b"".join((encoder.encode(sent_headers(lines)), b""))  # or the TypeError that says what is no buffer
    frame_size_for(self, block)
    return block


cdef inline int64_t frame_size_for(Stream self, bytes block) except -1:
    """The longest payload of the frames that a header block is cut into."""
    cdef int64_t most = self.max_frame
    if unlikely(most <= 0 or PyBytes_GET_SIZE(block) == 0):
        raise_no_frame(most)
    return most


cdef int64_t write_block(Stream self, bytes block, uint8_t type, uint8_t flags, bytes prefix, Outbox *out) except -1:
    cdef const uint8_t *octets = <const uint8_t *>PyBytes_AS_STRING(block)
    cdef size_t left = PyBytes_GET_SIZE(block)
    cdef size_t most = frame_size_for(self, block)  # again: Python code may have run since the block was encoded
    cdef size_t head = PyBytes_GET_SIZE(prefix)
    cdef size_t size = min(left, most)
    cdef int64_t longest = head + size
    cdef uint8_t *start = outbox_reserve(out, head + left + FRAME_HEADER_LENGTH * ((left + most - 1) // most))
    cdef uint8_t *next = start
    while True:
        left -= size
        next = write_frame_header(next, <uint32_t>(head + size), type, flags | (0 if left else FLAG_END_HEADERS),
                                  <uint32_t>self.states.stream_id)
        memcpy(next, PyBytes_AS_STRING(prefix), head)
        memcpy(next + head, octets, size)
        next += head + size
        octets += size
        if not left:
            break
        type = TYPE_CONTINUATION
        flags = 0
        head = 0
        size = min(left, most)
    out.end += next - start
    return longest


cdef int raise_no_frame(int64_t most) except -1:
    """For a header block that cannot be cut into frames, or has nothing to put into one."""
    if most == 0 or most == UNSET:
        raise ValueError("range() arg 3 must not be zero")
    raise IndexError("list index out of range")


# --- sending the rest -----------------------------------------------------------------------------------------------

@cython.critical_section
cdef int64_t send_data(Stream self, object data, bint end_stream, object pad_length, Outbox *out) except -1:
    cdef Py_buffer view
    cdef int64_t padding
    log = logger_of(self.config)
    if log is not None:
        log.debug("Send data on %r with end stream set to %s", self, end_stream)
    step(self, SEND_DATA)
    octets = data.tobytes() if isinstance(data, memoryview) else data
    if end_stream:
        step(self, SEND_END_STREAM)
    padding = -1 if pad_length is None else clipped(pad_length)
    take_from_window(self, len(octets) + 1 + padding)
    if unlikely(pad_length is not None and not 0 <= padding <= MOST_PADDING):
        raise struct_error("ubyte format requires 0 <= number <= 255")
    if PyBytes_CheckExact(octets):
        return write_data_frame(self, <const uint8_t *>PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets),
                                end_stream, <int>padding, out)
    if not isinstance(octets, bytearray):
        octets = b"".join((b"", octets))  # or the TypeError that says what is no buffer
    PyObject_GetBuffer(octets, &view, PyBUF_SIMPLE)
    try:
        return write_data_frame(self, <const uint8_t *>view.buf, view.len, end_stream, <int>padding, out)
    finally:
        PyBuffer_Release(&view)


cdef inline int take_from_window(Stream self, int64_t length) except -1:
    self.outbound_window = cut(self.outbound_window - length)
    if unlikely(self.outbound_window < 0) and length:
        raise AssertionError
    return 0


cdef int64_t write_data_frame(Stream self, const uint8_t *data, size_t size, bint end_stream, int padding,
                              Outbox *out) except -1:
    """RFC 9113 section 6.1. `padding`: octets, or -1: not even their count. The length of the payload."""
    cdef size_t length = size + 1 + padding
    cdef uint8_t *next = outbox_reserve(out, FRAME_HEADER_LENGTH + length)
    next = write_frame_header(next, <uint32_t>length, TYPE_DATA,
                              (FLAG_END_STREAM if end_stream else 0) | (FLAG_PADDED if padding >= 0 else 0),
                              <uint32_t>self.states.stream_id)
    if padding >= 0:
        next[0] = <uint8_t>padding
        memset(next + 1 + size, 0, padding)
        next += 1
    memcpy(next, data, size)
    out.end += FRAME_HEADER_LENGTH + length
    return length


@cython.critical_section
cdef int send_end(Stream self, Outbox *out) except -1:
    log = logger_of(self.config)
    if log is not None:
        log.debug("End stream %r", self)
    step(self, SEND_END_STREAM)
    write_frame_header(outbox_reserve(out, FRAME_HEADER_LENGTH), 0, TYPE_DATA, FLAG_END_STREAM,
                       <uint32_t>self.states.stream_id)
    out.end += FRAME_HEADER_LENGTH
    return 0


@cython.critical_section
cdef int enlarge_window(Stream self, int64_t increment) except -1:
    log = logger_of(self.config)
    if log is not None:
        log.debug("Increase flow control window for %r by %d", self, increment)
    step(self, SEND_WINDOW_UPDATE)
    if not window_open(&self.window, increment):
        raise_too_large()
    return 0


@cython.critical_section
cdef int64_t acknowledge(Stream self, int64_t size) except? -1:
    log = logger_of(self.config)
    if log is not None:
        log.debug("Acknowledge received data with size %d on %r", size, self)
    return window_process(&self.window, size)


@cython.critical_section
cdef int send_reset(Stream self, object error_code, Outbox *out) except -1:
    log = logger_of(self.config)
    if log is not None:
        log.debug("Local reset %r with error code: %d", self, error_code)
    step(self, SEND_RST_STREAM)
    return write_rst_stream_frame(out, self.states.stream_id, error_code)


@cython.critical_section
cdef int64_t send_altsvc(Stream self, object field_value, Outbox *out) except -1:
    cdef bytes octets
    log = logger_of(self.config)
    if log is not None:
        log.debug("Advertise alternative service of %r for %r", field_value, self)
    step(self, SEND_ALTSVC)
    frame = AltSvcFrame(self.id)
    frame.field = field_value
    octets = frame.serialize()
    outbox_append(out, <const char *>octets, len(octets))
    return frame.body_len


@cython.critical_section
cdef int push_here(Stream self) except -1:
    step(self, SEND_PUSH_PROMISE)
    return 0


@cython.critical_section
cdef int upgrade_stream(Stream self, bint client_side) except -1:
    log = logger_of(self.config)
    if log is not None:
        log.debug("Upgrading %r", self)
    assert self.states.stream_id == 1
    step(self, UPGRADE_CLIENT if client_side else UPGRADE_SERVER)
    return 0


cdef int write_window_update_frame(Outbox *out, int64_t stream_id, int64_t increment) except -1:
    cdef uint8_t *next = outbox_reserve(out, FRAME_HEADER_LENGTH + WINDOW_UPDATE_LENGTH)
    next = write_frame_header(next, WINDOW_UPDATE_LENGTH, TYPE_WINDOW_UPDATE, 0, <uint32_t>stream_id)
    write_window_update(next, <uint32_t>increment)
    out.end += FRAME_HEADER_LENGTH + WINDOW_UPDATE_LENGTH
    return 0


cdef int write_rst_stream_frame(Outbox *out, int64_t stream_id, object error_code) except -1:
    cdef bytes octets
    cdef uint8_t *next
    cdef int64_t code
    if not isinstance(error_code, int) or not 0 <= error_code <= 0xFFFFFFFF:
        frame = RstStreamFrame(stream_id)
        frame.error_code = error_code
        octets = frame.serialize()  # says what is wrong with it
        outbox_append(out, <const char *>octets, len(octets))
        return 0
    code = error_code
    next = outbox_reserve(out, FRAME_HEADER_LENGTH + RST_STREAM_LENGTH)
    next = write_frame_header(next, RST_STREAM_LENGTH, TYPE_RST_STREAM, 0, <uint32_t>stream_id)
    write_rst_stream(next, <uint32_t>code)
    out.end += FRAME_HEADER_LENGTH + RST_STREAM_LENGTH
    return 0


# --- receiving header blocks ----------------------------------------------------------------------------------------

@cython.critical_section
cdef int receive_headers(Stream self, object headers, bint end_stream, object encoding, list events) except -100:
    cdef Inbound found
    cdef int outcome
    cdef list taken = look_at_received(headers, &found)
    if found.is_informational and end_stream:
        raise ProtocolError("Cannot set END_STREAM on informational responses")
    outcome = stream_step(&self.states, RECV_INFORMATIONAL if found.is_informational else RECV_HEADERS)
    if unlikely(outcome < 0):
        return outcome
    if end_stream:
        step(self, RECV_END_STREAM)
    expect(self, taken, &found)
    if outcome == TRAILERS_CAME and not end_stream:
        raise ProtocolError("Trailers must have END_STREAM set")
    taken = finish(self, taken, &found, outcome, encoding)
    ended = make.stream_ended(self.id) if end_stream else None
    if outcome == REQUEST_CAME:
        events.append(make.request_received(self.id, taken, ended, None))
    elif outcome == RESPONSE_CAME:
        events.append(make.response_received(self.id, taken, ended, None))
    elif outcome == TRAILERS_CAME:
        events.append(make.trailers_received(self.id, taken, ended, None))
    else:
        events.append(make.informational_response_received(self.id, taken, None))
    if end_stream:
        events.append(ended)
    return outcome


cdef inline list finish(Stream self, list headers, const Inbound *found, int outcome, object encoding):
    return finish_received(headers, found, kind_of(outcome), option(self.config, NORMALIZE_INBOUND),
                           option(self.config, VALIDATE_INBOUND), encoding)


cdef int expect(Stream self, list headers, const Inbound *found) except -1:
    """Notes what length of a body was announced (RFC 9113 section 8.1.1); the answer to HEAD has none."""
    method = self.method
    if method is not None and method == b"HEAD":
        self.expected = 0
    elif likely(found.content_length != ODD_CONTENT_LENGTH):
        self.expected = found.content_length
    else:
        set_expected(self, expected_content_length(headers, found))
    return 0


cdef int set_expected(Stream self, object length) except -1:
    self.exact_expected = None
    if length is None:
        self.expected = EXPECTED_NOTHING
    elif 0 <= length <= INT64_MAX:
        self.expected = length
    else:
        self.exact_expected = length
        self.expected = EXPECTED_HUGE
    return 0


@cython.critical_section
cdef int receive_promise(Stream self, object promised_id, object headers, object encoding, list events) except -100:
    cdef Inbound found
    cdef int outcome
    cdef list taken
    log = logger_of(self.config)
    if log is not None:
        log.debug("Receive Push Promise on %r for remote stream %d", self, promised_id)
    outcome = stream_step(&self.states, RECV_PUSH_PROMISE)
    if outcome < 0:
        return outcome
    taken = look_at_received(headers, &found)
    events.append(make.pushed_stream_received(promised_id, self.id,
                                              finish(self, taken, &found, outcome, encoding)))
    return outcome


@cython.critical_section
cdef int push_there(Stream self, list headers) except -1:
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("%r pushed by remote peer", self)
    outcome = step(self, RECV_PUSH_PROMISE)
    self.authority = received_authority(headers)
    return outcome


# --- receiving the rest ---------------------------------------------------------------------------------------------

@cython.critical_section
cdef int receive_data(Stream self, bytes data, bint end_stream, int64_t flow_length, list events) except -100:
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("Receive data on %r with end stream %s and flow control length set to %d",
                  self, end_stream, flow_length)
    outcome = stream_step(&self.states, RECV_DATA)
    if unlikely(outcome < 0):
        return outcome
    if unlikely(not window_consume(&self.window, flow_length)):
        raise_shrunk()
    track(self, PyBytes_GET_SIZE(data), end_stream)
    if end_stream:
        step(self, RECV_END_STREAM)
    ended = make.stream_ended(self.id) if end_stream else None
    events.append(make.data_received(self.id, data, flow_length, ended))
    if end_stream:
        events.append(ended)
    return outcome


cdef int track(Stream self, int64_t length, bint end_stream) except -1:
    """Whether the body is, so far or at its end, as long as content-length says (RFC 9113 section 8.1.1)."""
    self.actual = cut(self.actual + length)
    if likely(self.expected == EXPECTED_NOTHING):
        return 0
    if self.expected == EXPECTED_HUGE:
        if end_stream:
            raise InvalidBodyLengthError(self.exact_expected, self.actual)
    elif self.actual > self.expected or (end_stream and self.actual != self.expected):
        raise InvalidBodyLengthError(self.expected, self.actual)
    return 0


@cython.critical_section
cdef int receive_window_update(Stream self, int64_t increment, Outbox *out, list events) except -100:
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("Receive Window Update on %r for increment of %d", self, increment)
    outcome = stream_step(&self.states, RECV_WINDOW_UPDATE)
    if outcome == WINDOW_CAME:
        if self.outbound_window + increment > LARGEST_WINDOW:
            try:
                send_reset(self, FLOW_CONTROL_ERROR, out)  # an error of the stream alone (RFC 9113 section 6.9.1)
            except StreamClosedError as error:  # closed by the logger
                check_memory(error)
                return REFUSED_CLOSED
            events.append(make.stream_reset(self.id, FLOW_CONTROL_ERROR, False))
        else:
            self.outbound_window += increment
            events.append(make.window_updated(self.id, increment))
    return outcome


@cython.critical_section
cdef int receive_reset(Stream self, uint32_t error_code, list events) except -100:
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("Remote reset %r with error code: %d", self, error_code)
    outcome = stream_step(&self.states, RECV_RST_STREAM)
    if outcome == RESET_CAME:
        events.append(make.stream_reset(self.id, error_code_object(error_code), True))
    return outcome


cdef object error_code_object(uint32_t code):
    """The member of ErrorCodes, or an int where there is none."""
    return ERROR_CODES[code] if code < <size_t>len(ERROR_CODES) else code


@cython.critical_section
cdef int receive_altsvc(Stream self, object origin, object field_value, list events) except -100:
    cdef int outcome
    log = logger_of(self.config)
    if log is not None:
        log.debug("Receive Alternative Service frame on stream %r", self)
    if origin:  # RFC 7838 section 4: a frame on a stream has none
        return DONE
    outcome = stream_step(&self.states, RECV_ALTSVC)
    if outcome == ALTSVC_CAME_IN:
        events.append(make.alternative_service_available(self.authority, field_value))
    return outcome


@cython.critical_section
cdef int receive_continuation(Stream self) except -100:
    """One without a header block before it: no state takes it."""
    log = logger_of(self.config)
    if log is not None:
        log.debug("Receive Continuation frame on %r", self)
    return stream_step(&self.states, RECV_CONTINUATION)


@cython.critical_section
cdef int change_inbound_window(Stream self, int64_t delta) except -1:
    """SETTINGS_INITIAL_WINDOW_SIZE has changed (RFC 9113 section 6.9.2)."""
    cdef int64_t largest = cut(self.window.largest + delta)
    if not window_open(&self.window, delta):
        raise_too_large()
    self.window.largest = largest
    return 0


cdef int raise_window_too_large() except -1:
    raise FlowControlError(f"May not increment flow control window past {LARGEST_WINDOW}")


# --- the stream as Python knows it ----------------------------------------------------------------------------------

cdef Stream begin_stream(type cls, object stream_id, object config, int64_t inbound, int64_t outbound):
    cdef Stream self = cls.__new__(cls)
    fill(self, stream_id, config, inbound, outbound)
    return self


cdef int64_t id_number(object stream_id) except? -1:
    """A stream's identifier. OverflowError for one of more than 63 bits, which somebody has made up."""
    return stream_id if isinstance(stream_id, int) else int(stream_id)


@cython.critical_section
cdef int fill(Stream self, object stream_id, object config, int64_t inbound, int64_t outbound) except -1:
    cdef int64_t number = id_number(stream_id)
    part_views(self)
    leave_tally(&self.states)
    begin_states(&self.states, number)
    window_init(&self.window, inbound)
    self.exact_expected = self.method = self.authority = self.machine = self.manager = None
    self.id = stream_id
    self.config = config
    self.outbound_window = cut(outbound)
    self.max_frame = UNSET
    self.expected = EXPECTED_NOTHING
    self.actual = 0
    self.is_loose = False
    return 0


cdef void part_views(Stream self) noexcept:
    part_stream_machine(&self.machine_view)
    part_window(&self.manager_view)


cdef int loosen(Stream self) except -1:
    """Something that the straight way has a copy of is another now: from here on the stream goes step by step."""
    self.is_loose = True
    mark_tapped(&self.states)
    return 0


@cython.critical_section
cdef int enter(Stream self, Tally tally) except -1:
    enter_tally(&self.states, tally)
    return 0


@cython.critical_section
cdef int leave(Stream self) except -1:
    leave_tally(&self.states)
    return 0


cdef class Stream:
    """What H2Stream is compiled from. Windows and lengths are in octets.

    Without a GIL each step has the stream for itself, whether its connection takes it or somebody else.
    """

    def __init__(self, stream_id, config, inbound_window_size, outbound_window_size):
        fill(self, stream_id, config, clipped(inbound_window_size), clipped(outbound_window_size))

    def __cinit__(self, *args, **kwargs):
        self.states.tally = NULL

    def __dealloc__(self):
        part_views(self)
        leave_tally(&self.states)

    def __repr__(self):
        return f"<{type(self).__name__} id:{self.stream_id} state:{self.state_machine.state!r}>"

    @property
    @cython.critical_section
    def stream_id(self):
        """The stream's identifier (int)."""
        return self.id

    @stream_id.setter
    @cython.critical_section
    def stream_id(self, value):
        if self.machine is None:  # which has an identifier of its own
            self.machine = stream_machine_view(&self.states, &self.machine_view, self, self.id)
        self.id = value
        loosen(self)

    def __setattr__(self, name, value):
        PyObject_GenericSetAttr(self, name, value)
        if has_attributes(<PyObject *>self):
            mark_tapped(&self.states)

    @property
    @cython.critical_section
    def config(self):
        """The connection's H2Configuration."""
        return self.config

    @config.setter
    @cython.critical_section
    def config(self, value):
        self.config = value

    @property
    @cython.critical_section
    def state_machine(self):
        """The stream's H2StreamStateMachine, as it is at any time."""
        if self.machine is None:
            self.machine = stream_machine_view(&self.states, &self.machine_view, self, self.id)
        return self.machine

    @state_machine.setter
    @cython.critical_section
    def state_machine(self, value):
        if value is not self.machine:
            self.machine = value
            loosen(self)

    @property
    @cython.critical_section
    def _inbound_window_manager(self):
        if self.manager is None:
            self.manager = window_view(&self.window, &self.manager_view, self, &self.states)
        return self.manager

    @_inbound_window_manager.setter
    @cython.critical_section
    def _inbound_window_manager(self, value):
        if value is not self.manager:
            self.manager = value
            loosen(self)

    @property
    @cython.critical_section
    def outbound_flow_control_window(self):
        """What may be sent on the stream (int, octets), as far as the connection's window allows it."""
        return self.outbound_window

    @outbound_flow_control_window.setter
    @cython.critical_section
    def outbound_flow_control_window(self, value):
        self.outbound_window = clipped(value)

    @property
    @cython.critical_section
    def inbound_flow_control_window(self):
        """What the peer may send on the stream (int, octets), as far as the connection's window allows it."""
        return self._inbound_window_manager.current_window_size if self.is_loose else self.window.current

    @property
    @cython.critical_section
    def max_outbound_frame_size(self):
        """The longest payload (int, octets) that a header block is cut into; None before a connection has set it."""
        return None if self.max_frame == UNSET else self.max_frame

    @max_outbound_frame_size.setter
    @cython.critical_section
    def max_outbound_frame_size(self, value):
        self.max_frame = UNSET if value is None else value

    @property
    @cython.critical_section
    def request_method(self):
        """The :method of the header list sent last (bytes), or None."""
        return self.method

    @request_method.setter
    @cython.critical_section
    def request_method(self, value):
        self.method = value

    @property
    @cython.critical_section
    def _authority(self):
        return self.authority

    @_authority.setter
    @cython.critical_section
    def _authority(self, value):
        self.authority = value

    @property
    @cython.critical_section
    def _expected_content_length(self):
        if self.expected == EXPECTED_NOTHING:
            return None
        return self.exact_expected if self.expected == EXPECTED_HUGE else self.expected

    @_expected_content_length.setter
    @cython.critical_section
    def _expected_content_length(self, value):
        set_expected(self, value)

    @property
    @cython.critical_section
    def _actual_content_length(self):
        return self.actual

    @_actual_content_length.setter
    @cython.critical_section
    def _actual_content_length(self, value):
        self.actual = clipped(value)

    @property
    @cython.critical_section
    def open(self):
        """Whether the stream counts as a concurrent one (bool): RFC 9113 section 5.1.2."""
        if self.is_loose:
            return STREAM_OPEN <= self.state_machine.state <= STREAM_HALF_CLOSED_LOCAL
        return is_open(&self.states)

    @property
    @cython.critical_section
    def closed(self):
        """Whether the stream is closed (bool)."""
        if self.is_loose:
            return self.state_machine.state == STREAM_CLOSED
        return self.states.state == STREAM_CLOSED

    @property
    @cython.critical_section
    def closed_by(self):
        """Who closed the stream (StreamClosedBy), or None."""
        return self.state_machine.stream_closed_by if self.is_loose else closed_by_object(self.states.closed_by)
