# cython: language_level=3, freethreading_compatible=True
"""Targets: the cursor with the readers and writers of every frame type, against RFC 9113 read plainly; and the parser
of many frames against frames parsed one by one."""
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from choices cimport Choices, Target, are_spent, choose, choose_octets

from fasth2.codec.framebody cimport *
from fasth2.codec.frameheader cimport *

from fasth2.codec.frame import parse_frames
from fasth2.errors.hyperframe import HyperframeError, InvalidFrameError
from fasth2.hyperframe.frame import Frame

cdef enum:
    ROOM = 4096
    LONGEST_PAYLOAD = 64

# What a sound payload of each type begins with or is, in octets; -1: any number.
cdef int[11] SIZES = [-1, -1, 5, 4, -1, -1, 8, -1, 4, -1, -1]


cdef size_t make_frames(Choices *choices, uint8_t *room) noexcept:
    """Frames behind one another, sound or not, the last perhaps cut; the octets."""
    cdef uint8_t *p = room
    cdef uint32_t number
    for number in range(choose(choices, 6) + 1):
        p = make_frame(choices, p)
        if are_spent(choices):
            break
    if choose(choices, 4) == 3:
        return choose(choices, <uint32_t>(p - room) + 1)
    return p - room


cdef uint8_t *make_frame(Choices *choices, uint8_t *p) noexcept:
    cdef uint8_t frame_type = <uint8_t>choose(choices, 11)
    cdef uint8_t flags = <uint8_t>choose(choices, 256)
    cdef uint32_t stream = choose(choices, 4)
    cdef uint8_t *payload = p + FRAME_HEADER_LENGTH
    cdef size_t length = choose_octets(choices, payload, LONGEST_PAYLOAD - 1)
    cdef uint32_t fault = choose(choices, 8)
    if fault == 7:
        frame_type = <uint8_t>choose(choices, 256)
    elif fault != 6:
        length = mend(choices, frame_type, &flags, payload, length)
        stream = 0 if frame_type in (TYPE_SETTINGS, TYPE_PING, TYPE_GOAWAY) else stream + 1
    write_frame_header(p, <uint32_t>length if fault != 5 else choose(choices, 1 << 24), frame_type, flags, stream)
    return payload + length


cdef size_t mend(Choices *choices, uint8_t frame_type, uint8_t *flags, uint8_t *payload, size_t length) noexcept:
    """Makes the payload one that the type may have; its new length."""
    cdef size_t before = 0
    if SIZES[frame_type] >= 0:
        memset(payload + length, 1, 8)
        length = SIZES[frame_type]
        payload[length - 1] |= 1
    elif frame_type == TYPE_SETTINGS:
        length = 0 if flags[0] & FLAG_ACK else length // 6 * 6
    elif frame_type == TYPE_GOAWAY and length < 8:
        memset(payload + length, 1, 8)
        length += 8
    elif frame_type == TYPE_ALTSVC:
        length += 2
        payload[0] = 0
        payload[1] = <uint8_t>choose(choices, <uint32_t>length - 1)
    elif frame_type in (TYPE_DATA, TYPE_HEADERS, TYPE_PUSH_PROMISE):
        length += 10
        memset(payload + length - 10, 2, 10)
        before = 1 if flags[0] & FLAG_PADDED else 0
        if frame_type == TYPE_PUSH_PROMISE:
            payload[before + 3] = payload[before + 3] & 0xFE | 2
        if before:
            payload[0] = <uint8_t>choose(choices, <uint32_t>length - 8)
    return length


# ---- the cursor ------------------------------------------------------------------------------------------------

cdef const char *run_cursor(const uint8_t *data, size_t size) noexcept:
    cdef Choices choices
    cdef uint8_t room[ROOM]
    cdef uint8_t *copy
    cdef size_t length
    cdef const char *wrong
    choices.next = data
    choices.end = data + size
    length = make_frames(&choices, room)
    copy = <uint8_t *>malloc(length or 1)
    memcpy(copy, room, length)
    wrong = walk(copy, length, 20 if choose(&choices, 8) == 7 else 16384)
    free(copy)
    return wrong


cdef const char *walk(const uint8_t *octets, size_t length, uint32_t longest) noexcept:
    """Every frame of a buffer, which has no octet behind its end."""
    cdef FrameCursor at
    cdef FrameHeader header
    cdef FrameStatus status = FRAME_OK
    cdef const uint8_t *start
    cdef const char *wrong
    at.next = octets
    at.end = octets + length
    while status == FRAME_OK:
        start = at.next
        status = next_frame(&at, longest, &header)
        if status != plain_next(start, at.end - start, longest):
            return b"cursor: another status"
        if status != FRAME_OK:
            cursor.counts.verdicts[<int>status & 15] += 1
            if at.next != start:
                return b"cursor: moved past what is no frame"
            break
        if at.next - start != <Py_ssize_t>header.length + FRAME_HEADER_LENGTH:
            return b"cursor: moved too far"
        wrong = check_frame(&header)
        if wrong != NULL:
            return wrong
    return NULL


cdef FrameStatus plain_next(const uint8_t *p, size_t left, uint32_t longest) noexcept:
    if left < 9:
        return FRAME_INCOMPLETE
    cdef size_t length = p[0] * 65536 + p[1] * 256 + p[2]
    if length > longest:
        return FRAME_TOO_LONG
    return FRAME_OK if left >= 9 + length else FRAME_INCOMPLETE


cdef const char *check_frame(const FrameHeader *header) noexcept:
    """Status, and what is written back: the payload as it came, without reserved bits and with padding of zeros."""
    cdef FrameStatus expected = plain_status(header.type, header.flags, header.payload, header.length)
    cdef uint8_t *written = <uint8_t *>malloc(header.length or 1)
    cdef uint8_t *wanted = <uint8_t *>malloc(header.length or 1)
    cdef uint8_t *end = written
    cdef FrameStatus status = rewrite(header, written, &end)
    cdef const char *wrong = NULL
    cursor.counts.inputs += 1
    cursor.counts.octets += header.length + FRAME_HEADER_LENGTH
    cursor.counts.verdicts[<int>status & 15] += 1
    if status != expected:
        wrong = b"frame: another status"
    elif status == FRAME_OK:
        cursor.counts.accepted += check_stream(header.type, header.stream_id) == FRAME_OK
        normalise(header, wanted)
        if end - written != <Py_ssize_t>header.length or memcmp(written, wanted, header.length):
            wrong = b"frame: not written as it was read"
    free(written)
    free(wanted)
    return wrong


cdef FrameStatus plain_status(uint8_t frame_type, uint8_t flags, const uint8_t *p, size_t n) noexcept:
    """RFC 9113 section 6, in the order in which hyperframe looks."""
    cdef bint padded = (flags & 0x08) != 0
    cdef size_t fixed = padded
    if frame_type in (0, 1, 5):
        if frame_type == 1 and flags & 0x20:
            fixed += 5
        if frame_type == 5:
            fixed += 4
        if n < fixed:
            return FRAME_BAD_LENGTH
        if frame_type == 5 and (not (p[padded] & 0x7F or p[padded + 1] or p[padded + 2] or p[padded + 3])
                                or p[padded + 3] & 1):
            return FRAME_BAD_VALUE
        return FRAME_BAD_PADDING if padded and p[0] > n - fixed else FRAME_OK
    if frame_type == 4:
        return FRAME_BAD_VALUE if flags & 1 and n else FRAME_BAD_LENGTH if n % 6 else FRAME_OK
    if frame_type == 7:
        return FRAME_OK if n >= 8 else FRAME_BAD_LENGTH
    if frame_type == 10:
        return FRAME_OK if n >= 2 and p[0] * 256 + p[1] <= <int>n - 2 else FRAME_BAD_LENGTH
    if frame_type < 11 and SIZES[frame_type] >= 0 and <int>n != SIZES[frame_type]:
        return FRAME_BAD_LENGTH
    if frame_type == 8 and not (p[0] & 0x7F or p[1] or p[2] or p[3]):
        return FRAME_BAD_VALUE
    return FRAME_OK


cdef void normalise(const FrameHeader *header, uint8_t *wanted) noexcept:
    cdef bint padded = header.type in (0, 1, 5) and header.flags & FLAG_PADDED
    memcpy(wanted, header.payload, header.length)
    if padded:
        memset(wanted + header.length - header.payload[0], 0, header.payload[0])
    if header.type in (5, 7, 8):
        wanted[padded] &= 0x7F


cdef FrameStatus rewrite(const FrameHeader *header, uint8_t *p, uint8_t **end) noexcept:
    """Reads the payload with its type's reader and, if it is sound, writes it to `p` with its writer."""
    cdef DataBody data
    cdef HeadersBody headers
    cdef PriorityBody priority
    cdef PushPromiseBody promise
    cdef GoAwayBody goaway
    cdef AltSvcBody altsvc
    cdef OpaqueBody opaque
    cdef uint32_t number
    cdef const uint8_t *eight
    cdef FrameStatus status
    cdef uint8_t kind = header.type
    if kind == TYPE_SETTINGS:
        return rewrite_settings(header, p, end)
    if kind == TYPE_DATA:
        status = read_data(header, &data)
        if status == FRAME_OK and data_length(header.flags, &data) == header.length:
            end[0] = write_data(p, header.flags, &data)
    elif kind == TYPE_HEADERS:
        status = read_headers(header, &headers)
        if status == FRAME_OK and headers_length(header.flags, &headers) == header.length:
            end[0] = write_headers(p, header.flags, &headers)
    elif kind == TYPE_PRIORITY:
        status = read_priority(header, &priority)
        if status == FRAME_OK:
            end[0] = write_priority(p, &priority)
    elif kind == TYPE_RST_STREAM:
        status = read_rst_stream(header, &number)
        if status == FRAME_OK:
            end[0] = write_rst_stream(p, number)
    elif kind == TYPE_PUSH_PROMISE:
        status = read_push_promise(header, &promise)
        if status == FRAME_OK and push_promise_length(header.flags, &promise) == header.length:
            end[0] = write_push_promise(p, header.flags, &promise)
    elif kind == TYPE_PING:
        status = read_ping(header, &eight)
        if status == FRAME_OK:
            end[0] = write_ping(p, eight, header.length)
    elif kind == TYPE_GOAWAY:
        status = read_goaway(header, &goaway)
        if status == FRAME_OK:
            end[0] = write_goaway(p, &goaway)
    elif kind == TYPE_WINDOW_UPDATE:
        status = read_window_update(header, &number)
        if status == FRAME_OK:
            end[0] = write_window_update(p, number)
    elif kind == TYPE_ALTSVC:
        status = read_altsvc(header, &altsvc)
        if status == FRAME_OK and altsvc_length(&altsvc) == header.length:
            end[0] = write_altsvc(p, &altsvc)
    else:
        status = read_opaque(header, &opaque)
        end[0] = write_opaque(p, &opaque)
    return status


cdef FrameStatus rewrite_settings(const FrameHeader *header, uint8_t *p, uint8_t **end) noexcept:
    cdef SettingsBody settings
    cdef size_t index
    cdef FrameStatus status = read_settings(header, &settings)
    if status == FRAME_OK:
        for index in range(settings.count):
            p = write_setting(p, setting_identifier(&settings, index), setting_value(&settings, index))
        end[0] = p
    return status


# ---- many frames at once ---------------------------------------------------------------------------------------

cdef const char *run_bulk(const uint8_t *data, size_t size) noexcept:
    cdef Choices choices
    cdef uint8_t room[ROOM]
    cdef size_t length
    choices.next = data
    choices.end = data + size
    length = make_frames(&choices, room)
    try:
        return compare_bulk(PyBytes_FromStringAndSize(<char *>room, length), 20 if choose(&choices, 8) == 7 else 16384)
    except Exception:
        return b"bulk: an exception that is not hyperframe's"


cdef const char *compare_bulk(bytes octets, longest) except? NULL:
    bulk.counts.octets += len(octets)
    expected, consumed, error = one_by_one(octets, longest)
    bulk.counts.inputs += len(expected) + (error is not None)
    bulk.counts.accepted += len(expected)
    try:
        found, taken = parse_frames(octets, longest)
    except HyperframeError as other:
        if expected or type(other) is not error:
            return b"bulk: another exception"
        return NULL
    if taken != consumed or len(found) != len(expected) or (error is not None and not expected):
        return b"bulk: other frames"
    for first, second in zip(found, expected):
        if type(first) is not type(second) or first.serialize() != second.serialize() or repr(first) != repr(second):
            return b"bulk: a frame that differs"
    return NULL


def one_by_one(octets, longest):
    """([frame, ...], octets consumed, class of the error that ended it or None)."""
    found, at = [], 0
    while len(octets) - at >= 9:
        length = int.from_bytes(octets[at:at + 3], "big")
        if length > longest:
            return found, at, InvalidFrameError
        if len(octets) - at - 9 < length:
            break
        try:
            frame, _ = Frame.parse_frame_header(octets[at:at + 9])
            frame.parse_body(memoryview(octets)[at + 9:at + 9 + length])
        except HyperframeError as error:
            return found, at, type(error)
        found.append(frame)
        at += 9 + length
    return found, at, None


cdef Target cursor
cdef Target bulk
cursor.run = run_cursor
bulk.run = run_bulk
TARGETS = {"cursor": PyCapsule_New(&cursor, "target", NULL), "bulk": PyCapsule_New(&bulk, "target", NULL)}
