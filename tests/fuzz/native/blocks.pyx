# cython: language_level=3, freethreading_compatible=True
"""Targets: header blocks decoded beside libnghttp2, and header lists that are encoded, with resizes, and decoded again."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from choices cimport Choices, Target, are_spent, choose, choose_number, choose_octets

from fasth2.codec.decoder cimport (
    BLOCK_MANY_RESIZES, BLOCK_NOT_UTF8, BLOCK_OK, BLOCK_OVERSIZED, BlockDecoder, FieldLines, decode_block,
    raise_block_error, release_field_lines,
)
from fasth2.codec.encoder cimport (
    BlockEncoder, OutLines, begin_out_lines, encode_to_bytes, release_out_lines, take_header,
)
from fasth2.codec.huffman cimport huffman_encode
from fasth2.codec.integer cimport integer_write

from fasth2.hpack import Decoder, Encoder, HPACKError

cdef enum:
    BLOCKS = 6           # in a session, at most
    LINES = 8            # in a block, at most
    ROOM = 4096
    LONGEST = 60         # octets of a string
    STATIC_ENTRIES = 61

cdef int[12] SIZES = [0, 31, 32, 33, 64, 100, 200, 500, 1000, 4095, 4096, 10000]

NAMES = [b":method", b":path", b":status", b"cookie", b"accept", b"x", b"", b"custom-name", b"user-agent", b"n" * 40]
VALUES = [b"GET", b"/", b"200", b"", b"gzip, deflate", b"value", b"a=1; b=2", b"v" * 100, b"w" * 900]


# ---- libnghttp2, by the addresses of its functions -------------------------------------------------------------

cdef struct Field:  # nghttp2_nv
    uint8_t *name
    uint8_t *value
    size_t name_size
    size_t value_size
    uint8_t flags

cdef enum:
    NO_INDEX = 1
    FINAL = 1
    EMIT = 2

cdef struct Inflate:
    int (*new)(void **handle) noexcept
    void (*close)(void *handle) noexcept
    int (*limit)(void *handle, size_t size) noexcept
    Py_ssize_t (*step)(void *handle, Field *field, int *flags, const uint8_t *octets, size_t size,
                       int is_last) noexcept
    int (*end)(void *handle) noexcept
    size_t (*table_size)(void *handle) noexcept
    size_t (*entries)(void *handle) noexcept
    const Field *(*entry)(void *handle, size_t index) noexcept

cdef Inflate inflate
cdef bint has_oracle = False


def use_nghttp2(addresses):
    """{name of a function of libnghttp2, without "nghttp2_hd_inflate_": its address (int)}"""
    global has_oracle
    inflate.new = <int (*)(void **) noexcept><uintptr_t>addresses["new"]
    inflate.close = <void (*)(void *) noexcept><uintptr_t>addresses["del"]
    inflate.limit = <int (*)(void *, size_t) noexcept><uintptr_t>addresses["change_table_size"]
    inflate.step = <Py_ssize_t (*)(void *, Field *, int *, const uint8_t *, size_t, int) noexcept><uintptr_t>(
        addresses["hd2"])
    inflate.end = <int (*)(void *) noexcept><uintptr_t>addresses["end_headers"]
    inflate.table_size = <size_t (*)(void *) noexcept><uintptr_t>addresses["get_dynamic_table_size"]
    inflate.entries = <size_t (*)(void *) noexcept><uintptr_t>addresses["get_num_table_entries"]
    inflate.entry = <const Field *(*)(void *, size_t) noexcept><uintptr_t>addresses["get_table_entry"]
    has_oracle = True


cdef class Inflater:
    """nghttp2's decoder, or nothing where it cannot be loaded or has no equal for what was done."""
    cdef void *handle

    def __cinit__(self, size_t limit):
        if has_oracle and inflate.new(&self.handle) == 0 and limit != 4096:
            inflate.limit(self.handle, limit)

    def __dealloc__(self):
        self.drop()

    cdef void drop(self) noexcept:
        if self.handle != NULL:
            inflate.close(self.handle)
            self.handle = NULL

    cdef list decode(self, const uint8_t *block, size_t size):
        """[(name, value, whether it is never indexed)], or None where it refuses; then it is dropped."""
        cdef Field field
        cdef int flags = 0
        cdef Py_ssize_t taken
        found = []
        while True:
            taken = inflate.step(self.handle, &field, &flags, block, size, 1)
            if taken < 0:
                self.drop()
                return None
            block += taken
            size -= taken
            if flags & EMIT:
                found.append((field.name[:field.name_size], field.value[:field.value_size],
                              (field.flags & NO_INDEX) != 0))
            if flags & FINAL:
                inflate.end(self.handle)
                return found
            if not flags & EMIT and size == 0:
                self.drop()
                return None

    cdef list table(self):
        cdef const Field *field
        cdef size_t index
        found = []
        for index in range(STATIC_ENTRIES + 1, inflate.entries(self.handle) + 1):
            field = inflate.entry(self.handle, index)
            found.append((field.name[:field.name_size], field.value[:field.value_size]))
        return found


# ---- blocks ----------------------------------------------------------------------------------------------------

cdef uint8_t *make_string(Choices *choices, uint8_t *p) noexcept:
    """A string literal, in Huffman code or not, its length mostly right."""
    cdef uint8_t text[LONGEST + 4]
    cdef uint8_t coded[4 * LONGEST + 8]
    cdef uint32_t kind = choose(choices, 32)
    cdef size_t size
    if kind < 20:  # of the same few strings
        source = NAMES[choose(choices, 8)]
        size = PyBytes_GET_SIZE(source)
        memcpy(text, PyBytes_AS_STRING(source), size)
    else:
        size = choose_octets(choices, text, LONGEST)
    if kind & 1:
        size = huffman_encode(text, size, coded)
    else:
        memcpy(coded, text, size)
    if kind == 30:  # not what was coded, but whatever this is in Huffman code
        coded[choose(choices, <uint32_t>size + 1)] ^= 1 << choose(choices, 8)
    p = integer_write(p, size if kind != 31 else choose_number(choices), 7, 0x80 if kind & 1 else 0)
    memcpy(p, coded, size)
    return p + size


cdef uint8_t *make_line(Choices *choices, uint8_t *p, uint32_t entries) noexcept:
    """A representation (RFC 7541 section 6), and in one of 64 something that is none."""
    cdef uint32_t kind = choose(choices, 64)
    cdef uint32_t pattern, prefix_bits
    cdef uint32_t known = STATIC_ENTRIES + entries
    if kind < 24:
        return integer_write(p, 1 + choose(choices, known), 7, 0x80)
    if kind == 63:
        return integer_write(p, choose_number(choices), 7, 0x80)
    if kind == 62:
        return p + choose_octets(choices, p, 8)
    if kind == 61:
        return integer_write(p, choose_number(choices), 5, 0x20)
    pattern = 0x40 if kind < 45 else 0x00 if kind < 55 else 0x10
    prefix_bits = 6 if kind < 45 else 4
    if kind & 1:
        p = integer_write(p, 1 + choose(choices, known), prefix_bits, pattern)
    else:
        p[0] = <uint8_t>pattern
        p = make_string(choices, p + 1)
    return make_string(choices, p)


cdef size_t make_block(Choices *choices, uint8_t *room, uint32_t entries, uint32_t allowed) noexcept:
    cdef uint8_t *p = room
    cdef uint32_t kind = choose(choices, 16)
    cdef uint32_t number
    if kind == 15:
        return choose_octets(choices, room, 60)
    if kind > 12:
        for number in range(kind - 12 if choose(choices, 8) < 7 else 66):
            p = integer_write(p, SIZES[choose(choices, 12)] % (allowed + 1), 5, 0x20)
        entries = 0
    for number in range(choose(choices, LINES + 1)):
        p = make_line(choices, p, entries)
    return p - room if kind != 12 else choose(choices, <uint32_t>(p - room) + 1)


# ---- decoding --------------------------------------------------------------------------------------------------

cdef const char *run_decoder(const uint8_t *data, size_t size) noexcept:
    cdef Choices choices
    choices.next = data
    choices.end = data + size
    try:
        return decode_session(&choices)
    except Exception:
        return b"decoder: an exception that is not hpack's"


cdef const char *decode_session(Choices *choices) except? NULL:
    cdef uint32_t allowed = SIZES[choose(choices, 12)] if choose(choices, 4) == 3 else 4096
    cdef BlockDecoder decoder = Decoder(max_header_list_size=200 if choose(choices, 8) == 7 else 2**20)
    cdef Inflater inflater = Inflater(4096)
    cdef const char *wrong
    cdef uint32_t number
    decoder.max_allowed_table_size = allowed
    if allowed < 4096:
        inflater.drop()  # what must follow a lower limit is its own rule
    elif inflater.handle != NULL:
        inflate.limit(inflater.handle, allowed)
    for number in range(BLOCKS):
        wrong = decode_one(choices, decoder, inflater, allowed)
        if wrong != NULL or are_spent(choices):
            return wrong
    return NULL


cdef const char *decode_one(Choices *choices, BlockDecoder decoder, Inflater inflater, uint32_t allowed) except? NULL:
    """The next block, in memory of just its size, by both decoders."""
    cdef uint8_t room[ROOM]
    cdef size_t size = make_block(choices, room, len(decoder.header_table.dynamic_entries), allowed)
    cdef uint8_t *block = <uint8_t *>malloc(size or 1)
    cdef bint raw = choose(choices, 4) != 3
    cdef FieldLines lines
    cdef int status
    memcpy(block, room, size)
    status = decode_block(decoder, block, size, raw, &lines)
    try:
        decoding.counts.inputs += 1
        decoding.counts.octets += size
        decoding.counts.accepted += status == BLOCK_OK
        decoding.counts.verdicts[-status & 15] += 1
        if status != BLOCK_OK and not raises_hpack_error(decoder, status, &lines, block + size):
            return b"decoder: a status without its exception"
        if inflater.handle == NULL:
            return NULL
        if status == BLOCK_OVERSIZED or status == BLOCK_MANY_RESIZES:
            inflater.drop()  # has no such limits
            return NULL
        return compare_lines(status, &lines, raw, inflater.decode(block, size), inflater, decoder)
    finally:
        release_field_lines(&lines)
        free(block)


cdef bint raises_hpack_error(BlockDecoder decoder, int status, const FieldLines *lines, const uint8_t *end):
    try:
        raise_block_error(decoder, status, lines, end)
    except HPACKError as error:
        return len(str(error)) < 200
    return False


cdef const char *compare_lines(int status, const FieldLines *lines, bint raw, list expected, Inflater inflater,
                               BlockDecoder decoder) except? NULL:
    """What both decoders made of a block; nghttp2 takes any octets for text."""
    if (status == BLOCK_OK or status == BLOCK_NOT_UTF8) != (expected is not None):
        return b"decoder: nghttp2 comes to another verdict"
    if expected is None:
        return NULL
    if status == BLOCK_OK:
        found = [<object>lines.items[at] for at in range(lines.count)]
        if not raw:
            expected = [(name.decode(), value.decode(), never) for name, value, never in expected]
        if [(*line, not line.indexable) for line in found] != expected:
            return b"decoder: nghttp2 finds other field lines"
    table = decoder.header_table
    if list(table.dynamic_entries) != inflater.table() or table._current_size != inflate.table_size(inflater.handle):
        return b"decoder: nghttp2 has another table"
    return NULL


# ---- encoding and decoding again -------------------------------------------------------------------------------

cdef const char *run_round_trips(const uint8_t *data, size_t size) noexcept:
    cdef Choices choices
    choices.next = data
    choices.end = data + size
    try:
        return encode_session(&choices)
    except Exception:
        return b"round trips: an exception"


cdef const char *encode_session(Choices *choices) except? NULL:
    cdef BlockEncoder encoder = Encoder()
    cdef BlockDecoder decoder = Decoder(max_header_list_size=2**24)
    cdef Inflater inflater = Inflater(2**17)
    cdef uint32_t number, resizes
    decoder.max_allowed_table_size = 2**17
    for number in range(BLOCKS):
        for resizes in range(choose(choices, 5) // 2):
            encoder.header_table_size = SIZES[choose(choices, 12)] if choose(choices, 8) != 7 else 2**32 - 1
        sent = headers(choices)
        wrong = encode_one(encoder, decoder, inflater, sent, choose(choices, 4) != 3)
        if wrong is not None:
            return <const char *>wrong
        if are_spent(choices):
            break
    return NULL


cdef list headers(Choices *choices):
    """[(name, value) or (name, value, sensitive)] of bytes."""
    found = []
    for _ in range(choose(choices, LINES + 1)):
        name = NAMES[choose(choices, 10)] if choose(choices, 4) != 3 else octets(choices)
        value = VALUES[choose(choices, 9)] if choose(choices, 4) != 3 else octets(choices)
        found.append((name, value, True) if choose(choices, 8) == 7 else (name, value))
    return found


cdef bytes octets(Choices *choices):
    cdef uint8_t room[LONGEST]
    cdef size_t size = choose_octets(choices, room, LONGEST - 1)
    return PyBytes_FromStringAndSize(<char *>room, size)


cdef bytes encode_one(BlockEncoder encoder, BlockDecoder decoder, Inflater inflater, list sent, bint huffman):
    """What is wrong with one list's way, or None."""
    cdef OutLines lines
    cdef bytes block
    cdef FieldLines found
    cdef int status
    begin_out_lines(&lines)
    try:
        for header in sent:
            take_header(&lines, header)
        block = encode_to_bytes(encoder, &lines, huffman)
    finally:
        release_out_lines(&lines)
    round_trips.counts.inputs += 1
    round_trips.counts.octets += len(block)
    status = decode_block(decoder, <const uint8_t *>PyBytes_AS_STRING(block), len(block), True, &found)
    try:
        if status != BLOCK_OK or [<object>found.items[at] for at in range(found.count)] != [each[:2] for each in sent]:
            return b"round trips: decoded to something else"
        for at in range(found.count):  # an exact match in the static table needs no mark (RFC 7541 section 7.1.3)
            if len(sent[at]) == 3 and (<object>found.items[at]).indexable and sent[at][:2] not in STATIC:
                return b"round trips: a sensitive field without its mark"
    finally:
        release_field_lines(&found)
    round_trips.counts.accepted += 1
    table, other = encoder.header_table, decoder.header_table
    if list(table.dynamic_entries) != list(other.dynamic_entries) or table._current_size != other._current_size:
        return b"round trips: the two tables differ"
    if inflater.handle != NULL:
        received = inflater.decode(<const uint8_t *>PyBytes_AS_STRING(block), len(block))
        if received is None or [each[:2] for each in received] != [each[:2] for each in sent]:
            return b"round trips: nghttp2 receives something else"
        if inflater.table() != list(table.dynamic_entries):
            return b"round trips: nghttp2 has another table"
    return None


STATIC = {(bytes(name), bytes(value)) for name, value in Encoder().header_table.STATIC_TABLE}
cdef Target decoding
cdef Target round_trips
decoding.run = run_decoder
round_trips.run = run_round_trips
TARGETS = {"decoder": PyCapsule_New(&decoding, "target", NULL), "round-trips": PyCapsule_New(&round_trips, "target", NULL)}
