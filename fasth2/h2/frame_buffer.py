"""`h2.frame_buffer`."""
from fasth2.codec.framebase import Frame  # noqa: F401
from fasth2.codec.frametypes import ContinuationFrame, HeadersFrame, PushPromiseFrame  # noqa: F401
from fasth2.engine.framebuffer import CONTINUATION_BACKLOG, FrameQueue
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError  # noqa: F401
from fasth2.h2.exceptions import FrameDataMissingError, FrameTooLargeError, ProtocolError  # noqa: F401

__all__ = ["CONTINUATION_BACKLOG", "FrameBuffer"]


class FrameBuffer(FrameQueue):
    """Received octets, and an iterator over the frames in them. Upstream: h2.frame_buffer.FrameBuffer.

    server (bool): whether a client's connection preface comes first.
    """

    __module__ = "h2.frame_buffer"

    def __init__(self, server: bool = False) -> None:
        FrameQueue.__init__(self, server)
