"""C interface of the receive buffer: whole, well-formed frames out of octets, in place where that can be.

Frames are read in the caller's octets, `feed`. What is left of them at the end goes into `data`, which always comes
before the feed; a frame that was cut is put together there and copied out. So a payload is good as long as somebody
holds the octets and the payload that this object had when it gave the frame.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.framebody cimport (
    AltSvcBody, DataBody, GoAwayBody, HeadersBody, PriorityBody, PushPromiseBody, SettingsBody,
)
from fasth2.codec.frameheader cimport FrameHeader


cdef union FrameBody:
    DataBody data
    HeadersBody headers
    PriorityBody priority
    SettingsBody settings
    PushPromiseBody promise
    GoAwayBody goaway
    AltSvcBody altsvc
    uint32_t number          # RST_STREAM: the error code; WINDOW_UPDATE: the increment
    const uint8_t *opaque    # PING

# HEADERS and PUSH_PROMISE come with the fragments of their CONTINUATION frames joined.
cdef struct WholeFrame:
    FrameHeader header
    FrameBody body

# The caller's octets that have not been looked at.
cdef struct Feed:
    const uint8_t *next
    const uint8_t *end


cdef class FrameQueue:
    cdef object data              # bytearray: `_data`
    cdef list header_frames       # `_headers_buffer`: frame objects of a header block that has not ended
    cdef int64_t max_size         # max_frame_size
    cdef Feed feed                # what an exception, or a call from within a call, has left stays here
    cdef bytes octets             # what `feed` points into
    cdef int preamble_left        # octets of the client's preface that are still to come
    cdef bytes payload            # of the frame that was given last, if it was cut or joined
    cdef object joined            # the frame object of a header block that was put together, else None
    cdef dict __dict__            # none before it is used: drop_dict()


cdef inline void feed_nothing(Feed *feed) noexcept nogil:
    """For a queue that has all it needs. Not NULL: C copies nothing from there either."""
    feed.next = feed.end = <const uint8_t *><const char *>b""


# Takes received octets, a buffer, to be read where they are; and lets go of them if they have been read.
cdef int begin_feed(FrameQueue self, object data) except -1
cdef void end_feed(FrameQueue self) noexcept
# Whether there was another frame (1 or 0). ProtocolError and its subclasses; InvalidPaddingError.
cdef int next_whole(FrameQueue self, WholeFrame *frame) except -1
# The frame as an object of its class.
cdef object frame_object(FrameQueue self, const WholeFrame *frame)
