"""The error codes of HTTP/2 (RFC 9113 section 7), as h2 names them: `h2.errors`."""
from __future__ import annotations

from enum import IntEnum

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from typing import Any


def error_code(value: int) -> ErrorCodes:
    """The error code of that value (int): what a copy or a pickle of one calls."""
    return ErrorCodes(value)


class ErrorCodes(IntEnum):
    """Why a stream or a connection ended, as RST_STREAM and GOAWAY say it. Source: h2.errors.ErrorCodes."""

    __module__ = "h2.errors"

    NO_ERROR = 0x0             # not because of an error
    PROTOCOL_ERROR = 0x1       # an error that has no code of its own
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4     # SETTINGS were not acknowledged in time
    STREAM_CLOSED = 0x5        # a frame on a stream that is half-closed
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7       # before anything was done: the request can be sent again
    CANCEL = 0x8               # the stream is not needed any more
    COMPRESSION_ERROR = 0x9    # the header compression context is lost
    CONNECT_ERROR = 0xA        # what CONNECT led to was reset or abnormally closed
    ENHANCE_YOUR_CALM = 0xB    # the peer's behaviour may generate excessive load
    INADEQUATE_SECURITY = 0xC  # the transport does not meet the requirements of section 9.2
    HTTP_1_1_REQUIRED = 0xD

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return error_code, (int(self),)


def _error_code_from_int(code: int) -> ErrorCodes | int:
    """The `ErrorCodes` member of that value, or `code` itself where there is none. Source: h2.errors."""
    try:
        return ErrorCodes(code)
    except ValueError:
        return code
