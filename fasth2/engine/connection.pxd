"""C interface of a connection."""
from libc.stdint cimport int8_t, int64_t

from fasth2.engine.outbox cimport Outbox
from fasth2.engine.states cimport Tally
from fasth2.engine.windows cimport Window


cdef class Connection:
    cdef public object config
    cdef public object encoder
    cdef public object decoder
    cdef public object local_settings
    cdef public object remote_settings
    cdef public object incoming_buffer
    cdef public object _header_frames
    cdef public object _closed_streams
    cdef public int64_t highest_inbound_stream_id
    cdef public int64_t highest_outbound_stream_id
    cdef public int64_t outbound_flow_control_window
    cdef public int64_t max_outbound_frame_size
    cdef public int64_t max_inbound_frame_size
    cdef dict open_streams        # `streams`: {stream_id: H2Stream}
    cdef Tally tally              # what of them is open
    cdef Outbox out               # `_data_to_send`
    cdef Window window            # of what the peer may send
    cdef int8_t state
    cdef object machine           # the view of `state`, once somebody has asked for it
    cdef object manager           # the view of `window`
    cdef public object _dispatch  # `_frame_dispatch_table`, likewise
    cdef type stream_class
    cdef object __weakref__
