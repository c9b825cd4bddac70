"""The payload of each frame type (RFC 9113 section 6, RFC 7838 section 4): one reader, one size, one writer a type.

Header-only, no Python object. A reader takes a header whose payload is all there, checks it, and fills a body whose
pointers are borrowed from the payload. A writer needs `<type>_length` octets of room and returns where it stopped.
CONTINUATION and unknown types are their payload: `read_opaque` and `write_opaque`.

Padding octets are written wherever `pad_length` says so; their count is written only if PADDED is set, and read only
then. So a body that was read is written back as it came. hyperframe does the same.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset

from fasth2.codec.frameheader cimport (
    FLAG_ACK,
    FLAG_PADDED,
    FLAG_PRIORITY,
    FRAME_BAD_LENGTH,
    FRAME_BAD_PADDING,
    FRAME_BAD_VALUE,
    FRAME_OK,
    STREAM_ID_MASK,
    FrameHeader,
    FrameStatus,
)
from fasth2.codec.wire cimport load_be16, load_be32, store_be16, store_be32


cdef struct OpaqueBody:
    const uint8_t *data
    size_t length


cdef inline FrameStatus read_opaque(const FrameHeader *header, OpaqueBody *body) noexcept nogil:
    body.data = header.payload
    body.length = header.length
    return FRAME_OK


cdef inline uint8_t *write_opaque(uint8_t *p, const OpaqueBody *body) noexcept nogil:
    memcpy(p, body.data, body.length)
    return p + body.length


# ---- padding: an octet before, zeros behind --------------------------------------------------------------------

cdef inline uint8_t *write_pad_length(uint8_t *p, uint8_t flags, uint8_t pad_length) noexcept nogil:
    if not flags & FLAG_PADDED:
        return p
    p[0] = pad_length
    return p + 1


cdef inline uint8_t *write_padding(uint8_t *p, uint8_t pad_length) noexcept nogil:
    memset(p, 0, pad_length)
    return p + pad_length


cdef inline size_t padding_length(uint8_t flags, uint8_t pad_length) noexcept nogil:
    return pad_length + (1 if flags & FLAG_PADDED else 0)


# ---- DATA (6.1) ------------------------------------------------------------------------------------------------

cdef struct DataBody:
    const uint8_t *data
    size_t length
    uint8_t pad_length


cdef inline FrameStatus read_data(const FrameHeader *header, DataBody *body) noexcept nogil:
    cdef size_t left = header.length
    body.data = header.payload
    body.pad_length = 0
    if header.flags & FLAG_PADDED:
        if left < 1:
            return FRAME_BAD_LENGTH
        left -= 1
        body.pad_length = header.payload[0]
        body.data += 1
        if body.pad_length > left:
            return FRAME_BAD_PADDING
    body.length = left - body.pad_length
    return FRAME_OK


cdef inline size_t data_length(uint8_t flags, const DataBody *body) noexcept nogil:
    return padding_length(flags, body.pad_length) + body.length


cdef inline uint8_t *write_data(uint8_t *p, uint8_t flags, const DataBody *body) noexcept nogil:
    p = write_pad_length(p, flags, body.pad_length)
    memcpy(p, body.data, body.length)
    return write_padding(p + body.length, body.pad_length)


# ---- PRIORITY (6.3), and the same five octets in HEADERS -------------------------------------------------------

cdef struct PriorityBody:
    uint32_t depends_on
    uint8_t weight           # as on the wire: one less than the weight that is meant
    bint exclusive

cdef enum:
    PRIORITY_LENGTH = 5


cdef inline void load_priority(const uint8_t *p, PriorityBody *body) noexcept nogil:
    cdef uint32_t word = load_be32(p)
    body.depends_on = word & STREAM_ID_MASK
    body.exclusive = word >> 31
    body.weight = p[4]


cdef inline FrameStatus read_priority(const FrameHeader *header, PriorityBody *body) noexcept nogil:
    if header.length != PRIORITY_LENGTH:
        return FRAME_BAD_LENGTH
    load_priority(header.payload, body)
    return FRAME_OK


cdef inline uint8_t *write_priority(uint8_t *p, const PriorityBody *body) noexcept nogil:
    store_be32(p, body.depends_on | (<uint32_t>body.exclusive << 31))
    p[4] = body.weight
    return p + PRIORITY_LENGTH


# ---- HEADERS (6.2) ---------------------------------------------------------------------------------------------

cdef struct HeadersBody:
    const uint8_t *fragment
    size_t length
    PriorityBody priority    # zero if PRIORITY is not set
    uint8_t pad_length


cdef inline FrameStatus read_headers(const FrameHeader *header, HeadersBody *body) noexcept nogil:
    cdef size_t left = header.length
    body.fragment = header.payload
    body.pad_length = 0
    if header.flags & FLAG_PADDED:
        if left < 1:
            return FRAME_BAD_LENGTH
        body.pad_length = header.payload[0]
        body.fragment += 1
        left -= 1
    if header.flags & FLAG_PRIORITY:
        if left < PRIORITY_LENGTH:
            return FRAME_BAD_LENGTH
        load_priority(body.fragment, &body.priority)
        body.fragment += PRIORITY_LENGTH
        left -= PRIORITY_LENGTH
    else:
        body.priority.depends_on = 0
        body.priority.weight = 0
        body.priority.exclusive = False
    if body.pad_length > left:
        return FRAME_BAD_PADDING
    body.length = left - body.pad_length
    return FRAME_OK


cdef inline size_t headers_length(uint8_t flags, const HeadersBody *body) noexcept nogil:
    return (padding_length(flags, body.pad_length) + body.length
            + (PRIORITY_LENGTH if flags & FLAG_PRIORITY else 0))


cdef inline uint8_t *write_headers(uint8_t *p, uint8_t flags, const HeadersBody *body) noexcept nogil:
    p = write_pad_length(p, flags, body.pad_length)
    if flags & FLAG_PRIORITY:
        p = write_priority(p, &body.priority)
    memcpy(p, body.fragment, body.length)
    return write_padding(p + body.length, body.pad_length)


# ---- RST_STREAM (6.4) ------------------------------------------------------------------------------------------

cdef enum:
    RST_STREAM_LENGTH = 4


cdef inline FrameStatus read_rst_stream(const FrameHeader *header, uint32_t *error_code) noexcept nogil:
    if header.length != RST_STREAM_LENGTH:
        return FRAME_BAD_LENGTH
    error_code[0] = load_be32(header.payload)
    return FRAME_OK


cdef inline uint8_t *write_rst_stream(uint8_t *p, uint32_t error_code) noexcept nogil:
    store_be32(p, error_code)
    return p + RST_STREAM_LENGTH


# ---- SETTINGS (6.5) --------------------------------------------------------------------------------------------

cdef struct SettingsBody:
    const uint8_t *entries
    size_t count

cdef enum:
    SETTING_LENGTH = 6
    SETTING_HEADER_TABLE_SIZE = 1


cdef inline FrameStatus read_settings(const FrameHeader *header, SettingsBody *body) noexcept nogil:
    if header.flags & FLAG_ACK and header.length > 0:
        return FRAME_BAD_VALUE  # FRAME_SIZE_ERROR in the RFC; upstream counts it as invalid data
    if header.length % SETTING_LENGTH:
        return FRAME_BAD_LENGTH
    body.entries = header.payload
    body.count = header.length // SETTING_LENGTH
    return FRAME_OK


cdef inline uint16_t setting_identifier(const SettingsBody *body, size_t index) noexcept nogil:
    return <uint16_t>load_be16(body.entries + index * SETTING_LENGTH)


cdef inline uint32_t setting_value(const SettingsBody *body, size_t index) noexcept nogil:
    return load_be32(body.entries + index * SETTING_LENGTH + 2)


cdef inline uint8_t *write_setting(uint8_t *p, uint16_t identifier, uint32_t value) noexcept nogil:
    store_be16(p, identifier)
    store_be32(p + 2, value)
    return p + SETTING_LENGTH


# ---- PUSH_PROMISE (6.6) ----------------------------------------------------------------------------------------

cdef struct PushPromiseBody:
    const uint8_t *fragment
    size_t length
    uint32_t promised_stream_id
    uint8_t pad_length

cdef enum:
    PROMISED_ID_LENGTH = 4


cdef inline FrameStatus read_push_promise(const FrameHeader *header, PushPromiseBody *body) noexcept nogil:
    cdef size_t left = header.length
    body.fragment = header.payload
    body.pad_length = 0
    if header.flags & FLAG_PADDED:
        if left < 1:
            return FRAME_BAD_LENGTH
        body.pad_length = header.payload[0]
        body.fragment += 1
        left -= 1
    if left < PROMISED_ID_LENGTH:
        return FRAME_BAD_LENGTH
    body.promised_stream_id = load_be32(body.fragment) & STREAM_ID_MASK
    if body.promised_stream_id == 0 or body.promised_stream_id % 2:
        return FRAME_BAD_VALUE  # only servers promise, and their streams are even (section 5.1.1)
    body.fragment += PROMISED_ID_LENGTH
    left -= PROMISED_ID_LENGTH
    if body.pad_length > left:
        return FRAME_BAD_PADDING
    body.length = left - body.pad_length
    return FRAME_OK


cdef inline size_t push_promise_length(uint8_t flags, const PushPromiseBody *body) noexcept nogil:
    return padding_length(flags, body.pad_length) + PROMISED_ID_LENGTH + body.length


cdef inline uint8_t *write_push_promise(uint8_t *p, uint8_t flags, const PushPromiseBody *body) noexcept nogil:
    p = write_pad_length(p, flags, body.pad_length)
    store_be32(p, body.promised_stream_id)
    memcpy(p + PROMISED_ID_LENGTH, body.fragment, body.length)
    return write_padding(p + PROMISED_ID_LENGTH + body.length, body.pad_length)


# ---- PING (6.7) ------------------------------------------------------------------------------------------------

cdef enum:
    PING_LENGTH = 8


cdef inline FrameStatus read_ping(const FrameHeader *header, const uint8_t **opaque) noexcept nogil:
    if header.length != PING_LENGTH:
        return FRAME_BAD_LENGTH
    opaque[0] = header.payload
    return FRAME_OK


cdef inline uint8_t *write_ping(uint8_t *p, const uint8_t *opaque, size_t length) noexcept nogil:
    """At most eight octets, filled up with zeros."""
    memcpy(p, opaque, length)
    memset(p + length, 0, PING_LENGTH - length)
    return p + PING_LENGTH


# ---- GOAWAY (6.8) ----------------------------------------------------------------------------------------------

cdef struct GoAwayBody:
    const uint8_t *debug
    size_t length
    uint32_t last_stream_id
    uint32_t error_code

cdef enum:
    GOAWAY_LENGTH = 8        # without debug data


cdef inline FrameStatus read_goaway(const FrameHeader *header, GoAwayBody *body) noexcept nogil:
    if header.length < GOAWAY_LENGTH:
        return FRAME_BAD_LENGTH
    body.last_stream_id = load_be32(header.payload) & STREAM_ID_MASK
    body.error_code = load_be32(header.payload + 4)
    body.debug = header.payload + GOAWAY_LENGTH
    body.length = header.length - GOAWAY_LENGTH
    return FRAME_OK


cdef inline uint8_t *write_goaway(uint8_t *p, const GoAwayBody *body) noexcept nogil:
    store_be32(p, body.last_stream_id & STREAM_ID_MASK)
    store_be32(p + 4, body.error_code)
    memcpy(p + GOAWAY_LENGTH, body.debug, body.length)
    return p + GOAWAY_LENGTH + body.length


# ---- WINDOW_UPDATE (6.9) ---------------------------------------------------------------------------------------

cdef enum:
    WINDOW_UPDATE_LENGTH = 4


cdef inline FrameStatus read_window_update(const FrameHeader *header, uint32_t *increment) noexcept nogil:
    if header.length != WINDOW_UPDATE_LENGTH:
        return FRAME_BAD_LENGTH
    increment[0] = load_be32(header.payload) & STREAM_ID_MASK
    return FRAME_OK if increment[0] else FRAME_BAD_VALUE


cdef inline uint8_t *write_window_update(uint8_t *p, uint32_t increment) noexcept nogil:
    store_be32(p, increment & STREAM_ID_MASK)
    return p + WINDOW_UPDATE_LENGTH


# ---- ALTSVC (RFC 7838 section 4) -------------------------------------------------------------------------------

cdef struct AltSvcBody:
    const uint8_t *origin
    size_t origin_length
    const uint8_t *field
    size_t field_length


cdef inline FrameStatus read_altsvc(const FrameHeader *header, AltSvcBody *body) noexcept nogil:
    if header.length < 2:
        return FRAME_BAD_LENGTH
    body.origin_length = load_be16(header.payload)
    if body.origin_length > header.length - 2:
        return FRAME_BAD_LENGTH
    body.origin = header.payload + 2
    body.field = body.origin + body.origin_length
    body.field_length = header.length - 2 - body.origin_length
    return FRAME_OK


cdef inline size_t altsvc_length(const AltSvcBody *body) noexcept nogil:
    return 2 + body.origin_length + body.field_length


cdef inline uint8_t *write_altsvc(uint8_t *p, const AltSvcBody *body) noexcept nogil:
    store_be16(p, <uint32_t>body.origin_length)
    memcpy(p + 2, body.origin, body.origin_length)
    memcpy(p + 2 + body.origin_length, body.field, body.field_length)
    return p + altsvc_length(body)
