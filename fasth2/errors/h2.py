"""What h2 4.4.1 raises: `h2.exceptions`, class for class."""
from __future__ import annotations

from fasth2.errors import reducer
from fasth2.errors.codes import ErrorCodes

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from fasth2.engine.eventtypes import Event

_UPSTREAM = "h2.exceptions"


class H2Error(Exception):
    """Root of everything that a connection raises on purpose."""

    __module__ = _UPSTREAM
    __reduce__ = reducer(__name__)


class ProtocolError(H2Error):
    """The peer, or the caller, did what HTTP/2 forbids. `error_code` is what GOAWAY or RST_STREAM says of it."""

    __module__ = _UPSTREAM

    error_code = ErrorCodes.PROTOCOL_ERROR


class FrameTooLargeError(ProtocolError):
    """A frame longer than the receiver's SETTINGS_MAX_FRAME_SIZE (RFC 9113 section 4.2)."""

    __module__ = _UPSTREAM

    error_code = ErrorCodes.FRAME_SIZE_ERROR


class FrameDataMissingError(ProtocolError):
    """A frame that is too short for what its type has to carry (RFC 9113 section 4.2)."""

    __module__ = _UPSTREAM

    error_code = ErrorCodes.FRAME_SIZE_ERROR


class TooManyStreamsError(ProtocolError):
    """One stream more than SETTINGS_MAX_CONCURRENT_STREAMS allows (RFC 9113 section 5.1.2)."""

    __module__ = _UPSTREAM


class FlowControlError(ProtocolError):
    """More than a flow-control window has, or an update that makes it larger than it may be (RFC 9113 section 5.2)."""

    __module__ = _UPSTREAM

    error_code = ErrorCodes.FLOW_CONTROL_ERROR


class StreamIDTooLowError(ProtocolError):
    """A new stream whose identifier is not above all earlier ones (RFC 9113 section 5.1.1)."""

    __module__ = _UPSTREAM

    def __init__(self, stream_id: int, max_stream_id: int) -> None:
        self.stream_id = stream_id
        self.max_stream_id = max_stream_id

    def __str__(self) -> str:
        return f"StreamIDTooLowError: {self.stream_id} is lower than {self.max_stream_id}"


class NoAvailableStreamIDError(ProtocolError):
    """All stream identifiers of this side are used up; only a new connection has more."""

    __module__ = _UPSTREAM


class NoSuchStreamError(ProtocolError):
    """The stream `stream_id` (int) is not there."""

    __module__ = _UPSTREAM

    def __init__(self, stream_id: int) -> None:
        self.stream_id = stream_id


class StreamClosedError(NoSuchStreamError):
    """The stream `stream_id` (int) was there and is closed."""

    __module__ = _UPSTREAM

    def __init__(self, stream_id: int) -> None:
        self.stream_id = stream_id
        self.error_code = ErrorCodes.STREAM_CLOSED
        self._events: list[Event] = []  # what the connection has to tell its caller after all


class InvalidSettingsValueError(ProtocolError, ValueError):
    """A setting's value that RFC 9113 section 6.5.2 forbids."""

    __module__ = _UPSTREAM

    def __init__(self, msg: str, error_code: ErrorCodes) -> None:
        super().__init__(msg)
        self.error_code = error_code


class InvalidBodyLengthError(ProtocolError):
    """A body that is not as long as its content-length says (RFC 9113 section 8.1.1). Lengths in octets."""

    __module__ = _UPSTREAM

    def __init__(self, expected: int, actual: int) -> None:
        self.expected_length = expected
        self.actual_length = actual

    def __str__(self) -> str:
        return f"InvalidBodyLengthError: Expected {self.expected_length} bytes, received {self.actual_length}"


class UnsupportedFrameError(ProtocolError):
    """A frame that this side does not take, or not now."""

    __module__ = _UPSTREAM


class RFC1122Error(H2Error):
    """Something that the RFCs allow and no careful sender does (RFC 1122 section 1.2.2)."""

    __module__ = _UPSTREAM


class DenialOfServiceError(ProtocolError):
    """A peer that seems to be trying to use up this side's resources."""

    __module__ = _UPSTREAM

    error_code = ErrorCodes.ENHANCE_YOUR_CALM
