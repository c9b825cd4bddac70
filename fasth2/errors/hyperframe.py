"""What hyperframe 6.1.0 raises: `hyperframe.exceptions`, class for class."""
from fasth2.errors import reducer

_UPSTREAM = "hyperframe.exceptions"


class HyperframeError(Exception):
    """Root of everything that framing raises."""

    __module__ = _UPSTREAM
    __reduce__ = reducer(__name__)


class UnknownFrameError(HyperframeError):
    """A frame of a type that is not registered, where the caller asked for strictness.

    `frame_type` (int) is the type octet, `length` (int) the length of the payload in octets.
    """

    __module__ = _UPSTREAM

    def __init__(self, frame_type: int, length: int) -> None:
        self.frame_type = frame_type
        self.length = length

    def __str__(self) -> str:
        return f"UnknownFrameError: Unknown frame type 0x{self.frame_type:X} received, length {self.length} bytes"


class InvalidPaddingError(HyperframeError):
    """Padding that reaches into what it pads (RFC 9113 sections 6.1, 6.2 and 6.6)."""

    __module__ = _UPSTREAM


class InvalidFrameError(HyperframeError):
    """A frame whose layout is not that of its type, its length in most cases (RFC 9113 section 4.2)."""

    __module__ = _UPSTREAM


class InvalidDataError(HyperframeError):
    """A well-formed frame with a value that it must not have, its stream identifier included."""

    __module__ = _UPSTREAM
