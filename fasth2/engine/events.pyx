# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The event classes."""

cdef object request_received(object stream_id, list headers, object stream_ended, object priority_updated):
    raise NotImplementedError


cdef object response_received(object stream_id, list headers, object stream_ended, object priority_updated):
    raise NotImplementedError


cdef object trailers_received(object stream_id, list headers, object stream_ended, object priority_updated):
    raise NotImplementedError


cdef object informational_response_received(object stream_id, list headers, object priority_updated):
    raise NotImplementedError


cdef object data_received(object stream_id, bytes data, object flow_controlled_length, object stream_ended):
    raise NotImplementedError


cdef object stream_ended(object stream_id):
    raise NotImplementedError


cdef object stream_reset(object stream_id, object error_code, bint remote_reset):
    raise NotImplementedError


cdef object pushed_stream_received(object pushed_stream_id, object parent_stream_id, list headers):
    raise NotImplementedError


cdef object window_updated(object stream_id, object delta):
    raise NotImplementedError


cdef object remote_settings_changed(object old_settings, dict new_settings):
    raise NotImplementedError


cdef object settings_acknowledged(dict changed_settings):
    raise NotImplementedError


cdef object ping_received(bytes ping_data):
    raise NotImplementedError


cdef object ping_ack_received(bytes ping_data):
    raise NotImplementedError


cdef object priority_updated(object stream_id, object weight, object depends_on, object exclusive):
    raise NotImplementedError


cdef object connection_terminated(object error_code, object last_stream_id, object additional_data):
    raise NotImplementedError


cdef object alternative_service_available(object origin, object field_value):
    raise NotImplementedError


cdef object unknown_frame_received(object frame):
    raise NotImplementedError


cdef object bare_event(str name, object stream_id):
    raise NotImplementedError
