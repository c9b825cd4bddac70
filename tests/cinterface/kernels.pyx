# cython: language_level=3
"""The C functions that the example in docs/c-interface.md does not call, for test_c_interface.py."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from fasth2.codec.decoder cimport (
    BLOCK_OK, BlockDecoder, FieldLines, decode_block, decode_to_list, raise_block_error, release_field_lines,
)
from fasth2.codec.encoder cimport (
    BlockEncoder, OutLines, begin_out_lines, encode_to_bytes, release_out_lines, take_header,
)
from fasth2.codec.headertuple cimport NeverIndexedHeaderTuple, header_tuple_pack
from fasth2.codec.huffman cimport (
    HUFFMAN_SLACK, huffman_decode, huffman_decode_room, huffman_encode, huffman_encode_room, huffman_encoded_size,
    huffman_raise,
)
from fasth2.codec.integer cimport INTEGER_ROOM, integer_read, integer_write, raise_integer_error
from fasth2.codec.wire cimport (
    ByteWriter, load_be16, load_be24, load_be32, load_be64, store_be16, store_be24, store_be32, store_be64,
    writer_bytes, writer_init, writer_release, writer_reserve,
)


cdef const uint8_t *octets_of(bytes octets):
    return <const uint8_t *>PyBytes_AS_STRING(octets)


def huffman_code(bytes text):
    """`text` coded, first with the room for any text, then with that for this one."""
    cdef const uint8_t *src = octets_of(text)
    cdef size_t n = PyBytes_GET_SIZE(text)
    cdef size_t exact, size
    cdef uint8_t *ample = <uint8_t *>malloc(huffman_encode_room(n))
    cdef uint8_t *scant
    with nogil:
        exact = huffman_encoded_size(src, n)
        size = huffman_encode(src, n, ample)
    scant = <uint8_t *>malloc(exact + HUFFMAN_SLACK)
    huffman_encode(src, n, scant)
    coded = ample[:size], scant[:exact]
    free(ample)
    free(scant)
    return coded


def huffman_text(bytes coded):
    """(text, whether it is ASCII) of a coded string, or the exception."""
    cdef const uint8_t *src = octets_of(coded)
    cdef size_t n = PyBytes_GET_SIZE(coded)
    cdef uint8_t *dst = <uint8_t *>malloc(huffman_decode_room(n))
    cdef uint8_t seen = 0
    cdef Py_ssize_t size
    with nogil:
        size = huffman_decode(src, n, dst, &seen)
    try:
        if size < 0:
            huffman_raise(seen)
        return dst[:size], seen < 0x80
    finally:
        free(dst)


def integer(uint64_t value, unsigned int prefix_bits, unsigned int pattern):
    """`value` as octets, and what they are read as: (octets, value, octets taken)."""
    cdef uint8_t room[INTEGER_ROOM]
    cdef uint8_t *end
    cdef uint64_t found = 0
    cdef int used
    with nogil:
        end = integer_write(room, value, prefix_bits, pattern)
        used = integer_read(room, end, prefix_bits, &found)
    if used < 0:
        raise_integer_error(used, room, end - room)
    return room[:end - room], found, used


def numbers():
    """Big-endian numbers of every width, written and read again."""
    cdef uint8_t room[17]
    store_be16(room, 0x0102)
    store_be24(room + 2, 0x030405)
    store_be32(room + 5, 0x06070809)
    store_be64(room + 9, 0x0A0B0C0D0E0F1011)
    return room[:17], [load_be16(room), load_be24(room + 2), load_be32(room + 5), load_be64(room + 9)]


def never_indexed(bytes name, bytes value):
    """A header tuple made in C."""
    cdef PyObject *made
    Py_INCREF(name)
    Py_INCREF(value)
    made = header_tuple_pack(<PyTypeObject *>NeverIndexedHeaderTuple, <PyObject *>name, <PyObject *>value)
    if made == NULL:
        raise MemoryError
    return adopt(made)


cdef object adopt(PyObject *reference):
    """The object of a new reference."""
    owner = <object>reference
    Py_DECREF(owner)
    return owner


def fields(BlockDecoder decoder, bytes block, bint raw):
    """The field lines in the array that decode_block() fills, or the exception for its status."""
    cdef FieldLines lines
    cdef const uint8_t *start = octets_of(block)
    cdef size_t size = PyBytes_GET_SIZE(block)
    cdef size_t at
    cdef int status
    if not decoder.is_straight():
        return None
    status = decode_block(decoder, start, size, raw, &lines)
    try:
        if status != BLOCK_OK:
            raise_block_error(decoder, status, &lines, start + size)
        return [<object>lines.items[at] for at in range(lines.count)]
    finally:
        release_field_lines(&lines)


def headers(BlockDecoder decoder, bytes block, bint raw):
    """decode_to_list()."""
    return decode_to_list(decoder, octets_of(block), PyBytes_GET_SIZE(block), raw)


def block(BlockEncoder encoder, headers, bint huffman):
    """encode_to_bytes()."""
    cdef OutLines lines
    begin_out_lines(&lines)
    try:
        for header in headers:
            take_header(&lines, header)
        return encode_to_bytes(encoder, &lines, huffman)
    finally:
        release_out_lines(&lines)


def written(parts, size_t room):
    """Some bytes behind one another, in a writer that begins with `room` octets."""
    cdef uint8_t stack[256]
    cdef ByteWriter out
    cdef bytes part
    writer_init(&out, stack, room)
    try:
        for part in parts:
            if writer_reserve(&out, len(part)) < 0:
                raise MemoryError
            memcpy(out.next, octets_of(part), len(part))
            out.next += len(part)
        return writer_bytes(&out)
    finally:
        writer_release(&out)
