"""C interface of H2Configuration: an option at the price of a bit test, read by attribute from any other object."""

cdef enum Option:
    CLIENT_SIDE = 0x01
    VALIDATE_OUTBOUND = 0x02     # validate_outbound_headers, and so on
    NORMALIZE_OUTBOUND = 0x04
    SPLIT_COOKIES = 0x08
    VALIDATE_INBOUND = 0x10
    NORMALIZE_INBOUND = 0x20


# What H2Configuration (h2.config) is compiled from.
cdef class Configuration:
    cdef unsigned int known      # the options that were ever set
    cdef unsigned int options
    cdef object encoding         # header_encoding
    cdef object log              # logger
    cdef object replaced         # without a GIL: earlier values of these two


# `config` is the caller's: H2Configuration as it comes is read at C speed; a subclass, a patched class or any other
# object by its attributes, one at a time, which may run Python code.
cdef bint option(object config, Option which) except -1
cdef object header_encoding(object config)
cdef object logger_of(object config)   # None if its debug() and trace() do nothing (DummyLogger as it comes)
