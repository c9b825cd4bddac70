# cython: language_level=3, freethreading_compatible=True
"""Frame objects to bytes: the straight way.

Only for fields of the types and ranges that the wire wants, where nothing can run Python code in between. A function
that returns None leaves the frame to be serialised step by step, which raises what upstream raises for the rest.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_CheckExact, PyDict_Next, PyDict_Size
from cpython.long cimport PyLong_Check, PyLong_CheckExact
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from fasth2.codec.framebody cimport *
from fasth2.codec.framecore cimport *
from fasth2.codec.frameheader cimport *
from fasth2.codec.frameread cimport Borrowed, PyMemoryView_Check, borrow, give_back

cdef extern from *:
    """
    /* Whether `number & mask` of an int subclass (an enum, mostly) is int's own. */
    static inline int fasth2_masks_as_int(PyObject *number)
    {
        return Py_TYPE(number)->tp_as_number->nb_and == PyLong_Type.tp_as_number->nb_and;
    }
    """
    bint masks_as_int "fasth2_masks_as_int"(object number) noexcept
    long long PyLong_AsLongLongAndOverflow(object, int *) noexcept


# ---- values that fit -------------------------------------------------------------------------------------------

cdef inline bint fits(object number, uint32_t limit, uint32_t *value) noexcept:
    """An int, enums included, that `struct` packs into the room there is."""
    cdef int overflow = 0
    cdef long long found
    value[0] = 0
    if not PyLong_Check(number):
        return False
    found = PyLong_AsLongLongAndOverflow(number, &overflow)
    value[0] = <uint32_t>found
    return overflow == 0 and 0 <= found <= limit


cdef inline bint masked(object number, uint32_t mask, uint32_t *value) noexcept:
    """`number & mask`, for an int of any sign that is not absurdly large."""
    cdef int overflow = 0
    cdef long long found
    value[0] = 0
    if not PyLong_CheckExact(number) and not (PyLong_Check(number) and masks_as_int(number)):
        return False
    found = PyLong_AsLongLongAndOverflow(number, &overflow)
    value[0] = <uint32_t>found & mask
    return overflow == 0


cdef inline bint pad_fits(object number, uint8_t *pad_length) noexcept:
    cdef uint32_t value = 0
    if not fits(number, 255, &value):
        return False
    pad_length[0] = <uint8_t>value
    return True


cdef inline bint bytes_fit(object data, const uint8_t **start, size_t *length) noexcept:
    if not PyBytes_CheckExact(data):
        return False
    start[0] = <const uint8_t *>PyBytes_AS_STRING(data)
    length[0] = PyBytes_GET_SIZE(data)
    return True


# ---- frames and payloads ---------------------------------------------------------------------------------------

cdef inline object new_bytes(FrameObject *frame, size_t prefix, int flags, size_t length, uint8_t **p):
    """A bytes object with room for a payload, behind a frame header if `prefix` is the length of one."""
    cdef uint32_t stream_id = 0
    if length > STREAM_ID_MASK or (prefix and not masked(field(frame, STREAM_ID), STREAM_ID_MASK, &stream_id)):
        return None
    result = PyBytes_FromStringAndSize(NULL, prefix + length)
    p[0] = <uint8_t *>PyBytes_AS_STRING(result)
    if prefix:
        p[0] = write_frame_header(p[0], <uint32_t>length, <uint8_t>(frame.kind - 1), <uint8_t>flags, stream_id)
    return result


cdef object serialize(FrameObject *frame, size_t prefix):
    """The payload, behind a frame header if `prefix` is the length of one. None if that is not so simple."""
    cdef int flags = current_flags(frame)
    if flags < 0:
        return None
    if frame.kind == KIND_DATA:
        return serialize_data(frame, prefix, flags)
    if frame.kind == KIND_HEADERS:
        return serialize_headers(frame, prefix, flags)
    if frame.kind == KIND_PUSH_PROMISE:
        return serialize_push_promise(frame, prefix, flags)
    if frame.kind == KIND_SETTINGS:
        return serialize_settings(frame, prefix, flags)
    if frame.kind == KIND_PRIORITY:
        return serialize_priority(frame, prefix, flags)
    if frame.kind == KIND_GOAWAY:
        return serialize_goaway(frame, prefix, flags)
    if frame.kind == KIND_ALTSVC:
        return serialize_altsvc(frame, prefix, flags)
    return serialize_single(frame, prefix, flags)


cdef object serialize_data(FrameObject *frame, size_t prefix, int flags):
    cdef DataBody body
    cdef uint8_t *p = NULL
    data = field(frame, DATA_DATA)
    if PyMemoryView_Check(data):
        data = whole(data)  # what the caller finds on the frame from now on, as with upstream
    if not pad_fits(field(frame, DATA_PAD_LENGTH), &body.pad_length) or not bytes_fit(data, &body.data, &body.length):
        return None
    result = new_bytes(frame, prefix, flags, data_length(flags, &body), &p)
    if result is not None:
        write_data(p, flags, &body)
        put(frame, DATA_DATA, data)
    return result


cdef object whole(object view):
    """The octets of a plain memoryview, as bytes; None for any other view."""
    cdef Borrowed octets
    if not borrow(view, &octets):
        return None
    try:
        return PyBytes_FromStringAndSize(<const char *>octets.start, octets.length)
    finally:
        give_back(&octets)


cdef bint priority_fits(FrameObject *frame, PriorityBody *body) noexcept:
    """DEPENDS_ON, STREAM_WEIGHT and EXCLUSIVE stand in the same places in HEADERS and PRIORITY."""
    cdef uint32_t weight = 0
    exclusive = field(frame, PRIORITY_EXCLUSIVE)
    body.exclusive = exclusive is True
    if exclusive is not True and exclusive is not False:
        return False
    if not fits(field(frame, PRIORITY_STREAM_WEIGHT), 255, &weight):
        return False
    body.weight = <uint8_t>weight
    return fits(field(frame, PRIORITY_DEPENDS_ON), 0x7FFFFFFF if body.exclusive else 0xFFFFFFFF, &body.depends_on)


cdef object serialize_priority(FrameObject *frame, size_t prefix, int flags):
    cdef PriorityBody body
    cdef uint8_t *p = NULL
    if not priority_fits(frame, &body):
        return None
    result = new_bytes(frame, prefix, flags, PRIORITY_LENGTH, &p)
    if result is not None:
        write_priority(p, &body)
    return result


cdef object serialize_headers(FrameObject *frame, size_t prefix, int flags):
    cdef HeadersBody body
    cdef uint8_t *p = NULL
    if not (pad_fits(field(frame, HEADERS_PAD_LENGTH), &body.pad_length)
            and bytes_fit(field(frame, HEADERS_DATA), &body.fragment, &body.length)):
        return None
    if flags & FLAG_PRIORITY and not priority_fits(frame, &body.priority):
        return None
    result = new_bytes(frame, prefix, flags, headers_length(flags, &body), &p)
    if result is not None:
        write_headers(p, flags, &body)
    return result


cdef object serialize_push_promise(FrameObject *frame, size_t prefix, int flags):
    cdef PushPromiseBody body
    cdef uint8_t *p = NULL
    if not (pad_fits(field(frame, PUSH_PROMISE_PAD_LENGTH), &body.pad_length)
            and fits(field(frame, PUSH_PROMISE_PROMISED_ID), 0xFFFFFFFF, &body.promised_stream_id)
            and bytes_fit(field(frame, PUSH_PROMISE_DATA), &body.fragment, &body.length)):
        return None
    result = new_bytes(frame, prefix, flags, push_promise_length(flags, &body), &p)
    if result is not None:
        write_push_promise(p, flags, &body)
    return result


cdef object serialize_settings(FrameObject *frame, size_t prefix, int flags):
    cdef PyObject *identifier = NULL
    cdef PyObject *value = NULL
    cdef Py_ssize_t count
    cdef Py_ssize_t position = 0
    cdef uint32_t number = 0
    cdef uint32_t amount = 0
    cdef uint8_t *p = NULL
    settings = field(frame, SETTINGS_SETTINGS)
    if not PyDict_CheckExact(settings):
        return None
    count = PyDict_Size(settings)
    result = new_bytes(frame, prefix, flags, count * SETTING_LENGTH, &p)
    if result is None:
        return None
    with cython.critical_section(settings):  # which may give up that on the frame
        if PyDict_Size(settings) != count:
            return None
        while PyDict_Next(settings, &position, &identifier, &value):
            if not (masked(<object>identifier, 0xFFFF, &number) and fits(<object>value, 0xFFFFFFFF, &amount)):
                return None
            p = write_setting(p, <uint16_t>number, amount)
    return result


cdef object serialize_goaway(FrameObject *frame, size_t prefix, int flags):
    cdef GoAwayBody body
    cdef uint8_t *p = NULL
    if not (masked(field(frame, GOAWAY_LAST_STREAM_ID), STREAM_ID_MASK, &body.last_stream_id)
            and fits(field(frame, GOAWAY_ERROR_CODE), 0xFFFFFFFF, &body.error_code)
            and bytes_fit(field(frame, GOAWAY_ADDITIONAL_DATA), &body.debug, &body.length)):
        return None
    result = new_bytes(frame, prefix, flags, GOAWAY_LENGTH + body.length, &p)
    if result is not None:
        write_goaway(p, &body)
    return result


cdef object serialize_altsvc(FrameObject *frame, size_t prefix, int flags):
    cdef AltSvcBody body
    cdef uint8_t *p = NULL
    if not (bytes_fit(field(frame, ALTSVC_ORIGIN), &body.origin, &body.origin_length)
            and bytes_fit(field(frame, ALTSVC_FIELD), &body.field, &body.field_length)
            and body.origin_length <= 0xFFFF):
        return None
    result = new_bytes(frame, prefix, flags, altsvc_length(&body), &p)
    if result is not None:
        write_altsvc(p, &body)
    return result


cdef object serialize_single(FrameObject *frame, size_t prefix, int flags):
    """The types whose payload is one field."""
    cdef OpaqueBody body
    cdef uint32_t number = 0
    cdef uint8_t *p = NULL
    if frame.kind == KIND_WINDOW_UPDATE:
        if not masked(field(frame, WINDOW_UPDATE_INCREMENT), STREAM_ID_MASK, &number):
            return None
        result = new_bytes(frame, prefix, flags, WINDOW_UPDATE_LENGTH, &p)
        if result is not None:
            write_window_update(p, number)
        return result
    if frame.kind == KIND_RST_STREAM:
        if not fits(field(frame, RST_STREAM_ERROR_CODE), 0xFFFFFFFF, &number):
            return None
        result = new_bytes(frame, prefix, flags, RST_STREAM_LENGTH, &p)
        if result is not None:
            write_rst_stream(p, number)
        return result
    if frame.kind == KIND_PING:
        if not bytes_fit(field(frame, PING_OPAQUE_DATA), &body.data, &body.length) or body.length > PING_LENGTH:
            return None
        result = new_bytes(frame, prefix, flags, PING_LENGTH, &p)
        if result is not None:
            write_ping(p, body.data, body.length)
        return result
    if frame.kind != KIND_CONTINUATION or not bytes_fit(field(frame, CONTINUATION_DATA), &body.data, &body.length):
        return None
    result = new_bytes(frame, prefix, flags, body.length, &p)
    if result is not None:
        write_opaque(p, &body)
    return result


cdef object serialize_verbatim(FrameObject *frame):
    """A frame of an unknown type, with the length and the flags that were received."""
    cdef OpaqueBody body
    cdef uint32_t numbers[4]
    if not (masked(field(frame, BODY_LEN), 0xFFFFFF, &numbers[0])
            and fits(field(frame, EXTENSION_TYPE), 255, &numbers[1])
            and fits(field(frame, EXTENSION_FLAG_BYTE), 255, &numbers[2])
            and masked(field(frame, STREAM_ID), STREAM_ID_MASK, &numbers[3])
            and bytes_fit(field(frame, EXTENSION_BODY), &body.data, &body.length)):
        return None
    result = PyBytes_FromStringAndSize(NULL, FRAME_HEADER_LENGTH + body.length)
    write_opaque(write_frame_header(<uint8_t *>PyBytes_AS_STRING(result), numbers[0], <uint8_t>numbers[1],
                                    <uint8_t>numbers[2], numbers[3]), &body)
    return result
