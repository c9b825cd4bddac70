"""Single fields of a header list (RFC 9113 sections 8.2 and 8.3): which one it is, and is it made of what it may be?

Header-only: every function here is inlined into the module that cimports it.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp

from fasth2.codec.octets cimport word8

# The fields that rules speak of.
cdef enum Field:
    REGULAR = 0
    METHOD = 0x01        # the pseudo-header fields are bits
    SCHEME = 0x02
    AUTHORITY = 0x04
    PATH = 0x08
    STATUS = 0x10
    PROTOCOL = 0x20      # RFC 8441
    PSEUDO = 0x3F
    NO_NAME = 0x40
    OTHER_PSEUDO
    HOST
    TE
    COOKIE
    SECRET               # never indexed: authorization, proxy-authorization
    CONTENT_LENGTH
    CONNECTION           # about a connection of HTTP/1.1

cdef enum:
    SAFE_COOKIE = 20     # octets from which on a cookie is too long to be guessed


cdef inline bint is_name(const uint8_t *name, const char *known, size_t size) noexcept nogil:
    return memcmp(name, known, size) == 0


cdef inline int identify(const uint8_t *name, size_t size) noexcept nogil:
    """The field of that name, which is in lower case."""
    if size == 2:
        return TE if is_name(name, b"te", 2) else other_field(name)
    if size == 4:
        return HOST if is_name(name, b"host", 4) else other_field(name)
    if size == 5:
        return PATH if is_name(name, b":path", 5) else other_field(name)
    if size == 6:
        return COOKIE if is_name(name, b"cookie", 6) else other_field(name)
    if size == 7:
        return field_of_7(name)
    if size == 9:
        return PROTOCOL if is_name(name, b":protocol", 9) else other_field(name)
    if size == 10:
        return field_of_10(name)
    if size == 13:
        return SECRET if is_name(name, b"authorization", 13) else other_field(name)
    if size == 14:
        return CONTENT_LENGTH if is_name(name, b"content-length", 14) else other_field(name)
    if size == 16:
        return CONNECTION if is_name(name, b"proxy-connection", 16) else other_field(name)
    if size == 17:
        return CONNECTION if is_name(name, b"transfer-encoding", 17) else other_field(name)
    if size == 19:
        return SECRET if is_name(name, b"proxy-authorization", 19) else other_field(name)
    return NO_NAME if size == 0 else other_field(name)


cdef inline int other_field(const uint8_t *name) noexcept nogil:
    return OTHER_PSEUDO if name[0] == c":" else REGULAR


cdef inline int field_of_7(const uint8_t *name) noexcept nogil:
    if name[0] == c":":
        if is_name(name, b":method", 7):
            return METHOD
        if is_name(name, b":scheme", 7):
            return SCHEME
        return STATUS if is_name(name, b":status", 7) else OTHER_PSEUDO
    return CONNECTION if is_name(name, b"upgrade", 7) else REGULAR


cdef inline int field_of_10(const uint8_t *name) noexcept nogil:
    if name[0] == c":":
        return AUTHORITY if is_name(name, b":authority", 10) else OTHER_PSEUDO
    return CONNECTION if is_name(name, b"connection", 10) or is_name(name, b"keep-alive", 10) else REGULAR


# ---- octets ----------------------------------------------------------------------------------------------------

# Eight octets at a time: the highest bit of each octet of the result is set where the octet is in question (and, in
# octets above one that is, now and then where it is not).
cdef inline uint64_t each(uint8_t octet) noexcept nogil:
    return <uint64_t>0x0101010101010101 * octet


cdef inline uint64_t below(uint64_t word, uint8_t limit) noexcept nogil:
    """Octets below `limit`, which is at most 0x80."""
    return (word - each(limit)) & ~word & each(0x80)


cdef inline uint64_t equal(uint64_t word, uint8_t octet) noexcept nogil:
    return below(word ^ each(octet), 1)


cdef inline uint64_t above(uint64_t word, uint8_t limit) noexcept nogil:
    """Octets above `limit`, which is below 0x80."""
    return (word + each(0x7F - limit) | word) & each(0x80)


cdef inline uint64_t upper_case(uint64_t word) noexcept nogil:
    """Octets from A to Z; exact, every one."""
    cdef uint64_t low = word & each(0x7F)
    return (low + each(0x80 - 0x41)) & ~(low + each(0x80 - 0x5B)) & ~word & each(0x80)


cdef inline bint is_bad_in_name(uint8_t octet) noexcept nogil:
    return octet <= 0x20 or octet >= 0x7F or octet == c":" or (c"A" <= octet <= c"Z")


cdef inline bint is_bad_name_word(uint64_t word) noexcept nogil:
    return (below(word, 0x21) | above(word, 0x7E) | equal(word, c":") | upper_case(word)) != 0


cdef inline bint is_clean_name(const uint8_t *name, size_t size) noexcept nogil:
    """Section 8.2.1, of a name that is no pseudo-header field's."""
    cdef size_t at = 0
    if size >= 8:
        while at + 8 < size:
            if is_bad_name_word(word8(name + at)):
                return False
            at += 8
        return not is_bad_name_word(word8(name + size - 8))
    while at < size:
        if is_bad_in_name(name[at]):
            return False
        at += 1
    return True


cdef inline bint is_space_or_tab(uint8_t octet) noexcept nogil:
    return octet == c" " or octet == c"\t"


cdef inline bint has_forbidden(const uint8_t *value, size_t size) noexcept nogil:
    cdef size_t at
    for at in range(size):
        if value[at] == 0 or value[at] == c"\n" or value[at] == c"\r":
            return True
    return False


cdef inline bint is_clean_value(const uint8_t *value, size_t size) noexcept nogil:
    """Section 8.2.1."""
    cdef size_t at = 0
    if size == 0:
        return True
    if is_space_or_tab(value[0]) or is_space_or_tab(value[size - 1]):
        return False
    while at + 8 <= size:
        if below(word8(value + at), 0x0E) and has_forbidden(value + at, 8):
            return False
        at += 8
    return not has_forbidden(value + at, size - at)


cdef inline bint is_lower_case(const uint8_t *name, size_t size) noexcept nogil:
    cdef size_t at = 0
    if size >= 8:
        while at + 8 < size:
            if upper_case(word8(name + at)):
                return False
            at += 8
        return not upper_case(word8(name + size - 8))
    while at < size:
        if c"A" <= name[at] <= c"Z":
            return False
        at += 1
    return True


cdef inline bint is_strippable(uint8_t octet) noexcept nogil:
    """What bytes.strip() takes off."""
    return octet == c" " or 0x09 <= octet <= 0x0D


cdef inline bint is_stripped(const uint8_t *octets, size_t size) noexcept nogil:
    return size == 0 or not (is_strippable(octets[0]) or is_strippable(octets[size - 1]))


cdef inline bint is_in_any_case(const uint8_t *octets, const char *lower, size_t size) noexcept nogil:
    """Whether the octets, in lower case, are those."""
    cdef size_t at
    for at in range(size):
        if (octets[at] | 0x20 if c"A" <= octets[at] <= c"Z" else octets[at]) != <uint8_t>lower[at]:
            return False
    return True
