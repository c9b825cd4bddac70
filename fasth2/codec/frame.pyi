from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from fasth2.codec.framebase import Frame

_Buffer: TypeAlias = bytes | bytearray | memoryview
_Method = TypeVar("_Method", bound=Callable[..., Any])

FRAMES: dict[int | None, type[Frame]]

DATA: int
HEADERS: int
PRIORITY: int
RST_STREAM: int
SETTINGS: int
PUSH_PROMISE: int
PING: int
GOAWAY: int
WINDOW_UPDATE: int
CONTINUATION: int
ALTSVC: int
EXTENSION: int
BASE: int

def parse_frames(buffer: _Buffer, max_frame_size: int) -> tuple[list[Frame], int]: ...
def parses_header(stepwise: _Method) -> _Method: ...
def parses_body(kind: int) -> Callable[[_Method], _Method]: ...
def parses_flags(stepwise: _Method) -> _Method: ...
def serializes(stepwise: _Method) -> _Method: ...
def serializes_verbatim(stepwise: _Method) -> _Method: ...
def serializes_body(kind: int) -> Callable[[_Method], _Method]: ...
def measures_flow(stepwise: _Method) -> _Method: ...
def represents(stepwise: _Method) -> _Method: ...
def _raw_data_repr(data: bytes | None) -> str: ...
