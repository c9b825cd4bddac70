"""The frame header (RFC 9113 section 4.1), and a cursor that finds the frames of a receive buffer.

Header-only: every function here is inlined into the module that cimports it, and needs no Python object.
"""
from libc.stdint cimport uint8_t, uint32_t

from fasth2.codec.wire cimport load_be24, load_be32, store_be24, store_be32


cdef enum FrameStatus:
    FRAME_OK
    FRAME_INCOMPLETE      # the rest has not been received yet
    FRAME_TOO_LONG        # longer than the receiver's SETTINGS_MAX_FRAME_SIZE: FRAME_SIZE_ERROR
    FRAME_BAD_LENGTH      # a payload length that the type does not have: FRAME_SIZE_ERROR
    FRAME_BAD_PADDING     # padding that reaches into what it pads: PROTOCOL_ERROR
    FRAME_BAD_VALUE       # a field with a value that it must not have: PROTOCOL_ERROR
    FRAME_BAD_STREAM      # a stream identifier that the type does not go with: PROTOCOL_ERROR

cdef enum:
    FRAME_HEADER_LENGTH = 9
    STREAM_ID_MASK = 0x7FFFFFFF

# RFC 9113 section 6; ALTSVC: RFC 7838 section 4.
cdef enum FrameType:
    TYPE_DATA = 0x0
    TYPE_HEADERS = 0x1
    TYPE_PRIORITY = 0x2
    TYPE_RST_STREAM = 0x3
    TYPE_SETTINGS = 0x4
    TYPE_PUSH_PROMISE = 0x5
    TYPE_PING = 0x6
    TYPE_GOAWAY = 0x7
    TYPE_WINDOW_UPDATE = 0x8
    TYPE_CONTINUATION = 0x9
    TYPE_ALTSVC = 0xA

cdef enum FrameFlag:
    FLAG_END_STREAM = 0x01
    FLAG_ACK = 0x01
    FLAG_END_HEADERS = 0x04
    FLAG_PADDED = 0x08
    FLAG_PRIORITY = 0x20


cdef struct FrameHeader:
    uint32_t length          # of the payload, in octets: 24 bits
    uint32_t stream_id       # 31 bits, the reserved bit dropped
    uint8_t type
    uint8_t flags
    const uint8_t *payload   # borrowed from the buffer that the header was read from


cdef struct FrameCursor:
    const uint8_t *next      # the header of the next frame; borrowed, as is `end`
    const uint8_t *end       # one past what has been received


cdef inline void read_frame_header(const uint8_t *p, FrameHeader *header) noexcept nogil:
    """Nine octets at `p`; the payload is taken to follow them."""
    header.length = load_be24(p)
    header.type = p[3]
    header.flags = p[4]
    header.stream_id = load_be32(p + 5) & STREAM_ID_MASK
    header.payload = p + FRAME_HEADER_LENGTH


cdef inline uint8_t *write_frame_header(uint8_t *p, uint32_t length, uint8_t type, uint8_t flags,
                                        uint32_t stream_id) noexcept nogil:
    """Nine octets to `p`; where the payload goes is returned."""
    store_be24(p, length)
    p[3] = type
    p[4] = flags
    store_be32(p + 5, stream_id & STREAM_ID_MASK)
    return p + FRAME_HEADER_LENGTH


cdef inline FrameStatus next_frame(FrameCursor *cursor, uint32_t max_frame_size, FrameHeader *header) noexcept nogil:
    """The frame at the cursor, which moves past it only if it is whole.

    FRAME_INCOMPLETE: fewer octets than the header, or than it announces. FRAME_TOO_LONG as soon as the header is
    there (RFC 9113 section 4.2): nothing needs to be kept of a frame that will be refused.
    """
    cdef size_t there = cursor.end - cursor.next
    if there < FRAME_HEADER_LENGTH:
        return FRAME_INCOMPLETE
    read_frame_header(cursor.next, header)
    if header.length > max_frame_size:
        return FRAME_TOO_LONG
    if there - FRAME_HEADER_LENGTH < header.length:
        return FRAME_INCOMPLETE
    cursor.next = header.payload + header.length
    return FRAME_OK


cdef inline FrameStatus check_stream(uint8_t type, uint32_t stream_id) noexcept nogil:
    """Whether a frame of this type may stand on this stream: FRAME_OK or FRAME_BAD_STREAM."""
    if type == TYPE_SETTINGS or type == TYPE_PING or type == TYPE_GOAWAY:
        return FRAME_OK if stream_id == 0 else FRAME_BAD_STREAM
    if type == TYPE_WINDOW_UPDATE or type >= TYPE_ALTSVC:
        return FRAME_OK
    return FRAME_OK if stream_id != 0 else FRAME_BAD_STREAM
