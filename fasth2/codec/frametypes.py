"""The frame types of RFC 9113 section 6 and RFC 7838 section 4, step by step, and how they are laid out.

Each class says what its frame carries. They follow hyperframe 6.1.0, but where that is wrong against RFC 9113:
reserved bits are dropped, padding may fill a payload but not reach into other fields, and a settings identifier has
16 bits.
"""
from __future__ import annotations

import struct
from typing import Any

from fasth2.codec import frame as _straight
from fasth2.codec.flags import Flag
from fasth2.codec.frame import FRAMES, _raw_data_repr
from fasth2.codec.framebase import (
    _STREAM_ASSOC_EITHER,
    _STREAM_ASSOC_HAS_STREAM,
    _STREAM_ASSOC_NO_STREAM,
    _UPSTREAM,
    ExtensionFrame,
    Frame,
)
from fasth2.codec.framecore import enlist
from fasth2.codec.framemixins import _STREAM_ID, _STRUCT_H, _STRUCT_HL, _STRUCT_L, _STRUCT_LL, Padding, Priority
from fasth2.codec.tablesize import RaisedSize
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError, InvalidPaddingError

FRAME_MAX_LEN = 1 << 14                 # octets; SETTINGS_MAX_FRAME_SIZE until a peer says more
FRAME_MAX_ALLOWED_LEN = (1 << 24) - 1   # octets; what a frame header can say

_END_STREAM = Flag("END_STREAM", 0x01)
_ACK = Flag("ACK", 0x01)
_END_HEADERS = Flag("END_HEADERS", 0x04)
_PADDED = Flag("PADDED", 0x08)
_PRIORITY = Flag("PRIORITY", 0x20)



class DataFrame(Padding, Frame):
    """DATA (RFC 9113 section 6.1): `data`, bytes-like, with up to 255 octets of padding.

    Source: hyperframe.frame.DataFrame.
    """

    __module__ = _UPSTREAM
    defined_flags = [_END_STREAM, _PADDED]
    type = 0x0
    stream_association = _STREAM_ASSOC_HAS_STREAM

    def __init__(self, stream_id: int, data: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.data: bytes = data

    @_straight.serializes_body(_straight.DATA)
    def serialize_body(self) -> bytes:
        count = self.serialize_padding_data()
        padding = b"\0" * self.pad_length
        if isinstance(self.data, memoryview):
            self.data = self.data.tobytes()
        return b"".join([count, self.data, padding])

    @_straight.parses_body(_straight.DATA)
    def parse_body(self, data: memoryview) -> None:
        start = self.parse_padding_data(data)
        self.data = data[start:len(data) - self.pad_length].tobytes()
        self.body_len = len(data)
        if self.pad_length and self.pad_length >= self.body_len:
            raise InvalidPaddingError("Padding is too long.")

    @property
    @_straight.measures_flow
    def flow_controlled_length(self) -> int:
        """What the payload takes from the flow-control windows, in octets (section 6.1)."""
        return len(self.data) + (self.pad_length + 1 if "PADDED" in self.flags else 0)


class PriorityFrame(Priority, Frame):
    """PRIORITY (RFC 9113 section 6.3). Source: hyperframe.frame.PriorityFrame."""

    __module__ = _UPSTREAM
    defined_flags: list[Flag] = []
    type = 0x02
    stream_association = _STREAM_ASSOC_HAS_STREAM

    def _body_repr(self) -> str:
        return f"exclusive={self.exclusive}, depends_on={self.depends_on}, stream_weight={self.stream_weight}"

    @_straight.serializes_body(_straight.PRIORITY)
    def serialize_body(self) -> bytes:
        return self.serialize_priority_data()

    @_straight.parses_body(_straight.PRIORITY)
    def parse_body(self, data: memoryview) -> None:
        if len(data) > 5:
            raise InvalidFrameError(f"PRIORITY must have 5 byte body: actual length {len(data)}.")
        self.parse_priority_data(data)
        self.body_len = 5


class RstStreamFrame(Frame):
    """RST_STREAM (RFC 9113 section 6.4): `error_code`, an int of 32 bits. Source: hyperframe.frame.RstStreamFrame."""

    __module__ = _UPSTREAM
    defined_flags: list[Flag] = []
    type = 0x03
    stream_association = _STREAM_ASSOC_HAS_STREAM

    def __init__(self, stream_id: int, error_code: int = 0, **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.error_code: int = error_code

    def _body_repr(self) -> str:
        return f"error_code={self.error_code}"

    @_straight.serializes_body(_straight.RST_STREAM)
    def serialize_body(self) -> bytes:
        return _STRUCT_L.pack(self.error_code)

    @_straight.parses_body(_straight.RST_STREAM)
    def parse_body(self, data: memoryview) -> None:
        if len(data) != 4:
            raise InvalidFrameError(f"RST_STREAM must have 4 byte body: actual length {len(data)}.")
        self.error_code, = _STRUCT_L.unpack(data)
        self.body_len = 4


class SettingsFrame(Frame):
    """SETTINGS (RFC 9113 section 6.5): `settings`, a dict of identifiers (16 bits) to values (32 bits), both int.

    Source: hyperframe.frame.SettingsFrame. The identifiers of section 6.5.2 and of RFC 8441 are class attributes.
    """

    __module__ = _UPSTREAM
    defined_flags = [_ACK]
    type = 0x04
    stream_association = _STREAM_ASSOC_NO_STREAM

    HEADER_TABLE_SIZE = 0x01
    ENABLE_PUSH = 0x02
    MAX_CONCURRENT_STREAMS = 0x03
    INITIAL_WINDOW_SIZE = 0x04
    MAX_FRAME_SIZE = 0x05
    MAX_HEADER_LIST_SIZE = 0x06
    ENABLE_CONNECT_PROTOCOL = 0x08

    def __init__(self, stream_id: int = 0, settings: dict[int, int] | None = None, **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        if settings and "ACK" in kwargs.get("flags", ()):
            raise InvalidDataError("Settings must be empty if ACK flag is set.")
        self.settings: dict[int, int] = settings or {}

    def _body_repr(self) -> str:
        return f"settings={self.settings}"

    @_straight.serializes_body(_straight.SETTINGS)
    def serialize_body(self) -> bytes:
        return b"".join([_STRUCT_HL.pack(setting & 0xFFFF, value) for setting, value in self.settings.items()])

    @_straight.parses_body(_straight.SETTINGS)
    def parse_body(self, data: memoryview) -> None:
        if "ACK" in self.flags and len(data) > 0:
            raise InvalidDataError(f"SETTINGS ack frame must not have payload: got {len(data)} bytes")
        smallest = 2 ** 32
        for start in range(0, len(data), 6):
            try:
                setting, value = _STRUCT_HL.unpack(data[start:start + 6])
            except struct.error as error:
                raise InvalidFrameError("Invalid SETTINGS body") from error
            if setting == self.HEADER_TABLE_SIZE:
                smallest = min(smallest, value)
                value = RaisedSize.of(smallest, value)
            self.settings[setting] = value
        self.body_len = len(data)


class PushPromiseFrame(Padding, Frame):
    """PUSH_PROMISE (RFC 9113 section 6.6): `promised_stream_id` (int) and `data`, a fragment of a header block.

    Source: hyperframe.frame.PushPromiseFrame.
    """

    __module__ = _UPSTREAM
    defined_flags = [_END_HEADERS, _PADDED]
    type = 0x05
    stream_association = _STREAM_ASSOC_HAS_STREAM

    def __init__(self, stream_id: int, promised_stream_id: int = 0, data: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.promised_stream_id: int = promised_stream_id
        self.data: bytes = data

    def _body_repr(self) -> str:
        return f"promised_stream_id={self.promised_stream_id}, data={_raw_data_repr(self.data)}"

    @_straight.serializes_body(_straight.PUSH_PROMISE)
    def serialize_body(self) -> bytes:
        count = self.serialize_padding_data()
        padding = b"\0" * self.pad_length
        promised = _STRUCT_L.pack(self.promised_stream_id)
        return b"".join([count, promised, self.data, padding])

    @_straight.parses_body(_straight.PUSH_PROMISE)
    def parse_body(self, data: memoryview) -> None:
        start = self.parse_padding_data(data)
        try:
            promised, = _STRUCT_L.unpack(data[start:start + 4])
        except struct.error as error:
            raise InvalidFrameError("Invalid PUSH_PROMISE body") from error
        self.promised_stream_id = promised & _STREAM_ID
        self.data = data[start + 4:len(data) - self.pad_length].tobytes()
        self.body_len = len(data)
        if self.promised_stream_id == 0 or self.promised_stream_id % 2 != 0:
            raise InvalidDataError(f"Invalid PUSH_PROMISE promised stream id: {self.promised_stream_id}")
        if self.pad_length and self.pad_length > len(data) - start - 4:
            raise InvalidPaddingError("Padding is too long.")


class PingFrame(Frame):
    """PING (RFC 9113 section 6.7): `opaque_data`, at most eight octets. Source: hyperframe.frame.PingFrame."""

    __module__ = _UPSTREAM
    defined_flags = [_ACK]
    type = 0x06
    stream_association = _STREAM_ASSOC_NO_STREAM

    def __init__(self, stream_id: int = 0, opaque_data: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.opaque_data: bytes = opaque_data

    def _body_repr(self) -> str:
        return f"opaque_data={self.opaque_data!r}"

    @_straight.serializes_body(_straight.PING)
    def serialize_body(self) -> bytes:
        if len(self.opaque_data) > 8:
            raise InvalidFrameError(
                f"PING frame may not have more than 8 bytes of data, got {len(self.opaque_data)}")
        data = self.opaque_data
        data += bytes(8 - len(data))  # a bytearray grows in place, and with it the frame's own
        return data

    @_straight.parses_body(_straight.PING)
    def parse_body(self, data: memoryview) -> None:
        if len(data) != 8:
            raise InvalidFrameError(f"PING frame must have 8 byte length: got {len(data)}")
        self.opaque_data = data.tobytes()
        self.body_len = 8


class GoAwayFrame(Frame):
    """GOAWAY (RFC 9113 section 6.8): `last_stream_id` and `error_code` (ints), `additional_data` for people to read.

    Source: hyperframe.frame.GoAwayFrame.
    """

    __module__ = _UPSTREAM
    defined_flags: list[Flag] = []
    type = 0x07
    stream_association = _STREAM_ASSOC_NO_STREAM

    def __init__(self, stream_id: int = 0, last_stream_id: int = 0, error_code: int = 0, additional_data: bytes = b"",
                 **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.last_stream_id: int = last_stream_id
        self.error_code: int = error_code
        self.additional_data: bytes = additional_data

    def _body_repr(self) -> str:
        return (f"last_stream_id={self.last_stream_id}, error_code={self.error_code}, "
                f"additional_data={self.additional_data!r}")

    @_straight.serializes_body(_straight.GOAWAY)
    def serialize_body(self) -> bytes:
        return _STRUCT_LL.pack(self.last_stream_id & _STREAM_ID, self.error_code) + self.additional_data

    @_straight.parses_body(_straight.GOAWAY)
    def parse_body(self, data: memoryview) -> None:
        try:
            last_stream_id, self.error_code = _STRUCT_LL.unpack(data[:8])
        except struct.error as error:
            raise InvalidFrameError("Invalid GOAWAY body.") from error
        self.last_stream_id = last_stream_id & _STREAM_ID
        self.body_len = len(data)
        if len(data) > 8:
            self.additional_data = data[8:].tobytes()


class WindowUpdateFrame(Frame):
    """WINDOW_UPDATE (RFC 9113 section 6.9): `window_increment`, an int of 31 bits.

    Source: hyperframe.frame.WindowUpdateFrame.
    """

    __module__ = _UPSTREAM
    defined_flags: list[Flag] = []
    type = 0x08
    stream_association = _STREAM_ASSOC_EITHER

    def __init__(self, stream_id: int, window_increment: int = 0, **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.window_increment: int = window_increment

    def _body_repr(self) -> str:
        return f"window_increment={self.window_increment}"

    @_straight.serializes_body(_straight.WINDOW_UPDATE)
    def serialize_body(self) -> bytes:
        return _STRUCT_L.pack(self.window_increment & _STREAM_ID)

    @_straight.parses_body(_straight.WINDOW_UPDATE)
    def parse_body(self, data: memoryview) -> None:
        if len(data) > 4:
            raise InvalidFrameError(f"WINDOW_UPDATE frame must have 4 byte length: got {len(data)}")
        try:
            increment, = _STRUCT_L.unpack(data)
        except struct.error as error:
            raise InvalidFrameError("Invalid WINDOW_UPDATE body") from error
        self.window_increment = increment & _STREAM_ID
        if not self.window_increment:
            raise InvalidDataError("WINDOW_UPDATE increment must be between 1 to 2^31-1")
        self.body_len = 4


class HeadersFrame(Padding, Priority, Frame):
    """HEADERS (RFC 9113 section 6.2): `data`, a fragment of a header block, with a priority and padding if flags say.

    Source: hyperframe.frame.HeadersFrame.
    """

    __module__ = _UPSTREAM
    defined_flags = [_END_STREAM, _END_HEADERS, _PADDED, _PRIORITY]
    type = 0x01
    stream_association = _STREAM_ASSOC_HAS_STREAM

    def __init__(self, stream_id: int, data: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.data: bytes = data

    def _body_repr(self) -> str:
        return (f"exclusive={self.exclusive}, depends_on={self.depends_on}, stream_weight={self.stream_weight}, "
                f"data={_raw_data_repr(self.data)}")

    @_straight.serializes_body(_straight.HEADERS)
    def serialize_body(self) -> bytes:
        count = self.serialize_padding_data()
        padding = b"\0" * self.pad_length
        priority = self.serialize_priority_data() if "PRIORITY" in self.flags else b""
        return b"".join([count, priority, self.data, padding])

    @_straight.parses_body(_straight.HEADERS)
    def parse_body(self, data: memoryview) -> None:
        data = data[self.parse_padding_data(data):]
        start = self.parse_priority_data(data) if "PRIORITY" in self.flags else 0
        self.body_len = len(data)
        self.data = data[start:len(data) - self.pad_length].tobytes()
        if self.pad_length and self.pad_length > len(data) - start:
            raise InvalidPaddingError("Padding is too long.")


class ContinuationFrame(Frame):
    """CONTINUATION (RFC 9113 section 6.10): `data`, a fragment of a header block.

    Source: hyperframe.frame.ContinuationFrame.
    """

    __module__ = _UPSTREAM
    defined_flags = [_END_HEADERS]
    type = 0x09
    stream_association = _STREAM_ASSOC_HAS_STREAM

    def __init__(self, stream_id: int, data: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.data: bytes = data

    def _body_repr(self) -> str:
        return f"data={_raw_data_repr(self.data)}"

    @_straight.serializes_body(_straight.CONTINUATION)
    def serialize_body(self) -> bytes:
        return self.data

    @_straight.parses_body(_straight.CONTINUATION)
    def parse_body(self, data: memoryview) -> None:
        self.data = data.tobytes()
        self.body_len = len(data)


class AltSvcFrame(Frame):
    """ALTSVC (RFC 7838 section 4): `origin` and `field`, both bytes. One of stream_id and origin is to be empty.

    Source: hyperframe.frame.AltSvcFrame.
    """

    __module__ = _UPSTREAM
    type = 0x0A
    stream_association = _STREAM_ASSOC_EITHER

    def __init__(self, stream_id: int, origin: bytes = b"", field: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        if not isinstance(origin, bytes):
            raise InvalidDataError("AltSvc origin must be a bytestring.")
        if not isinstance(field, bytes):
            raise InvalidDataError("AltSvc field must be a bytestring.")
        self.origin: bytes = origin
        self.field: bytes = field

    def _body_repr(self) -> str:
        return f"origin={self.origin!r}, field={self.field!r}"

    @_straight.serializes_body(_straight.ALTSVC)
    def serialize_body(self) -> bytes:
        return b"".join([_STRUCT_H.pack(len(self.origin)), self.origin, self.field])

    @_straight.parses_body(_straight.ALTSVC)
    def parse_body(self, data: memoryview) -> None:
        try:
            length, = _STRUCT_H.unpack(data[:2])
            self.origin = data[2:2 + length].tobytes()
            if len(self.origin) != length:
                raise InvalidFrameError("Invalid ALTSVC frame body.")
            self.field = data[2 + length:].tobytes()
        except (struct.error, ValueError) as error:
            raise InvalidFrameError("Invalid ALTSVC frame body.") from error
        self.body_len = len(data)


_FRAME_CLASSES: list[type[Frame]] = [
    DataFrame,
    HeadersFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    PushPromiseFrame,
    PingFrame,
    GoAwayFrame,
    WindowUpdateFrame,
    ContinuationFrame,
    AltSvcFrame,
]
FRAMES.update((cls.type, cls) for cls in _FRAME_CLASSES)

# By class: its own fields in upstream's order, their defaults (None: none, or a new one for each frame), and the
# arguments of its constructor, by position and by keyword alone.
_LAYOUT = [
    (_straight.BASE, Frame, (), (), ("stream_id", "flags"), ()),
    (_straight.DATA, DataFrame, ("pad_length", "data"), (0, b""), ("stream_id", "data"), ("flags", "pad_length")),
    (_straight.HEADERS, HeadersFrame, ("depends_on", "stream_weight", "exclusive", "pad_length", "data"),
     (0, 0, False, 0, b""), ("stream_id", "data"),
     ("flags", "pad_length", "depends_on", "stream_weight", "exclusive")),
    (_straight.PRIORITY, PriorityFrame, ("depends_on", "stream_weight", "exclusive"), (0, 0, False),
     ("stream_id", "depends_on", "stream_weight", "exclusive"), ("flags",)),
    (_straight.RST_STREAM, RstStreamFrame, ("error_code",), (0,), ("stream_id", "error_code"), ("flags",)),
    (_straight.SETTINGS, SettingsFrame, ("settings",), (None,), ("stream_id", "settings"), ("flags",)),
    (_straight.PUSH_PROMISE, PushPromiseFrame, ("pad_length", "promised_stream_id", "data"), (0, 0, b""),
     ("stream_id", "promised_stream_id", "data"), ("flags", "pad_length")),
    (_straight.PING, PingFrame, ("opaque_data",), (b"",), ("stream_id", "opaque_data"), ("flags",)),
    (_straight.GOAWAY, GoAwayFrame, ("last_stream_id", "error_code", "additional_data"), (0, 0, b""),
     ("stream_id", "last_stream_id", "error_code", "additional_data"), ("flags",)),
    (_straight.WINDOW_UPDATE, WindowUpdateFrame, ("window_increment",), (0,), ("stream_id", "window_increment"),
     ("flags",)),
    (_straight.CONTINUATION, ContinuationFrame, ("data",), (b"",), ("stream_id", "data"), ("flags",)),
    (_straight.ALTSVC, AltSvcFrame, ("origin", "field"), (b"", b""), ("stream_id", "origin", "field"), ("flags",)),
    (_straight.EXTENSION, ExtensionFrame, ("type", "flag_byte", "body"), (None, 0, b""),
     ("type", "stream_id", "flag_byte", "body"), ("flags",)),
]
for _kind, _class, _fields, _defaults, _positional, _keywords in _LAYOUT:
    enlist(_class, _kind, _fields, _defaults, _positional, _keywords)
