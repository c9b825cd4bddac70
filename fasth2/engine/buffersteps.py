"""The steps of upstream's frame buffer, for one of which a step is overridden. Names of h2.frame_buffer that somebody
rebinds are rebound here, too (fasth2.engine.faces).
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from fasth2.codec.framebase import Frame
from fasth2.engine.framebuffer import FrameQueue
from fasth2.engine.ways import buffer_is_plain
from fasth2.errors.h2 import FrameDataMissingError, ProtocolError
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError

if TYPE_CHECKING:
    from typing_extensions import Self


class OpenBuffer(FrameQueue):
    """What FrameBuffer is derived from: a buffer with upstream's steps."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Frame:
        if buffer_is_plain(self):
            return FrameQueue.__next__(self)
        data = self._data
        if len(data) < 9:
            raise StopIteration
        try:
            frame, length = Frame.parse_frame_header(memoryview(data[:9]))
        except (InvalidDataError, InvalidFrameError) as error:
            raise ProtocolError(f"Received frame with invalid header: {error!s}") from error
        if len(data) < 9 + length:
            raise StopIteration
        self._validate_frame_length(length)
        try:
            frame.parse_body(memoryview(data[9:9 + length]))
        except InvalidDataError as error:
            raise ProtocolError("Received frame with non-compliant data") from error
        except InvalidFrameError as error:
            raise FrameDataMissingError("Frame data missing or invalid") from error
        del data[:9 + length]
        whole = self._update_header_buffer(frame)
        return whole if whole is not None else self.__next__()
