"""hyperframe and hyperframe.exceptions."""
from typing import TYPE_CHECKING

import hyperframe
from assertions import assert_type
from hyperframe.exceptions import (
    HyperframeError,
    InvalidDataError,
    InvalidFrameError,
    InvalidPaddingError,
    UnknownFrameError,
)

assert_type(hyperframe.__version__, str)
unknown = UnknownFrameError(0xBB, length=7)
assert_type(unknown.frame_type, int)
assert_type(unknown.length, int)
assert_type(str(unknown), str)
kinds: list[type[HyperframeError]] = [InvalidDataError, InvalidFrameError, InvalidPaddingError]
assert_type(kinds[0]("message"), HyperframeError)
assert issubclass(HyperframeError, Exception)

if TYPE_CHECKING:  # what a type checker refuses
    UnknownFrameError("message")  # type: ignore[call-arg, arg-type]
    unknown.frame_type = "0xbb"  # type: ignore[assignment]
