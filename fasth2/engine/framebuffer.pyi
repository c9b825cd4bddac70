from typing_extensions import Self

from fasth2.codec.framebase import Frame
from fasth2.codec.frametypes import ContinuationFrame, HeadersFrame, PushPromiseFrame
from fasth2.h2._typing import Buffer

CONTINUATION_BACKLOG: int

class FrameQueue:
    _data: bytearray
    max_frame_size: int
    _preamble: bytes
    _preamble_len: int
    _headers_buffer: list[HeadersFrame | ContinuationFrame | PushPromiseFrame]
    def __init__(self, server: bool = False) -> None: ...
    def add_data(self, data: Buffer) -> None: ...
    def _validate_frame_length(self, length: int) -> None: ...
    def _update_header_buffer(self, f: Frame | None) -> Frame | None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Frame: ...
