# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""One connection as its callers know it: their calls to octets to send. Receiving is in receiving.pyx.

What is sent is written behind what waits already, once nothing can fail any more and no Python code is to run.
Upstream's order of checks is kept throughout, since it decides which exception is raised and what the connection is
like after it.
"""
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.framebody cimport PING_LENGTH, PROMISED_ID_LENGTH, RST_STREAM_LENGTH, WINDOW_UPDATE_LENGTH
from fasth2.codec.frameheader cimport (
    FLAG_END_STREAM, FLAG_PRIORITY, FRAME_HEADER_LENGTH, TYPE_HEADERS, TYPE_PUSH_PROMISE,
)
from fasth2.codec.wire cimport store_be32
from fasth2.engine cimport stream as on_stream
from fasth2.engine.config cimport CLIENT_SIDE, logger_of, option
from fasth2.engine.endpoint cimport *
from fasth2.engine.outbox cimport (
    outbox_append, outbox_release, outbox_reserve, outbox_size, outbox_take, outbox_take_some,
)
from fasth2.engine.receiving cimport acknowledge_settings, receive, take_settings
from fasth2.engine.settings cimport enable_push
from fasth2.engine.states cimport *
from fasth2.engine.stream cimport Stream, write_window_update_frame
from fasth2.engine.ways cimport is_straight
from fasth2.engine.windows cimport clipped, cut, raise_too_large, window_open, window_process

cdef extern from * nogil:
    bint unlikely(bint)

cdef extern from "Python.h":
    int PySlice_Unpack(object slice, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step) except -1
    Py_ssize_t PySlice_AdjustIndices(Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step) noexcept

from base64 import urlsafe_b64decode, urlsafe_b64encode
from operator import index

from fasth2.codec.frametypes import AltSvcFrame, GoAwayFrame, PriorityFrame, PushPromiseFrame, SettingsFrame
from fasth2.engine import stepwise
from fasth2.engine.enums import ConnectionInputs
from fasth2.errors.h2 import (
    FlowControlError, FrameTooLargeError, NoAvailableStreamIDError, NoSuchStreamError, ProtocolError, RFC1122Error,
)

cdef bytes PREAMBLE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # RFC 9113 section 3.4


# --- sending --------------------------------------------------------------------------------------------------------

cdef int append_frame(Endpoint self, object frame) except -1:
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


cdef uint32_t promised_id(object stream_id) except? 0:
    """As it is written: the reserved bit too, if it is set."""
    if not isinstance(stream_id, int) or not 0 <= stream_id <= 0xFFFFFFFF:
        PushPromiseFrame(1, stream_id).serialize()  # says what is wrong with it
    return stream_id


cdef object check_pad_length(object pad_length):
    if not isinstance(pad_length, int):
        raise TypeError("pad_length must be an int")
    if pad_length < 0 or pad_length > 255:
        raise ValueError("pad_length must be within range: [0, 255]")
    return pad_length


# --- the connection as Python knows it ------------------------------------------------------------------------------

cdef class Connection(Endpoint):
    """What H2Connection is compiled from; see Endpoint for what it is made of.

    Without a GIL a method has the connection for itself. What is asked of a stream or a view directly has not.
    """

    # --- opening ---

    @cython.critical_section
    def initiate_connection(self):
        """Writes what a peer has to send first: the settings, on a client behind the preface (RFC 9113 section 3.4).

        Upstream: H2Connection.initiate_connection.
        """
        cdef bytes octets
        if unlikely(not is_straight(self)):
            return stepwise.initiate_connection(self)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Initializing connection")
        step(self, CONN_SEND_SETTINGS)
        frame = SettingsFrame(0)
        preamble = PREAMBLE if option(self.config, CLIENT_SIDE) else b""
        settings = self.local_settings
        for setting, value in settings.items():
            frame.settings[setting] = value
        if log is not None:
            log.debug("Send Settings frame: %s", settings)
        octets = preamble + frame.serialize()
        outbox_append(&self.out, <const char *>octets, len(octets))

    @cython.critical_section
    def initiate_upgrade_connection(self, settings_header=None):
        """initiate_connection() for a connection that was HTTP/1.1 (RFC 7540 section 3.2): stream 1 is half closed.

        On a server, `settings_header` (bytes or None) is the value of the client's HTTP2-Settings field. On a client,
        that value is returned (bytes); else None. Upstream: H2Connection.initiate_upgrade_connection.
        """
        cdef bint client_side
        if unlikely(not is_straight(self)):
            return stepwise.initiate_upgrade_connection(self, settings_header)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Upgrade connection. Current settings: %s", self.local_settings)
        frame_data = None
        self.initiate_connection()
        client_side = option(self.config, CLIENT_SIDE)
        if client_side:
            frame = SettingsFrame(0)
            settings = self.local_settings
            for setting, value in settings.items():
                frame.settings[setting] = value
            frame_data = urlsafe_b64encode(frame.serialize_body())
        elif settings_header:
            frame = SettingsFrame(0)
            frame.parse_body(memoryview(urlsafe_b64decode(settings_header)))
            step(self, CONN_RECV_SETTINGS)
            take_settings(self, frame.settings)
            acknowledge_settings(self)
            self.out.end -= FRAME_HEADER_LENGTH  # it is the upgrade that acknowledges them
        if log is not None:
            log.debug("Process input %s",
                      ConnectionInputs.SEND_HEADERS if client_side else ConnectionInputs.RECV_HEADERS)
        step(self, CONN_SEND_HEADERS if client_side else CONN_RECV_HEADERS)
        stream = begin_new_stream(self, 1, 1)
        on_stream.upgrade_stream(stream, option(self.config, CLIENT_SIDE))
        return frame_data

    @cython.critical_section
    def get_next_available_stream_id(self):
        """The identifier (int) for the next stream that this peer opens. NoAvailableStreamIDError: there is none.

        Upstream: H2Connection.get_next_available_stream_id.
        """
        if unlikely(not is_straight(self)):
            return stepwise.get_next_available_stream_id(self)
        highest = self.highest_outbound_stream_id
        next_id = highest + 2
        if not highest:
            next_id = 1 if option(self.config, CLIENT_SIDE) else 2
        log = logger_of(self.config)
        if log is not None:
            log.debug("Next available stream ID %d", next_id)
        if next_id > self.HIGHEST_ALLOWED_STREAM_ID:
            raise NoAvailableStreamIDError("Exhausted allowed stream IDs")
        return next_id

    # --- sending ---

    @cython.critical_section
    def send_headers(self, stream_id, headers, end_stream=False, priority_weight=None, priority_depends_on=None,
                     priority_exclusive=None):
        """Writes a request, a response or trailers on a stream, which a client opens by it.

        stream_id (int). headers: an iterable of (name, value) in bytes or str, or of header tuples. end_stream (bool).
        The other three (int, int, bool; None: not given) are those of prioritize(). TooManyStreamsError,
        StreamClosedError, ProtocolError. Upstream: H2Connection.send_headers.
        """
        cdef Stream stream
        cdef bytes priority = b""
        cdef uint8_t flags = FLAG_END_STREAM if end_stream else 0
        if unlikely(not is_straight(self)):
            return stepwise.send_headers(self, stream_id, headers, end_stream, priority_weight, priority_depends_on,
                                         priority_exclusive)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send headers on stream ID %d", stream_id)
        stream = find(self, stream_id)
        if stream is None:
            check_room(self, True)
        step(self, CONN_SEND_HEADERS)
        if stream is None:
            stream = begin_new_stream(self, stream_id, option(self.config, CLIENT_SIDE))
        block = on_stream.send_headers(stream, headers, self.encoder, end_stream)
        if priority_weight is not None or priority_depends_on is not None or priority_exclusive is not None:
            if not option(self.config, CLIENT_SIDE):
                raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
            priority = fill_priority(PriorityFrame(stream_id), priority_weight, priority_depends_on,
                                     priority_exclusive).serialize_body()
            flags |= FLAG_PRIORITY
        check_length(self, on_stream.write_block(stream, block, TYPE_HEADERS, flags, priority, &self.out))

    @cython.critical_section
    def send_data(self, stream_id, data, end_stream=False, pad_length=None):
        """Writes a DATA frame (RFC 9113 section 6.1).

        stream_id (int). data: bytes, bytearray or memoryview. end_stream (bool). pad_length (int, octets, at most 255;
        None: no padding). FlowControlError, FrameTooLargeError, StreamClosedError, ProtocolError. Upstream:
        H2Connection.send_data.
        """
        cdef Stream stream = None
        cdef int64_t size, window
        if unlikely(not is_straight(self)):
            return stepwise.send_data(self, stream_id, data, end_stream, pad_length)
        size = len(data)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send data on stream ID %d with len %d", stream_id, size)
        if pad_length is not None:
            size += 1 + <int64_t>check_pad_length(pad_length)
        if log is not None:
            log.debug("Frame size on stream ID %d is %d", stream_id, size)
        if size > 0:
            stream = get_stream(self, stream_id)
            window = smaller(self.outbound_window, stream.outbound_window)
            if size > window:
                raise FlowControlError(f"Cannot send {size} bytes, flow control window is {window}")
        if size > self.max_outbound_frame_size:
            raise FrameTooLargeError(
                f"Cannot send frame size {size}, max frame size is {self.max_outbound_frame_size}")
        step(self, CONN_SEND_DATA)
        if stream is None:
            stream = stream_at(self, stream_id)
        check_length(self, on_stream.send_data(stream, data, end_stream, pad_length, &self.out))
        self.outbound_window = cut(self.outbound_window - size)
        if log is not None:
            log.debug("Outbound flow control window size is %d", self.outbound_window)
        if self.outbound_window < 0 and size:
            raise AssertionError

    @cython.critical_section
    def end_stream(self, stream_id):
        """Writes an empty DATA frame that ends the stream (`stream_id`: int). NoSuchStreamError, StreamClosedError.

        Upstream: H2Connection.end_stream.
        """
        if unlikely(not is_straight(self)):
            return stepwise.end_stream(self, stream_id)
        log = logger_of(self.config)
        if log is not None:
            log.debug("End stream ID %d", stream_id)
        step(self, CONN_SEND_DATA)
        on_stream.send_end(get_stream(self, stream_id), &self.out)

    @cython.critical_section
    def increment_flow_control_window(self, increment, stream_id=None):
        """Lets the peer send `increment` (int) octets more on a stream, or (`stream_id`: None) on the connection.

        ValueError, FlowControlError. Upstream: H2Connection.increment_flow_control_window.
        """
        cdef Stream stream
        cdef int64_t size, number = 0
        if unlikely(not is_straight(self)):
            return stepwise.increment_flow_control_window(self, increment, stream_id)
        if not 1 <= increment <= self.MAX_WINDOW_INCREMENT:
            raise ValueError(f"Flow control increment must be between 1 and {self.MAX_WINDOW_INCREMENT}")
        step(self, CONN_SEND_WINDOW_UPDATE)
        size = index(increment)
        log = logger_of(self.config)
        if stream_id is not None:
            stream = stream_at(self, stream_id)
            number = stream.states.stream_id
            on_stream.enlarge_window(stream, size)
            if log is not None:
                log.debug("Increase stream ID %d flow control window by %d", stream_id, increment)
        else:
            if not window_open(&self.window, size):
                raise_too_large()
            if log is not None:
                log.debug("Increase connection flow control window by %d", increment)
        write_window_update_frame(&self.out, number, size)
        check_length(self, WINDOW_UPDATE_LENGTH)

    @cython.critical_section
    def push_stream(self, stream_id, promised_stream_id, request_headers):
        """Promises a response to a request that the client has not made (RFC 9113 section 8.4).

        stream_id (int): the stream that the promise is sent on; promised_stream_id (int): the new one;
        request_headers: as in send_headers(). ProtocolError. Upstream: H2Connection.push_stream.
        """
        cdef Stream stream, promised
        cdef uint8_t prefix[PROMISED_ID_LENGTH]
        if unlikely(not is_straight(self)):
            return stepwise.push_stream(self, stream_id, promised_stream_id, request_headers)
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
        put_back(self, promised_stream_id, promised)
        block = on_stream.send_promise(stream, request_headers, self.encoder)
        on_stream.push_here(promised)
        store_be32(prefix, promised_id(promised_stream_id))
        check_length(self, on_stream.write_block(stream, block, TYPE_PUSH_PROMISE, 0, prefix[:PROMISED_ID_LENGTH],
                                                 &self.out))

    @cython.critical_section
    def ping(self, opaque_data):
        """Writes a PING with `opaque_data` (bytes, 8 of them; else ValueError). Upstream: H2Connection.ping."""
        if unlikely(not is_straight(self)):
            return stepwise.ping(self, opaque_data)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Send Ping frame")
        if not isinstance(opaque_data, bytes) or len(opaque_data) != PING_LENGTH:
            raise ValueError(f"Invalid value for ping data: {opaque_data!r}")
        octets = b"".join((opaque_data,))  # no longer of a derived class
        if len(octets) != PING_LENGTH:
            raise ValueError(f"Invalid value for ping data: {octets!r}")
        step(self, CONN_SEND_PING)
        write_ping_frame(self, octets, 0)

    @cython.critical_section
    def reset_stream(self, stream_id, error_code=0):
        """Closes a stream (`stream_id`: int) at once, with an `error_code` (ErrorCodes or int). NoSuchStreamError,
        StreamClosedError. Upstream: H2Connection.reset_stream.
        """
        if unlikely(not is_straight(self)):
            return stepwise.reset_stream(self, stream_id, error_code)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Reset stream ID %d", stream_id)
        step(self, CONN_SEND_RST_STREAM)
        on_stream.send_reset(get_stream(self, stream_id), error_code, &self.out)
        check_length(self, RST_STREAM_LENGTH)

    @cython.critical_section
    def close_connection(self, error_code=0, additional_data=None, last_stream_id=None):
        """Writes a GOAWAY (RFC 9113 section 6.8).

        error_code (ErrorCodes or int); additional_data (bytes or None), for people; last_stream_id (int; None: the
        highest that the peer has opened). Upstream: H2Connection.close_connection.
        """
        if unlikely(not is_straight(self)):
            return stepwise.close_connection(self, error_code, additional_data, last_stream_id)
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

    @cython.critical_section
    def update_settings(self, new_settings):
        """Writes `new_settings` ({SettingCodes or int: int}), which are in force once the peer acknowledges them.

        InvalidSettingsValueError. Upstream: H2Connection.update_settings.
        """
        if unlikely(not is_straight(self)):
            return stepwise.update_settings(self, new_settings)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Update connection settings to %s", new_settings)
        step(self, CONN_SEND_SETTINGS)
        self.local_settings.update(new_settings)
        frame = SettingsFrame(0)
        frame.settings = new_settings
        append_frame(self, frame)

    @cython.critical_section
    def advertise_alternative_service(self, field_value, origin=None, stream_id=None):
        """Tells the client where else an origin can be reached (RFC 7838).

        field_value (bytes): what an Alt-Svc field says. origin (bytes) or stream_id (int): whose it is. ValueError,
        ProtocolError. Upstream: H2Connection.advertise_alternative_service.
        """
        if unlikely(not is_straight(self)):
            return stepwise.advertise_alternative_service(self, field_value, origin, stream_id)
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

    @cython.critical_section
    def prioritize(self, stream_id, weight=None, depends_on=None, exclusive=None):
        """Tells the server how important a stream is (RFC 7540 section 5.3).

        stream_id (int); weight (int, 1 to 256; None: 16); depends_on (int; None: 0, on none); exclusive (bool; None:
        False). RFC1122Error on servers; ProtocolError. Upstream: H2Connection.prioritize.
        """
        if unlikely(not is_straight(self)):
            return stepwise.prioritize(self, stream_id, weight, depends_on, exclusive)
        if not option(self.config, CLIENT_SIDE):
            raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
        step(self, CONN_SEND_PRIORITY)
        append_frame(self, fill_priority(PriorityFrame(stream_id), weight, depends_on, exclusive))

    @cython.critical_section
    def acknowledge_received_data(self, acknowledged_size, stream_id):
        """Says that the caller has done with data, padding included, so that the peer can send as much again.

        acknowledged_size (int, octets: flow_controlled_length of the event); stream_id (int). ValueError,
        NoSuchStreamError. Upstream: H2Connection.acknowledge_received_data.
        """
        cdef Stream stream
        cdef int64_t size, increment, on_one
        if unlikely(not is_straight(self)):
            return stepwise.acknowledge_received_data(self, acknowledged_size, stream_id)
        log = logger_of(self.config)
        if log is not None:
            log.debug("Ack received data on stream ID %d with size %d", stream_id, acknowledged_size)
        if stream_id <= 0:
            raise ValueError(f"Stream ID {stream_id} is not valid for acknowledge_received_data")
        if acknowledged_size < 0:
            raise ValueError("Cannot acknowledge negative data")
        size = clipped(acknowledged_size)
        increment = window_process(&self.window, size)
        stream = find(self, stream_id)
        if stream is None and not was_there(self, stream_id):
            raise NoSuchStreamError(stream_id)
        on_one = on_stream.acknowledge(stream, size) if stream is not None and is_open(&stream.states) else 0
        if increment and on_one:
            outbox_reserve(&self.out, 2 * (FRAME_HEADER_LENGTH + WINDOW_UPDATE_LENGTH))  # both or none
        if increment:
            write_window_update_frame(&self.out, 0, increment)
        if on_one:
            write_window_update_frame(&self.out, stream.states.stream_id, on_one)
        if increment or on_one:
            check_length(self, WINDOW_UPDATE_LENGTH)

    # --- windows ---

    @cython.critical_section
    def local_flow_control_window(self, stream_id):
        """What may be sent on a stream now (int, octets). NoSuchStreamError, StreamClosedError.

        Upstream: H2Connection.local_flow_control_window.
        """
        cdef Stream stream
        if unlikely(not is_straight(self)):
            return stepwise.local_flow_control_window(self, stream_id)
        stream = get_stream(self, stream_id)
        return smaller(self.outbound_window, stream.outbound_window)

    @cython.critical_section
    def remote_flow_control_window(self, stream_id):
        """What the peer may send on a stream now (int, octets). NoSuchStreamError, StreamClosedError.

        Upstream: H2Connection.remote_flow_control_window.
        """
        cdef Stream stream
        if unlikely(not is_straight(self)):
            return stepwise.remote_flow_control_window(self, stream_id)
        stream = get_stream(self, stream_id)
        return smaller(self.window.current, stream.window.current)

    @property
    @cython.critical_section
    def inbound_flow_control_window(self):
        """What the peer may send on the connection (int, octets)."""
        if unlikely(not is_straight(self)):
            return self._inbound_flow_control_window_manager.current_window_size
        return self.window.current

    # --- streams ---

    @property
    @cython.critical_section
    def open_outbound_streams(self):
        """How many streams that this peer has opened are open (int). Closed streams leave `streams`."""
        if unlikely(not is_straight(self)):
            config = self.config
            return self._open_streams(int(config.client_side))
        return count_open(self, option(self.config, CLIENT_SIDE))

    @property
    @cython.critical_section
    def open_inbound_streams(self):
        """How many streams that the other peer has opened are open (int). Closed streams leave `streams`."""
        if unlikely(not is_straight(self)):
            config = self.config
            return self._open_streams(int(not config.client_side))
        return count_open(self, not option(self.config, CLIENT_SIDE))

    # --- octets ---

    @cython.critical_section
    def receive_data(self, data):
        """The events (list) of received octets (`data`: a buffer). ProtocolError and its subclasses for what HTTP/2
        forbids; a GOAWAY then waits to be sent. Upstream: H2Connection.receive_data.
        """
        if unlikely(not is_straight(self)):
            return stepwise.receive_data(self, data)
        return receive(self, data)

    @cython.critical_section
    def data_to_send(self, amount=None):
        """What waits to be sent (bytes), or its first `amount` (int) octets. It waits no longer.

        Upstream: H2Connection.data_to_send.
        """
        cdef Py_ssize_t start, stop, step
        if amount is None:
            return outbox_take(&self.out)
        PySlice_Unpack(slice(amount), &start, &stop, &step)  # may run Python code, before the rest is looked at
        PySlice_AdjustIndices(outbox_size(&self.out), &start, &stop, step)
        return outbox_take_some(&self.out, stop)

    @cython.critical_section
    def clear_outbound_data_buffer(self):
        """Forgets what waits to be sent. Upstream: H2Connection.clear_outbound_data_buffer."""
        outbox_release(&self.out)

    @cython.critical_section
    def _write_octets(self, bytes octets):
        """Puts octets behind what waits to be sent."""
        outbox_append(&self.out, <const char *>octets, len(octets))
