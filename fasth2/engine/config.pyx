# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""H2Configuration."""

cdef class Configuration:
    pass


cdef bint option(object config, Option which) except -1:
    raise NotImplementedError


cdef object header_encoding(object config):
    raise NotImplementedError


cdef object logger_of(object config):
    raise NotImplementedError
