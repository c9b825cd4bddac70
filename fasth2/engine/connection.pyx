# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""One connection: received octets to events, and method calls to octets to send.

A frame is read where it was received, and what it does is done at once, without a frame object: see receive_frame().
What is sent is written behind what waits already. Upstream's order of checks is kept throughout, since it decides
which exception is raised and what the connection is like after it.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_CheckExact
from cpython.object cimport PyObject
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

from fasth2.codec.decoder cimport BlockDecoder, decode_to_list
from fasth2.codec.framebody cimport (
    GOAWAY_LENGTH, PING_LENGTH, GoAwayBody, PriorityBody, setting_identifier, setting_value, write_goaway,
)
from fasth2.codec.frameheader cimport *
from fasth2.codec.steps cimport Steps, declare, takes_steps
from fasth2.engine.config cimport CLIENT_SIDE, header_encoding, logger_of, option
from fasth2.engine cimport events as make
from fasth2.engine.framebuffer cimport Feed, FrameQueue, WholeFrame, frame_object, keep_rest, next_whole, take_preamble
from fasth2.engine.outbox cimport (
    Outbox, outbox_append, outbox_copy, outbox_init, outbox_release, outbox_reserve, outbox_take,
)
from fasth2.engine.settings cimport enable_push, initial_window_size, max_concurrent_streams, max_frame_size
from fasth2.engine.states cimport *
from fasth2.engine cimport stream as on_stream
from fasth2.engine.stream cimport Stream, begin_stream, write_rst_stream_frame, write_window_update_frame
from fasth2.engine.windows cimport (
    LARGEST_WINDOW, raise_shrunk, raise_too_large, window_consume, window_init, window_open, window_process,
    window_view,
)

from base64 import urlsafe_b64decode, urlsafe_b64encode

from fasth2.codec.frametypes import AltSvcFrame, GoAwayFrame, PingFrame, PriorityFrame, SettingsFrame
from fasth2.codec.stepwise import Decoder
from fasth2.errors.codes import ErrorCodes
from fasth2.errors.hpack import HPACKError, OversizedHeaderListError
from fasth2.errors.hyperframe import InvalidPaddingError
from fasth2.errors.h2 import (
    DenialOfServiceError, FlowControlError, FrameTooLargeError, NoAvailableStreamIDError, NoSuchStreamError,
    ProtocolError, RFC1122Error, StreamClosedError, StreamIDTooLowError, TooManyStreamsError,
)

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(dict items, object key) except? NULL

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

# RFC 9113 section 6.5.2
cdef enum:
    HEADER_TABLE_SIZE = 1
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6

# {name: what it is in our Decoder}: a decoder that has these is called from C.
cdef dict decoder_steps = {}
cdef Steps decoder_known
declare(decoder_steps, Decoder, ["__getattribute__", "decode"])

cdef bytes PREAMBLE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
cdef list ERROR_CODES = list(ErrorCodes)
cdef object STREAM_CLOSED_CODE = ErrorCodes.STREAM_CLOSED
cdef object REFUSED_STREAM_CODE = ErrorCodes.REFUSED_STREAM
cdef object FLOW_CONTROL_CODE = ErrorCodes.FLOW_CONTROL_ERROR
cdef object PROTOCOL_ERROR_CODE = ErrorCodes.PROTOCOL_ERROR


cdef inline object error_code_object(uint32_t code):
    """The member of ErrorCodes, or an int where there is none."""
    return ERROR_CODES[code] if code < <size_t>len(ERROR_CODES) else code


# --- the state ------------------------------------------------------------------------------------------------------

cdef inline int step(Connection self, int input) except -1:
    cdef int before = self.state
    if unlikely(not connection_step(&self.state, input)):
        raise_connection_refused(before, input)
    return 0


# --- streams --------------------------------------------------------------------------------------------------------

cdef inline Stream find(Connection self, object stream_id):
    """The stream, or None."""
    cdef PyObject *found = PyDict_GetItemWithError(self.open_streams, stream_id)
    return None if found == NULL else <Stream?><object>found


cdef inline bint is_outbound(Connection self, int64_t stream_id) except -1:
    """Whether it is this peer that numbers such a stream (RFC 9113 section 5.1.1)."""
    return (stream_id & 1) == option(self.config, CLIENT_SIDE)


cdef int64_t highest_id(Connection self, int64_t stream_id) except? -1:
    """The highest identifier so far of those on the side of this one."""
    return self.highest_outbound_stream_id if is_outbound(self, stream_id) else self.highest_inbound_stream_id


cdef Stream get_stream(Connection self, object stream_id):
    """The stream; NoSuchStreamError, or StreamClosedError where it can only have been there."""
    cdef Stream stream
    if not stream_id:
        raise NoSuchStreamError(-1)
    stream = find(self, stream_id)
    if unlikely(stream is None):
        raise_missing(self, stream_id)
    return stream


cdef int raise_missing(Connection self, object stream_id) except -1:
    if stream_id > highest_id(self, stream_id):
        raise NoSuchStreamError(stream_id)
    raise StreamClosedError(stream_id)


cdef Stream begin_new_stream(Connection self, object stream_id, int allowed):
    cdef int64_t number = stream_id
    cdef bint outbound
    cdef int64_t highest
    cdef Stream stream
    log = logger_of(self.config)
    if log is not None:
        log.debug("Attempting to initiate stream ID %d", stream_id)
    outbound = is_outbound(self, number)
    highest = self.highest_outbound_stream_id if outbound else self.highest_inbound_stream_id
    if number <= highest:
        raise StreamIDTooLowError(stream_id, highest)
    if (number & 1) != allowed:
        raise ProtocolError("Invalid stream ID for peer.")
    stream = begin_stream(self.stream_class, stream_id, self.config, initial_window_size(self.local_settings),
                          initial_window_size(self.remote_settings))
    if log is not None:
        log.debug("Stream ID %d created", stream_id)
    stream.max_frame = self.max_outbound_frame_size
    stream.tally = self.tally
    self.open_streams[stream_id] = stream
    enter_tally(&stream.states, self.tally)
    if log is not None:
        log.debug("Current streams: %s", self.open_streams.keys())
    if outbound:
        self.highest_outbound_stream_id = number
    else:
        self.highest_inbound_stream_id = number
    return stream


cdef Py_ssize_t count_open(Connection self, bint remainder) except -1:
    """How many streams with that last bit are open. Those that have closed leave `streams`, as upstream has it."""
    cdef Tally tally = self.tally
    if unlikely(tally.is_lost or tally.streams != len(self.open_streams)):
        count_anew(self)
    if tally.closed_count:
        drop_closed(self)
    return tally.open[remainder]


cdef int count_anew(Connection self) except -1:
    """For a `streams` that somebody has changed."""
    cdef Tally tally = self.tally
    cdef Stream stream
    tally.is_lost = False
    tally.streams = tally.open[0] = tally.open[1] = 0
    tally.closed_count = 0
    for stream in self.open_streams.values():
        stream.tally = tally
        enter_tally(&stream.states, tally)
    return 0


cdef int drop_closed(Connection self) except -1:
    """Moves what has closed to the records, in the order in which it was opened."""
    cdef Tally tally = self.tally
    cdef Py_ssize_t count = tally.closed_count
    cdef Py_ssize_t at
    cdef Stream stream
    if count == 1:
        tally.closed_count = 0
        return drop_stream(self, tally.closed[0])
    closed = {tally.closed[at] for at in range(count)}
    tally.closed_count = 0
    for stream_id in [stream_id for stream_id in self.open_streams if stream_id in closed]:
        drop_stream(self, stream_id)
    return 0


cdef int drop_stream(Connection self, object stream_id) except -1:
    cdef Stream stream = find(self, stream_id)
    if stream is not None and stream.states.state == STREAM_CLOSED:
        del self.open_streams[stream_id]
        leave_tally(&stream.states)
        self._closed_streams[stream_id] = closed_by_object(stream.states.closed_by)
    return 0


cdef int check_room(Connection self, bint outbound) except -1:
    """Whether one stream more may be opened (RFC 9113 section 5.1.2)."""
    cdef int64_t most = max_concurrent_streams(self.remote_settings if outbound else self.local_settings)
    cdef Py_ssize_t count = count_open(self, option(self.config, CLIENT_SIDE) == outbound)
    if unlikely(count + 1 > most):
        raise_too_many(self, outbound, count)
    return 0


cdef int raise_too_many(Connection self, bint outbound, Py_ssize_t count) except -1:
    settings = self.remote_settings if outbound else self.local_settings
    way = "outbound" if outbound else "inbound"
    raise TooManyStreamsError(f"Max {way} streams is {settings.max_concurrent_streams}, {count} open")


cdef int closed_by(Connection self, object stream_id) except -2:
    """How a stream was closed (ClosedBy), as long as that is remembered."""
    cdef Stream stream = find(self, stream_id)
    if stream is not None:
        return stream.states.closed_by
    return closed_by_number(self._closed_streams[stream_id] if stream_id in self._closed_streams else None)


cdef inline bint is_reset(int closed_by) noexcept:
    return closed_by == CLOSED_BY_SENT_RESET or closed_by == CLOSED_BY_RECEIVED_RESET


# --- receiving ------------------------------------------------------------------------------------------------------

cdef list receive(Connection self, object data):
    cdef Feed feed
    cdef FrameQueue queue = self.incoming_buffer
    cdef list events = []
    cdef bytes octets
    log = logger_of(self.config)
    if log is not None:
        log.trace("Process received data on connection. Received data: %r", data)
    octets = <bytes>data if PyBytes_CheckExact(data) else bytes(memoryview(data))
    feed.next = <const uint8_t *>PyBytes_AS_STRING(octets)
    feed.end = feed.next + PyBytes_GET_SIZE(octets)
    if unlikely(queue.preamble_left):
        take_preamble(queue, &feed)
    queue.max_size = self.max_inbound_frame_size
    try:
        receive_frames(self, queue, &feed, events)
    except InvalidPaddingError as error:
        keep_rest(queue, &feed)
        terminate(self, PROTOCOL_ERROR_CODE)
        raise ProtocolError("Received frame with invalid padding.") from error
    except ProtocolError as error:
        keep_rest(queue, &feed)
        terminate(self, error.error_code)
        raise
    except BaseException:
        keep_rest(queue, &feed)
        raise
    return events


cdef int receive_frames(Connection self, FrameQueue queue, Feed *feed, list events) except -1:
    cdef WholeFrame frame
    cdef int64_t max_size = queue.max_size
    while next_whole(queue, feed, max_size, &frame):
        receive_frame(self, queue, &frame, events)
    return 0


cdef int receive_frame(Connection self, FrameQueue queue, WholeFrame *frame, list events) except -1:
    cdef uint8_t type = frame.header.type
    log = logger_of(self.config)
    if unlikely(log is not None):
        log.trace("Received frame: %s", repr(frame_object(queue, frame)))
    if type == TYPE_DATA:
        return receive_data_frame(self, queue, frame, events)
    if type == TYPE_HEADERS:
        return receive_headers_frame(self, frame, events)
    if type == TYPE_WINDOW_UPDATE:
        return receive_window_update_frame(self, frame, events)
    if type == TYPE_RST_STREAM:
        return receive_rst_stream_frame(self, frame, events)
    if type == TYPE_SETTINGS:
        return receive_settings_frame(self, frame, events)
    if type == TYPE_PING:
        return receive_ping_frame(self, frame, events)
    if type == TYPE_PRIORITY:
        return receive_priority_frame(self, frame, events)
    if type == TYPE_PUSH_PROMISE:
        return receive_push_promise_frame(self, frame, events)
    if type == TYPE_GOAWAY:
        return receive_goaway_frame(self, frame, events)
    if type == TYPE_CONTINUATION:
        return receive_naked_continuation(self, frame, events)
    if type == TYPE_ALTSVC:
        return receive_altsvc_frame(self, frame, events)
    if log is not None:
        log.debug("Received unknown extension frame (ID %d)", frame.header.stream_id)
    events.append(make.unknown_frame_received(frame_object(queue, frame)))
    return 0


cdef int terminate(Connection self, object error_code) except -1:
    """Writes the GOAWAY that an error of the peer deserves (RFC 9113 section 5.4.1)."""
    cdef GoAwayBody body
    cdef uint8_t *next
    step(self, CONN_SEND_GOAWAY)
    body.debug = NULL
    body.length = 0
    body.last_stream_id = <uint32_t>self.highest_inbound_stream_id
    body.error_code = error_code
    next = outbox_reserve(&self.out, FRAME_HEADER_LENGTH + GOAWAY_LENGTH)
    write_goaway(write_frame_header(next, GOAWAY_LENGTH, TYPE_GOAWAY, 0, 0), &body)
    self.out.end += FRAME_HEADER_LENGTH + GOAWAY_LENGTH
    return check_length(self, GOAWAY_LENGTH)


cdef int refuse(Connection self, Stream stream, int outcome, list events) except -1:
    """What a stream that refuses a frame leads to: a RST_STREAM if it had been reset, else an exception."""
    if (outcome == REFUSED_CLOSED or outcome == REFUSED_CLOSED_NOW) and is_reset(stream.states.closed_by):
        write_rst_stream_frame(&self.out, stream.states.stream_id, STREAM_CLOSED_CODE)
        if outcome == REFUSED_CLOSED_NOW:
            events.append(make.stream_reset(stream.id, STREAM_CLOSED_CODE, False))
        return 0
    return raise_refused(&stream.states, outcome)


cdef int refuse_missing(Connection self, object stream_id) except -1:
    """The same for a stream that is not there."""
    if stream_id <= highest_id(self, stream_id) and is_reset(closed_by(self, stream_id)):
        return write_rst_stream_frame(&self.out, stream_id, STREAM_CLOSED_CODE)
    return raise_missing(self, stream_id)


cdef int refuse_low(Connection self, object error) except -1:
    """The same for a stream that comes to be opened when higher ones have been."""
    cdef int how = closed_by(self, error.stream_id)
    if is_reset(how):
        return write_rst_stream_frame(&self.out, error.stream_id, STREAM_CLOSED_CODE)
    if how == CLOSED_BY_SENT_END or how == CLOSED_BY_RECEIVED_END:
        raise StreamClosedError(error.stream_id) from error
    raise error


# --- received DATA --------------------------------------------------------------------------------------------------

cdef int receive_data_frame(Connection self, FrameQueue queue, WholeFrame *frame, list events) except -1:
    cdef int64_t flow_length = frame.header.length  # padding counts (RFC 9113 section 6.9.1)
    cdef bint end_stream = frame.header.flags & FLAG_END_STREAM
    cdef size_t length = frame.body.data.length
    cdef Stream stream
    cdef bytes data
    cdef int outcome
    step(self, CONN_RECV_DATA)
    if unlikely(not window_consume(&self.window, flow_length)):
        raise_shrunk()
    stream_id = frame.header.stream_id
    stream = find(self, stream_id)
    if unlikely(stream is None):
        if stream_id > highest_id(self, stream_id):
            raise NoSuchStreamError(stream_id)
        return receive_data_too_late(self, stream_id, flow_length)
    if queue.payload is not None and length == frame.header.length:
        data = queue.payload
    else:
        data = PyBytes_FromStringAndSize(<const char *>frame.body.data.data, length)
    outcome = on_stream.receive_data(stream, length, end_stream, flow_length)
    if unlikely(outcome < 0):
        if outcome != REFUSED_CLOSED and outcome != REFUSED_CLOSED_NOW:
            raise_refused(&stream.states, outcome)
        receive_data_too_late(self, stream_id, flow_length)
        if outcome == REFUSED_CLOSED_NOW:
            events.append(make.stream_reset(stream.id, STREAM_CLOSED_CODE, False))
        return 0
    ended = make.stream_ended(stream.id) if end_stream else None
    events.append(make.data_received(stream.id, data, flow_length, ended))
    if end_stream:
        events.append(ended)
    return 0


cdef int receive_data_too_late(Connection self, object stream_id, int64_t flow_length) except -1:
    """Nobody will acknowledge this data, so that it is done here; and the peer is told."""
    cdef int64_t increment = window_process(&self.window, flow_length)
    log = logger_of(self.config)
    if increment:
        write_window_update_frame(&self.out, 0, increment)
        if log is not None:
            log.debug("Received DATA frame on closed stream %d - auto-emitted a WINDOW_UPDATE by %d",
                      stream_id, increment)
    write_rst_stream_frame(&self.out, stream_id, STREAM_CLOSED_CODE)
    if log is not None:
        log.debug("Stream %s already CLOSED or cleaned up - auto-emitted a RST_FRAME", stream_id)
    return 0


# --- received HEADERS and PUSH_PROMISE ------------------------------------------------------------------------------

cdef object decode(Connection self, const uint8_t *block, size_t size):
    """The header list of a block; h2's exceptions for hpack's."""
    decoder = self.decoder
    try:
        if likely(isinstance(decoder, BlockDecoder) and takes_steps(decoder, &decoder_known, decoder_steps)):
            return decode_to_list(<BlockDecoder>decoder, block, size, True)
        return decoder.decode(PyBytes_FromStringAndSize(<const char *>block, size), raw=True)
    except OversizedHeaderListError as error:
        raise DenialOfServiceError(f"Oversized header block: {error}") from error
    except (HPACKError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"Error decoding header block: {error}") from error


cdef int receive_headers_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef bint end_stream = frame.header.flags & FLAG_END_STREAM
    cdef bint has_priority = frame.header.flags & FLAG_PRIORITY
    cdef PriorityBody priority = frame.body.headers.priority
    cdef Stream stream
    cdef list taken
    cdef int outcome
    stream_id = frame.header.stream_id
    if find(self, stream_id) is None:
        check_room(self, False)
    headers = decode(self, frame.body.headers.fragment, frame.body.headers.length)
    step(self, CONN_RECV_HEADERS)
    stream = find(self, stream_id)
    if stream is None:
        try:
            stream = begin_new_stream(self, stream_id, not option(self.config, CLIENT_SIDE))
        except StreamIDTooLowError as error:
            return refuse_low(self, error)
    taken = on_stream.receive_headers(stream, headers, end_stream, header_encoding(self.config), &outcome)
    if unlikely(outcome < 0):
        return refuse(self, stream, outcome, events)
    ended = make.stream_ended(stream.id) if end_stream else None
    updated = receive_priority(self, stream_id, &priority) if has_priority else None
    events.append(headers_event(stream, outcome, taken, ended, updated))
    if end_stream:
        events.append(ended)
    if has_priority:
        events.append(updated)
    return 0


cdef inline object headers_event(Stream stream, int outcome, list headers, object ended, object updated):
    if outcome == REQUEST_CAME:
        return make.request_received(stream.id, headers, ended, updated)
    if outcome == RESPONSE_CAME:
        return make.response_received(stream.id, headers, ended, updated)
    if outcome == TRAILERS_CAME:
        return make.trailers_received(stream.id, headers, ended, updated)
    return make.informational_response_received(stream.id, headers, updated)


cdef int receive_push_promise_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef Stream stream, promised
    cdef list taken
    cdef int outcome
    stream_id = frame.header.stream_id
    promised_id = frame.body.promise.promised_stream_id
    if not enable_push(self.local_settings):
        raise ProtocolError("Received pushed stream")
    headers = decode(self, frame.body.promise.fragment, frame.body.promise.length)
    step(self, CONN_RECV_PUSH_PROMISE)
    stream = find(self, stream_id)
    if stream is None:
        if closed_by(self, stream_id) != CLOSED_BY_SENT_RESET:
            raise ProtocolError("Attempted to push on closed stream.")
        return write_rst_stream_frame(&self.out, promised_id, REFUSED_STREAM_CODE)
    if frame.header.stream_id % 2 == 0:
        raise ProtocolError("Cannot recursively push streams.")
    taken = on_stream.receive_promise(stream, promised_id, headers, header_encoding(self.config), &outcome)
    if outcome == REFUSED_CLOSED or outcome == REFUSED_CLOSED_NOW:
        return write_rst_stream_frame(&self.out, promised_id, REFUSED_STREAM_CODE)
    if outcome < 0:
        raise_refused(&stream.states, outcome)
    try:
        promised = begin_new_stream(self, promised_id, 0)
    except StreamIDTooLowError as error:
        return refuse_low(self, error)
    on_stream.push_there(promised, headers)
    events.append(make.pushed_stream_received(promised_id, stream.id, taken))
    return 0


cdef int receive_naked_continuation(Connection self, WholeFrame *frame, list events) except -1:
    """A CONTINUATION without a header block before it is an error in every state (RFC 9113 section 6.10)."""
    stream_id = frame.header.stream_id
    cdef Stream stream = find(self, stream_id)
    if stream is None:
        return refuse_missing(self, stream_id)
    return refuse(self, stream, on_stream.receive_continuation(stream), events)


# --- received PRIORITY ----------------------------------------------------------------------------------------------

cdef object receive_priority(Connection self, object stream_id, const PriorityBody *priority):
    """The event that tells of it."""
    step(self, CONN_RECV_PRIORITY)
    if priority.depends_on == stream_id:
        raise ProtocolError(f"Stream {stream_id} may not depend on itself")
    return make.priority_updated(stream_id, priority.weight + 1, priority.depends_on, bool(priority.exclusive))


cdef int receive_priority_frame(Connection self, WholeFrame *frame, list events) except -1:
    events.append(receive_priority(self, frame.header.stream_id, &frame.body.priority))
    return 0


# --- received RST_STREAM, WINDOW_UPDATE, PING, GOAWAY ---------------------------------------------------------------

cdef int receive_rst_stream_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef uint32_t error_code = frame.body.number
    cdef Stream stream
    cdef int outcome
    step(self, CONN_RECV_RST_STREAM)
    stream = find(self, frame.header.stream_id)
    if stream is None:
        return 0
    outcome = on_stream.receive_reset(stream, error_code)
    if outcome < 0:
        return refuse(self, stream, outcome, events)
    if outcome == RESET_CAME:
        events.append(make.stream_reset(stream.id, error_code_object(error_code), True))
    return 0


cdef int receive_window_update_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef int64_t increment = frame.body.number
    cdef Stream stream
    cdef int outcome
    step(self, CONN_RECV_WINDOW_UPDATE)
    if frame.header.stream_id == 0:
        if self.outbound_flow_control_window + increment > LARGEST_WINDOW:
            on_stream.raise_window_too_large()
        self.outbound_flow_control_window += increment
        events.append(make.window_updated(0, increment))
        return 0
    stream_id = frame.header.stream_id
    stream = find(self, stream_id)
    if stream is None:
        if stream_id > highest_id(self, stream_id):
            raise NoSuchStreamError(stream_id)
        return 0
    outcome = on_stream.receive_window_update(stream, increment, &self.out)
    if outcome == WINDOW_CAME:
        events.append(make.window_updated(stream.id, increment))
    elif outcome == RESET_CAME:
        events.append(make.stream_reset(stream.id, FLOW_CONTROL_CODE, False))
    elif outcome < 0 and outcome != REFUSED_CLOSED:
        raise_refused(&stream.states, outcome)
    return 0


cdef int receive_ping_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef bytes opaque = PyBytes_FromStringAndSize(<const char *>frame.body.opaque, PING_LENGTH)
    step(self, CONN_RECV_PING)
    if frame.header.flags & FLAG_ACK:
        events.append(make.ping_ack_received(opaque))
        return 0
    events.append(make.ping_received(opaque))
    return write_ping_frame(self, opaque, FLAG_ACK)


cdef int write_ping_frame(Connection self, bytes opaque, uint8_t flags) except -1:
    cdef uint8_t *next = outbox_reserve(&self.out, FRAME_HEADER_LENGTH + PING_LENGTH)
    next = write_frame_header(next, PING_LENGTH, TYPE_PING, flags, 0)
    memcpy(next, PyBytes_AS_STRING(opaque), PING_LENGTH)
    self.out.end += FRAME_HEADER_LENGTH + PING_LENGTH
    return check_length(self, PING_LENGTH)


cdef int receive_goaway_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef GoAwayBody body = frame.body.goaway
    debug = PyBytes_FromStringAndSize(<const char *>body.debug, body.length) if body.length else None
    step(self, CONN_RECV_GOAWAY)
    outbox_release(&self.out)  # nothing more is to be sent
    events.append(make.connection_terminated(error_code_object(body.error_code), body.last_stream_id, debug))
    return 0


cdef int receive_altsvc_frame(Connection self, WholeFrame *frame, list events) except -1:
    """RFC 7838 section 4."""
    cdef size_t origin_length = frame.body.altsvc.origin_length
    cdef Stream stream
    cdef int outcome = DONE
    origin = PyBytes_FromStringAndSize(<const char *>frame.body.altsvc.origin, origin_length)
    field_value = PyBytes_FromStringAndSize(<const char *>frame.body.altsvc.field, frame.body.altsvc.field_length)
    step(self, CONN_RECV_ALTSVC)
    if frame.header.stream_id == 0:
        if origin_length and option(self.config, CLIENT_SIDE):
            events.append(make.alternative_service_available(origin, field_value))
        return 0
    stream = find(self, frame.header.stream_id)
    if stream is None:
        return 0
    origin = on_stream.receive_altsvc(stream, origin_length != 0, field_value, &outcome)
    if outcome < 0:
        return refuse(self, stream, outcome, events)
    if outcome == ALTSVC_CAME_IN:
        events.append(make.alternative_service_available(origin, field_value))
    return 0


# --- received SETTINGS ----------------------------------------------------------------------------------------------

cdef int receive_settings_frame(Connection self, WholeFrame *frame, list events) except -1:
    cdef dict settings = {}
    cdef size_t at
    for at in range(frame.body.settings.count):
        settings[setting_identifier(&frame.body.settings, at)] = setting_value(&frame.body.settings, at)
    step(self, CONN_RECV_SETTINGS)
    if frame.header.flags & FLAG_ACK:
        events.append(make.settings_acknowledged(local_settings_acknowledged(self)))
        return 0
    event = take_settings(self, settings)
    acknowledge_settings(self)
    events.append(event)
    return 0


cdef object take_settings(Connection self, dict settings):
    """The peer's new settings, which wait to be acknowledged; the event that tells of them."""
    remote = self.remote_settings
    for setting, value in settings.items():
        remote.validate_received_setting(setting, value)
    remote.update(settings)
    return make.remote_settings_changed(remote, settings)


cdef int acknowledge_settings(Connection self) except -1:
    """The peer's settings come into force (RFC 9113 section 6.5.3)."""
    cdef Stream stream
    cdef int64_t delta
    step(self, CONN_SEND_SETTINGS)
    changes = self.remote_settings.acknowledge()
    if INITIAL_WINDOW_SIZE in changes:
        delta = change_of(changes[INITIAL_WINDOW_SIZE])
        for stream in self.open_streams.values():
            if stream.outbound_window + delta > LARGEST_WINDOW:
                on_stream.raise_window_too_large()
            stream.outbound_window += delta
    if HEADER_TABLE_SIZE in changes:
        self.encoder.header_table_size = changes[HEADER_TABLE_SIZE].new_value
    if MAX_FRAME_SIZE in changes:
        self.max_outbound_frame_size = changes[MAX_FRAME_SIZE].new_value
        for stream in self.open_streams.values():
            stream.max_frame = self.max_outbound_frame_size
    write_frame_header(outbox_reserve(&self.out, FRAME_HEADER_LENGTH), 0, TYPE_SETTINGS, FLAG_ACK, 0)
    self.out.end += FRAME_HEADER_LENGTH
    return 0


cdef int64_t change_of(object changed) except? -1:
    """By how much a setting has changed."""
    return changed.new_value - (changed.original_value or 0)


cdef dict local_settings_acknowledged(Connection self):
    """The peer has taken our settings; what has changed."""
    cdef Stream stream
    cdef int64_t delta
    changes = self.local_settings.acknowledge()
    if INITIAL_WINDOW_SIZE in changes:
        delta = change_of(changes[INITIAL_WINDOW_SIZE])
        for stream in self.open_streams.values():
            on_stream.change_inbound_window(stream, delta)
    if MAX_HEADER_LIST_SIZE in changes:
        self.decoder.max_header_list_size = changes[MAX_HEADER_LIST_SIZE].new_value
    if MAX_FRAME_SIZE in changes:
        self.max_inbound_frame_size = changes[MAX_FRAME_SIZE].new_value
    if HEADER_TABLE_SIZE in changes:
        self.decoder.max_allowed_table_size = changes[HEADER_TABLE_SIZE].new_value
    return changes


# --- sending --------------------------------------------------------------------------------------------------------

cdef inline int check_length(Connection self, int64_t longest) except -1:
    """What upstream asserts of the payloads it has written."""
    if unlikely(longest > self.max_outbound_frame_size):
        raise AssertionError
    return 0


cdef int append_frame(Connection self, object frame) except -1:
    cdef bytes octets = frame.serialize()
    outbox_append(&self.out, <const char *>octets, len(octets))
    return check_length(self, frame.body_len)


cdef inline int64_t smaller(int64_t one, int64_t other) noexcept:
    return one if one < other else other


cdef object fill_priority(object frame, object weight, object depends_on, object exclusive):
    """`frame` with these values, as far as they are given, and upstream's where they are not."""
    if depends_on == frame.stream_id:
        raise ProtocolError(f"Stream {frame.stream_id} may not depend on itself")
    if weight is not None:
        if weight > 256 or weight < 1:
            raise ProtocolError(f"Weight must be between 1 and 256, not {weight}")
        weight -= 1
    frame.stream_weight = 15 if weight is None else weight
    frame.depends_on = 0 if depends_on is None else depends_on
    frame.exclusive = False if exclusive is None else exclusive
    return frame


cdef int write_priority(Connection self, size_t first, object stream_id, object weight, object depends_on,
                        object exclusive) except -1:
    """Fills in the priority of the HEADERS frame that begins at `first`."""
    cdef uint8_t *frame
    cdef bytes octets
    if not option(self.config, CLIENT_SIDE):
        raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
    octets = fill_priority(PriorityFrame(stream_id), weight, depends_on, exclusive).serialize_body()
    frame = outbox_reserve(&self.out, 0) + <Py_ssize_t>(first - self.out.end)
    frame[4] |= FLAG_PRIORITY
    memcpy(frame + FRAME_HEADER_LENGTH, <const char *>octets, 5)
    return 0


# --- the connection as Python knows it ------------------------------------------------------------------------------

cdef class Connection:
    """What H2Connection is compiled from.

    Beside the H2Configuration: Settings of both sides, codecs, the FrameBuffer, the dict for closed streams, and the
    class of streams (type).
    """

    def __cinit__(self, *args, **kwargs):
        outbox_init(&self.out)
        self.open_streams = {}
        self.tally = Tally()

    def __init__(self, config, local_settings, remote_settings, encoder, decoder, incoming_buffer, closed_streams,
                 type stream_class):
        self.config = config
        self.local_settings = local_settings
        self.remote_settings = remote_settings
        self.encoder = encoder
        self.decoder = decoder
        self.incoming_buffer = incoming_buffer
        self._closed_streams = closed_streams
        self.stream_class = stream_class
        self._header_frames = []
        self.outbound_flow_control_window = initial_window_size(remote_settings)
        self.max_outbound_frame_size = max_frame_size(remote_settings)
        self.max_inbound_frame_size = max_frame_size(local_settings)
        window_init(&self.window, initial_window_size(local_settings))
        self.state = CONNECTION_IDLE

    def __dealloc__(self):
        outbox_release(&self.out)

    # --- what callers look at ---

    @property
    def streams(self):
        """{stream_id: H2Stream} of the streams that are not known to be closed."""
        return self.open_streams

    @streams.setter
    def streams(self, value):
        self.open_streams = value
        self.tally.is_lost = True

    @property
    def state_machine(self):
        """The H2ConnectionStateMachine, as it is at any time."""
        if self.machine is None:
            self.machine = connection_machine_view(&self.state, self)
        return self.machine

    @property
    def _inbound_flow_control_window_manager(self):
        if self.manager is None:
            self.manager = window_view(&self.window, self)
        return self.manager

    @property
    def inbound_flow_control_window(self):
        """What the peer may send on the connection (int, octets)."""
        return self.window.current

    @property
    def open_outbound_streams(self):
        """How many streams that this peer has opened are open (int). Closed streams leave `streams`."""
        return count_open(self, option(self.config, CLIENT_SIDE))

    @property
    def open_inbound_streams(self):
        """How many streams that the other peer has opened are open (int). Closed streams leave `streams`."""
        return count_open(self, not option(self.config, CLIENT_SIDE))

    @property
    def _data_to_send(self):
        return bytearray(outbox_copy(&self.out))

    @_data_to_send.setter
    def _data_to_send(self, value):
        cdef bytes octets = bytes(value)
        outbox_release(&self.out)
        outbox_append(&self.out, <const char *>octets, len(octets))

    # --- opening ---

    def initiate_connection(self):
        """Writes what a peer has to send first: the settings, on a client behind the preface (RFC 9113 section 3.4).

        Upstream: H2Connection.initiate_connection.
        """
        log = logger_of(self.config)
        if log is not None:
            log.debug("Initializing connection")
        step(self, CONN_SEND_SETTINGS)
        frame = SettingsFrame(0)
        preamble = PREAMBLE if option(self.config, CLIENT_SIDE) else b""
        for setting, value in self.local_settings.items():
            frame.settings[setting] = value
        if log is not None:
            log.debug("Send Settings frame: %s", self.local_settings)
        octets = preamble + frame.serialize()
        outbox_append(&self.out, <const char *><bytes>octets, len(octets))

    def initiate_upgrade_connection(self, settings_header=None):
        """initiate_connection() for a connection that was HTTP/1.1 (RFC 7540 section 3.2): stream 1 is half closed.

        On a server, `settings_header` (bytes or None) is the value of the client's HTTP2-Settings field. On a client,
        that value is returned (bytes); else None. Upstream: H2Connection.initiate_upgrade_connection.
        """
        cdef bint client_side
        log = logger_of(self.config)
        if log is not None:
            log.debug("Upgrade connection. Current settings: %s", self.local_settings)
        frame_data = None
        self.initiate_connection()
        client_side = option(self.config, CLIENT_SIDE)
        if client_side:
            frame = SettingsFrame(0)
            for setting, value in self.local_settings.items():
                frame.settings[setting] = value
            frame_data = urlsafe_b64encode(frame.serialize_body())
        elif settings_header:
            frame = SettingsFrame(0)
            frame.parse_body(memoryview(urlsafe_b64decode(settings_header)))
            step(self, CONN_RECV_SETTINGS)
            take_settings(self, frame.settings)
            mark = self.out.end
            acknowledge_settings(self)
            self.out.end = mark  # the upgrade has acknowledged them
        if log is not None:
            log.debug("Process input %s", connection_input_name(client_side))
        step(self, CONN_SEND_HEADERS if client_side else CONN_RECV_HEADERS)
        on_stream.upgrade_stream(begin_new_stream(self, 1, 1), client_side)
        return frame_data

    def get_next_available_stream_id(self):
        """The identifier (int) for the next stream that this peer opens. NoAvailableStreamIDError: there is none.

        Upstream: H2Connection.get_next_available_stream_id.
        """
        cdef int64_t next_id = self.highest_outbound_stream_id + 2
        if not self.highest_outbound_stream_id:
            next_id = 1 if option(self.config, CLIENT_SIDE) else 2
        log = logger_of(self.config)
        if log is not None:
            log.debug("Next available stream ID %d", next_id)
        if next_id > self.HIGHEST_ALLOWED_STREAM_ID:
            raise NoAvailableStreamIDError("Exhausted allowed stream IDs")
        return next_id

    # --- sending ---

    def send_headers(self, stream_id, headers, end_stream=False, priority_weight=None, priority_depends_on=None,
                     priority_exclusive=None):
        """Writes a request, a response or trailers on a stream, which a client opens by it.

        stream_id (int). headers: an iterable of (name, value) in bytes or str, or of header tuples. end_stream (bool).
        The other three (int, int, bool; None: not given) are those of prioritize(). TooManyStreamsError,
        StreamClosedError, ProtocolError. Upstream: H2Connection.send_headers.
        """
        cdef Stream stream
        cdef size_t first = self.out.end
        cdef bint has_priority
        cdef int64_t longest
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send headers on stream ID %d", stream_id)
        stream = find(self, stream_id)
        if stream is None:
            check_room(self, True)
        step(self, CONN_SEND_HEADERS)
        if stream is None:
            stream = begin_new_stream(self, stream_id, option(self.config, CLIENT_SIDE))
        has_priority = (priority_weight is not None or priority_depends_on is not None
                        or priority_exclusive is not None)
        try:
            longest = on_stream.send_headers(stream, headers, self.encoder, end_stream, 5 if has_priority else 0,
                                             &self.out)
            if has_priority:
                write_priority(self, first, stream_id, priority_weight, priority_depends_on, priority_exclusive)
        except BaseException:
            self.out.end = first
            raise
        check_length(self, longest)

    def send_data(self, stream_id, data, end_stream=False, pad_length=None):
        """Writes a DATA frame (RFC 9113 section 6.1).

        stream_id (int). data: bytes, bytearray or memoryview. end_stream (bool). pad_length (int, octets, at most 255;
        None: no padding). FlowControlError, FrameTooLargeError, StreamClosedError, ProtocolError. Upstream:
        H2Connection.send_data.
        """
        cdef Stream stream = None
        cdef int64_t size = len(data)
        cdef int64_t window
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send data on stream ID %d with len %d", stream_id, size)
        if pad_length is not None:
            size += 1 + <int64_t>check_pad_length(pad_length)
        if log is not None:
            log.debug("Frame size on stream ID %d is %d", stream_id, size)
        if size > 0:
            stream = get_stream(self, stream_id)
            window = smaller(self.outbound_flow_control_window, stream.outbound_window)
            if size > window:
                raise FlowControlError(f"Cannot send {size} bytes, flow control window is {window}")
        if size > self.max_outbound_frame_size:
            raise FrameTooLargeError(
                f"Cannot send frame size {size}, max frame size is {self.max_outbound_frame_size}")
        step(self, CONN_SEND_DATA)
        if stream is None:
            stream = self.open_streams[stream_id]
        on_stream.send_data(stream, data, end_stream, pad_length, &self.out)
        self.outbound_flow_control_window -= size
        if log is not None:
            log.debug("Outbound flow control window size is %d", self.outbound_flow_control_window)
        if self.outbound_flow_control_window < 0 and size:
            raise AssertionError

    def end_stream(self, stream_id):
        """Writes an empty DATA frame that ends the stream (`stream_id`: int). NoSuchStreamError, StreamClosedError.

        Upstream: H2Connection.end_stream.
        """
        log = logger_of(self.config)
        if log is not None:
            log.debug("End stream ID %d", stream_id)
        step(self, CONN_SEND_DATA)
        on_stream.send_end(get_stream(self, stream_id), &self.out)

    def increment_flow_control_window(self, increment, stream_id=None):
        """Lets the peer send `increment` (int) octets more on a stream, or (`stream_id`: None) on the connection.

        ValueError, FlowControlError. Upstream: H2Connection.increment_flow_control_window.
        """
        cdef Stream stream
        if not 1 <= increment <= self.MAX_WINDOW_INCREMENT:
            raise ValueError(f"Flow control increment must be between 1 and {self.MAX_WINDOW_INCREMENT}")
        step(self, CONN_SEND_WINDOW_UPDATE)
        log = logger_of(self.config)
        if stream_id is not None:
            stream = self.open_streams[stream_id]
            on_stream.send_window_update(stream, increment, &self.out)
            if log is not None:
                log.debug("Increase stream ID %d flow control window by %d", stream_id, increment)
            return
        if not window_open(&self.window, increment):
            raise_too_large()
        if log is not None:
            log.debug("Increase connection flow control window by %d", increment)
        write_window_update_frame(&self.out, 0, increment)

    def push_stream(self, stream_id, promised_stream_id, request_headers):
        """Promises a response to a request that the client has not made (RFC 9113 section 8.4).

        stream_id (int): the stream that the promise is sent on; promised_stream_id (int): the new one;
        request_headers: as in send_headers(). ProtocolError. Upstream: H2Connection.push_stream.
        """
        cdef Stream stream, promised
        cdef size_t first = self.out.end
        cdef int64_t longest
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send Push Promise frame on stream ID %d", stream_id)
        if not enable_push(self.remote_settings):
            raise ProtocolError("Remote peer has disabled stream push")
        step(self, CONN_SEND_PUSH_PROMISE)
        stream = get_stream(self, stream_id)
        if stream_id % 2 == 0:
            raise ProtocolError("Cannot recursively push streams.")
        promised = begin_new_stream(self, promised_stream_id, 0)
        try:
            longest = on_stream.send_promise(stream, promised_stream_id, request_headers, self.encoder, &self.out)
            on_stream.push_here(promised)
        except BaseException:
            self.out.end = first
            raise
        check_length(self, longest)

    def ping(self, opaque_data):
        """Writes a PING with `opaque_data` (bytes, 8 of them; else ValueError). Upstream: H2Connection.ping."""
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send Ping frame")
        if not isinstance(opaque_data, bytes) or len(opaque_data) != PING_LENGTH:
            raise ValueError(f"Invalid value for ping data: {opaque_data!r}")
        step(self, CONN_SEND_PING)
        write_ping_frame(self, opaque_data, 0)

    def reset_stream(self, stream_id, error_code=0):
        """Closes a stream (`stream_id`: int) at once, with an `error_code` (ErrorCodes or int). NoSuchStreamError,
        StreamClosedError. Upstream: H2Connection.reset_stream.
        """
        log = logger_of(self.config)
        if log is not None:
            log.debug("Reset stream ID %d", stream_id)
        step(self, CONN_SEND_RST_STREAM)
        on_stream.send_reset(get_stream(self, stream_id), error_code, &self.out)

    def close_connection(self, error_code=0, additional_data=None, last_stream_id=None):
        """Writes a GOAWAY (RFC 9113 section 6.8).

        error_code (ErrorCodes or int); additional_data (bytes or None), for people; last_stream_id (int; None: the
        highest that the peer has opened). Upstream: H2Connection.close_connection.
        """
        log = logger_of(self.config)
        if log is not None:
            log.debug("Close connection")
        step(self, CONN_SEND_GOAWAY)
        if additional_data is not None and not isinstance(additional_data, bytes):
            raise AssertionError
        if last_stream_id is None:
            last_stream_id = self.highest_inbound_stream_id
        append_frame(self, GoAwayFrame(stream_id=0, last_stream_id=last_stream_id, error_code=error_code,
                                       additional_data=additional_data or b""))

    def update_settings(self, new_settings):
        """Writes `new_settings` ({SettingCodes or int: int}), which are in force once the peer acknowledges them.

        InvalidSettingsValueError. Upstream: H2Connection.update_settings.
        """
        log = logger_of(self.config)
        if log is not None:
            log.debug("Update connection settings to %s", new_settings)
        step(self, CONN_SEND_SETTINGS)
        self.local_settings.update(new_settings)
        frame = SettingsFrame(0)
        frame.settings = new_settings
        append_frame(self, frame)

    def advertise_alternative_service(self, field_value, origin=None, stream_id=None):
        """Tells the client where else an origin can be reached (RFC 7838).

        field_value (bytes): what an Alt-Svc field says. origin (bytes) or stream_id (int): whose it is. ValueError,
        ProtocolError. Upstream: H2Connection.advertise_alternative_service.
        """
        if not isinstance(field_value, bytes):
            raise ValueError("Field must be bytestring.")
        if origin is not None and stream_id is not None:
            raise ValueError("Must not provide both origin and stream_id")
        step(self, CONN_SEND_ALTSVC)
        if origin is None:
            check_length(self, on_stream.send_altsvc(get_stream(self, stream_id), field_value, &self.out))
            return
        frame = AltSvcFrame(stream_id=0)
        frame.origin = origin
        frame.field = field_value
        append_frame(self, frame)

    def prioritize(self, stream_id, weight=None, depends_on=None, exclusive=None):
        """Tells the server how important a stream is (RFC 7540 section 5.3).

        stream_id (int); weight (int, 1 to 256; None: 16); depends_on (int; None: 0, on none); exclusive (bool; None:
        False). RFC1122Error on servers; ProtocolError. Upstream: H2Connection.prioritize.
        """
        if not option(self.config, CLIENT_SIDE):
            raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
        step(self, CONN_SEND_PRIORITY)
        append_frame(self, fill_priority(PriorityFrame(stream_id), weight, depends_on, exclusive))

    def acknowledge_received_data(self, acknowledged_size, stream_id):
        """Says that the caller has done with data, padding included, so that the peer can send as much again.

        acknowledged_size (int, octets: flow_controlled_length of the event); stream_id (int). ValueError,
        NoSuchStreamError. Upstream: H2Connection.acknowledge_received_data.
        """
        cdef Stream stream
        cdef int64_t size, increment
        cdef size_t first = self.out.end
        log = logger_of(self.config)
        if log is not None:
            log.debug("Ack received data on stream ID %d with size %d", stream_id, acknowledged_size)
        if stream_id <= 0:
            raise ValueError(f"Stream ID {stream_id} is not valid for acknowledge_received_data")
        if acknowledged_size < 0:
            raise ValueError("Cannot acknowledge negative data")
        size = acknowledged_size
        increment = window_process(&self.window, size)
        if increment:
            write_window_update_frame(&self.out, 0, increment)
        stream = find(self, stream_id)
        if stream is None:
            if stream_id > highest_id(self, stream_id):
                self.out.end = first
                raise NoSuchStreamError(stream_id)
        elif is_open(&stream.states):
            on_stream.acknowledge(stream, size, &self.out)

    # --- windows ---

    def local_flow_control_window(self, stream_id):
        """What may be sent on a stream now (int, octets). NoSuchStreamError, StreamClosedError.

        Upstream: H2Connection.local_flow_control_window.
        """
        cdef Stream stream = get_stream(self, stream_id)
        return smaller(self.outbound_flow_control_window, stream.outbound_window)

    def remote_flow_control_window(self, stream_id):
        """What the peer may send on a stream now (int, octets). NoSuchStreamError, StreamClosedError.

        Upstream: H2Connection.remote_flow_control_window.
        """
        cdef Stream stream = get_stream(self, stream_id)
        return smaller(self.window.current, stream.window.current)

    # --- octets ---

    def receive_data(self, data):
        """The events (list) of received octets (`data`: a buffer). ProtocolError and its subclasses for what HTTP/2
        forbids; a GOAWAY then waits to be sent. Upstream: H2Connection.receive_data.
        """
        return receive(self, data)

    def data_to_send(self, amount=None):
        """What waits to be sent (bytes), or its first `amount` (int) octets. It waits no longer.

        Upstream: H2Connection.data_to_send.
        """
        cdef bytes octets
        if amount is None:
            return outbox_take(&self.out)
        octets = outbox_copy(&self.out)
        self._data_to_send = octets[amount:]
        return octets[:amount]

    def clear_outbound_data_buffer(self):
        """Forgets what waits to be sent. Upstream: H2Connection.clear_outbound_data_buffer."""
        outbox_release(&self.out)

    # --- steps ---

    def _open_streams(self, remainder):
        return count_open(self, remainder)

    def _begin_new_stream(self, stream_id, allowed_ids):
        return begin_new_stream(self, stream_id, allowed_ids)

    def _get_or_create_stream(self, stream_id, allowed_ids):
        cdef Stream stream = find(self, stream_id)
        return begin_new_stream(self, stream_id, allowed_ids) if stream is None else stream

    def _get_stream_by_id(self, stream_id):
        return get_stream(self, stream_id)

    def _stream_id_is_outbound(self, stream_id):
        return is_outbound(self, stream_id)

    def _stream_closed_by(self, stream_id):
        return closed_by_object(closed_by(self, stream_id))

    def _stream_is_closed_by_reset(self, stream_id):
        return is_reset(closed_by(self, stream_id))

    def _stream_is_closed_by_end(self, stream_id):
        return closed_by(self, stream_id) in (CLOSED_BY_SENT_END, CLOSED_BY_RECEIVED_END)

    def _terminate_connection(self, error_code):
        terminate(self, error_code)

    def _local_settings_acked(self):
        return local_settings_acknowledged(self)


cdef object check_pad_length(object pad_length):
    if not isinstance(pad_length, int):
        raise TypeError("pad_length must be an int")
    if pad_length < 0 or pad_length > 255:
        raise ValueError("pad_length must be within range: [0, 255]")
    return pad_length


cdef str connection_input_name(bint client_side):
    return "ConnectionInputs.SEND_HEADERS" if client_side else "ConnectionInputs.RECV_HEADERS"
