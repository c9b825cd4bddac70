# cython: language_level=3, freethreading_compatible=True
"""The straight way in front of the steps of a frame class, and many frames of a buffer at once.

Each decorator takes a method of a frame class (fasth2.codec.framebase and frametypes) that does its work step by
step, through methods and attributes. Compiled code takes its place for a frame that is as it was made; the method is
for every frame that is not, for every value that the wire does not take as it is, and for every payload that is wrong.
"""
cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t

from binascii import hexlify
from functools import update_wrapper
from importlib import import_module

from fasth2.codec.flags cimport flags_text
from fasth2.codec.framecore cimport *
from fasth2.codec.frameheader cimport *
from fasth2.codec.frameread cimport REGISTRY, Borrowed, as_octets, borrow, give_back
from fasth2.codec.frameread cimport parse_body as read_body, parse_header as read_header
from fasth2.codec.framewrite cimport serialize as write_frame, serialize_verbatim as write_verbatim

from fasth2.errors.hyperframe import InvalidFrameError

cdef FrameClass *CLASSES = frame_classes()

# Type octet -> class. Callers register classes of their own here, so every parse looks a type up.
FRAMES = REGISTRY

DATA = KIND_DATA
HEADERS = KIND_HEADERS
PRIORITY = KIND_PRIORITY
RST_STREAM = KIND_RST_STREAM
SETTINGS = KIND_SETTINGS
PUSH_PROMISE = KIND_PUSH_PROMISE
PING = KIND_PING
GOAWAY = KIND_GOAWAY
WINDOW_UPDATE = KIND_WINDOW_UPDATE
CONTINUATION = KIND_CONTINUATION
ALTSVC = KIND_ALTSVC
EXTENSION = KIND_EXTENSION
BASE = KIND_BASE


# ---- decorators ------------------------------------------------------------------------------------------------

def parses_header(stepwise):
    """For `Frame.parse_frame_header`."""

    def parse_frame_header(header, strict=False):
        cdef Borrowed octets
        cdef FrameHeader fields
        cdef bint is_whole = False
        if borrow(header, &octets):
            is_whole = octets.length == FRAME_HEADER_LENGTH
            if is_whole:
                read_frame_header(octets.start, &fields)
            give_back(&octets)
        if is_whole and (not strict or fields.type in REGISTRY):
            frame = read_header(&fields)
            if frame is not None:
                return frame, fields.length
        return stepwise(as_octets(header), strict)

    return update_wrapper(parse_frame_header, stepwise)


def parses_body(int kind):
    """For `parse_body` of the class of `kind`. The method gets a memoryview of single octets in any case."""

    def decorate(stepwise):
        def parse_body(self, data):
            with cython.critical_section(self):
                if fill(straight(self, CLASSES), kind, data):
                    return None
            return stepwise(self, as_octets(data))

        return update_wrapper(parse_body, stepwise)

    return decorate


cdef inline bint fill(FrameObject *frame, int kind, object data) except -1:
    """Reads the payload `data` into a frame that is of `kind` and on the straight way; False if it has to leave it."""
    cdef Borrowed octets
    cdef int flags
    if frame == NULL or frame.kind != kind:
        return False
    flags = current_flags(frame)  # before `data` is borrowed: a set of flags can run anybody's code
    if flags < 0 or not borrow(data, &octets):
        return False
    try:
        return read_body(frame, <uint8_t>flags, octets.start, octets.length)
    finally:
        give_back(&octets)


def parses_flags(stepwise):
    """For `Frame.parse_flags`."""

    def parse_flags(self, flag_byte):
        cdef FrameObject *frame
        with cython.critical_section(self):
            frame = straight(self, CLASSES)
            if frame != NULL and frame.packed and frame.kind != KIND_EXTENSION and type(flag_byte) is int:
                frame.bits |= <uint8_t>(flag_byte & 0xFF) & CLASSES[frame.kind].flags
                return get_field(frame, FLAGS)
        return stepwise(self, flag_byte)

    return update_wrapper(parse_flags, stepwise)


def serializes(stepwise):
    """For `Frame.serialize`."""

    def serialize(self):
        cdef FrameObject *frame
        with cython.critical_section(self):
            frame = straight(self, CLASSES)
            if frame != NULL:
                result = write_frame(frame, FRAME_HEADER_LENGTH)
                if result is not None:
                    put(frame, BODY_LEN, PyBytes_GET_SIZE(result) - FRAME_HEADER_LENGTH)
                    return result
        return stepwise(self)

    return update_wrapper(serialize, stepwise)


def serializes_verbatim(stepwise):
    """For `ExtensionFrame.serialize`."""

    def serialize(self):
        cdef FrameObject *frame
        with cython.critical_section(self):
            frame = straight(self, CLASSES)
            if frame != NULL and frame.kind == KIND_EXTENSION:
                result = write_verbatim(frame)
                if result is not None:
                    return result
        return stepwise(self)

    return update_wrapper(serialize, stepwise)


def serializes_body(int kind):
    """For `serialize_body` of the class of `kind`."""

    def decorate(stepwise):
        def serialize_body(self):
            cdef FrameObject *frame
            with cython.critical_section(self):
                frame = straight(self, CLASSES)
                if frame != NULL and frame.kind == kind:
                    result = write_frame(frame, 0)
                    if result is not None:
                        return result
            return stepwise(self)

        return update_wrapper(serialize_body, stepwise)

    return decorate


def measures_flow(stepwise):
    """For `DataFrame.flow_controlled_length`."""

    def flow_controlled_length(self):
        cdef FrameObject *frame
        cdef int flags
        with cython.critical_section(self):
            frame = straight(self, CLASSES)
            if frame != NULL and frame.kind == KIND_DATA:
                flags = current_flags(frame)
                if flags >= 0 and not flags & FLAG_PADDED and PyBytes_CheckExact(field(frame, DATA_DATA)):
                    return PyBytes_GET_SIZE(field(frame, DATA_DATA))
        return stepwise(self)

    return update_wrapper(flow_controlled_length, stepwise)


def represents(stepwise):
    """For `Frame.__repr__`."""

    def __repr__(self):
        with cython.critical_section(self):
            text = describe(self, straight(self, CLASSES))
        return stepwise(self) if text is None else text

    return update_wrapper(__repr__, stepwise)


# ---- text ------------------------------------------------------------------------------------------------------

cdef object describe(object self, FrameObject *frame):
    """`repr` of a frame that is on the straight way, or None if it has to be said step by step."""
    cdef int flags
    if frame == NULL:
        return None
    flags = current_flags(frame)
    stream_id = field(frame, STREAM_ID) if flags >= 0 else None
    if type(stream_id) is not int:
        return None
    own = None if frame.packed else field(frame, FLAGS)  # can hold more than what the type defines
    body = describe_body(frame, flags)
    if body is None:
        return None
    text = flags_text(flags, CLASSES[frame.kind].acknowledges) if own is None else repr(own)
    return f"{type(self).__name__}(stream_id={stream_id}, flags={text}): {body}"


cdef object describe_body(FrameObject *frame, int flags):
    """What `repr` says about the payload, from ten octets of it. None if it has to be said step by step.

    Only for exact ints and bytes: formatting anything else runs its own code.
    """
    cdef int index
    if frame.kind == KIND_SETTINGS:
        return f"settings={field(frame, SETTINGS_SETTINGS)}"
    for index in range(OWN, CLASSES[frame.kind].fields):
        if type(field(frame, index)) not in (int, bytes, bool):
            return None
    if frame.kind == KIND_DATA:
        return describe_data(field(frame, DATA_DATA), field(frame, DATA_PAD_LENGTH), flags & FLAG_PADDED)
    if frame.kind == KIND_HEADERS:
        return f"{describe_priority(frame)}, data={raw_text(field(frame, HEADERS_DATA))}"
    if frame.kind == KIND_PRIORITY:
        return describe_priority(frame)
    if frame.kind == KIND_RST_STREAM:
        return f"error_code={field(frame, RST_STREAM_ERROR_CODE)}"
    if frame.kind == KIND_PUSH_PROMISE:
        promised = field(frame, PUSH_PROMISE_PROMISED_ID)
        return f"promised_stream_id={promised}, data={raw_text(field(frame, PUSH_PROMISE_DATA))}"
    if frame.kind == KIND_PING:
        return f"opaque_data={field(frame, PING_OPAQUE_DATA)!r}"
    if frame.kind == KIND_WINDOW_UPDATE:
        return f"window_increment={field(frame, WINDOW_UPDATE_INCREMENT)}"
    if frame.kind == KIND_CONTINUATION:
        return f"data={raw_text(field(frame, CONTINUATION_DATA))}"
    return describe_rare(frame)


cdef object describe_rare(FrameObject *frame):
    if frame.kind == KIND_GOAWAY:
        return (f"last_stream_id={field(frame, GOAWAY_LAST_STREAM_ID)}, error_code={field(frame, GOAWAY_ERROR_CODE)}, "
                f"additional_data={field(frame, GOAWAY_ADDITIONAL_DATA)!r}")
    if frame.kind == KIND_ALTSVC:
        return f"origin={field(frame, ALTSVC_ORIGIN)!r}, field={field(frame, ALTSVC_FIELD)!r}"
    if frame.kind == KIND_EXTENSION:
        return (f"type={field(frame, EXTENSION_TYPE)}, flag_byte={field(frame, EXTENSION_FLAG_BYTE)}, "
                f"body={raw_text(field(frame, EXTENSION_BODY))}")
    return None


cdef object describe_priority(FrameObject *frame):
    return (f"exclusive={field(frame, PRIORITY_EXCLUSIVE)}, depends_on={field(frame, PRIORITY_DEPENDS_ON)}, "
            f"stream_weight={field(frame, PRIORITY_STREAM_WEIGHT)}")


cdef object describe_data(object data, object pad_length, bint padded):
    """Of the payload as it would be sent: the count of padding octets, the data, the padding."""
    if type(data) is not bytes or type(pad_length) is not int or not 0 <= pad_length <= 255:
        return None
    if not padded and pad_length == 0:
        return raw_text(data)
    count = bytes((pad_length,)) if padded else b""
    return raw_text(count + (<bytes>data)[:TEXT_OCTETS + 1] + bytes(pad_length))


cdef object raw_text(object data):
    """Ten octets of a payload in hexadecimal digits, and dots for the rest."""
    cdef char text[32]
    cdef const uint8_t *octets
    cdef Py_ssize_t count
    cdef Py_ssize_t index
    if type(data) is not bytes or not data:
        return _raw_data_repr(data)
    octets = <const uint8_t *>PyBytes_AS_STRING(data)
    count = PyBytes_GET_SIZE(data)
    for index in range(min(count, TEXT_OCTETS)):
        text[2 * index] = DIGITS[octets[index] >> 4]
        text[2 * index + 1] = DIGITS[octets[index] & 15]
    dots = "..." if count > TEXT_OCTETS else ""
    return f"<hex:{text[:2 * min(count, TEXT_OCTETS)].decode('ascii')}{dots}>"


cdef const char *DIGITS = "0123456789abcdef"

cdef enum:
    TEXT_OCTETS = 10


def _raw_data_repr(data):
    """`data` (bytes-like, or None) as `repr` of a frame shows it. Source: hyperframe.frame._raw_data_repr."""
    if not data:
        return "None"
    if isinstance(data, (bytes, bytearray)):
        text = data[:TEXT_OCTETS + 1].hex()
    else:
        text = hexlify(data).decode("ascii")
    if len(text) > 2 * TEXT_OCTETS:
        text = text[:2 * TEXT_OCTETS] + "..."
    return f"<hex:{text}>"


# ---- many at once ----------------------------------------------------------------------------------------------

def parse_frames(buffer, uint32_t max_frame_size):
    """The whole frames at the front of `buffer`: `(frames, consumed)`, a list and the octets (int) that they take.

    `buffer` is any contiguous buffer; nothing keeps a reference to it. `max_frame_size` is in octets, without the
    header (SETTINGS_MAX_FRAME_SIZE, RFC 9113 section 4.2). Stops before the first frame that is not all there, and
    before one that is too long or wrong; where such a frame is the first, it raises what `Frame.parse_frame_header`
    and `parse_body` raise for it, and `InvalidFrameError` where it is too long. TypeError for what is no buffer.
    """
    cdef Py_buffer view
    cdef FrameCursor cursor
    cdef const uint8_t *start
    frames = []
    if not REGISTRY:
        import_module("fasth2.codec.frametypes")
    try:
        PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE)
    except BufferError as error:
        raise TypeError("a contiguous buffer is required") from error
    try:
        start = cursor.next = <const uint8_t *>view.buf
        cursor.end = cursor.next + view.len
        collect(frames, &cursor, max_frame_size)
        return frames, cursor.next - start
    finally:
        PyBuffer_Release(&view)


cdef int collect(list frames, FrameCursor *cursor, uint32_t max_frame_size) except -1:
    """Append what is whole; the cursor stays before the frame that ends it."""
    cdef FrameHeader header
    cdef FrameCursor ahead = cursor[0]
    cdef FrameStatus status = next_frame(&ahead, max_frame_size, &header)
    while status == FRAME_OK:
        frame = read_header(&header)
        if frame is None or not read_body(<FrameObject *>frame, (<FrameObject *>frame).bits, header.payload,
                                          header.length):
            try:
                frame = read_stepwise(&header)
            except Exception:
                if frames:
                    return 0
                raise
        frames.append(frame)
        cursor[0] = ahead
        status = next_frame(&ahead, max_frame_size, &header)
    if status == FRAME_TOO_LONG and not frames:
        raise InvalidFrameError(f"Received overlong frame: length {header.length}, max {max_frame_size}")
    return 0


cdef object read_stepwise(const FrameHeader *header):
    """A frame from copies of its octets: whoever parses it may keep what it is given."""
    whole = PyBytes_FromStringAndSize(<const char *>header.payload - FRAME_HEADER_LENGTH,
                                      FRAME_HEADER_LENGTH + header.length)
    view = memoryview(whole)
    frame, _ = import_module("fasth2.codec.frametypes").Frame.parse_frame_header(view[:FRAME_HEADER_LENGTH])
    frame.parse_body(view[FRAME_HEADER_LENGTH:])
    return frame
