# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""One end of a connection: what it consists of, and its streams (RFC 9113 section 5.1)."""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.mem cimport PyMem_Free
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy

from fasth2.codec.framebody cimport PING_LENGTH
from fasth2.codec.typeversion cimport drop_dict
from fasth2.codec.frameheader cimport FRAME_HEADER_LENGTH, TYPE_PING, write_frame_header
from fasth2.engine.config cimport CLIENT_SIDE, logger_of, option
from fasth2.engine.outbox cimport outbox_append, outbox_copy, outbox_init, outbox_release, outbox_reserve
from fasth2.engine.settings cimport initial_window_size, max_concurrent_streams, max_frame_size
from fasth2.engine.states cimport *
from fasth2.engine.stream cimport Stream, begin_stream, enter, leave
from fasth2.engine.windows cimport clipped, cut, part_window, window_init, window_view

from fasth2.errors.h2 import (
    NoSuchStreamError, ProtocolError, StreamClosedError, StreamIDTooLowError, TooManyStreamsError,
)

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)


# --- streams --------------------------------------------------------------------------------------------------------

cdef bint is_outbound(Endpoint self, object stream_id) except -1:
    """Whether it is this peer that numbers such a stream (RFC 9113 section 5.1.1)."""
    return stream_id % 2 == option(self.config, CLIENT_SIDE)


cdef object highest_id(Endpoint self, object stream_id):
    """The highest identifier so far of those on the side of this one."""
    return self.highest_outbound_stream_id if is_outbound(self, stream_id) else self.highest_inbound_stream_id


cdef bint was_there(Endpoint self, object stream_id) except -1:
    """Whether a stream that is not there can have been: no higher one has been opened."""
    return not stream_id > highest_id(self, stream_id)


cdef Stream get_stream(Endpoint self, object stream_id):
    """The stream; NoSuchStreamError, or StreamClosedError where it can only have been there."""
    cdef Stream stream
    if not stream_id:
        raise NoSuchStreamError(-1)
    stream = find(self, stream_id)
    if unlikely(stream is None):
        raise_missing(self, stream_id)
    return stream


cdef Stream stream_at(Endpoint self, object stream_id):
    """What `streams` has under that identifier."""
    cdef dict streams = self.open_streams
    return <Stream?>streams[stream_id]


cdef int raise_missing(Endpoint self, object stream_id) except -1:
    if was_there(self, stream_id):
        raise StreamClosedError(stream_id)
    raise NoSuchStreamError(stream_id)


cdef Stream begin_new_stream(Endpoint self, object stream_id, int allowed):
    cdef bint outbound
    cdef dict streams
    cdef Stream stream
    log = logger_of(self.config)
    if log is not None:
        log.debug("Attempting to initiate stream ID %d", stream_id)
    outbound = is_outbound(self, stream_id)
    highest = self.highest_outbound_stream_id if outbound else self.highest_inbound_stream_id
    if stream_id <= highest:
        raise StreamIDTooLowError(stream_id, highest)
    if stream_id % 2 != allowed:
        raise ProtocolError("Invalid stream ID for peer.")
    stream = begin_stream(self.stream_class, stream_id, self.config, initial_window_size(self.local_settings),
                          initial_window_size(self.remote_settings))
    if log is not None:
        log.debug("Stream ID %d created", stream_id)
    stream.max_frame = self.max_outbound_frame_size
    streams = self.open_streams
    streams[stream_id] = stream
    enter(stream, self.tally)
    if log is not None:
        log.debug("Current streams: %s", streams.keys())
    if outbound:
        self.highest_outbound_stream_id = stream_id
    else:
        self.highest_inbound_stream_id = stream_id
    return stream


cdef int put_back(Endpoint self, object stream_id, Stream stream) except -1:
    """Into `streams`, from where a logger may have taken a promised stream that was hardly there."""
    cdef dict streams = self.open_streams
    streams[stream_id] = stream
    return 0


cdef Py_ssize_t count_open(Endpoint self, bint remainder) except -1:
    """How many streams with that last bit are open. Those that have closed leave `streams`, as upstream has it."""
    if unlikely(self.tally.is_lost or self.tally.streams != len(self.open_streams)):
        count_anew(self)
    if self.tally.closed_count:
        drop_closed(self)
    return self.tally.open[remainder]


cdef int count_anew(Endpoint self) except -1:
    """For a `streams` that somebody has changed."""
    cdef Tally tally = Tally()
    cdef dict streams = self.open_streams
    self.tally = tally  # streams that have been taken out go on counting themselves in the old one
    for each in streams.values():
        enter(<Stream?>each, tally)
    return 0


cdef int drop_closed(Endpoint self) except -1:
    """Moves what has closed to the records, in the order in which it was opened."""
    cdef Tally tally = self.tally
    cdef int64_t *numbers = NULL
    cdef int64_t number = 0
    cdef Py_ssize_t at
    cdef Py_ssize_t count = take_closed(tally, &number, &numbers)  # what closes from now on is noted anew
    cdef Stream stream
    try:
        if count == 1:
            return drop_stream(self, number)
        try:
            closed = []
            for at in range(count):
                stream = find(self, numbers[at])
                if stream is not None:
                    closed.append((stream.states.serial, stream.id))
        finally:
            PyMem_Free(numbers)
        for _, stream_id in sorted(closed):
            drop_stream(self, stream_id)
    except BaseException:
        tally.is_lost = True  # those that are left are found again
        raise
    return 0


cdef int drop_stream(Endpoint self, object stream_id) except -1:
    cdef dict streams = self.open_streams
    cdef Stream stream = find(self, stream_id)
    if stream is not None and stream.states.state == STREAM_CLOSED:
        del streams[stream_id]
        leave(stream)
        closed_streams = self._closed_streams
        closed_streams[stream_id] = closed_by_object(stream.states.closed_by)
    return 0


cdef int check_room(Endpoint self, bint outbound) except -1:
    """Whether one stream more may be opened (RFC 9113 section 5.1.2)."""
    cdef int64_t most = max_concurrent_streams(self.remote_settings if outbound else self.local_settings)
    cdef Py_ssize_t count = count_open(self, option(self.config, CLIENT_SIDE) == outbound)
    if unlikely(count + 1 > most):
        raise_too_many(self, outbound, count)
    return 0


cdef int raise_too_many(Endpoint self, bint outbound, Py_ssize_t count) except -1:
    settings = self.remote_settings if outbound else self.local_settings
    way = "outbound" if outbound else "inbound"
    raise TooManyStreamsError(f"Max {way} streams is {settings.max_concurrent_streams}, {count} open")


cdef int closed_by(Endpoint self, object stream_id) except -2:
    """How a stream was closed (ClosedBy), as long as that is remembered."""
    cdef Stream stream = find(self, stream_id)
    if stream is not None:
        return stream.states.closed_by
    closed_streams = self._closed_streams
    return closed_by_number(closed_streams[stream_id] if stream_id in closed_streams else None)


# --- frames that both directions write ------------------------------------------------------------------------------

cdef int write_ping_frame(Endpoint self, bytes opaque, uint8_t flags) except -1:
    cdef uint8_t *next = outbox_reserve(&self.out, FRAME_HEADER_LENGTH + PING_LENGTH)
    next = write_frame_header(next, PING_LENGTH, TYPE_PING, flags, 0)
    memcpy(next, PyBytes_AS_STRING(opaque), PING_LENGTH)
    self.out.end += FRAME_HEADER_LENGTH + PING_LENGTH
    return check_length(self, PING_LENGTH)


cdef int raise_overlong() except -1:
    raise AssertionError


# --- what callers look at -------------------------------------------------------------------------------------------

cdef void part_views(Endpoint self) noexcept:
    part_connection_machine(&self.machine_view)
    part_window(&self.manager_view)


cdef class Endpoint:
    """What a connection is made of.

    Beside the H2Configuration: Settings of both sides, codecs, the FrameBuffer, the dict for closed streams, and the
    class of streams (type).
    """

    def __cinit__(self, *args, **kwargs):
        drop_dict(<PyObject *>self)
        outbox_init(&self.out)
        self.open_streams = {}
        self.tally = Tally()

    def __init__(self, config, local_settings, remote_settings, encoder, decoder, incoming_buffer, closed_streams,
                 type stream_class):
        if not issubclass(stream_class, Stream):
            raise TypeError("stream_class must be a class of streams")
        self.open_streams = {}
        self.tally = Tally()
        part_views(self)
        outbox_release(&self.out)
        self._dispatch = self._dispatch_as_made = self.machine = self.manager = None
        self.is_loose = False
        self.config = config
        self.local_settings = local_settings
        self.remote_settings = remote_settings
        self.encoder = encoder
        self.decoder = decoder
        self.incoming_buffer = incoming_buffer
        self._closed_streams = closed_streams
        self.stream_class = stream_class
        self._header_frames = []
        self.highest_inbound_stream_id = self.highest_outbound_stream_id = 0
        self.outbound_window = cut(initial_window_size(remote_settings))
        self.max_outbound_frame_size = max_frame_size(remote_settings)
        self.max_inbound_frame_size = max_frame_size(local_settings)
        window_init(&self.window, initial_window_size(local_settings))
        self.state = CONNECTION_IDLE

    def __dealloc__(self):
        part_views(self)
        outbox_release(&self.out)

    @property
    @cython.critical_section
    def streams(self):
        """{stream_id: H2Stream} of the streams that are not known to be closed."""
        return self.open_streams

    @streams.setter
    @cython.critical_section
    def streams(self, value):
        self.open_streams = <dict?>value
        self.tally.is_lost = True

    @property
    @cython.critical_section
    def state_machine(self):
        """The H2ConnectionStateMachine, as it is at any time."""
        if self.machine is None:
            self.machine = connection_machine_view(&self.state, &self.machine_view, self)
        return self.machine

    @state_machine.setter
    @cython.critical_section
    def state_machine(self, value):
        self.is_loose = self.is_loose or value is not self.machine
        self.machine = value

    @property
    @cython.critical_section
    def _inbound_flow_control_window_manager(self):
        if self.manager is None:
            self.manager = window_view(&self.window, &self.manager_view, self, NULL)
        return self.manager

    @_inbound_flow_control_window_manager.setter
    @cython.critical_section
    def _inbound_flow_control_window_manager(self, value):
        self.is_loose = self.is_loose or value is not self.manager
        self.manager = value

    @property
    @cython.critical_section
    def outbound_flow_control_window(self):
        """What may be sent on the connection (int, octets)."""
        return self.outbound_window

    @outbound_flow_control_window.setter
    @cython.critical_section
    def outbound_flow_control_window(self, value):
        self.outbound_window = clipped(value)

    @property
    @cython.critical_section
    def _data_to_send(self):
        return bytearray(outbox_copy(&self.out))

    @_data_to_send.setter
    @cython.critical_section
    def _data_to_send(self, value):
        cdef bytes octets = bytes(value)
        outbox_release(&self.out)
        outbox_append(&self.out, <const char *>octets, len(octets))
