# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Received octets until they are whole frames (RFC 9113 section 4), and header blocks until they are whole blocks."""
cimport cython
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from cpython.object cimport PyObject
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcmp, memcpy

from fasth2.codec.framebody cimport (
    read_altsvc, read_data, read_goaway, read_headers, read_ping, read_priority, read_push_promise, read_rst_stream,
    read_settings, read_window_update,
)
from fasth2.codec.frameheader cimport *
from fasth2.codec.typeversion cimport drop_dict
from fasth2.engine.calling cimport call, check_memory

from fasth2.codec.framebase import Frame
from fasth2.codec.frametypes import ContinuationFrame, HeadersFrame, PushPromiseFrame
from fasth2.errors.h2 import FrameDataMissingError, FrameTooLargeError, ProtocolError
from fasth2.errors.hyperframe import InvalidDataError, InvalidFrameError

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

cdef enum:
    PREAMBLE_LENGTH = 24

cdef const char *PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # RFC 9113 section 3.4

# How many frames a header block may have. Headers longer than that are an attack.
CONTINUATION_BACKLOG = 64


# --- the way of the octets ------------------------------------------------------------------------------------------

cdef int begin_feed(FrameQueue self, object data) except -1:
    cdef Feed feed
    cdef bytes octets = octets_of(data, &feed)
    keep_rest(self)  # what comes now comes after it
    if unlikely(self.preamble_left):
        take_preamble(self, &feed)
    self.feed = feed
    self.octets = octets
    return 0


cdef void end_feed(FrameQueue self) noexcept:
    if self.feed.next == self.feed.end:
        feed_nothing(&self.feed)
        self.octets = None


cdef bytes octets_of(object data, Feed *feed):
    """The octets of a buffer as a bytes object, and where they are in it."""
    cdef bytes octets = <bytes>data if PyBytes_CheckExact(data) else bytes(memoryview(data))
    feed.next = <const uint8_t *>PyBytes_AS_STRING(octets)
    feed.end = feed.next + PyBytes_GET_SIZE(octets)
    return octets


cdef int take_preamble(FrameQueue self, Feed *feed) except -1:
    """Compares what there is of the client's preface, and takes it off."""
    cdef Py_ssize_t size = min(<Py_ssize_t>self.preamble_left, feed.end - feed.next)
    if memcmp(PREFACE + PREAMBLE_LENGTH - self.preamble_left, feed.next, size) != 0:
        raise ProtocolError("Invalid HTTP/2 preamble.")
    feed.next += size
    self.preamble_left -= <int>size
    return 0


cdef int next_whole(FrameQueue self, WholeFrame *frame) except -1:
    cdef int found
    self.payload = None
    self.joined = None
    while True:
        if PyByteArray_GET_SIZE(self.data) == 0:
            found = next_in_feed(self, &self.feed, frame)
        else:
            found = next_that_was_cut(self, &self.feed, frame)
        if not found:
            return 0
        if likely(not self.header_frames and (frame.header.flags & FLAG_END_HEADERS
                                              or not has_block(frame.header.type))):
            return 1
        if join_block(self, frame):
            return 1


cdef inline bint has_block(uint8_t type) noexcept nogil:
    return type == TYPE_HEADERS or type == TYPE_PUSH_PROMISE


cdef inline int next_in_feed(FrameQueue self, Feed *feed, WholeFrame *frame) except -1:
    cdef size_t there = feed.end - feed.next
    if there < FRAME_HEADER_LENGTH:
        return keep_rest(self)
    read_frame_header(feed.next, &frame.header)
    check_header(&frame.header, self.max_size, there)
    if there - FRAME_HEADER_LENGTH < frame.header.length:
        return keep_rest(self)
    check_body(frame)
    feed.next = frame.header.payload + frame.header.length
    return 1


cdef int next_that_was_cut(FrameQueue self, Feed *feed, WholeFrame *frame) except -1:
    """The frame whose first octets stand in `data`, topped up from the feed.

    From where `payload` is set, no Python code runs until the caller holds it.
    """
    cdef bytes payload
    cdef size_t size
    if not top_up(self, feed, FRAME_HEADER_LENGTH):
        return 0
    read_frame_header(<const uint8_t *>PyByteArray_AS_STRING(self.data), &frame.header)
    check_header(&frame.header, self.max_size, FRAME_HEADER_LENGTH + (feed.end - feed.next))
    size = FRAME_HEADER_LENGTH + frame.header.length
    if not top_up(self, feed, size):
        return 0
    data = self.data
    payload = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(data) + FRAME_HEADER_LENGTH, frame.header.length)
    frame.header.payload = <const uint8_t *>PyBytes_AS_STRING(payload)
    check_body(frame)
    del data[:size]
    self.payload = payload
    return 1


cdef inline bint top_up(FrameQueue self, Feed *feed, size_t size) except -1:
    """Whether `data` has `size` octets, after it has been given what the feed has of them."""
    cdef size_t there = PyByteArray_GET_SIZE(self.data)
    cdef size_t missing
    if there >= size:
        return True
    missing = min(size - there, <size_t>(feed.end - feed.next))
    PyByteArray_Resize(self.data, there + missing)
    memcpy(PyByteArray_AS_STRING(self.data) + there, feed.next, missing)
    feed.next += missing
    return there + missing == size


cdef int keep_rest(FrameQueue self) except -1:
    """Moves what is left of the feed into `data`. Where there is no memory for that, it is left in the feed."""
    top_up(self, &self.feed, PyByteArray_GET_SIZE(self.data) + (self.feed.end - self.feed.next))
    return 0


# --- what a frame must be -------------------------------------------------------------------------------------------

cdef inline int check_header(const FrameHeader *header, int64_t max_frame_size, size_t there) except -1:
    """`there`: how many octets of the frame have been received."""
    if unlikely(check_stream(header.type, header.stream_id) != FRAME_OK):
        raise_bad_header(header)
    if unlikely(header.length > max_frame_size) and not (is_preface(header)
                                                         and there < FRAME_HEADER_LENGTH + header.length):
        raise_too_large(header.length, max_frame_size)
    return 0


cdef bint is_preface(const FrameHeader *header) noexcept nogil:
    """Whether it is a client's preface that reads like a frame header: two clients are talking.

    h2's own tests do that, and nothing comes of it until 5 MiB are there. Any other frame is refused by its header.
    """
    cdef uint8_t octets[FRAME_HEADER_LENGTH]
    write_frame_header(octets, header.length, header.type, header.flags, header.stream_id)
    return memcmp(octets, PREFACE, FRAME_HEADER_LENGTH) == 0


cdef int raise_bad_header(const FrameHeader *header) except -1:
    cdef uint8_t octets[FRAME_HEADER_LENGTH]
    write_frame_header(octets, header.length, header.type, header.flags, header.stream_id)
    try:
        parsed(octets)
    except (InvalidDataError, InvalidFrameError) as error:
        check_memory(error)
        raise ProtocolError(f"Received frame with invalid header: {error!s}") from error
    return 0


cdef int raise_too_large(length, max_frame_size) except -1:
    raise FrameTooLargeError(f"Received overlong frame: length {length}, max {max_frame_size}")


cdef inline int check_body(WholeFrame *frame) except -1:
    if unlikely(read_body(frame) != FRAME_OK):
        raise_bad_body(&frame.header)
    return 0


cdef inline FrameStatus read_body(WholeFrame *frame) noexcept nogil:
    cdef uint8_t type = frame.header.type
    if type == TYPE_DATA:
        return read_data(&frame.header, &frame.body.data)
    if type == TYPE_HEADERS:
        return read_headers(&frame.header, &frame.body.headers)
    if type == TYPE_WINDOW_UPDATE:
        return read_window_update(&frame.header, &frame.body.number)
    if type == TYPE_RST_STREAM:
        return read_rst_stream(&frame.header, &frame.body.number)
    if type == TYPE_SETTINGS:
        return read_settings(&frame.header, &frame.body.settings)
    if type == TYPE_PING:
        return read_ping(&frame.header, &frame.body.opaque)
    if type == TYPE_PRIORITY:
        return read_priority(&frame.header, &frame.body.priority)
    if type == TYPE_PUSH_PROMISE:
        return read_push_promise(&frame.header, &frame.body.promise)
    if type == TYPE_GOAWAY:
        return read_goaway(&frame.header, &frame.body.goaway)
    if type == TYPE_ALTSVC:
        return read_altsvc(&frame.header, &frame.body.altsvc)
    return FRAME_OK


cdef int raise_bad_body(const FrameHeader *header) except -1:
    try:
        make_frame(header)
    except InvalidDataError as error:
        check_memory(error)
        raise ProtocolError("Received frame with non-compliant data") from error
    except InvalidFrameError as error:
        check_memory(error)
        raise FrameDataMissingError("Frame data missing or invalid") from error
    raise ProtocolError("Received frame with non-compliant data")


cdef object make_frame(const FrameHeader *header):
    """The payload is copied first: where it stands is nobody's business once Python code runs."""
    cdef bytes payload = PyBytes_FromStringAndSize(<const char *>header.payload, header.length)
    cdef uint8_t octets[FRAME_HEADER_LENGTH]
    write_frame_header(octets, header.length, header.type, header.flags, header.stream_id)
    frame, _ = parsed(octets)
    call(frame.parse_body, (memoryview(payload),))
    return frame


cdef object parsed(const uint8_t *header):
    """What Frame.parse_frame_header() makes of nine octets."""
    return call(Frame.parse_frame_header, (header[:FRAME_HEADER_LENGTH],))


cdef object frame_object(FrameQueue self, const WholeFrame *frame):
    return make_frame(&frame.header) if self.joined is None else self.joined


# --- header blocks of several frames (RFC 9113 section 4.3) ---------------------------------------------------------

cdef int join_block(FrameQueue self, WholeFrame *frame) except -1:
    """Takes a frame of a block that it does not end, or that others have begun; whether the block is whole now.

    The block is what subclasses of callers may have made of it, so that all of it may run Python code.
    """
    cdef bytes payload
    block = self._update_header_buffer(make_frame(&frame.header))
    if block is None:
        return 0
    payload = <bytes?>block.data
    frame.header.payload = <const uint8_t *>PyBytes_AS_STRING(payload)
    frame.header.length = <uint32_t>PyBytes_GET_SIZE(payload)
    frame.header.stream_id = block.stream_id
    if isinstance(block, HeadersFrame):
        frame.header.type = TYPE_HEADERS
        frame.header.flags = ((FLAG_END_STREAM if "END_STREAM" in block.flags else 0)
                              | (FLAG_PRIORITY if "PRIORITY" in block.flags else 0))
        frame.body.headers.priority.depends_on = block.depends_on
        frame.body.headers.priority.weight = block.stream_weight
        frame.body.headers.priority.exclusive = block.exclusive
        frame.body.headers.fragment = frame.header.payload
        frame.body.headers.length = frame.header.length
    else:
        frame.header.type = TYPE_PUSH_PROMISE
        frame.header.flags = 0
        frame.body.promise.promised_stream_id = block.promised_stream_id
        frame.body.promise.fragment = frame.header.payload
        frame.body.promise.length = frame.header.length
    frame.header.flags |= FLAG_END_HEADERS
    self.joined = block
    self.payload = payload
    return 1


# --- the buffer as Python knows it ----------------------------------------------------------------------------------

cdef class FrameQueue:
    """What FrameBuffer is compiled from. `server` (bool): whether a client's connection preface comes first."""

    def __cinit__(self, *args, **kwargs):
        drop_dict(<PyObject *>self)
        self.data = bytearray()
        self.header_frames = []
        feed_nothing(&self.feed)

    @cython.critical_section
    def __init__(self, server=False):
        self.data = bytearray()
        self.header_frames = []
        self.max_size = 0
        self.preamble_left = PREAMBLE_LENGTH if server else 0
        feed_nothing(&self.feed)

    @property
    @cython.critical_section
    def _data(self):
        keep_rest(self)
        return self.data

    @_data.setter
    @cython.critical_section
    def _data(self, value):
        feed_nothing(&self.feed)
        self.data = value if type(value) is bytearray else bytearray(value)

    @property
    @cython.critical_section
    def max_frame_size(self):
        """The longest payload that is accepted, in octets (int)."""
        return self.max_size

    @max_frame_size.setter
    @cython.critical_section
    def max_frame_size(self, value):
        self.max_size = value

    @property
    @cython.critical_section
    def _headers_buffer(self):
        return self.header_frames

    @_headers_buffer.setter
    @cython.critical_section
    def _headers_buffer(self, value):
        self.header_frames = <list?>value

    @property
    @cython.critical_section
    def _preamble(self):
        return PREFACE[PREAMBLE_LENGTH - self.preamble_left:PREAMBLE_LENGTH]

    @property
    @cython.critical_section
    def _preamble_len(self):
        return self.preamble_left

    @cython.critical_section
    def add_data(self, data):
        """Takes received octets (`data`: a buffer). ProtocolError if they do not begin as a client's must."""
        cdef Feed feed
        cdef bytes octets = octets_of(data, &feed)  # no-cython-lint: held, for the feed points into them
        keep_rest(self)
        if self.preamble_left:
            take_preamble(self, &feed)
        top_up(self, &feed, PyByteArray_GET_SIZE(self.data) + (feed.end - feed.next))

    @cython.critical_section
    def _validate_frame_length(self, length):
        if length > self.max_size:
            raise_too_large(length, self.max_size)

    @cython.critical_section
    def _update_header_buffer(self, f):
        """The frame `f`, or the one whose block it ends; None if the block goes on."""
        cdef list frames = self.header_frames
        if not frames:
            if isinstance(f, (HeadersFrame, PushPromiseFrame)) and "END_HEADERS" not in f.flags:
                frames.append(f)
                return None
            return f
        if not isinstance(f, ContinuationFrame) or f.stream_id != frames[0].stream_id:
            raise ProtocolError("Invalid frame during header block.")
        frames.append(f)
        if len(frames) > CONTINUATION_BACKLOG:
            raise ProtocolError("Too many continuation frames received.")
        if "END_HEADERS" not in f.flags:
            return None
        first = frames[0]
        first.flags.add("END_HEADERS")
        fragments = []
        for frame in frames:  # no comprehension: without memory, those of Cython 3.3.1 release what is not theirs
            fragments.append(frame.data)
        first.data = b"".join(fragments)
        self.header_frames = []
        return first

    def __iter__(self):
        return self

    @cython.critical_section
    def __next__(self):
        cdef WholeFrame frame
        if not next_whole(self, &frame):
            raise StopIteration
        return frame_object(self, &frame)
