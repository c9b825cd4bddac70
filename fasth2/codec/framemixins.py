"""What several frame types have in common: padding and priority (RFC 9113 sections 6.1 and 6.3), step by step."""
from __future__ import annotations

import struct
import warnings
from typing import Any

from fasth2.errors.hyperframe import InvalidFrameError

_UPSTREAM = "hyperframe.frame"

_STRUCT_HBBBL = struct.Struct(">HBBBL")
_STRUCT_LL = struct.Struct(">LL")
_STRUCT_HL = struct.Struct(">HL")
_STRUCT_LB = struct.Struct(">LB")
_STRUCT_L = struct.Struct(">L")
_STRUCT_H = struct.Struct(">H")
_STRUCT_B = struct.Struct(">B")

_STREAM_ID = 0x7FFFFFFF                 # without the reserved bit


class Padding:
    """For frames that can be padded. `pad_length` is an int, in octets. Source: hyperframe.frame.Padding."""

    __module__ = _UPSTREAM

    def __init__(self, stream_id: int, pad_length: int = 0, **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)  # type: ignore[call-arg]
        self.pad_length: int = pad_length

    def serialize_padding_data(self) -> bytes:
        """The octet that counts the padding, if PADDED is set."""
        return _STRUCT_B.pack(self.pad_length) if "PADDED" in self.flags else b""  # type: ignore[attr-defined]

    def parse_padding_data(self, data: memoryview) -> int:
        """Read the octet that counts the padding, if PADDED is set; the octets read (int) are returned."""
        if "PADDED" not in self.flags:  # type: ignore[attr-defined]
            return 0
        try:
            self.pad_length, = _STRUCT_B.unpack(data[:1])
        except struct.error as error:
            raise InvalidFrameError("Invalid Padding data") from error
        return 1

    @property
    def total_padding(self) -> int:
        """The older name of `pad_length`."""
        warnings.warn("total_padding contains the same information as pad_length.", DeprecationWarning, stacklevel=2)
        return self.pad_length


class Priority:
    """For frames with a priority (RFC 9113 section 6.3). Source: hyperframe.frame.Priority.

    `depends_on` is a stream identifier (int), `stream_weight` an int as on the wire, 0 to 255, `exclusive` a bool.
    """

    __module__ = _UPSTREAM

    def __init__(self, stream_id: int, depends_on: int = 0, stream_weight: int = 0, exclusive: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(stream_id, **kwargs)  # type: ignore[call-arg]
        self.depends_on: int = depends_on
        self.stream_weight: int = stream_weight
        self.exclusive: bool = exclusive

    def serialize_priority_data(self) -> bytes:
        """The five octets of a priority."""
        return _STRUCT_LB.pack(self.depends_on + (0x80000000 if self.exclusive else 0), self.stream_weight)

    def parse_priority_data(self, data: memoryview) -> int:
        """Read the five octets of a priority; the octets read (int) are returned."""
        try:
            self.depends_on, self.stream_weight = _STRUCT_LB.unpack(data[:5])
        except struct.error as error:
            raise InvalidFrameError("Invalid Priority data") from error
        self.exclusive = bool(self.depends_on >> 31)
        self.depends_on &= _STREAM_ID
        return 5
