"""C interface of receiving: octets or a frame to events."""
from libc.stdint cimport int64_t

from fasth2.engine.endpoint cimport Endpoint

cdef list receive(Endpoint self, object data)
cdef int receive_data_too_late(Endpoint self, object stream_id, int64_t flow_length) except -1
cdef int terminate(Endpoint self, object error_code) except -1
cdef object take_settings(Endpoint self, dict settings)
cdef int acknowledge_settings(Endpoint self) except -1
cdef dict local_settings_acknowledged(Endpoint self)
cdef int change_outbound_windows(Endpoint self, object old_value, object new_value) except -1
cdef int change_inbound_windows(Endpoint self, object old_value, object new_value) except -1
cdef list decode_block(object decoder, const unsigned char *block, size_t size)
