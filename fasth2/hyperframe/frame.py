"""`hyperframe.frame`."""
from fasth2.codec.flags import Flag, Flags
from fasth2.codec.frame import FRAMES, _raw_data_repr  # noqa: F401
from fasth2.codec.framebase import (  # noqa: F401
    _STREAM_ASSOC_EITHER,
    _STREAM_ASSOC_HAS_STREAM,
    _STREAM_ASSOC_NO_STREAM,
    ExtensionFrame,
    Frame,
)
from fasth2.codec.framemixins import (  # noqa: F401  upstream's names, underscored ones included
    _STRUCT_B,
    _STRUCT_H,
    _STRUCT_HBBBL,
    _STRUCT_HL,
    _STRUCT_L,
    _STRUCT_LB,
    _STRUCT_LL,
    Padding,
    Priority,
)
from fasth2.codec.frametypes import (  # noqa: F401
    _FRAME_CLASSES,
    FRAME_MAX_ALLOWED_LEN,
    FRAME_MAX_LEN,
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError, InvalidPaddingError, UnknownFrameError

__all__ = [
    "FRAMES",
    "FRAME_MAX_ALLOWED_LEN",
    "FRAME_MAX_LEN",
    "AltSvcFrame",
    "ContinuationFrame",
    "DataFrame",
    "ExtensionFrame",
    "Flag",
    "Flags",
    "Frame",
    "GoAwayFrame",
    "HeadersFrame",
    "InvalidDataError",
    "InvalidFrameError",
    "InvalidPaddingError",
    "Padding",
    "PingFrame",
    "Priority",
    "PriorityFrame",
    "PushPromiseFrame",
    "RstStreamFrame",
    "SettingsFrame",
    "UnknownFrameError",
    "WindowUpdateFrame",
]
