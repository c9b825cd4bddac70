# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Header lists, in one pass: the straight way, for lists that nothing is wrong with.

What is of an odd type, and what breaks a rule, goes through fasth2.engine.headerlists, which raises the exception that
upstream raises. So the functions here need not tell what is wrong, or in which order.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_CheckExact
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.tuple cimport PyTuple_Check
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcmp, memcpy

from fasth2.codec.encoder cimport OutLine, OutLines, begin_out_lines, release_out_lines, take_header
from fasth2.codec.headertuple cimport HeaderTuple, NeverIndexedHeaderTuple, header_tuple_import, header_tuple_pack
from fasth2.engine.calling cimport call
from fasth2.engine.fields cimport (
    AUTHORITY, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, METHOD, NO_NAME, OTHER_PSEUDO, PATH, PROTOCOL, PSEUDO,
    SAFE_COOKIE, SCHEME, SECRET, STATUS, TE, identify, is_clean_name, is_clean_value, is_in_any_case, is_lower_case,
    is_stripped, is_strippable,
)

from fasth2.engine import headerlists

cdef extern from "Python.h":
    # On borrowed pointers: what they belong to is held by the caller.
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    Py_ssize_t PyTuple_GET_SIZE(PyObject *items) noexcept
    PyObject *PyTuple_GET_ITEM(PyObject *items, Py_ssize_t at) noexcept
    bint is_bytes "PyBytes_CheckExact" (PyObject *thing) noexcept
    bint is_text "PyUnicode_CheckExact" (PyObject *thing) noexcept
    char *octets_of "PyBytes_AS_STRING" (PyObject *thing) noexcept
    Py_ssize_t size_of "PyBytes_GET_SIZE" (PyObject *thing) noexcept
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject *text) noexcept
    object PyUnicode_New(Py_ssize_t size, uint32_t highest)
    void *PyUnicode_DATA(object text) noexcept
    object PyUnicode_DecodeASCII(const char *octets, Py_ssize_t size, const char *errors)
    object PyUnicode_DecodeUTF8(const char *octets, Py_ssize_t size, const char *errors)

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

header_tuple_import()

cdef enum:
    MOST_DIGITS = 18   # of a content-length that fits in an int64_t


# One field line of a list that was received.
cdef struct Line:
    const uint8_t *name
    const uint8_t *value
    size_t name_size
    size_t value_size


# ---- what a list says as a whole ---------------------------------------------------------------------------------

cdef inline void see_nothing(Seen *seen) noexcept:
    seen.pseudo = seen.cookies = 0
    seen.is_past_pseudo = seen.is_faulty = seen.is_faulty_request = seen.is_connect = False
    seen.ends_with_no_cookie = False
    seen.authority = seen.host = NULL


cdef inline void see(Seen *seen, int field, const uint8_t *value, size_t size) noexcept:
    """Takes note of the next field line of a list."""
    if field & PSEUDO and field < NO_NAME:
        see_pseudo(seen, field, value, size)
        return
    seen.is_past_pseudo |= field != OTHER_PSEUDO
    if field == COOKIE:
        seen.cookies += 1
        seen.ends_with_no_cookie = size == 0
    elif field == HOST:
        seen.is_faulty_request |= seen.host != NULL
        seen.host = value
        seen.host_size = size
    elif field == TE:
        seen.is_faulty |= size != 8 or not is_in_any_case(value, b"trailers", 8)
    elif field == NO_NAME or field == OTHER_PSEUDO or field == CONNECTION:
        seen.is_faulty = True


cdef inline void see_pseudo(Seen *seen, int field, const uint8_t *value, size_t size) noexcept:
    seen.is_faulty |= seen.is_past_pseudo or seen.pseudo & <uint32_t>field != 0
    seen.pseudo |= field
    if field == METHOD:
        seen.is_connect = size == 7 and memcmp(value, b"CONNECT", 7) == 0
    elif field == AUTHORITY:
        seen.authority = value
        seen.authority_size = size
    elif field == PATH:
        seen.is_faulty_request |= size == 0


cdef inline void see_end(Seen *seen) noexcept:
    """Section 8.3.1: a request is for an authority, and :authority and host agree on it."""
    if seen.authority == NULL:
        seen.is_faulty_request |= seen.host == NULL
    elif seen.host != NULL:
        seen.is_faulty_request |= (seen.authority_size != seen.host_size
                                   or memcmp(seen.authority, seen.host, seen.host_size) != 0)
    seen.authority = seen.host = NULL


cdef inline bint fits(const Seen *seen, int kind) noexcept:
    """Whether the list is one of that kind, as far as its fields go."""
    cdef uint32_t others = seen.pseudo & ~<uint32_t>AUTHORITY
    if seen.is_faulty:
        return False
    if kind == TRAILERS_BLOCK:
        return seen.pseudo == 0
    if kind == RESPONSE_BLOCK:
        return seen.pseudo == STATUS
    if seen.is_faulty_request:
        return False
    if seen.is_connect:                                                # section 8.5; RFC 8441 section 4
        return others == METHOD or others == <uint32_t>(METHOD | PROTOCOL | SCHEME | PATH)
    return others == <uint32_t>(METHOD | SCHEME | PATH)


cdef object flags_of(int kind):
    """HeaderValidationFlags for the functions of headerlists."""
    return headerlists.HeaderValidationFlags(False, kind == TRAILERS_BLOCK, kind == RESPONSE_BLOCK, False)


# ---- lists that were received ------------------------------------------------------------------------------------

cdef inline bint read_line(object header, Line *line) noexcept:
    """False for anything but a header tuple of bytes."""
    cdef PyObject *pair = <PyObject *>header
    cdef PyTypeObject *type = Py_TYPE(pair)
    cdef PyObject *name
    cdef PyObject *value
    if type != <PyTypeObject *>HeaderTuple and type != <PyTypeObject *>NeverIndexedHeaderTuple:
        return False
    if PyTuple_GET_SIZE(pair) != 2:
        return False
    name = PyTuple_GET_ITEM(pair, 0)
    value = PyTuple_GET_ITEM(pair, 1)
    if not (is_bytes(name) and is_bytes(value)):
        return False
    line.name = <const uint8_t *>octets_of(name)
    line.value = <const uint8_t *>octets_of(value)
    line.name_size = size_of(name)
    line.value_size = size_of(value)
    return True


cdef list look_at_received(object headers, Inbound *found):
    cdef list lines = headers if PyList_CheckExact(headers) else list(headers)
    cdef Line line
    cdef int field
    see_nothing(&found.seen)
    found.is_informational = found.is_foreign = False
    found.content_length = NO_CONTENT_LENGTH
    for header in lines:
        if unlikely(not read_line(header, &line)):
            found.is_foreign = True
            found.is_informational = call(headerlists.is_informational_response, (lines,))
            found.content_length = ODD_CONTENT_LENGTH
            return lines
        field = identify(line.name, line.name_size)
        if field == STATUS and not found.seen.is_past_pseudo and not found.seen.pseudo & STATUS:
            found.is_informational = line.value_size > 0 and line.value[0] == c"1"
        elif field == CONTENT_LENGTH:
            found.content_length = with_content_length(found.content_length, line.value, line.value_size)
        see(&found.seen, field, line.value, line.value_size)
    see_end(&found.seen)
    return lines


cdef int64_t with_content_length(int64_t earlier, const uint8_t *value, size_t size) noexcept:
    """What a list says of the length with one more content-length in it."""
    cdef int64_t number = 0
    cdef size_t at
    if earlier == ODD_CONTENT_LENGTH or size == 0 or size > MOST_DIGITS:
        return ODD_CONTENT_LENGTH
    for at in range(size):
        if not c"0" <= value[at] <= c"9":
            return ODD_CONTENT_LENGTH
        number = 10 * number + (value[at] - c"0")
    return number if earlier == NO_CONTENT_LENGTH or earlier == number else ODD_CONTENT_LENGTH


cdef object expected_content_length(list headers, const Inbound *found):
    if found.content_length == ODD_CONTENT_LENGTH:
        return call(headerlists.content_length, (headers,))
    return None if found.content_length == NO_CONTENT_LENGTH else found.content_length


cdef object received_authority(list headers):
    return call(headerlists.authority_from_headers, (headers,))


cdef list finish_received(list headers, const Inbound *found, BlockKind kind, bint normalize, bint validate,
                          object encoding):
    cdef bint joins = normalize and found.seen.cookies > 0
    if unlikely(found.is_foreign or (validate and not is_valid(headers, &found.seen, kind, joins))):
        return call(headerlists.received, (headers, flags_of(kind), normalize, validate, encoding))
    if joins:
        headers = with_one_cookie(headers)
    return decoded(headers, encoding) if isinstance(encoding, str) else headers


cdef bint is_valid(list headers, const Seen *seen, int kind, bint joins) except -1:
    cdef Line line
    if not fits(seen, kind):
        return False
    if joins and seen.cookies > 1 and seen.ends_with_no_cookie:  # joined, they end with a space
        return False
    for header in headers:
        if unlikely(not read_line(header, &line)):
            return False
        if not is_clean_value(line.value, line.value_size):
            return False
        if line.name[0] != c":" and not is_clean_name(line.name, line.name_size):  # no other pseudo-header field fits
            return False
    return True


cdef list with_one_cookie(list headers):
    """Section 8.2.3: the list with all cookies in one field, the last."""
    kept = []
    cookies = []
    for header in headers:
        if <bytes>(<tuple>header)[0] == b"cookie":
            cookies.append((<tuple>header)[1])
        else:
            kept.append(header)
    kept.append(NeverIndexedHeaderTuple(b"cookie", b"; ".join(cookies)))
    return kept


cdef list decoded(list headers, object encoding):
    """The list with names and values as str."""
    cdef list texts = []
    cdef int codec = 8 if encoding == "utf-8" else 7 if encoding == "ascii" else 0
    for header in headers:
        name = decoded_string(<bytes>(<tuple>header)[0], codec, encoding)
        value = decoded_string(<bytes>(<tuple>header)[1], codec, encoding)
        texts.append(pair_of(Py_TYPE(<PyObject *>header), name, value))
    return texts


cdef inline object decoded_string(bytes octets, int codec, object encoding):
    if codec == 8:
        return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets), NULL)
    if codec == 7:
        return PyUnicode_DecodeASCII(PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets), NULL)
    return octets.decode(encoding)


cdef inline object pair_of(PyTypeObject *type, object name, object value):
    """A header tuple of that type. `name` and `value` are exact bytes or exact str."""
    cdef PyObject *pair
    Py_INCREF(name)
    Py_INCREF(value)
    pair = header_tuple_pack(type, <PyObject *>name, <PyObject *>value)
    if pair == NULL:
        raise MemoryError
    taken = <object>pair
    Py_DECREF(taken)
    return taken


# ---- lists that are to be sent -----------------------------------------------------------------------------------

cdef int take_headers(OutLines *lines, object headers, Outbound *found) except -1:
    found.is_informational = found.is_past_status = False
    found.method = found.authority = 0
    for header in headers:
        take(lines, header)
        look_at_sent(found, &lines.items[lines.count - 1], lines.count)
    return 0


cdef int take(OutLines *lines, object header) except -1:
    """take_header(), for a pair of bytes or str."""
    cdef PyObject *pair = <PyObject *>header
    cdef PyTypeObject *type = Py_TYPE(pair)
    if (type == <PyTypeObject *>tuple or type == <PyTypeObject *>HeaderTuple
            or type == <PyTypeObject *>NeverIndexedHeaderTuple) and PyTuple_GET_SIZE(pair) == 2:
        if likely(is_string(PyTuple_GET_ITEM(pair, 0)) and is_string(PyTuple_GET_ITEM(pair, 1))):
            return take_header(lines, header)
    name = to_octets(header[0])
    value = to_octets(header[1])
    if PyTuple_Check(header) and not getattr(header, "indexable", True):
        return take_header(lines, NeverIndexedHeaderTuple(name, value))
    return take_header(lines, HeaderTuple(name, value) if isinstance(header, HeaderTuple) else (name, value))


cdef inline bint is_string(PyObject *thing) noexcept:
    return is_bytes(thing) or is_text(thing)


cdef bytes to_octets(object string):
    """bytes of a subclass are taken for what they are."""
    octets = string if isinstance(string, bytes) else string.encode("utf-8")
    if not isinstance(octets, bytes):
        raise TypeError(f"encode() must give bytes, not {type(octets).__name__}")
    if PyBytes_CheckExact(octets):
        return octets
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets))


cdef inline void look_at_sent(Outbound *found, const OutLine *line, size_t place) noexcept:
    cdef int field
    if line.name_size == 0 or line.name[0] != c":":
        found.is_past_status = True
        return
    field = identify(line.name, line.name_size)
    if field == METHOD and found.method == 0:
        found.method = place
    elif field == AUTHORITY and found.authority == 0:
        found.authority = place
    elif field == STATUS and not found.is_past_status:
        found.is_past_status = True
        found.is_informational = line.value_size > 0 and line.value[0] == c"1"


cdef object sent_method(const OutLines *lines, const Outbound *found):
    return value_of(&lines.items[found.method - 1]) if found.method else None


cdef object sent_authority(const OutLines *lines, const Outbound *found):
    return value_of(&lines.items[found.authority - 1]) if found.authority else None


cdef bytes name_of(const OutLine *line):
    return octets_of_item(line, 0, line.name, line.name_size)


cdef bytes value_of(const OutLine *line):
    return octets_of_item(line, 1, line.value, line.value_size)


cdef bytes octets_of_item(const OutLine *line, Py_ssize_t item, const uint8_t *octets, size_t size):
    cdef PyObject *string = PyTuple_GET_ITEM(line.owner, item)
    return <bytes>string if is_bytes(string) else PyBytes_FromStringAndSize(<const char *>octets, size)


cdef list sent_headers(const OutLines *lines):
    cdef size_t at
    cdef const OutLine *line
    headers = []
    for at in range(lines.count):
        line = &lines.items[at]
        pair = name_of(line), value_of(line)
        if line.sensitive:
            pair = NeverIndexedHeaderTuple(*pair)
        elif Py_TYPE(line.owner) == <PyTypeObject *>HeaderTuple:
            pair = HeaderTuple(*pair)
        headers.append(pair)
    return headers


cdef int finish_sent(OutLines *lines, const Outbound *found, BlockKind kind, bint normalize, bint split_cookies,
                     bint validate) except -1:
    cdef Seen seen
    cdef OutLine *line
    cdef size_t at
    cdef size_t kept = 0
    cdef int field
    if normalize and split_cookies and is_any_cookie_split(lines):
        return finish_step_by_step(lines, kind, normalize, True, validate)
    see_nothing(&seen)
    for at in range(lines.count):
        line = &lines.items[at]
        if normalize and unlikely(not is_normal(line)):
            make_normal(line)
        field = identify(line.name, line.name_size)
        if normalize:
            if unlikely(field == CONNECTION):
                continue
            line.sensitive |= field == SECRET or (field == COOKIE and line.value_size < SAFE_COOKIE)
            if unlikely(kept < at):
                swap(&lines.items[kept], line)
                line = &lines.items[kept]
            kept += 1
        if validate:
            see(&seen, field, line.value, line.value_size)
    if normalize:
        drop_from(lines, kept)
    if validate:
        see_end(&seen)
        if unlikely(not fits(&seen, kind)):
            return finish_step_by_step(lines, kind, normalize, False, True)
    return 0


cdef int finish_step_by_step(OutLines *lines, int kind, bint normalize, bint split_cookies, bint validate) except -1:
    """Goes on with what became of the lines so far: all that was done to them would be done now."""
    headers = call(headerlists.sent, (sent_headers(lines), flags_of(kind), normalize, split_cookies, validate))
    release_out_lines(lines)
    begin_out_lines(lines)
    for header in headers:
        take_header(lines, header)
    return 0


cdef bint is_any_cookie_split(const OutLines *lines) noexcept:
    """Whether there is a cookie field of more than one cookie."""
    cdef const OutLine *line
    cdef size_t at
    cdef size_t octet
    for at in range(lines.count):
        line = &lines.items[at]
        if line.name_size == 6 and is_in_any_case(line.name, b"cookie", 6) and line.value_size > 1:
            for octet in range(line.value_size - 1):
                if line.value[octet] == c";" and line.value[octet + 1] == c" ":
                    return True
    return False


cdef inline bint is_normal(const OutLine *line) noexcept:
    return (is_lower_case(line.name, line.name_size) and is_stripped(line.name, line.name_size)
            and is_stripped(line.value, line.value_size))


cdef int make_normal(OutLine *line) except -1:
    """The name in lower case, and nothing around it and the value (section 8.2.1)."""
    name = stripped(line, 0, line.name, line.name_size, True)
    value = stripped(line, 1, line.value, line.value_size, False)
    own(line, pair_of(<PyTypeObject *>HeaderTuple, name, value))
    return 0


cdef object stripped(const OutLine *line, Py_ssize_t item, const uint8_t *octets, size_t size, bint lower):
    """An item of a line as a string of the same type."""
    cdef PyObject *string = PyTuple_GET_ITEM(line.owner, item)
    cdef uint8_t *target
    cdef size_t at
    if is_stripped(octets, size) and not (lower and not is_lower_case(octets, size)):
        return <object>string
    while size and is_strippable(octets[0]):
        octets += 1
        size -= 1
    while size and is_strippable(octets[size - 1]):
        size -= 1
    if is_bytes(string):
        made = PyBytes_FromStringAndSize(NULL, size)
        target = <uint8_t *>PyBytes_AS_STRING(made)
    else:
        made = PyUnicode_New(size, 127)
        target = <uint8_t *>PyUnicode_DATA(made)
    for at in range(size):
        target[at] = octets[at] | 0x20 if lower and c"A" <= octets[at] <= c"Z" else octets[at]
    return made


cdef void own(OutLine *line, object pair) noexcept:
    """`pair`, whose strings are of the type of those before, becomes what the line says."""
    cdef PyObject *before = line.owner
    cdef PyObject *name = PyTuple_GET_ITEM(<PyObject *>pair, 0)
    cdef PyObject *value = PyTuple_GET_ITEM(<PyObject *>pair, 1)
    if is_bytes(name):
        line.name = <const uint8_t *>octets_of(name)
        line.name_size = size_of(name)
        line.value = <const uint8_t *>octets_of(value)
        line.value_size = size_of(value)
    else:
        line.name = <const uint8_t *>PyUnicode_DATA(<object>name)
        line.name_size = PyUnicode_GET_LENGTH(name)
        line.value = <const uint8_t *>PyUnicode_DATA(<object>value)
        line.value_size = PyUnicode_GET_LENGTH(value)
    Py_INCREF(pair)
    line.owner = <PyObject *>pair
    Py_DECREF(<object>before)


cdef inline void swap(OutLine *one, OutLine *other) noexcept:
    cdef OutLine kept
    memcpy(&kept, one, sizeof(OutLine))
    memcpy(one, other, sizeof(OutLine))
    memcpy(other, &kept, sizeof(OutLine))


cdef void drop_from(OutLines *lines, size_t count) noexcept:
    """Lets go of the lines behind the first `count`."""
    while lines.count > count:
        lines.count -= 1
        Py_DECREF(<object>lines.items[lines.count].owner)
