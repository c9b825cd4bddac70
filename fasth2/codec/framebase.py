"""What all frames have (RFC 9113 section 4.1), and the frame of a type that nobody registered.

A frame class does its work step by step, through methods and attributes that a subclass or a caller may have
replaced. In front of the steps stands the compiled way of fasth2.codec.frame, for frames of which nothing was
replaced. Both follow hyperframe 6.1.0.
"""
from __future__ import annotations

import copyreg
import struct
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fasth2.codec import frame as _straight
from fasth2.codec.flags import Flag, Flags
from fasth2.codec.frame import FRAMES, _raw_data_repr
from fasth2.codec.framecore import Field, FrameCore
from fasth2.codec.framemixins import _STREAM_ID, _STRUCT_HBBBL
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError, UnknownFrameError

if TYPE_CHECKING:
    from collections.abc import Iterable

_UPSTREAM = "hyperframe.frame"
_OWN = "fasth2.codec.frametypes"  # where all classes of fasth2's own are found by name

_STREAM_ASSOC_HAS_STREAM = "has-stream"
_STREAM_ASSOC_NO_STREAM = "no-stream"
_STREAM_ASSOC_EITHER = "either"


def _instance(name: str) -> Frame:
    """An empty frame of fasth2's own class `name`: what a copy or a pickle of one calls."""
    cls: type[Frame] = getattr(import_module(_OWN), name)
    return cls.__new__(cls)


def _instance_of(cls: type[Frame]) -> Frame:
    """An empty frame of a subclass that is found by its own name."""
    return cls.__new__(cls)


def _pack_header(length: int, frame_type: Any, flags: int, stream_id: int) -> bytes:
    return _STRUCT_HBBBL.pack((length >> 8) & 0xFFFF, length & 0xFF, frame_type, flags, stream_id & _STREAM_ID)



class Frame(FrameCore):
    """What all frames have (RFC 9113 section 4.1). Source: hyperframe.frame.Frame.

    `stream_id` is an int, 0 for the connection; `flags` names (str) that the type defines, in any iterable. The
    attribute `flags` is a `Flags`, or what a caller put there; `body_len` is the payload's length in octets as it
    was last parsed or serialised. Raises `InvalidDataError` for a stream that the type does not go with.
    """

    __module__ = _UPSTREAM

    defined_flags: list[Flag] = []
    type: int | None = None
    stream_association: str | None = None

    stream_id: int = Field("stream_id", 0, 0)  # type: ignore[assignment]
    flags: Flags = Field("flags", 0, 1)  # type: ignore[assignment]
    body_len: int = Field("body_len", 0, 2)  # type: ignore[assignment]

    def __init__(self, stream_id: int, flags: Iterable[str] = ()) -> None:
        self.stream_id = stream_id
        self.flags = Flags(self.defined_flags)
        self.body_len = 0
        for flag in flags:
            self.flags.add(flag)
        if self.stream_association == _STREAM_ASSOC_HAS_STREAM and not self.stream_id:
            raise InvalidDataError(f"Stream ID must be non-zero for {type(self).__name__}")
        if self.stream_association == _STREAM_ASSOC_NO_STREAM and self.stream_id:
            raise InvalidDataError(
                f"Stream ID must be zero for {type(self).__name__} with stream_id={self.stream_id}")

    @_straight.represents
    def __repr__(self) -> str:
        return f"{type(self).__name__}(stream_id={self.stream_id}, flags={self.flags!r}): {self._body_repr()}"

    def __getstate__(self) -> Any:
        names = copyreg._slotnames(type(self))  # type: ignore[attr-defined]
        slots = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return (vars(self), slots) if slots else vars(self)

    def __reduce__(self) -> Any:
        cls = type(self)
        if getattr(import_module(_OWN), cls.__name__, None) is cls:
            return _instance, (cls.__name__,), self.__getstate__()
        return _instance_of, (cls,), self.__getstate__()

    def _body_repr(self) -> str:
        return _raw_data_repr(self.serialize_body())

    @staticmethod
    def explain(data: memoryview) -> tuple[Frame, int]:
        """Parse the one frame in `data`, print it, and return it with the length of its payload in octets."""
        frame, length = Frame.parse_frame_header(data[:9])
        frame.parse_body(data[9:9 + length])
        print(frame)
        return frame, length

    @staticmethod
    @_straight.parses_header
    def parse_frame_header(header: memoryview, strict: bool = False) -> tuple[Frame, int]:
        """The frame that nine octets announce, and the length of its payload in octets (RFC 9113 section 4.1).

        A type that is not in `FRAMES` makes an `ExtensionFrame`, or if `strict` raises `UnknownFrameError`. Raises
        `InvalidFrameError` for any other number of octets, `InvalidDataError` for a stream that the type does not
        go with.
        """
        try:
            high, low, frame_type, flags, stream_id = _STRUCT_HBBBL.unpack(header)
        except struct.error as error:
            raise InvalidFrameError("Invalid frame header") from error
        length = (high << 8) | low
        stream_id &= _STREAM_ID
        try:
            frame = FRAMES[frame_type](stream_id)
        except KeyError as error:
            if strict:
                raise UnknownFrameError(frame_type, length) from error
            frame = ExtensionFrame(type=frame_type, stream_id=stream_id)
        frame.parse_flags(flags)
        return frame, length

    @_straight.parses_flags
    def parse_flags(self, flag_byte: int) -> Flags:
        """Set the flags whose bits are in `flag_byte`; bits that the type does not define are passed over."""
        for flag, bit in self.defined_flags:
            if flag_byte & bit:
                self.flags.add(flag)
        return self.flags

    @_straight.serializes
    def serialize(self) -> bytes:
        """The frame as it goes on the wire, header and payload. `body_len` is set."""
        body = self.serialize_body()
        self.body_len = len(body)
        flags = 0
        for flag, bit in self.defined_flags:
            if flag in self.flags:
                flags |= bit
        return _pack_header(self.body_len, self.type, flags, self.stream_id) + body

    def serialize_body(self) -> bytes:
        """The payload as it goes on the wire."""
        raise NotImplementedError

    def parse_body(self, data: memoryview) -> None:
        """Fill the fields from the payload `data`, of just the length that the header announced.

        `data` is any buffer of single octets (TypeError for others). Raises `InvalidFrameError`, `InvalidDataError`
        or `InvalidPaddingError` as the type has it.
        """
        raise NotImplementedError


class ExtensionFrame(Frame):
    """A frame of a type that is not registered (RFC 9113 section 5.5): `type`, `flag_byte` and `body` as received.

    Source: hyperframe.frame.ExtensionFrame.
    """

    __module__ = _UPSTREAM
    stream_association = _STREAM_ASSOC_EITHER

    def __init__(self, type: int, stream_id: int, flag_byte: int = 0, body: bytes = b"", **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)
        self.type = type
        self.flag_byte: int = flag_byte
        self.body: bytes = body

    def _body_repr(self) -> str:
        return f"type={self.type}, flag_byte={self.flag_byte}, body={_raw_data_repr(self.body)}"

    def parse_flags(self, flag_byte: int) -> None:  # type: ignore[override]
        """Keep the octet as it is: nobody knows what its bits mean."""
        self.flag_byte = flag_byte

    @_straight.parses_body(_straight.EXTENSION)
    def parse_body(self, data: memoryview) -> None:
        self.body = data.tobytes()
        self.body_len = len(data)

    @_straight.serializes_verbatim
    def serialize(self) -> bytes:
        """The frame as it was received: with the flags and the length of then, whatever `body` is by now."""
        return _pack_header(self.body_len, self.type, self.flag_byte, self.stream_id) + self.body
