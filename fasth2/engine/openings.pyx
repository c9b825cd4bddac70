# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The steps of upstream's streams and connections, on frame objects, for those who call them.

The engine takes none of these: each does its work by the engine's own step, and makes frame objects of what that has
written, or octets of the frame object that it is given.
"""
cimport cython
from libc.stdint cimport int64_t, uint8_t

from fasth2.codec.encoder cimport OutLines, begin_out_lines, release_out_lines
from fasth2.codec.frameheader cimport FLAG_END_STREAM, TYPE_HEADERS
from fasth2.engine cimport stream as on_stream
from fasth2.engine.config cimport NORMALIZE_INBOUND, VALIDATE_INBOUND, option
from fasth2.engine.connection cimport Connection, fill_priority
from fasth2.engine.endpoint cimport Endpoint
from fasth2.engine.headers cimport *
from fasth2.engine.outbox cimport Outbox, outbox_append, outbox_between, outbox_init, outbox_release, outbox_take
from fasth2.engine.receiving cimport (
    acknowledge_settings, change_inbound_windows, change_outbound_windows, decode_block, local_settings_acknowledged,
    receive_data_too_late, receive_object, terminate,
)
from fasth2.engine.states cimport YES, raise_refused
from fasth2.engine.stream cimport Stream
from fasth2.engine.windows cimport clipped

from fasth2.codec.frame import parse_frames
from fasth2.codec.frametypes import PushPromiseFrame, WindowUpdateFrame
from fasth2.engine.eventtypes import (
    InformationalResponseReceived, PushedStreamReceived, ResponseReceived, TrailersReceived, _PushedRequestSent,
    _ResponseSent, _TrailersSent,
)
from fasth2.engine.headerlists import HeaderValidationFlags

cdef enum:
    LARGEST_FRAME = 0xFFFFFF  # octets of payload (RFC 9113 section 4.2)


def add_frame_priority(frame, weight=None, depends_on=None, exclusive=None):
    """Fills in the priority of `frame` (HEADERS or PRIORITY). Upstream: h2.connection._add_frame_priority."""
    return fill_priority(frame, weight, depends_on, exclusive)


def decode_headers(decoder, bytes encoded_header_block):
    """What `decoder` makes of a header block, or h2's exception for hpack's. Upstream: h2.connection._decode_headers.
    """
    return decode_block(decoder, encoded_header_block, len(encoded_header_block))


# --- a stream -------------------------------------------------------------------------------------------------------

cdef list frames_of(Outbox *out):
    """What was written, as frame objects."""
    return parse_frames(outbox_take(out), LARGEST_FRAME)[0]


cdef list block_frames(Stream self, bytes block, uint8_t type, uint8_t flags):
    """The frames of a header block."""
    cdef Outbox out
    outbox_init(&out)
    try:
        on_stream.write_block(self, block, type, flags, b"", &out)
        return frames_of(&out)
    finally:
        outbox_release(&out)


cdef inline int check(Stream self, int outcome) except -1:
    return raise_refused(&self.states, self.id, outcome) if outcome < 0 else 0


cdef BlockKind kind_of(object flags) except *:
    """What kind of a header list upstream's HeaderValidationFlags mean."""
    if flags.is_trailer:
        return TRAILERS_BLOCK
    return RESPONSE_BLOCK if flags.is_response_header else REQUEST_BLOCK


cdef class OpenStream(Stream):
    """What H2Stream is compiled from: a stream with upstream's methods. Each has upstream's arguments and result."""

    def upgrade(self, client_side):
        on_stream.upgrade_stream(self, client_side)

    def send_headers(self, headers, encoder, end_stream=False):
        block = on_stream.send_headers(self, headers, encoder, end_stream)
        return block_frames(self, block, TYPE_HEADERS, FLAG_END_STREAM if end_stream else 0)

    def push_stream_in_band(self, related_stream_id, headers, encoder):
        frames = block_frames(self, on_stream.send_promise(self, headers, encoder), TYPE_HEADERS, 0)
        promise = PushPromiseFrame(self.stream_id, related_stream_id, frames[0].data)
        promise.flags = frames[0].flags
        return [promise, *frames[1:]]

    def locally_pushed(self):
        on_stream.push_here(self)
        return []

    def send_data(self, data, end_stream=False, pad_length=None):
        cdef Outbox out
        outbox_init(&out)
        try:
            on_stream.send_data(self, data, end_stream, pad_length, &out)
            return frames_of(&out)
        finally:
            outbox_release(&out)

    def end_stream(self):
        cdef Outbox out
        outbox_init(&out)
        try:
            on_stream.send_end(self, &out)
            return frames_of(&out)
        finally:
            outbox_release(&out)

    def advertise_alternative_service(self, field_value):
        cdef Outbox out
        outbox_init(&out)
        try:
            on_stream.send_altsvc(self, field_value, &out)
            return frames_of(&out)
        finally:
            outbox_release(&out)

    def increase_flow_control_window(self, increment):
        cdef Outbox out
        outbox_init(&out)
        try:
            on_stream.send_window_update(self, clipped(increment), &out)
            return frames_of(&out)
        finally:
            outbox_release(&out)

    def reset_stream(self, error_code=0):
        cdef Outbox out
        outbox_init(&out)
        try:
            on_stream.send_reset(self, error_code, &out)
            return frames_of(&out)
        finally:
            outbox_release(&out)

    def acknowledge_received_data(self, acknowledged_size):
        cdef int64_t increment = on_stream.acknowledge(self, clipped(acknowledged_size))
        if not increment:
            return []
        frame = WindowUpdateFrame(self.stream_id)
        frame.window_increment = increment
        return [frame]

    def receive_headers(self, headers, end_stream, header_encoding):
        events = []
        check(self, on_stream.receive_headers(self, list(headers), end_stream, header_encoding, events))
        return [], events

    def receive_push_promise_in_band(self, promised_stream_id, headers, header_encoding):
        events = []
        check(self, on_stream.receive_promise(self, promised_stream_id, list(headers), header_encoding, events))
        return [], events

    def remotely_pushed(self, pushed_headers):
        on_stream.push_there(self, pushed_headers)
        return [], []

    def receive_data(self, data, end_stream, flow_control_len):
        events = []
        check(self, on_stream.receive_data(self, bytes(data), end_stream, clipped(flow_control_len), events))
        return [], events

    def receive_window_update(self, increment):
        cdef Outbox out
        events = []
        outbox_init(&out)
        try:
            check(self, on_stream.receive_window_update(self, clipped(increment), &out, events))
            return frames_of(&out), events
        finally:
            outbox_release(&out)

    def receive_continuation(self):
        check(self, on_stream.receive_continuation(self))

    def receive_alt_svc(self, frame):
        events = []
        check(self, on_stream.receive_altsvc(self, frame.origin, frame.field, events))
        return [], events

    def stream_reset(self, frame):
        events = []
        check(self, on_stream.receive_reset(self, frame.error_code, events))
        return [], events

    @cython.critical_section
    def _build_hdr_validation_flags(self, events):
        first = events[0]
        return HeaderValidationFlags(
            is_client=self.states.client == YES,
            is_trailer=isinstance(first, (_TrailersSent, TrailersReceived)),
            is_response_header=isinstance(first, (_ResponseSent, ResponseReceived, InformationalResponseReceived)),
            is_push_promise=isinstance(first, (PushedStreamReceived, _PushedRequestSent)),
        )

    @cython.critical_section
    def _build_headers_frames(self, headers, encoder, first_frame, hdr_validation_flags):
        cdef OutLines lines
        cdef Outbound found
        begin_out_lines(&lines)
        try:
            take_headers(&lines, headers, &found)
            block = on_stream.encode_block(self, &lines, &found, kind_of(hdr_validation_flags), encoder)
        finally:
            release_out_lines(&lines)
        frames = block_frames(self, block, TYPE_HEADERS, 0)
        first_frame.data = frames[0].data
        frames[0] = first_frame
        frames[-1].flags.add("END_HEADERS")
        return frames

    @cython.critical_section
    def _process_received_headers(self, headers, header_validation_flags, header_encoding):
        cdef Inbound found
        taken = look_at_received(list(headers), &found)
        return finish_received(taken, &found, kind_of(header_validation_flags), option(self.config, NORMALIZE_INBOUND),
                               option(self.config, VALIDATE_INBOUND), header_encoding)

    @cython.critical_section
    def _initialize_content_length(self, headers):
        cdef Inbound found
        on_stream.expect(self, look_at_received(headers, &found), &found)

    @cython.critical_section
    def _track_content_length(self, length, end_stream):
        on_stream.track(self, clipped(length), end_stream)

    def _inbound_flow_control_change_from_settings(self, delta):
        on_stream.change_inbound_window(self, clipped(delta))


# --- a connection ---------------------------------------------------------------------------------------------------

cdef list frames_since(Endpoint self, size_t first):
    """What was written from `first` on, as frame objects; it is taken back. Nothing is if it has been sent meanwhile."""
    if not self.out.begin <= first < self.out.end:
        return []
    octets = outbox_between(&self.out, first, self.out.end)
    self.out.end = first
    return parse_frames(octets, LARGEST_FRAME)[0]


cdef class OpenConnection(Connection):
    """What H2Connection is compiled from: a connection with upstream's steps, of upstream's arguments and results.

    Those that receive a frame answer one of a stream that was reset by themselves, where upstream's raise
    StreamClosedError and leave the answer to `_receive_frame`.
    """

    @cython.critical_section
    def _prepare_for_sending(self, frames):
        cdef bytes octets
        longest = 0
        for frame in frames:
            octets = frame.serialize()
            outbox_append(&self.out, <const char *>octets, len(octets))
            longest = max(longest, frame.body_len)
        if longest > self.max_outbound_frame_size:
            raise AssertionError

    @cython.critical_section
    def _receive_frame(self, frame):
        return receive_object(self, frame)

    @cython.critical_section
    def _receive_step(self, frame):
        cdef size_t first = self.out.end
        events = receive_object(self, frame)
        return frames_since(self, first), events

    _receive_headers_frame = _receive_push_promise_frame = _receive_settings_frame = _receive_data_frame = _receive_step
    _receive_window_update_frame = _receive_ping_frame = _receive_rst_stream_frame = _receive_step
    _receive_priority_frame = _receive_goaway_frame = _receive_naked_continuation = _receive_step
    _receive_alt_svc_frame = _receive_unknown_frame = _receive_step

    @cython.critical_section
    def _handle_data_on_closed_stream(self, events, exc, frame):
        cdef size_t first = self.out.end
        receive_data_too_late(self, exc.stream_id, clipped(frame.flow_controlled_length))
        return frames_since(self, first), events + exc._events

    @cython.critical_section
    def _terminate_connection(self, error_code):
        terminate(self, error_code)

    @cython.critical_section
    def _acknowledge_settings(self):
        cdef size_t first = self.out.end
        acknowledge_settings(self)
        return frames_since(self, first)

    @cython.critical_section
    def _local_settings_acked(self):
        return local_settings_acknowledged(self)

    @cython.critical_section
    def _flow_control_change_from_settings(self, old_value, new_value):
        change_outbound_windows(self, old_value, new_value)

    @cython.critical_section
    def _inbound_flow_control_change_from_settings(self, old_value, new_value):
        change_inbound_windows(self, old_value, new_value)
