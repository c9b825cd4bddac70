"""The steps of upstream's streams, by their names: they can be overridden, patched and called.

The straight way takes none of them. They take and give frame objects; state machine, windows and checks of header lists
are the engine's. Names of h2.stream that somebody rebinds are rebound here, too (fasth2.engine.faces).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fasth2.codec.frametypes import (
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PushPromiseFrame,
    RstStreamFrame,
    WindowUpdateFrame,
)
from fasth2.engine.enums import StreamInputs
from fasth2.engine.eventtypes import (
    AlternativeServiceAvailable,
    InformationalResponseReceived,
    PushedStreamReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
    _PushedRequestSent,
    _ResponseSent,
    _TrailersSent,
)
from fasth2.engine.headerlists import (
    HeaderValidationFlags,
    authority_from_headers,
    content_length,
    extract_method_header,
    guard_increment_window,
    is_informational_response,
    normalize_inbound_headers,
    normalize_outbound_headers,
    utf8_encode_headers,
    validate_headers,
    validate_outbound_headers,
)
from fasth2.engine.headerlists import decode_headers as _decode_headers
from fasth2.engine.steps import assign_anew
from fasth2.engine.stream import Stream
from fasth2.engine.windows import WindowManager
from fasth2.errors.codes import ErrorCodes, _error_code_from_int
from fasth2.errors.h2 import FlowControlError, InvalidBodyLengthError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fasth2.codec.framebase import Frame
    from fasth2.engine.configtypes import H2Configuration
    from fasth2.engine.eventtypes import Event
    from fasth2.hpack.hpack import Encoder
    from fasth2.hpack.struct import Header, HeaderWeaklyTyped

    Block = list[HeadersFrame | ContinuationFrame | PushPromiseFrame]
    Received = tuple[list[Frame], list[Event]]  # frames to be sent, and events

_OWN_WINDOWS = WindowManager
H2StreamStateMachine: Any = None  # h2.stream's, from its first import on
_OWN_MACHINES: Any = None         # what that was

# What upstream assigns when it makes a stream, in its order.
_ATTRIBUTES = (
    "state_machine", "stream_id", "max_outbound_frame_size", "request_method", "outbound_flow_control_window",
    "_inbound_window_manager", "_expected_content_length", "_actual_content_length", "_authority", "config",
)


def _window_update(stream_id: int, increment: int) -> Frame:
    frame = WindowUpdateFrame(stream_id)
    frame.window_increment = increment
    return frame


class OpenStream(Stream):
    """What H2Stream is derived from: a stream with upstream's steps. Each has upstream's arguments and result."""

    def __init__(self, stream_id: int, config: H2Configuration, inbound_window_size: int,
                 outbound_window_size: int) -> None:
        Stream.__init__(self, stream_id, config, inbound_window_size, outbound_window_size)
        if H2StreamStateMachine is not _OWN_MACHINES:
            self.state_machine = H2StreamStateMachine(stream_id)
        if WindowManager is not _OWN_WINDOWS:
            self._inbound_window_manager = WindowManager(inbound_window_size)
        assign_anew(self, OpenStream, _ATTRIBUTES)

    def upgrade(self, client_side: bool) -> None:
        self.config.logger.debug("Upgrading %r", self)
        assert self.stream_id == 1
        self.state_machine.process_input(StreamInputs.UPGRADE_CLIENT if client_side else StreamInputs.UPGRADE_SERVER)

    # ---- sending ----

    def send_headers(self, headers: Iterable[HeaderWeaklyTyped], encoder: Encoder, end_stream: bool = False) -> Block:
        self.config.logger.debug("Send headers %s on %r", headers, self)
        input_ = StreamInputs.SEND_HEADERS
        encoded = utf8_encode_headers(headers)
        if not self.state_machine.client and is_informational_response(encoded):
            if end_stream:
                raise ProtocolError("Cannot set END_STREAM on informational responses.")
            input_ = StreamInputs.SEND_INFORMATIONAL_HEADERS
        events = self.state_machine.process_input(input_)
        first = HeadersFrame(self.stream_id)
        flags = self._build_hdr_validation_flags(events)
        frames = self._build_headers_frames(encoded, encoder, first, flags)
        if end_stream:
            self.state_machine.process_input(StreamInputs.SEND_END_STREAM)
            frames[0].flags.add("END_STREAM")
        if self.state_machine.trailers_sent and not end_stream:
            raise ProtocolError("Trailers must have END_STREAM set.")
        if self.state_machine.client and self._authority is None:
            self._authority = authority_from_headers(encoded)
        self.request_method = extract_method_header(encoded)
        return frames

    def push_stream_in_band(self, related_stream_id: int, headers: Iterable[HeaderWeaklyTyped],
                            encoder: Encoder) -> Block:
        self.config.logger.debug("Push stream %r", self)
        events = self.state_machine.process_input(StreamInputs.SEND_PUSH_PROMISE)
        first = PushPromiseFrame(self.stream_id)
        first.promised_stream_id = related_stream_id
        flags = self._build_hdr_validation_flags(events)
        return self._build_headers_frames(utf8_encode_headers(headers), encoder, first, flags)

    def locally_pushed(self) -> list[Frame]:
        events = self.state_machine.process_input(StreamInputs.SEND_PUSH_PROMISE)
        assert not events
        return []

    def send_data(self, data: bytes | memoryview, end_stream: bool = False,
                  pad_length: int | None = None) -> list[Frame]:
        self.config.logger.debug("Send data on %r with end stream set to %s", self, end_stream)
        self.state_machine.process_input(StreamInputs.SEND_DATA)
        frame = DataFrame(self.stream_id)
        frame.data = data.tobytes() if isinstance(data, memoryview) else data
        if end_stream:
            self.state_machine.process_input(StreamInputs.SEND_END_STREAM)
            frame.flags.add("END_STREAM")
        if pad_length is not None:
            frame.flags.add("PADDED")
            frame.pad_length = pad_length
        self.outbound_flow_control_window -= frame.flow_controlled_length
        assert self.outbound_flow_control_window >= 0 or frame.flow_controlled_length == 0
        return [frame]

    def end_stream(self) -> list[Frame]:
        self.config.logger.debug("End stream %r", self)
        self.state_machine.process_input(StreamInputs.SEND_END_STREAM)
        frame = DataFrame(self.stream_id)
        frame.flags.add("END_STREAM")
        return [frame]

    def advertise_alternative_service(self, field_value: bytes) -> list[Frame]:
        self.config.logger.debug("Advertise alternative service of %r for %r", field_value, self)
        self.state_machine.process_input(StreamInputs.SEND_ALTERNATIVE_SERVICE)
        frame = AltSvcFrame(self.stream_id)
        frame.field = field_value
        return [frame]

    def increase_flow_control_window(self, increment: int) -> list[Frame]:
        self.config.logger.debug("Increase flow control window for %r by %d", self, increment)
        self.state_machine.process_input(StreamInputs.SEND_WINDOW_UPDATE)
        self._inbound_window_manager.window_opened(increment)
        return [_window_update(self.stream_id, increment)]

    def acknowledge_received_data(self, acknowledged_size: int) -> list[Frame]:
        self.config.logger.debug("Acknowledge received data with size %d on %r", acknowledged_size, self)
        increment = self._inbound_window_manager.process_bytes(acknowledged_size)
        return [_window_update(self.stream_id, increment)] if increment else []

    def reset_stream(self, error_code: ErrorCodes | int = 0) -> list[Frame]:
        self.config.logger.debug("Local reset %r with error code: %d", self, error_code)
        self.state_machine.process_input(StreamInputs.SEND_RST_STREAM)
        frame = RstStreamFrame(self.stream_id)
        frame.error_code = error_code
        return [frame]

    # ---- receiving ----

    def receive_headers(self, headers: Iterable[Header], end_stream: bool,
                        header_encoding: bool | str | None) -> Received:
        input_ = StreamInputs.RECV_HEADERS
        if is_informational_response(headers):
            if end_stream:
                raise ProtocolError("Cannot set END_STREAM on informational responses")
            input_ = StreamInputs.RECV_INFORMATIONAL_HEADERS
        events: Any = self.state_machine.process_input(input_)
        if end_stream:
            ended = self.state_machine.process_input(StreamInputs.RECV_END_STREAM)
            events[0].stream_ended = ended[0]
            events += ended
        self._initialize_content_length(headers)
        if isinstance(events[0], TrailersReceived) and not end_stream:
            raise ProtocolError("Trailers must have END_STREAM set")
        flags = self._build_hdr_validation_flags(events)
        events[0].headers = self._process_received_headers(headers, flags, header_encoding)
        return [], events

    def receive_push_promise_in_band(self, promised_stream_id: int, headers: Iterable[Header],
                                     header_encoding: bool | str | None) -> Received:
        self.config.logger.debug("Receive Push Promise on %r for remote stream %d", self, promised_stream_id)
        events: Any = self.state_machine.process_input(StreamInputs.RECV_PUSH_PROMISE)
        events[0].pushed_stream_id = promised_stream_id
        flags = self._build_hdr_validation_flags(events)
        events[0].headers = self._process_received_headers(headers, flags, header_encoding)
        return [], events

    def remotely_pushed(self, pushed_headers: Iterable[Header]) -> Received:
        self.config.logger.debug("%r pushed by remote peer", self)
        events: Any = self.state_machine.process_input(StreamInputs.RECV_PUSH_PROMISE)
        self._authority = authority_from_headers(pushed_headers)
        return [], events

    def receive_data(self, data: bytes, end_stream: bool, flow_control_len: int) -> Received:
        self.config.logger.debug("Receive data on %r with end stream %s and flow control length set to %d",
                                 self, end_stream, flow_control_len)
        events: Any = self.state_machine.process_input(StreamInputs.RECV_DATA)
        self._inbound_window_manager.window_consumed(flow_control_len)
        self._track_content_length(len(data), end_stream)
        if end_stream:
            ended = self.state_machine.process_input(StreamInputs.RECV_END_STREAM)
            events[0].stream_ended = ended[0]
            events.extend(ended)
        events[0].data = data
        events[0].flow_controlled_length = flow_control_len
        return [], events

    def receive_window_update(self, increment: int) -> Received:
        self.config.logger.debug("Receive Window Update on %r for increment of %d", self, increment)
        events: Any = self.state_machine.process_input(StreamInputs.RECV_WINDOW_UPDATE)
        if not events:
            return [], events
        events[0].delta = increment
        try:
            self.outbound_flow_control_window = guard_increment_window(self.outbound_flow_control_window, increment)
        except FlowControlError:  # an error of the stream alone (RFC 9113 section 6.9.1)
            code = ErrorCodes.FLOW_CONTROL_ERROR
            events = [StreamReset(stream_id=self.stream_id, error_code=code, remote_reset=False)]
            return self.reset_stream(code), events
        return [], events

    def receive_continuation(self) -> None:
        self.config.logger.debug("Receive Continuation frame on %r", self)
        self.state_machine.process_input(StreamInputs.RECV_CONTINUATION)
        raise AssertionError("Should not be reachable")

    def receive_alt_svc(self, frame: AltSvcFrame) -> Received:
        self.config.logger.debug("Receive Alternative Service frame on stream %r", self)
        if frame.origin:
            return [], []
        events: Any = self.state_machine.process_input(StreamInputs.RECV_ALTERNATIVE_SERVICE)
        if events:
            assert isinstance(events[0], AlternativeServiceAvailable)
            events[0].origin = self._authority
            events[0].field_value = frame.field
        return [], events

    def stream_reset(self, frame: RstStreamFrame) -> Received:
        self.config.logger.debug("Remote reset %r with error code: %d", self, frame.error_code)
        events: Any = self.state_machine.process_input(StreamInputs.RECV_RST_STREAM)
        if events:
            events[0].error_code = _error_code_from_int(frame.error_code)
        return [], events

    # ---- header lists ----

    def _build_hdr_validation_flags(self, events: Any) -> HeaderValidationFlags:
        first = events[0]
        return HeaderValidationFlags(
            is_client=self.state_machine.client or False,
            is_trailer=isinstance(first, (_TrailersSent, TrailersReceived)),
            is_response_header=isinstance(first, (_ResponseSent, ResponseReceived, InformationalResponseReceived)),
            is_push_promise=isinstance(first, (PushedStreamReceived, _PushedRequestSent)),
        )

    def _build_headers_frames(self, headers: Iterable[Header], encoder: Encoder,
                              first_frame: HeadersFrame | PushPromiseFrame,
                              hdr_validation_flags: HeaderValidationFlags) -> Block:
        if self.config.normalize_outbound_headers:
            headers = normalize_outbound_headers(headers, hdr_validation_flags, self.config.split_outbound_cookies)
        if self.config.validate_outbound_headers:
            headers = validate_outbound_headers(headers, hdr_validation_flags)
        block = encoder.encode(headers)
        size = self.max_outbound_frame_size or 0
        fragments = [block[at:at + size] for at in range(0, len(block), size)]
        first_frame.data = fragments[0]
        frames: Block = [first_frame]
        for fragment in fragments[1:]:
            frame = ContinuationFrame(self.stream_id)
            frame.data = fragment
            frames.append(frame)
        frames[-1].flags.add("END_HEADERS")
        return frames

    def _process_received_headers(self, headers: Iterable[Header], header_validation_flags: HeaderValidationFlags,
                                  header_encoding: bool | str | None) -> list[Header]:
        if self.config.normalize_inbound_headers:
            headers = normalize_inbound_headers(headers, header_validation_flags)
        if self.config.validate_inbound_headers:
            headers = validate_headers(headers, header_validation_flags)
        if isinstance(header_encoding, str):
            headers = _decode_headers(headers, header_encoding)
        return list(headers)

    # ---- lengths and windows ----

    def _initialize_content_length(self, headers: Iterable[Header]) -> None:
        self._expected_content_length = 0 if self.request_method == b"HEAD" else content_length(headers)

    def _track_content_length(self, length: int, end_stream: bool) -> None:
        self._actual_content_length += length
        actual = self._actual_content_length
        expected = self._expected_content_length
        if expected is not None and (expected < actual or (end_stream and expected != actual)):
            raise InvalidBodyLengthError(expected, actual)

    def _inbound_flow_control_change_from_settings(self, delta: int) -> None:
        largest = self._inbound_window_manager.max_window_size + delta
        self._inbound_window_manager.window_opened(delta)
        self._inbound_window_manager.max_window_size = largest
