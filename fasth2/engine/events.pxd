"""C interface of the events: one function makes one event, with all its fields.

`stream_id` and other numbers come as the int objects that the event shows. What may be None says so.
"""

cdef object request_received(object stream_id, list headers, object stream_ended, object priority_updated)
cdef object response_received(object stream_id, list headers, object stream_ended, object priority_updated)
cdef object trailers_received(object stream_id, list headers, object stream_ended, object priority_updated)
cdef object informational_response_received(object stream_id, list headers, object priority_updated)
cdef object data_received(object stream_id, bytes data, object flow_controlled_length, object stream_ended)
cdef object stream_ended(object stream_id)
cdef object stream_reset(object stream_id, object error_code, bint remote_reset)
cdef object pushed_stream_received(object pushed_stream_id, object parent_stream_id, list headers)
cdef object window_updated(object stream_id, object delta)
cdef object remote_settings_changed(object old_settings, dict new_settings)   # RemoteSettingsChanged.from_settings
cdef object settings_acknowledged(dict changed_settings)
cdef object ping_received(bytes ping_data)
cdef object ping_ack_received(bytes ping_data)
cdef object priority_updated(object stream_id, object weight, object depends_on, object exclusive)
cdef object connection_terminated(object error_code, object last_stream_id, object additional_data)
cdef object alternative_service_available(object origin, object field_value)
cdef object unknown_frame_received(object frame)

# The events that a stream's state machine alone gives, their other fields not filled in yet (h2.events._LAZY_INIT).
# By upstream's class name, _RequestSent and its like included.
cdef object bare_event(str name, object stream_id)
