"""`h2.frame_buffer`."""
from fasth2.codec.framebase import Frame  # noqa: F401
from fasth2.codec.frametypes import ContinuationFrame, HeadersFrame, PushPromiseFrame  # noqa: F401
from fasth2.engine import buffersteps as _buffersteps
from fasth2.engine import framebuffer as _framebuffer
from fasth2.engine.buffersteps import OpenBuffer
from fasth2.engine.faces import open_face as _open_face
from fasth2.engine.framebuffer import CONTINUATION_BACKLOG
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError  # noqa: F401
from fasth2.h2.exceptions import FrameDataMissingError, FrameTooLargeError, ProtocolError  # noqa: F401

__all__ = ["CONTINUATION_BACKLOG", "FrameBuffer"]


class FrameBuffer(OpenBuffer):
    """Received octets, and an iterator over the frames in them. Upstream: h2.frame_buffer.FrameBuffer.

    server (bool): whether a client's connection preface comes first.
    """

    __module__ = "h2.frame_buffer"

    def __init__(self, server: bool = False) -> None:
        OpenBuffer.__init__(self, server)


_open_face(__name__, _framebuffer, _buffersteps)
