"""hyperframe.frame."""
from __future__ import annotations

from typing import TYPE_CHECKING

from assertions import assert_type
from hyperframe.flags import Flag, Flags
from hyperframe.frame import (
    FRAME_MAX_ALLOWED_LEN,
    FRAME_MAX_LEN,
    FRAMES,
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    ExtensionFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    Padding,
    PingFrame,
    Priority,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

assert_type([FRAME_MAX_LEN, FRAME_MAX_ALLOWED_LEN], list[int])
assert_type(FRAMES[0x0], type[Frame])

data = DataFrame(1, b"data", flags=["END_STREAM"], pad_length=2)
assert_type(data.stream_id, int)
assert_type(data.flags, Flags)
assert_type(data.body_len, int)
assert_type(data.data, bytes)
assert_type(data.pad_length, int)
assert_type(data.flow_controlled_length, int)
assert_type(data.serialize(), bytes)
assert_type(data.serialize_body(), bytes)
assert_type(data.parse_flags(0x01), Flags)
assert_type(data.defined_flags, list[Flag])
padding: Padding = data
assert_type(padding.serialize_padding_data(), bytes)
assert_type(padding.parse_padding_data(memoryview(b"")), int)

frame, length = Frame.parse_frame_header(memoryview(data.serialize())[:9], strict=True)
assert_type(frame, Frame)
assert_type(length, int)
frame.parse_body(memoryview(data.serialize())[9:])
assert_type(frame.type, int | None)
assert_type(frame.stream_association, str | None)
assert_type(Frame.explain(memoryview(PingFrame(0, b"12345678").serialize())), tuple[Frame, int])

headers = HeadersFrame(1, b"\x82", flags=["PRIORITY"], depends_on=3, stream_weight=15, exclusive=True)
assert_type(headers.data, bytes)
assert_type(headers.depends_on, int)
assert_type(headers.stream_weight, int)
assert_type(headers.exclusive, bool)
assert_type(headers.pad_length, int)
priority: Priority = headers
assert_type(priority.serialize_priority_data(), bytes)
assert_type(priority.parse_priority_data(memoryview(bytes(5))), int)
assert_type(PriorityFrame(1, depends_on=3).depends_on, int)

assert_type(RstStreamFrame(1, 8).error_code, int)
settings = SettingsFrame(0, {SettingsFrame.MAX_FRAME_SIZE: 2**14, SettingsFrame.ENABLE_PUSH: 0})
assert_type(settings.settings, dict[int, int])
assert_type([
    SettingsFrame.HEADER_TABLE_SIZE, SettingsFrame.MAX_CONCURRENT_STREAMS, SettingsFrame.INITIAL_WINDOW_SIZE,
    SettingsFrame.MAX_HEADER_LIST_SIZE, SettingsFrame.ENABLE_CONNECT_PROTOCOL], list[int])
promise = PushPromiseFrame(1, promised_stream_id=2, data=b"\x82")
assert_type(promise.promised_stream_id, int)
assert_type(promise.data, bytes)
assert_type(PingFrame(opaque_data=b"12345678").opaque_data, bytes)
goaway = GoAwayFrame(last_stream_id=5, error_code=2, additional_data=b"bye")
assert_type(goaway.last_stream_id, int)
assert_type(goaway.error_code, int)
assert_type(goaway.additional_data, bytes)
assert_type(WindowUpdateFrame(0, window_increment=1).window_increment, int)
assert_type(ContinuationFrame(1, b"\x82").data, bytes)
service = AltSvcFrame(0, origin=b"example.com", field=b'h2=":443"')
assert_type(service.origin, bytes)
assert_type(service.field, bytes)
unknown = ExtensionFrame(0xBB, 1, flag_byte=0xFF, body=b"body")
assert_type(unknown.flag_byte, int)
assert_type(unknown.body, bytes)


class Noted(Frame):
    """A frame type of a caller's own."""

    type = 0xBC
    defined_flags = [Flag("ACK", 0x01)]
    stream_association = "no-stream"

    def serialize_body(self) -> bytes:
        return b"note"

    def parse_body(self, data: memoryview) -> None:
        self.body_len = len(data)


assert Noted(0, ["ACK"]).serialize() == bytes.fromhex("000004bc0100000000") + b"note"

if TYPE_CHECKING:  # what a type checker refuses
    DataFrame()  # type: ignore[call-arg]
    DataFrame(1, "text")  # type: ignore[arg-type]
    Frame.parse_frame_header(b"too narrow")  # type: ignore[arg-type]
    settings.settings = {"name": 1}  # type: ignore[dict-item]
    data.flags = {"END_STREAM"}  # type: ignore[assignment]
    data.flow_controlled_length = 1  # type: ignore[misc]
    headers.nothing  # type: ignore[attr-defined]
