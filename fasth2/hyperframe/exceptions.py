"""`hyperframe.exceptions`."""
from fasth2.errors.hyperframe import (
    HyperframeError,
    InvalidDataError,
    InvalidFrameError,
    InvalidPaddingError,
    UnknownFrameError,
)

__all__ = ["HyperframeError", "InvalidDataError", "InvalidFrameError", "InvalidPaddingError", "UnknownFrameError"]
