"""The steps of upstream's connection that are not public, by their names: they can be overridden, patched and called.

The straight way takes none of them. They take and give frame objects; what they ask of state machines, windows,
settings and codecs is the engine's. Names of h2.connection that somebody rebinds are rebound here, too
(fasth2.engine.faces).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fasth2.codec.framebase import ExtensionFrame
from fasth2.codec.frametypes import (
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from fasth2.engine.connection import Connection
from fasth2.engine.enums import AllowedStreamIDs, ConnectionInputs, StreamClosedBy
from fasth2.engine.eventtypes import (
    AlternativeServiceAvailable,
    ConnectionTerminated,
    InformationalResponseReceived,
    PingAckReceived,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    RequestReceived,
    ResponseReceived,
    SettingsAcknowledged,
    TrailersReceived,
    UnknownFrameReceived,
    WindowUpdated,
)
from fasth2.engine.headerlists import guard_increment_window
from fasth2.engine.settingstypes import SettingCodes
from fasth2.engine.steps import assign_anew
from fasth2.engine.ways import is_of_plain_class, receives_as_it_comes
from fasth2.errors.codes import ErrorCodes, _error_code_from_int
from fasth2.errors.h2 import (
    DenialOfServiceError,
    NoSuchStreamError,
    ProtocolError,
    StreamClosedError,
    StreamIDTooLowError,
    TooManyStreamsError,
)
from fasth2.errors.hpack import HPACKError, OversizedHeaderListError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fasth2.codec.framebase import Frame
    from fasth2.engine.eventtypes import Event
    from fasth2.engine.settingstypes import ChangedSetting
    from fasth2.h2.stream import H2Stream
    from fasth2.hpack.hpack import Decoder
    from fasth2.hpack.struct import Header

    Received = tuple[list[Frame], list[Event]]  # frames to be sent, and events
else:
    H2Stream = None  # h2.connection's, from its first import on


def _decode_headers(decoder: Decoder, encoded_header_block: bytes) -> Iterable[Header]:
    """What `decoder` makes of a header block, or h2's exception for hpack's. Source: h2.connection._decode_headers."""
    try:
        return decoder.decode(encoded_header_block, raw=True)
    except OversizedHeaderListError as error:
        raise DenialOfServiceError(f"Oversized header block: {error}") from error
    except (HPACKError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"Error decoding header block: {error}") from error


def _reset(stream_id: int, error_code: Any) -> RstStreamFrame:
    frame = RstStreamFrame(stream_id)
    frame.error_code = error_code
    return frame


def _window_update(increment: int) -> WindowUpdateFrame:
    """That of the connection."""
    frame = WindowUpdateFrame(0)
    frame.window_increment = increment
    return frame



# The name of each class of frames, and the step that takes it.
_RECEIVED = {
    "HeadersFrame": "_receive_headers_frame",
    "PushPromiseFrame": "_receive_push_promise_frame",
    "SettingsFrame": "_receive_settings_frame",
    "DataFrame": "_receive_data_frame",
    "WindowUpdateFrame": "_receive_window_update_frame",
    "PingFrame": "_receive_ping_frame",
    "RstStreamFrame": "_receive_rst_stream_frame",
    "PriorityFrame": "_receive_priority_frame",
    "GoAwayFrame": "_receive_goaway_frame",
    "ContinuationFrame": "_receive_naked_continuation",
    "AltSvcFrame": "_receive_alt_svc_frame",
    "ExtensionFrame": "_receive_unknown_frame",
}
_CLASSES_AS_THEY_COME = {name: globals()[name] for name in _RECEIVED}

# What upstream assigns when it makes a connection, in its order.
_ATTRIBUTES = (
    "state_machine", "streams", "highest_inbound_stream_id", "highest_outbound_stream_id", "encoder", "decoder",
    "config", "local_settings", "remote_settings", "outbound_flow_control_window", "max_outbound_frame_size",
    "max_inbound_frame_size", "incoming_buffer", "_header_frames", "_data_to_send", "_closed_streams",
    "_inbound_flow_control_window_manager",
)


class OpenConnection(Connection):
    """What H2Connection is derived from: a connection with upstream's steps, of upstream's arguments and results."""

    def _honour_overrides(self) -> None:
        """What upstream does when a connection is made, and subclasses can tell."""
        if not is_of_plain_class(self):
            assign_anew(self, OpenConnection, _ATTRIBUTES)
        if not receives_as_it_comes(self):  # else the table can wait until somebody asks for it
            self._dispatch = {globals()[name]: getattr(self, step) for name, step in _RECEIVED.items()}

    @property
    def _frame_dispatch_table(self) -> dict[type[Frame], Callable[..., Any]]:
        if self._dispatch is None:
            self._dispatch = {cls: getattr(OpenConnection, _RECEIVED[name]).__get__(self)
                              for name, cls in _CLASSES_AS_THEY_COME.items()}
            self._dispatch_as_made = dict(self._dispatch)
        if self._dispatch is False:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute '_frame_dispatch_table'")
        table: dict[type[Frame], Callable[..., Any]] = self._dispatch
        return table

    @_frame_dispatch_table.setter
    def _frame_dispatch_table(self, table: dict[type[Frame], Callable[..., Any]]) -> None:
        self._dispatch = table

    @_frame_dispatch_table.deleter
    def _frame_dispatch_table(self) -> None:
        self._dispatch, self._dispatch_as_made = False, None  # grpclib deletes it: both refer to this connection

    # ---- sending ----

    def _prepare_for_sending(self, frames: list[Frame]) -> None:
        if not frames:
            return
        self._write_octets(b"".join([frame.serialize() for frame in frames]))
        assert all(frame.body_len <= self.max_outbound_frame_size for frame in frames)

    def _terminate_connection(self, error_code: ErrorCodes) -> None:
        frame = GoAwayFrame(0)
        frame.last_stream_id = self.highest_inbound_stream_id
        frame.error_code = error_code
        self.state_machine.process_input(ConnectionInputs.SEND_GOAWAY)
        self._prepare_for_sending([frame])

    # ---- streams (RFC 9113 section 5.1) ----

    def _open_streams(self, remainder: int) -> int:
        count = 0
        closed = []
        for stream_id, stream in self.streams.items():
            if stream.open and stream_id % 2 == remainder:
                count += 1
            elif stream.closed:
                closed.append(stream_id)
        for stream_id in closed:
            stream = self.streams.pop(stream_id)
            self._closed_streams[stream_id] = stream.closed_by
            self._streams_changed()
        return count

    def _stream_id_is_outbound(self, stream_id: int) -> bool:
        return stream_id % 2 == int(self.config.client_side)

    def _begin_new_stream(self, stream_id: int, allowed_ids: AllowedStreamIDs) -> H2Stream:
        self.config.logger.debug("Attempting to initiate stream ID %d", stream_id)
        outbound = self._stream_id_is_outbound(stream_id)
        highest = self.highest_outbound_stream_id if outbound else self.highest_inbound_stream_id
        if stream_id <= highest:
            raise StreamIDTooLowError(stream_id, highest)
        if stream_id % 2 != int(allowed_ids):
            raise ProtocolError("Invalid stream ID for peer.")
        stream = H2Stream(
            stream_id, config=self.config, inbound_window_size=self.local_settings.initial_window_size,
            outbound_window_size=self.remote_settings.initial_window_size)
        self.config.logger.debug("Stream ID %d created", stream_id)
        stream.max_outbound_frame_size = self.max_outbound_frame_size
        self.streams[stream_id] = stream
        self._streams_changed()
        self.config.logger.debug("Current streams: %s", self.streams.keys())
        if outbound:
            self.highest_outbound_stream_id = stream_id
        else:
            self.highest_inbound_stream_id = stream_id
        return stream

    def _get_or_create_stream(self, stream_id: int, allowed_ids: AllowedStreamIDs) -> H2Stream:
        try:
            return self.streams[stream_id]
        except KeyError:
            return self._begin_new_stream(stream_id, allowed_ids)

    def _get_stream_by_id(self, stream_id: int | None) -> H2Stream:
        if not stream_id:
            raise NoSuchStreamError(-1)
        try:
            return self.streams[stream_id]
        except KeyError as error:
            outbound = self._stream_id_is_outbound(stream_id)
            if stream_id > (self.highest_outbound_stream_id if outbound else self.highest_inbound_stream_id):
                raise NoSuchStreamError(stream_id) from error
            raise StreamClosedError(stream_id) from error

    def _stream_closed_by(self, stream_id: int) -> StreamClosedBy | None:
        if stream_id in self.streams:
            return self.streams[stream_id].closed_by
        if stream_id in self._closed_streams:
            return self._closed_streams[stream_id]
        return None

    def _stream_is_closed_by_reset(self, stream_id: int) -> bool:
        return self._stream_closed_by(stream_id) in (StreamClosedBy.RECV_RST_STREAM, StreamClosedBy.SEND_RST_STREAM)

    def _stream_is_closed_by_end(self, stream_id: int) -> bool:
        return self._stream_closed_by(stream_id) in (StreamClosedBy.RECV_END_STREAM, StreamClosedBy.SEND_END_STREAM)

    # ---- receiving ----

    def _receive_frame(self, frame: Frame) -> list[Event]:
        self.config.logger.trace("Received frame: %s", repr(frame))
        events: list[Event]
        try:
            frames, events = self._frame_dispatch_table[frame.__class__](frame)
        except StreamClosedError as error:
            if not self._stream_is_closed_by_reset(error.stream_id):
                raise
            self._prepare_for_sending([_reset(error.stream_id, error.error_code)])
            return list(error._events)
        except StreamIDTooLowError as error:
            if self._stream_is_closed_by_reset(error.stream_id):
                self._prepare_for_sending([_reset(error.stream_id, ErrorCodes.STREAM_CLOSED)])
                return []
            if self._stream_is_closed_by_end(error.stream_id):
                raise StreamClosedError(error.stream_id) from error
            raise
        self._prepare_for_sending(frames)
        return events

    def _receive_headers_frame(self, frame: HeadersFrame) -> Received:
        if frame.stream_id not in self.streams:
            most = self.local_settings.max_concurrent_streams
            count = self.open_inbound_streams
            if count + 1 > most:
                raise TooManyStreamsError(f"Max inbound streams is {most}, {count} open")
        headers = _decode_headers(self.decoder, frame.data)
        events = self.state_machine.process_input(ConnectionInputs.RECV_HEADERS)
        stream = self._get_or_create_stream(frame.stream_id, AllowedStreamIDs(not self.config.client_side))
        frames, of_stream = stream.receive_headers(headers, "END_STREAM" in frame.flags, self.config.header_encoding)
        if "PRIORITY" in frame.flags:
            none, priorities = self._receive_priority_frame(frame)
            assert isinstance(
                of_stream[0], (RequestReceived, ResponseReceived, TrailersReceived, InformationalResponseReceived))
            assert isinstance(priorities[0], PriorityUpdated)
            of_stream[0].priority_updated = priorities[0]
            of_stream.extend(priorities)
            assert not none
        return frames, events + of_stream

    def _receive_push_promise_frame(self, frame: PushPromiseFrame) -> Received:
        if not self.local_settings.enable_push:
            raise ProtocolError("Received pushed stream")
        headers = _decode_headers(self.decoder, frame.data)
        events = self.state_machine.process_input(ConnectionInputs.RECV_PUSH_PROMISE)
        refusal = ErrorCodes.REFUSED_STREAM
        try:
            stream = self._get_stream_by_id(frame.stream_id)
        except NoSuchStreamError as error:
            if self._stream_closed_by(frame.stream_id) != StreamClosedBy.SEND_RST_STREAM:
                raise ProtocolError("Attempted to push on closed stream.") from error
            return [_reset(frame.promised_stream_id, refusal)], events
        if frame.stream_id % 2 == 0:
            raise ProtocolError("Cannot recursively push streams.")
        try:
            frames, of_stream = stream.receive_push_promise_in_band(
                frame.promised_stream_id, headers, self.config.header_encoding)
        except StreamClosedError:
            return [_reset(frame.promised_stream_id, refusal)], events
        promised = self._begin_new_stream(frame.promised_stream_id, AllowedStreamIDs.EVEN)
        self.streams[frame.promised_stream_id] = promised
        promised.remotely_pushed(headers)
        return frames, events + of_stream

    def _receive_data_frame(self, frame: DataFrame) -> Received:
        length = frame.flow_controlled_length
        events = self.state_machine.process_input(ConnectionInputs.RECV_DATA)
        self._inbound_flow_control_window_manager.window_consumed(length)
        try:
            stream = self._get_stream_by_id(frame.stream_id)
            frames, of_stream = stream.receive_data(frame.data, "END_STREAM" in frame.flags, length)
        except StreamClosedError as error:
            return self._handle_data_on_closed_stream(events, error, frame)
        return frames, events + of_stream

    def _handle_data_on_closed_stream(self, events: list[Event], exc: StreamClosedError, frame: DataFrame) -> Received:
        frames: list[Frame] = []
        increment = self._inbound_flow_control_window_manager.process_bytes(frame.flow_controlled_length)
        if increment:
            frames.append(_window_update(increment))
            self.config.logger.debug("Received DATA frame on closed stream %d - auto-emitted a WINDOW_UPDATE by %d",
                                     frame.stream_id, increment)
        frames.append(_reset(exc.stream_id, exc.error_code))
        self.config.logger.debug("Stream %s already CLOSED or cleaned up - auto-emitted a RST_FRAME", frame.stream_id)
        return frames, events + exc._events

    def _receive_window_update_frame(self, frame: WindowUpdateFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_WINDOW_UPDATE)
        if not frame.stream_id:
            self.outbound_flow_control_window = guard_increment_window(
                self.outbound_flow_control_window, frame.window_increment)
            return [], events + [WindowUpdated(stream_id=0, delta=frame.window_increment)]
        try:
            stream = self._get_stream_by_id(frame.stream_id)
            frames, of_stream = stream.receive_window_update(frame.window_increment)
        except StreamClosedError:
            return [], events
        return frames, events + of_stream

    def _receive_ping_frame(self, frame: PingFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_PING)
        if "ACK" in frame.flags:
            events.append(PingAckReceived(ping_data=frame.opaque_data))
            return [], events
        answer = PingFrame(0)
        answer.flags.add("ACK")
        answer.opaque_data = frame.opaque_data
        events.append(PingReceived(ping_data=frame.opaque_data))
        return [answer], events

    def _receive_rst_stream_frame(self, frame: RstStreamFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_RST_STREAM)
        try:
            stream = self._get_stream_by_id(frame.stream_id)
        except NoSuchStreamError:
            return [], events
        frames, of_stream = stream.stream_reset(frame)
        return frames, events + of_stream

    def _receive_priority_frame(self, frame: HeadersFrame | PriorityFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_PRIORITY)
        updated = PriorityUpdated()
        updated.stream_id = frame.stream_id
        updated.depends_on = frame.depends_on
        updated.exclusive = frame.exclusive
        updated.weight = frame.stream_weight + 1
        if updated.depends_on == frame.stream_id:
            raise ProtocolError(f"Stream {frame.stream_id} may not depend on itself")
        events.append(updated)
        return [], events

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_GOAWAY)
        self.clear_outbound_data_buffer()
        terminated = ConnectionTerminated()
        terminated.error_code = _error_code_from_int(frame.error_code)
        terminated.last_stream_id = frame.last_stream_id
        terminated.additional_data = frame.additional_data or None
        events.append(terminated)
        return [], events

    def _receive_naked_continuation(self, frame: ContinuationFrame) -> None:
        self._get_stream_by_id(frame.stream_id).receive_continuation()
        raise AssertionError("Should not be reachable")

    def _receive_alt_svc_frame(self, frame: AltSvcFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_ALTERNATIVE_SERVICE)
        if frame.stream_id:
            try:
                stream = self._get_stream_by_id(frame.stream_id)
            except NoSuchStreamError:
                return [], events
            frames, of_stream = stream.receive_alt_svc(frame)
            events.extend(of_stream)
            return list(frames), events
        if frame.origin and self.config.client_side:
            available = AlternativeServiceAvailable()
            available.origin = frame.origin
            available.field_value = frame.field
            events.append(available)
        return [], events

    def _receive_unknown_frame(self, frame: ExtensionFrame) -> Received:
        self.config.logger.debug("Received unknown extension frame (ID %d)", frame.stream_id)
        return [], [UnknownFrameReceived(frame=frame)]

    # ---- settings (RFC 9113 section 6.5) ----

    def _receive_settings_frame(self, frame: SettingsFrame) -> Received:
        events = self.state_machine.process_input(ConnectionInputs.RECV_SETTINGS)
        if "ACK" in frame.flags:
            acknowledged = SettingsAcknowledged()
            acknowledged.changed_settings = self._local_settings_acked()
            events.append(acknowledged)
            return [], events
        for setting, value in frame.settings.items():
            self.remote_settings.validate_received_setting(setting, value)
        self.remote_settings.update(frame.settings)
        events.append(RemoteSettingsChanged.from_settings(self.remote_settings, frame.settings))
        return self._acknowledge_settings(), events

    def _acknowledge_settings(self) -> list[Frame]:
        self.state_machine.process_input(ConnectionInputs.SEND_SETTINGS)
        changes = self.remote_settings.acknowledge()
        if SettingCodes.INITIAL_WINDOW_SIZE in changes:
            changed = changes[SettingCodes.INITIAL_WINDOW_SIZE]
            self._flow_control_change_from_settings(changed.original_value, changed.new_value)
        if SettingCodes.HEADER_TABLE_SIZE in changes:
            self.encoder.header_table_size = changes[SettingCodes.HEADER_TABLE_SIZE].new_value
        if SettingCodes.MAX_FRAME_SIZE in changes:
            size = changes[SettingCodes.MAX_FRAME_SIZE].new_value
            self.max_outbound_frame_size = size
            for stream in self.streams.values():
                stream.max_outbound_frame_size = size
        answer = SettingsFrame(0)
        answer.flags.add("ACK")
        return [answer]

    def _local_settings_acked(self) -> dict[SettingCodes | int, ChangedSetting]:
        changes = self.local_settings.acknowledge()
        if SettingCodes.INITIAL_WINDOW_SIZE in changes:
            changed = changes[SettingCodes.INITIAL_WINDOW_SIZE]
            self._inbound_flow_control_change_from_settings(changed.original_value, changed.new_value)
        if SettingCodes.MAX_HEADER_LIST_SIZE in changes:
            self.decoder.max_header_list_size = changes[SettingCodes.MAX_HEADER_LIST_SIZE].new_value
        if SettingCodes.MAX_FRAME_SIZE in changes:
            self.max_inbound_frame_size = changes[SettingCodes.MAX_FRAME_SIZE].new_value
        if SettingCodes.HEADER_TABLE_SIZE in changes:
            self.decoder.max_allowed_table_size = changes[SettingCodes.HEADER_TABLE_SIZE].new_value
        return changes

    def _flow_control_change_from_settings(self, old_value: int | None, new_value: int) -> None:
        delta = new_value - (old_value or 0)
        for stream in self.streams.values():
            stream.outbound_flow_control_window = guard_increment_window(stream.outbound_flow_control_window, delta)

    def _inbound_flow_control_change_from_settings(self, old_value: int | None, new_value: int) -> None:
        delta = new_value - (old_value or 0)
        for stream in self.streams.values():
            stream._inbound_flow_control_change_from_settings(delta)
