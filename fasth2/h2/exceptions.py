"""`h2.exceptions`."""
from fasth2.errors.codes import ErrorCodes  # noqa: F401
from fasth2.errors.h2 import (
    DenialOfServiceError,
    FlowControlError,
    FrameDataMissingError,
    FrameTooLargeError,
    H2Error,
    InvalidBodyLengthError,
    InvalidSettingsValueError,
    NoAvailableStreamIDError,
    NoSuchStreamError,
    ProtocolError,
    RFC1122Error,
    StreamClosedError,
    StreamIDTooLowError,
    TooManyStreamsError,
    UnsupportedFrameError,
)

__all__ = [
    "DenialOfServiceError",
    "FlowControlError",
    "FrameDataMissingError",
    "FrameTooLargeError",
    "H2Error",
    "InvalidBodyLengthError",
    "InvalidSettingsValueError",
    "NoAvailableStreamIDError",
    "NoSuchStreamError",
    "ProtocolError",
    "RFC1122Error",
    "StreamClosedError",
    "StreamIDTooLowError",
    "TooManyStreamsError",
    "UnsupportedFrameError",
]
