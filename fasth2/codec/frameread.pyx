# cython: language_level=3, freethreading_compatible=True
"""Frame objects from bytes: the straight way.

A function that gives up (None, False) has changed nothing: the frame is then parsed step by step, which raises what
upstream raises and leaves on the frame what upstream leaves there. Everything is copied out of a payload before the
first field is set, since setting one releases what was there, and that can run anybody's code.
"""
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_CheckExact, PyDict_GetItemWithError, PyDict_SetItem, PyDict_Size
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t

from fasth2.codec.framebody cimport *
from fasth2.codec.framecore cimport *
from fasth2.codec.frameheader cimport *

from fasth2.codec.tablesize import RaisedSize

cdef FrameClass *CLASSES = frame_classes()
cdef dict REGISTRY = {}

cdef object ZERO = 0


cdef object as_octets(object data):
    """A one-dimensional, contiguous memoryview of single octets, of a copy where `data` is not laid out so.

    TypeError for what is no buffer, and for items of more than an octet, whose count is not that of the octets.
    """
    view = memoryview(data)
    if view.itemsize != 1:
        raise TypeError(f"a buffer of single octets is required, not one of format '{view.format}'")
    if view.ndim == 1 and view.c_contiguous:
        return view
    return memoryview(view.tobytes())


# ---- many frames -----------------------------------------------------------------------------------------------

def count_frames(buffer, uint32_t max_frame_size):
    """How many whole frames of at most `max_frame_size` octets stand at the front of `buffer`, and their octets.

    What a receiver can know without making a frame: `(count, consumed)`, two ints.
    """
    cdef FrameCursor cursor
    cdef FrameHeader header
    cdef Py_ssize_t count = 0
    cdef Borrowed octets
    view = as_octets(buffer)
    if not borrow(view, &octets):  # only this function has the view
        raise BufferError("a buffer that cannot be read")
    cursor.next = octets.start
    cursor.end = octets.start + octets.length
    while next_frame(&cursor, max_frame_size, &header) == FRAME_OK:
        count += 1
    consumed = cursor.next - octets.start
    give_back(&octets)
    return count, consumed


# ---- headers and payloads --------------------------------------------------------------------------------------

cdef object parse_header(const FrameHeader *header):
    """The frame that a header announces, or None if it has to be made step by step."""
    cdef int kind
    cdef PyObject *found = PyDict_GetItemWithError(REGISTRY, header.type)
    if found == NULL:
        kind = KIND_EXTENSION
    else:
        kind = header.type + 1
        if kind >= KIND_EXTENSION or found != <PyObject *>CLASSES[kind].type:
            return None
    if not is_unchanged(&CLASSES[kind]) or check_stream(header.type, header.stream_id) != FRAME_OK:
        return None
    instance = new_frame(kind, header.stream_id)
    if kind == KIND_EXTENSION:
        put(<FrameObject *>instance, EXTENSION_TYPE, header.type)
        put(<FrameObject *>instance, EXTENSION_FLAG_BYTE, header.flags)
    else:
        (<FrameObject *>instance).bits = header.flags & CLASSES[kind].flags
    return instance


cdef bint parse_body(FrameObject *frame, uint8_t flags, const uint8_t *payload, Py_ssize_t length) except -1:
    """Fill the frame's fields from its payload. False, with nothing changed, if that is not so simple.

    `flags` are its `current_flags`, which the caller asks for: that can run code, and must not while a payload is
    borrowed.
    """
    cdef FrameHeader header
    if length > STREAM_ID_MASK:
        return False
    header.length = <uint32_t>length
    header.flags = flags
    header.payload = payload
    if frame.kind == KIND_DATA:
        return parse_data(frame, &header)
    if frame.kind == KIND_HEADERS:
        return parse_headers(frame, &header)
    if frame.kind == KIND_PUSH_PROMISE:
        return parse_push_promise(frame, &header)
    if frame.kind == KIND_SETTINGS:
        return parse_settings(frame, &header)
    if frame.kind == KIND_PRIORITY:
        return parse_priority(frame, &header)
    if frame.kind == KIND_GOAWAY:
        return parse_goaway(frame, &header)
    if frame.kind == KIND_ALTSVC:
        return parse_altsvc(frame, &header)
    return parse_single(frame, &header)


cdef inline object octets(const uint8_t *start, size_t length):
    return PyBytes_FromStringAndSize(<const char *>start, length)


cdef inline bint put_padding(FrameObject *frame, int index, uint8_t flags, uint8_t pad_length) noexcept:
    """Padding that is left from before, and not in this payload, is a matter for the way step by step."""
    if flags & FLAG_PADDED:
        put(frame, index, pad_length)
        return True
    return field(frame, index) is ZERO


cdef bint parse_data(FrameObject *frame, const FrameHeader *header) except -1:
    cdef DataBody body
    if read_data(header, &body) != FRAME_OK:
        return False
    data = octets(body.data, body.length)
    if not put_padding(frame, DATA_PAD_LENGTH, header.flags, body.pad_length):
        return False
    put(frame, DATA_DATA, data)
    put(frame, BODY_LEN, header.length)
    return True


cdef bint parse_headers(FrameObject *frame, const FrameHeader *header) except -1:
    cdef HeadersBody body
    if read_headers(header, &body) != FRAME_OK:
        return False
    fragment = octets(body.fragment, body.length)
    if not put_padding(frame, HEADERS_PAD_LENGTH, header.flags, body.pad_length):
        return False
    if header.flags & FLAG_PRIORITY:
        put(frame, HEADERS_DEPENDS_ON, body.priority.depends_on)
        put(frame, HEADERS_STREAM_WEIGHT, body.priority.weight)
        put(frame, HEADERS_EXCLUSIVE, body.priority.exclusive)
    put(frame, HEADERS_DATA, fragment)
    put(frame, BODY_LEN, header.length - (1 if header.flags & FLAG_PADDED else 0))  # upstream's way of counting
    return True


cdef bint parse_push_promise(FrameObject *frame, const FrameHeader *header) except -1:
    cdef PushPromiseBody body
    if read_push_promise(header, &body) != FRAME_OK:
        return False
    fragment = octets(body.fragment, body.length)
    if not put_padding(frame, PUSH_PROMISE_PAD_LENGTH, header.flags, body.pad_length):
        return False
    put(frame, PUSH_PROMISE_PROMISED_ID, body.promised_stream_id)
    put(frame, PUSH_PROMISE_DATA, fragment)
    put(frame, BODY_LEN, header.length)
    return True


cdef bint parse_settings(FrameObject *frame, const FrameHeader *header) except -1:
    cdef SettingsBody body
    settings = field(frame, SETTINGS_SETTINGS)
    if read_settings(header, &body) != FRAME_OK or not PyDict_CheckExact(settings) or PyDict_Size(settings):
        return False  # what is in it already could run code of its own while the payload is read
    take_settings(settings, &body)
    put(frame, BODY_LEN, header.length)
    return True


cdef int take_settings(dict settings, const SettingsBody *body) except -1:
    cdef uint32_t table_size = 0
    cdef uint32_t smallest = <uint32_t>-1
    cdef size_t index
    for index in range(body.count):
        if setting_identifier(body, index) == SETTING_HEADER_TABLE_SIZE:
            table_size = setting_value(body, index)
            smallest = min(smallest, table_size)
        PyDict_SetItem(settings, setting_identifier(body, index), setting_value(body, index))
    if smallest < table_size:
        PyDict_SetItem(settings, SETTING_HEADER_TABLE_SIZE, RaisedSize.of(smallest, table_size))
    return 0


cdef bint parse_priority(FrameObject *frame, const FrameHeader *header) except -1:
    cdef PriorityBody body
    if read_priority(header, &body) != FRAME_OK:
        return False
    put(frame, PRIORITY_DEPENDS_ON, body.depends_on)
    put(frame, PRIORITY_STREAM_WEIGHT, body.weight)
    put(frame, PRIORITY_EXCLUSIVE, body.exclusive)
    put(frame, BODY_LEN, header.length)
    return True


cdef bint parse_goaway(FrameObject *frame, const FrameHeader *header) except -1:
    cdef GoAwayBody body
    if read_goaway(header, &body) != FRAME_OK:
        return False
    debug = octets(body.debug, body.length) if body.length else None
    put(frame, GOAWAY_LAST_STREAM_ID, body.last_stream_id)
    put(frame, GOAWAY_ERROR_CODE, body.error_code)
    put(frame, BODY_LEN, header.length)
    if debug is not None:
        put(frame, GOAWAY_ADDITIONAL_DATA, debug)
    return True


cdef bint parse_altsvc(FrameObject *frame, const FrameHeader *header) except -1:
    cdef AltSvcBody body
    if read_altsvc(header, &body) != FRAME_OK:
        return False
    origin = octets(body.origin, body.origin_length)
    value = octets(body.field, body.field_length)
    put(frame, ALTSVC_ORIGIN, origin)
    put(frame, ALTSVC_FIELD, value)
    put(frame, BODY_LEN, header.length)
    return True


cdef bint parse_single(FrameObject *frame, const FrameHeader *header) except -1:
    """The types whose payload is one field."""
    cdef uint32_t number = 0
    cdef const uint8_t *opaque = NULL
    if frame.kind == KIND_WINDOW_UPDATE:
        if read_window_update(header, &number) != FRAME_OK:
            return False
        put(frame, WINDOW_UPDATE_INCREMENT, number)
    elif frame.kind == KIND_RST_STREAM:
        if read_rst_stream(header, &number) != FRAME_OK:
            return False
        put(frame, RST_STREAM_ERROR_CODE, number)
    elif frame.kind == KIND_PING:
        if read_ping(header, &opaque) != FRAME_OK:
            return False
        put(frame, PING_OPAQUE_DATA, octets(opaque, PING_LENGTH))
    elif frame.kind == KIND_CONTINUATION:
        put(frame, CONTINUATION_DATA, octets(header.payload, header.length))
    else:
        put(frame, EXTENSION_BODY, octets(header.payload, header.length))
    put(frame, BODY_LEN, header.length)
    return True
