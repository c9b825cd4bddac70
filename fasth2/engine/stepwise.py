"""The public methods of a connection, step by step: for connections of which a step is overridden.

fasth2.engine.connection does the same the straight way, and hands over to here where fasth2.engine.ways finds that
somebody has changed what it would skip. Each step is taken by its name on the connection or its stream, in upstream's
order. Names of h2.connection that somebody rebinds are rebound here, too (fasth2.engine.faces).
"""
from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fasth2.codec.frametypes import (
    AltSvcFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from fasth2.engine.enums import AllowedStreamIDs, ConnectionInputs
from fasth2.errors.codes import ErrorCodes
from fasth2.errors.h2 import (
    FlowControlError,
    FrameTooLargeError,
    NoAvailableStreamIDError,
    ProtocolError,
    RFC1122Error,
    StreamClosedError,
    TooManyStreamsError,
)
from fasth2.errors.hyperframe import InvalidPaddingError

if TYPE_CHECKING:
    from fasth2.codec.framebase import Frame

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # RFC 9113 section 3.4


def _add_frame_priority(frame: PriorityFrame | HeadersFrame, weight: int | None = None, depends_on: int | None = None,
                        exclusive: bool | None = None) -> PriorityFrame | HeadersFrame:
    """Fills in the priority of `frame`. Source: h2.connection._add_frame_priority."""
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


# ---- opening -----------------------------------------------------------------------------------------------------

def _local_settings_frame(self: Any) -> Any:
    frame = SettingsFrame(0)
    for setting, value in self.local_settings.items():
        frame.settings[setting] = value
    return frame


def initiate_connection(self: Any) -> None:
    self.config.logger.debug("Initializing connection")
    self.state_machine.process_input(ConnectionInputs.SEND_SETTINGS)
    preface = _PREFACE if self.config.client_side else b""
    frame = _local_settings_frame(self)
    self.config.logger.debug("Send Settings frame: %s", self.local_settings)
    self._write_octets(preface + frame.serialize())


def initiate_upgrade_connection(self: Any, settings_header: bytes | None) -> bytes | None:
    self.config.logger.debug("Upgrade connection. Current settings: %s", self.local_settings)
    frame_data = None
    self.initiate_connection()
    if self.config.client_side:
        frame_data = base64.urlsafe_b64encode(_local_settings_frame(self).serialize_body())
    elif settings_header:
        frame = SettingsFrame(0)
        frame.parse_body(memoryview(base64.urlsafe_b64decode(settings_header)))
        self._receive_settings_frame(frame)
    input_ = ConnectionInputs.SEND_HEADERS if self.config.client_side else ConnectionInputs.RECV_HEADERS
    self.config.logger.debug("Process input %s", input_)
    self.state_machine.process_input(input_)
    self._begin_new_stream(stream_id=1, allowed_ids=AllowedStreamIDs.ODD)
    self.streams[1].upgrade(self.config.client_side)
    return frame_data


def get_next_available_stream_id(self: Any) -> Any:
    if self.highest_outbound_stream_id:
        following = self.highest_outbound_stream_id + 2
    else:
        following = 1 if self.config.client_side else 2
    self.config.logger.debug("Next available stream ID %d", following)
    if following > self.HIGHEST_ALLOWED_STREAM_ID:
        raise NoAvailableStreamIDError("Exhausted allowed stream IDs")
    return following


# ---- sending -----------------------------------------------------------------------------------------------------

def send_headers(self: Any, stream_id: int, headers: Any, end_stream: bool, priority_weight: int | None,
                 priority_depends_on: int | None, priority_exclusive: bool | None) -> None:
    self.config.logger.debug("Send headers on stream ID %d", stream_id)
    if stream_id not in self.streams:
        most = self.remote_settings.max_concurrent_streams
        count = self.open_outbound_streams
        if count + 1 > most:
            raise TooManyStreamsError(f"Max outbound streams is {most}, {count} open")
    self.state_machine.process_input(ConnectionInputs.SEND_HEADERS)
    stream = self._get_or_create_stream(stream_id, AllowedStreamIDs(self.config.client_side))
    frames = list(stream.send_headers(headers, self.encoder, end_stream))
    if priority_weight is not None or priority_depends_on is not None or priority_exclusive is not None:
        if not self.config.client_side:
            raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
        first = frames[0]
        assert isinstance(first, HeadersFrame)
        first.flags.add("PRIORITY")
        frames[0] = _add_frame_priority(first, priority_weight, priority_depends_on, priority_exclusive)
    self._prepare_for_sending(frames)


def send_data(self: Any, stream_id: int, data: Any, end_stream: bool, pad_length: Any) -> None:
    self.config.logger.debug("Send data on stream ID %d with len %d", stream_id, len(data))
    size = len(data)
    if pad_length is not None:
        if not isinstance(pad_length, int):
            raise TypeError("pad_length must be an int")
        if pad_length < 0 or pad_length > 255:
            raise ValueError("pad_length must be within range: [0, 255]")
        size += pad_length + 1
    self.config.logger.debug("Frame size on stream ID %d is %d", stream_id, size)
    if size > 0 and size > self.local_flow_control_window(stream_id):
        raise FlowControlError(
            f"Cannot send {size} bytes, flow control window is {self.local_flow_control_window(stream_id)}")
    if size > self.max_outbound_frame_size:
        raise FrameTooLargeError(f"Cannot send frame size {size}, max frame size is {self.max_outbound_frame_size}")
    self.state_machine.process_input(ConnectionInputs.SEND_DATA)
    frames = self.streams[stream_id].send_data(data, end_stream, pad_length=pad_length)
    self._prepare_for_sending(frames)
    self.outbound_flow_control_window -= size
    self.config.logger.debug("Outbound flow control window size is %d", self.outbound_flow_control_window)
    assert self.outbound_flow_control_window >= 0 or size == 0


def end_stream(self: Any, stream_id: int) -> None:
    self.config.logger.debug("End stream ID %d", stream_id)
    self.state_machine.process_input(ConnectionInputs.SEND_DATA)
    self._prepare_for_sending(self._get_stream_by_id(stream_id).end_stream())


def increment_flow_control_window(self: Any, increment: int, stream_id: int | None) -> None:
    if not 1 <= increment <= self.MAX_WINDOW_INCREMENT:
        raise ValueError(f"Flow control increment must be between 1 and {self.MAX_WINDOW_INCREMENT}")
    self.state_machine.process_input(ConnectionInputs.SEND_WINDOW_UPDATE)
    if stream_id is not None:
        frames = self.streams[stream_id].increase_flow_control_window(increment)
        self.config.logger.debug("Increase stream ID %d flow control window by %d", stream_id, increment)
    else:
        self._inbound_flow_control_window_manager.window_opened(increment)
        frames = [_window_update(increment)]
        self.config.logger.debug("Increase connection flow control window by %d", increment)
    self._prepare_for_sending(frames)


def _window_update(increment: int) -> Frame:
    frame = WindowUpdateFrame(0)
    frame.window_increment = increment
    return frame


def push_stream(self: Any, stream_id: int, promised_stream_id: int, request_headers: Any) -> None:
    self.config.logger.debug("Send Push Promise frame on stream ID %d", stream_id)
    if not self.remote_settings.enable_push:
        raise ProtocolError("Remote peer has disabled stream push")
    self.state_machine.process_input(ConnectionInputs.SEND_PUSH_PROMISE)
    stream = self._get_stream_by_id(stream_id)
    if stream_id % 2 == 0:
        raise ProtocolError("Cannot recursively push streams.")
    promised = self._begin_new_stream(promised_stream_id, AllowedStreamIDs.EVEN)
    self.streams[promised_stream_id] = promised
    frames = stream.push_stream_in_band(promised_stream_id, request_headers, self.encoder)
    self._prepare_for_sending(frames + promised.locally_pushed())


def ping(self: Any, opaque_data: Any) -> None:
    self.config.logger.debug("Send Ping frame")
    if not isinstance(opaque_data, bytes) or len(opaque_data) != 8:
        raise ValueError(f"Invalid value for ping data: {opaque_data!r}")
    self.state_machine.process_input(ConnectionInputs.SEND_PING)
    frame = PingFrame(0)
    frame.opaque_data = opaque_data
    self._prepare_for_sending([frame])


def reset_stream(self: Any, stream_id: int, error_code: Any) -> None:
    self.config.logger.debug("Reset stream ID %d", stream_id)
    self.state_machine.process_input(ConnectionInputs.SEND_RST_STREAM)
    self._prepare_for_sending(self._get_stream_by_id(stream_id).reset_stream(error_code))


def close_connection(self: Any, error_code: Any, additional_data: bytes | None, last_stream_id: int | None) -> None:
    self.config.logger.debug("Close connection")
    self.state_machine.process_input(ConnectionInputs.SEND_GOAWAY)
    if additional_data is not None:
        assert isinstance(additional_data, bytes)
    if last_stream_id is None:
        last_stream_id = self.highest_inbound_stream_id
    self._prepare_for_sending([GoAwayFrame(stream_id=0, last_stream_id=last_stream_id, error_code=error_code,
                                           additional_data=additional_data or b"")])


def update_settings(self: Any, new_settings: Any) -> None:
    self.config.logger.debug("Update connection settings to %s", new_settings)
    self.state_machine.process_input(ConnectionInputs.SEND_SETTINGS)
    self.local_settings.update(new_settings)
    frame = SettingsFrame(0)
    frame.settings = new_settings
    self._prepare_for_sending([frame])


def advertise_alternative_service(self: Any, field_value: Any, origin: Any, stream_id: int | None) -> None:
    if not isinstance(field_value, bytes):
        raise ValueError("Field must be bytestring.")
    if origin is not None and stream_id is not None:
        raise ValueError("Must not provide both origin and stream_id")
    self.state_machine.process_input(ConnectionInputs.SEND_ALTERNATIVE_SERVICE)
    if origin is None:
        frames = self._get_stream_by_id(stream_id).advertise_alternative_service(field_value)
    else:
        frame = AltSvcFrame(stream_id=0)
        frame.origin = origin
        frame.field = field_value
        frames = [frame]
    self._prepare_for_sending(frames)


def prioritize(self: Any, stream_id: int, weight: int | None, depends_on: int | None, exclusive: bool | None) -> None:
    if not self.config.client_side:
        raise RFC1122Error("Servers SHOULD NOT prioritize streams.")
    self.state_machine.process_input(ConnectionInputs.SEND_PRIORITY)
    self._prepare_for_sending([_add_frame_priority(PriorityFrame(stream_id), weight, depends_on, exclusive)])


# ---- windows -----------------------------------------------------------------------------------------------------

def local_flow_control_window(self: Any, stream_id: int) -> Any:
    stream = self._get_stream_by_id(stream_id)
    return min(self.outbound_flow_control_window, stream.outbound_flow_control_window)


def remote_flow_control_window(self: Any, stream_id: int) -> Any:
    stream = self._get_stream_by_id(stream_id)
    return min(self.inbound_flow_control_window, stream.inbound_flow_control_window)


def acknowledge_received_data(self: Any, acknowledged_size: int, stream_id: int) -> None:
    self.config.logger.debug("Ack received data on stream ID %d with size %d", stream_id, acknowledged_size)
    if stream_id <= 0:
        raise ValueError(f"Stream ID {stream_id} is not valid for acknowledge_received_data")
    if acknowledged_size < 0:
        raise ValueError("Cannot acknowledge negative data")
    frames = []
    increment = self._inbound_flow_control_window_manager.process_bytes(acknowledged_size)
    if increment:
        frames.append(_window_update(increment))
    try:
        stream = self._get_stream_by_id(stream_id)
    except StreamClosedError:
        pass
    else:
        if stream.open:
            frames.extend(stream.acknowledge_received_data(acknowledged_size))
    self._prepare_for_sending(frames)


# ---- octets ------------------------------------------------------------------------------------------------------

def receive_data(self: Any, data: Any) -> list[Any]:
    self.config.logger.trace("Process received data on connection. Received data: %r", data)
    self.incoming_buffer.add_data(data)
    self.incoming_buffer.max_frame_size = self.max_inbound_frame_size
    events: list[Any] = []
    try:
        for frame in self.incoming_buffer:
            events.extend(self._receive_frame(frame))
    except InvalidPaddingError as error:
        self._terminate_connection(ErrorCodes.PROTOCOL_ERROR)
        raise ProtocolError("Received frame with invalid padding.") from error
    except ProtocolError as error:
        self._terminate_connection(error.error_code)
        raise
    return events
