# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Header lists, in one pass."""
from libc.stdint cimport int64_t, uint32_t
from fasth2.codec.encoder cimport OutLines

cdef list look_at_received(object headers, Inbound *found):
    raise NotImplementedError


cdef object expected_content_length(list headers, const Inbound *found):
    raise NotImplementedError


cdef list finish_received(list headers, const Inbound *found, BlockKind kind, bint normalize, bint validate, object encoding):
    raise NotImplementedError


cdef object received_authority(list headers):
    raise NotImplementedError


cdef int take_headers(OutLines *lines, object headers, Outbound *found) except -1:
    raise NotImplementedError


cdef object sent_method(const OutLines *lines, const Outbound *found):
    raise NotImplementedError


cdef object sent_authority(const OutLines *lines, const Outbound *found):
    raise NotImplementedError


cdef int finish_sent(OutLines *lines, const Outbound *found, BlockKind kind, bint normalize, bint split_cookies, bint validate) except -1:
    raise NotImplementedError


cdef list sent_headers(const OutLines *lines):
    raise NotImplementedError
