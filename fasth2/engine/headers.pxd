"""C interface of header lists (RFC 9113 section 8): one pass over a list that was received or is to be sent.

A pass comes in two halves, since between them the stream changes its state: the first only looks, and what it has
seen is kept in a struct; the second raises the ProtocolError for what it saw, and gives what goes on. The order in
which things are checked, and the messages, are upstream's.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t

from fasth2.codec.encoder cimport OutLines

cdef enum BlockKind:
    REQUEST_BLOCK     # a promised one too
    RESPONSE_BLOCK    # an informational one too
    TRAILERS_BLOCK

cdef enum:
    NO_CONTENT_LENGTH = -1
    ODD_CONTENT_LENGTH = -2   # invalid, conflicting, or too large for 63 bits: expected_content_length() tells


# What the names and values of a list say about it as a whole.
cdef struct Seen:
    uint32_t pseudo            # bits of the pseudo-header fields
    uint32_t cookies
    bint is_past_pseudo        # a regular field came
    bint is_faulty             # as any list
    bint is_faulty_request     # if it is a request
    bint is_connect            # :method is CONNECT
    bint ends_with_no_cookie   # the last cookie is empty
    const uint8_t *authority   # inside the list: only while that is looked at
    const uint8_t *host
    size_t authority_size
    size_t host_size

# What a look at a received list has found. The first two are for the callers.
cdef struct Inbound:
    bint is_informational      # a :status that begins with 1 stands before the first regular field
    int64_t content_length     # or one of the two above
    Seen seen
    bint is_foreign            # not a list of HeaderTuples of bytes: all is done step by step

# `headers` is what the decoder gave: a list of header tuples of bytes, nearly always. A foreign decoder's can be any
# iterable; it is then taken into a list here (the result).
cdef list look_at_received(object headers, Inbound *found)
# Of the list that was looked at: int or None; ProtocolError.
cdef object expected_content_length(list headers, const Inbound *found)
# The list for the event: `headers` itself where nothing has to change. ProtocolError.
cdef list finish_received(list headers, const Inbound *found, BlockKind kind, bint normalize, bint validate,
                          object encoding)
cdef object received_authority(list headers)   # bytes or None


# What a look at a list that is to be sent has found.
cdef struct Outbound:
    bint is_informational
    bint is_past_status        # that has been decided
    size_t method              # where in the lines :method stands, plus one; 0: nowhere
    size_t authority

# Takes the caller's headers (any iterable of pairs or header tuples, str or bytes) into `lines`, which the caller has
# begun and releases; str that is ASCII stays str. May run Python code.
cdef int take_headers(OutLines *lines, object headers, Outbound *found) except -1
# Their values (bytes) or None; only before finish_sent().
cdef object sent_method(const OutLines *lines, const Outbound *found)
cdef object sent_authority(const OutLines *lines, const Outbound *found)
# Makes the lines what is to be encoded. ProtocolError.
cdef int finish_sent(OutLines *lines, const Outbound *found, BlockKind kind, bint normalize, bint split_cookies,
                     bint validate) except -1
# For an encoder that is not ours: header tuples of bytes, as upstream would pass them.
cdef list sent_headers(const OutLines *lines)
