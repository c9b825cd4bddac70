# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Received octets to events: what each frame does to the connection and its stream.

A frame is read where it was received, and what it does is done at once, without a frame object. Upstream's order of
checks is kept throughout, since it decides which exception is raised and what the connection is like after it.
"""
cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.decoder cimport BlockDecoder, decode_to_list
from fasth2.codec.framebody cimport (
    GOAWAY_LENGTH, PING_LENGTH, RST_STREAM_LENGTH, WINDOW_UPDATE_LENGTH, GoAwayBody, PriorityBody, write_goaway,
)
from fasth2.codec.frameheader cimport *
from fasth2.codec.frameread cimport take_settings as read_settings_into
from fasth2.codec.steps cimport Steps, declare, takes_steps
from fasth2.engine cimport events as make, stream as on_stream
from fasth2.engine.calling cimport check_memory
from fasth2.engine.config cimport CLIENT_SIDE, header_encoding, logger_of, option
from fasth2.engine.endpoint cimport *
from fasth2.engine.framebuffer cimport (
    FrameQueue, WholeFrame, begin_feed, end_feed, frame_object, next_whole,
)
from fasth2.engine.outbox cimport outbox_release, outbox_reserve
from fasth2.engine.settings cimport enable_push
from fasth2.engine.states cimport *
from fasth2.engine.stream cimport (
    Stream, error_code_object, raise_window_too_large, write_rst_stream_frame, write_window_update_frame,
)
from fasth2.engine.windows cimport LARGEST_WINDOW, clipped, cut, raise_shrunk, window_consume, window_process

from fasth2.codec.frametypes import GoAwayFrame
from fasth2.codec.stepwise import Decoder
from fasth2.errors.codes import ErrorCodes
from fasth2.errors.h2 import (
    DenialOfServiceError, NoSuchStreamError, ProtocolError, StreamClosedError, StreamIDTooLowError,
)
from fasth2.errors.hpack import HPACKError, OversizedHeaderListError
from fasth2.errors.hyperframe import InvalidPaddingError

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

# RFC 9113 section 6.5.2
cdef enum:
    HEADER_TABLE_SIZE = 1
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6

cdef enum:
    LARGEST_FRAME = 0xFFFFFF  # octets of payload (RFC 9113 section 4.2)

# {name: what it is in our Decoder}: a decoder that has these is called from C.
cdef dict decoder_steps = {}
cdef Steps decoder_known
declare(decoder_steps, Decoder, ["__getattribute__", "decode"])

cdef list ERROR_CODES = list(ErrorCodes)
cdef object STREAM_CLOSED_CODE = ErrorCodes.STREAM_CLOSED
cdef object REFUSED_STREAM_CODE = ErrorCodes.REFUSED_STREAM
cdef object PROTOCOL_ERROR_CODE = ErrorCodes.PROTOCOL_ERROR


# --- receiving ------------------------------------------------------------------------------------------------------

cdef list receive(Endpoint self, object data):
    cdef FrameQueue queue = <FrameQueue?>self.incoming_buffer
    cdef list events = []
    log = logger_of(self.config)
    if log is not None:
        log.trace("Process received data on connection. Received data: %r", data)
    receive_into(queue, self, data, events)
    return events


@cython.critical_section
cdef int receive_into(FrameQueue queue, Endpoint self, object data, list events) except -1:
    begin_feed(queue, data)
    queue.max_size = self.max_inbound_frame_size
    try:
        receive_frames(self, queue, events)
    except InvalidPaddingError as error:
        check_memory(error)
        terminate(self, PROTOCOL_ERROR_CODE)
        raise ProtocolError("Received frame with invalid padding.") from error
    except ProtocolError as error:
        check_memory(error)
        terminate(self, error.error_code)
        raise
    finally:
        end_feed(queue)
    return 0


cdef int receive_frames(Endpoint self, FrameQueue queue, list events) except -1:
    cdef WholeFrame frame
    cdef bytes octets, payload
    # These two are held, for `frame` may point into them, and Python code may receive more.
    while next_whole(queue, &frame):
        octets = queue.octets  # no-cython-lint
        payload = queue.payload
        receive_frame(self, queue, &frame, payload, events)
    return 0


cdef int receive_frame(Endpoint self, FrameQueue queue, WholeFrame *frame, bytes payload, list events) except -1:
    """What the frame does. `payload` is an object of its payload's octets, if there is one."""
    cdef uint8_t type = frame.header.type
    log = logger_of(self.config)
    if unlikely(log is not None):
        log.trace("Received frame: %s", repr(frame_object(queue, frame)))
    if type == TYPE_DATA:
        return receive_data_frame(self, frame, payload, events)
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


cdef int terminate(Endpoint self, object error_code) except -1:
    """Writes the GOAWAY that an error of the peer deserves (RFC 9113 section 5.4.1)."""
    cdef GoAwayBody body
    cdef uint8_t *next
    step(self, CONN_SEND_GOAWAY)
    if not isinstance(error_code, int) or not 0 <= error_code <= 0xFFFFFFFF:
        GoAwayFrame(0, error_code=error_code).serialize()  # says what is wrong with it
    highest = self.highest_inbound_stream_id
    body.length = 0
    body.last_stream_id = highest & STREAM_ID_MASK
    body.error_code = error_code
    next = outbox_reserve(&self.out, FRAME_HEADER_LENGTH + GOAWAY_LENGTH)
    body.debug = next  # none of it
    write_goaway(write_frame_header(next, GOAWAY_LENGTH, TYPE_GOAWAY, 0, 0), &body)
    self.out.end += FRAME_HEADER_LENGTH + GOAWAY_LENGTH
    return check_length(self, GOAWAY_LENGTH)


cdef int send_reset(Endpoint self, int64_t stream_id, object error_code) except -1:
    write_rst_stream_frame(&self.out, stream_id, error_code)
    return check_length(self, RST_STREAM_LENGTH)


cdef int refuse(Endpoint self, Stream stream, int outcome, list events) except -1:
    """What a stream that refuses a frame leads to: a RST_STREAM if it had been reset, else an exception."""
    if (outcome == REFUSED_CLOSED or outcome == REFUSED_CLOSED_NOW) and is_reset(stream.states.closed_by):
        send_reset(self, stream.states.stream_id, STREAM_CLOSED_CODE)
        if outcome == REFUSED_CLOSED_NOW:
            events.append(make.stream_reset(stream.id, STREAM_CLOSED_CODE, False))
        return 0
    return raise_refused(&stream.states, stream.id, outcome)


cdef int refuse_missing(Endpoint self, object stream_id) except -1:
    """The same for a stream that is not there."""
    if was_there(self, stream_id) and is_reset(closed_by(self, stream_id)):
        return send_reset(self, stream_id, STREAM_CLOSED_CODE)
    return raise_missing(self, stream_id)


cdef int refuse_low(Endpoint self, object error) except -1:
    """The same for a stream that comes to be opened when higher ones have been."""
    cdef int how = closed_by(self, error.stream_id)
    if is_reset(how):
        return send_reset(self, error.stream_id, STREAM_CLOSED_CODE)
    if how == CLOSED_BY_SENT_END or how == CLOSED_BY_RECEIVED_END:
        raise StreamClosedError(error.stream_id) from error
    raise error


# --- received DATA --------------------------------------------------------------------------------------------------

cdef int receive_data_frame(Endpoint self, WholeFrame *frame, bytes payload, list events) except -1:
    cdef int64_t flow_length = frame.header.length  # padding counts (RFC 9113 section 6.9.1)
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
        if not was_there(self, stream_id):
            raise NoSuchStreamError(stream_id)
        return receive_data_too_late(self, stream_id, flow_length)
    data = payload
    if payload is None or length != frame.header.length:
        data = PyBytes_FromStringAndSize(<const char *>frame.body.data.data, length)
    outcome = on_stream.receive_data(stream, data, frame.header.flags & FLAG_END_STREAM, flow_length, events)
    if unlikely(outcome < 0):
        if outcome != REFUSED_CLOSED and outcome != REFUSED_CLOSED_NOW:
            raise_refused(&stream.states, stream.id, outcome)
        receive_data_too_late(self, stream_id, flow_length)
        if outcome == REFUSED_CLOSED_NOW:
            events.append(make.stream_reset(stream.id, STREAM_CLOSED_CODE, False))
    return 0


cdef int receive_data_too_late(Endpoint self, object stream_id, int64_t flow_length) except -1:
    """Nobody will acknowledge this data, so that it is done here; and the peer is told."""
    cdef int64_t increment = window_process(&self.window, flow_length)
    log = logger_of(self.config)
    if log is not None:
        if increment:
            log.debug("Received DATA frame on closed stream %d - auto-emitted a WINDOW_UPDATE by %d",
                      stream_id, increment)
        log.debug("Stream %s already CLOSED or cleaned up - auto-emitted a RST_FRAME", stream_id)
    if increment:
        outbox_reserve(&self.out, 2 * FRAME_HEADER_LENGTH + WINDOW_UPDATE_LENGTH + RST_STREAM_LENGTH)  # both or none
        write_window_update_frame(&self.out, 0, increment)  # and not longer than that of a RST_STREAM
    return send_reset(self, stream_id, STREAM_CLOSED_CODE)


# --- received HEADERS and PUSH_PROMISE ------------------------------------------------------------------------------

cdef list decode_block(object decoder, const uint8_t *block, size_t size):
    """The header list of a block, which nobody else has; h2's exceptions for hpack's."""
    try:
        if likely(isinstance(decoder, BlockDecoder) and takes_steps(decoder, &decoder_known, decoder_steps)):
            return decode_to_list(<BlockDecoder>decoder, block, size, True)
        received = decoder.decode(PyBytes_FromStringAndSize(<const char *>block, size), raw=True)
    except OversizedHeaderListError as error:
        check_memory(error)
        raise DenialOfServiceError(f"Oversized header block: {error}") from error
    except (HPACKError, IndexError, TypeError, UnicodeDecodeError) as error:
        check_memory(error)
        raise ProtocolError(f"Error decoding header block: {error}") from error
    return list(received)


cdef int receive_headers_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef bint end_stream = frame.header.flags & FLAG_END_STREAM
    cdef bint has_priority = frame.header.flags & FLAG_PRIORITY
    cdef PriorityBody priority = frame.body.headers.priority
    cdef Stream stream
    cdef Py_ssize_t first = len(events)
    cdef int outcome
    stream_id = frame.header.stream_id
    stream = find(self, stream_id)
    if stream is None:
        check_room(self, False)
    headers = decode_block(self.decoder, frame.body.headers.fragment, frame.body.headers.length)
    step(self, CONN_RECV_HEADERS)
    if stream is None:
        try:
            stream = begin_new_stream(self, stream_id, not option(self.config, CLIENT_SIDE))
        except StreamIDTooLowError as error:
            check_memory(error)
            return refuse_low(self, error)
    outcome = on_stream.receive_headers(stream, headers, end_stream, header_encoding(self.config), events)
    if unlikely(outcome < 0):
        return refuse(self, stream, outcome, events)
    if has_priority:
        updated = receive_priority(self, stream_id, &priority)
        events[first].priority_updated = updated
        events.append(updated)
    return 0


cdef int receive_push_promise_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef Stream stream, promised
    cdef list pushed = []
    cdef int outcome
    stream_id = frame.header.stream_id
    promised_id = frame.body.promise.promised_stream_id
    if not enable_push(self.local_settings):
        raise ProtocolError("Received pushed stream")
    headers = decode_block(self.decoder, frame.body.promise.fragment, frame.body.promise.length)
    step(self, CONN_RECV_PUSH_PROMISE)
    stream = find(self, stream_id)
    if stream is None:
        if closed_by(self, stream_id) != CLOSED_BY_SENT_RESET:
            raise ProtocolError("Attempted to push on closed stream.")
        return send_reset(self, promised_id, REFUSED_STREAM_CODE)
    if frame.header.stream_id % 2 == 0:
        raise ProtocolError("Cannot recursively push streams.")
    outcome = on_stream.receive_promise(stream, promised_id, headers, header_encoding(self.config), pushed)
    if outcome == REFUSED_CLOSED or outcome == REFUSED_CLOSED_NOW:
        return send_reset(self, promised_id, REFUSED_STREAM_CODE)
    if outcome < 0:
        raise_refused(&stream.states, stream.id, outcome)
    try:
        promised = begin_new_stream(self, promised_id, 0)
        put_back(self, promised_id, promised)
    except StreamIDTooLowError as error:
        check_memory(error)
        return refuse_low(self, error)
    on_stream.push_there(promised, headers)
    events.append(pushed[0])
    return 0


cdef int receive_naked_continuation(Endpoint self, WholeFrame *frame, list events) except -1:
    """A CONTINUATION without a header block before it is an error in every state (RFC 9113 section 6.10)."""
    stream_id = frame.header.stream_id
    cdef Stream stream = find(self, stream_id)
    if stream is None:
        return refuse_missing(self, stream_id)
    return refuse(self, stream, on_stream.receive_continuation(stream), events)


# --- received PRIORITY ----------------------------------------------------------------------------------------------

cdef object receive_priority(Endpoint self, object stream_id, const PriorityBody *priority):
    """The event that tells of it."""
    step(self, CONN_RECV_PRIORITY)
    if priority.depends_on == stream_id:
        raise ProtocolError(f"Stream {stream_id} may not depend on itself")
    return make.priority_updated(stream_id, priority.weight + 1, priority.depends_on, bool(priority.exclusive))


cdef int receive_priority_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    events.append(receive_priority(self, frame.header.stream_id, &frame.body.priority))
    return 0


# --- received RST_STREAM, WINDOW_UPDATE, PING, GOAWAY ---------------------------------------------------------------

cdef int receive_rst_stream_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef uint32_t error_code = frame.body.number
    cdef Stream stream
    cdef int outcome
    step(self, CONN_RECV_RST_STREAM)
    stream = find(self, frame.header.stream_id)
    if stream is None:
        return 0
    outcome = on_stream.receive_reset(stream, error_code, events)
    return 0 if outcome >= 0 else refuse(self, stream, outcome, events)


cdef int receive_window_update_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef int64_t increment = frame.body.number
    cdef Stream stream
    cdef int outcome
    step(self, CONN_RECV_WINDOW_UPDATE)
    if frame.header.stream_id == 0:
        if self.outbound_window + increment > LARGEST_WINDOW:
            raise_window_too_large()
        self.outbound_window += increment
        events.append(make.window_updated(0, increment))
        return 0
    stream_id = frame.header.stream_id
    stream = find(self, stream_id)
    if stream is None:
        if not was_there(self, stream_id):
            raise NoSuchStreamError(stream_id)
        return 0
    outcome = on_stream.receive_window_update(stream, increment, &self.out, events)
    if outcome < 0 and outcome != REFUSED_CLOSED:
        raise_refused(&stream.states, stream.id, outcome)
    if outcome == WINDOW_CAME and stream.states.state == STREAM_CLOSED:
        check_length(self, RST_STREAM_LENGTH)  # of the one that it has led to
    return 0


cdef int receive_ping_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef bytes opaque = PyBytes_FromStringAndSize(<const char *>frame.body.opaque, PING_LENGTH)
    step(self, CONN_RECV_PING)
    if frame.header.flags & FLAG_ACK:
        events.append(make.ping_ack_received(opaque))
        return 0
    events.append(make.ping_received(opaque))
    return write_ping_frame(self, opaque, FLAG_ACK)


cdef int receive_goaway_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef GoAwayBody body = frame.body.goaway
    debug = PyBytes_FromStringAndSize(<const char *>body.debug, body.length) if body.length else None
    step(self, CONN_RECV_GOAWAY)
    outbox_release(&self.out)  # nothing more is to be sent
    events.append(make.connection_terminated(error_code_object(body.error_code), body.last_stream_id, debug))
    return 0


cdef int receive_altsvc_frame(Endpoint self, WholeFrame *frame, list events) except -1:
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
    outcome = on_stream.receive_altsvc(stream, origin, field_value, events)
    return 0 if outcome >= 0 else refuse(self, stream, outcome, events)


# --- received SETTINGS ----------------------------------------------------------------------------------------------

cdef int receive_settings_frame(Endpoint self, WholeFrame *frame, list events) except -1:
    cdef dict settings = {}
    read_settings_into(settings, &frame.body.settings)
    step(self, CONN_RECV_SETTINGS)
    if frame.header.flags & FLAG_ACK:
        events.append(make.settings_acknowledged(local_settings_acknowledged(self)))
        return 0
    event = take_settings(self, settings)
    acknowledge_settings(self)
    events.append(event)
    return 0


cdef object take_settings(Endpoint self, dict settings):
    """The peer's new settings, which wait to be acknowledged; the event that tells of them."""
    remote = self.remote_settings
    for setting, value in settings.items():
        remote.validate_received_setting(setting, value)
    remote.update(settings)
    return make.remote_settings_changed(remote, settings)


cdef int acknowledge_settings(Endpoint self) except -1:
    """The peer's settings come into force (RFC 9113 section 6.5.3)."""
    cdef dict streams
    step(self, CONN_SEND_SETTINGS)
    changes = self.remote_settings.acknowledge()
    if INITIAL_WINDOW_SIZE in changes:
        changed = changes[INITIAL_WINDOW_SIZE]
        change_outbound_windows(self, changed.original_value, changed.new_value)
    if HEADER_TABLE_SIZE in changes:
        encoder = self.encoder
        encoder.header_table_size = changes[HEADER_TABLE_SIZE].new_value
    if MAX_FRAME_SIZE in changes:
        self.max_outbound_frame_size = changes[MAX_FRAME_SIZE].new_value
        streams = self.open_streams
        for each in streams.values():
            (<Stream?>each).max_frame = self.max_outbound_frame_size
    write_frame_header(outbox_reserve(&self.out, FRAME_HEADER_LENGTH), 0, TYPE_SETTINGS, FLAG_ACK, 0)
    self.out.end += FRAME_HEADER_LENGTH
    return 0


cdef int change_outbound_windows(Endpoint self, object old_value, object new_value) except -1:
    """SETTINGS_INITIAL_WINDOW_SIZE of the peer has changed (RFC 9113 section 6.9.2)."""
    cdef dict streams = self.open_streams
    cdef Stream stream
    cdef int64_t delta = clipped(new_value - (old_value or 0))
    for each in streams.values():
        stream = <Stream?>each
        if stream.outbound_window + delta > LARGEST_WINDOW:
            raise_window_too_large()
        stream.outbound_window = cut(stream.outbound_window + delta)
    return 0


cdef int change_inbound_windows(Endpoint self, object old_value, object new_value) except -1:
    """The same of ours."""
    cdef dict streams = self.open_streams
    cdef int64_t delta = clipped(new_value - (old_value or 0))
    for each in streams.values():
        on_stream.change_inbound_window(<Stream?>each, delta)
    return 0


cdef dict local_settings_acknowledged(Endpoint self):
    """The peer has taken our settings; what has changed."""
    changes = self.local_settings.acknowledge()
    if INITIAL_WINDOW_SIZE in changes:
        changed = changes[INITIAL_WINDOW_SIZE]
        change_inbound_windows(self, changed.original_value, changed.new_value)
    decoder = self.decoder
    if MAX_HEADER_LIST_SIZE in changes:
        decoder.max_header_list_size = changes[MAX_HEADER_LIST_SIZE].new_value
    if MAX_FRAME_SIZE in changes:
        self.max_inbound_frame_size = changes[MAX_FRAME_SIZE].new_value
    if HEADER_TABLE_SIZE in changes:
        decoder.max_allowed_table_size = changes[HEADER_TABLE_SIZE].new_value
    return changes
