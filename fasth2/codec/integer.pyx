# cython: language_level=3, freethreading_compatible=True, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Prefix integers (RFC 7541 section 5.1) for callers in Python; integer.pxd has them for callers in C."""
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_CheckExact, PyByteArray_FromStringAndSize
from cpython.bytearray cimport PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.long cimport PyLong_CheckExact
from libc.stdint cimport uint8_t, uint64_t

from fasth2.codec.debuglog cimport answers_of, is_debugged
from fasth2.codec.integer cimport (
    INTEGER_ROOM, INTEGER_TOO_LONG, INTEGER_TRUNCATED, integer_read, integer_write,
)
from fasth2.codec.lock cimport FREE_THREADED

import logging

from fasth2.errors.hpack import HPACKDecodingError

cdef extern from "Python.h":
    # Both are for exact ints here, and so without an exception.
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) noexcept
    long PyLong_AsLongAndOverflow(object number, int *overflow) noexcept

cdef object log = logging.getLogger("hpack.hpack")
cdef dict log_answers = answers_of(log)


def encode_integer(integer, prefix_bits):
    """`integer` (int >= 0, of any size) in its prefix form, as a bytearray of the caller's own.

    prefix_bits (int, 1 to 8) are the bits of the first octet that belong to the integer; the others are zero.
    ValueError for numbers out of range. Upstream: hpack.hpack.encode_integer.
    """
    cdef uint8_t encoded[INTEGER_ROOM]
    cdef int overflow = 0
    cdef long long number
    cdef long bits
    if is_debugged(log, log_answers):
        log.debug("Encoding %d with %d bits", integer, prefix_bits)
    if PyLong_CheckExact(integer) and PyLong_CheckExact(prefix_bits):
        number = PyLong_AsLongLongAndOverflow(integer, &overflow)
        if overflow:
            return encode_any(integer, prefix_bits)
        bits = PyLong_AsLongAndOverflow(prefix_bits, &overflow)
        if not overflow and number >= 0 and 1 <= bits <= 8:
            end = integer_write(encoded, number, bits, 0)
            return PyByteArray_FromStringAndSize(<char *>encoded, end - encoded)
    return encode_any(integer, prefix_bits)


cdef object encode_any(integer, prefix_bits):
    """encode_integer() for every kind of number, and for the errors."""
    if integer < 0:
        raise ValueError(f"Can only encode positive integers, got {integer}")
    check_prefix(prefix_bits)
    mask = (1 << prefix_bits) - 1
    if integer < mask:
        return bytearray([integer])
    octets = [mask]
    rest = integer - mask
    while rest >= 0x80:
        octets.append(rest & 0x7F | 0x80)
        rest >>= 7
    octets.append(rest)
    return bytearray(octets)


cdef long check_prefix(prefix_bits) except -1:
    cdef int overflow = 0
    cdef long bits
    if PyLong_CheckExact(prefix_bits):
        bits = PyLong_AsLongAndOverflow(prefix_bits, &overflow)
        if 1 <= bits <= 8:
            return bits
    if prefix_bits < 1 or prefix_bits > 8:
        raise ValueError(f"Prefix bits must be between 1 and 8, got {prefix_bits}")
    return prefix_bits


def decode_integer(data, prefix_bits):
    """(value, octets taken), both int, of the integer that `data` (a buffer of octets) begins with.

    prefix_bits (int, 1 to 8) as in encode_integer(). HPACKDecodingError where the integer is cut short or has more
    than five octets after its prefix. Upstream: hpack.hpack.decode_integer.
    """
    cdef const uint8_t *octets
    cdef Py_ssize_t size
    cdef uint64_t value = 0
    cdef int used
    cdef long bits = check_prefix(prefix_bits)
    if PyBytes_CheckExact(data):
        octets = <const uint8_t *>PyBytes_AS_STRING(data)
        size = PyBytes_GET_SIZE(data)
    elif not FREE_THREADED and PyByteArray_CheckExact(data):  # which another thread could resize
        octets = <const uint8_t *>PyByteArray_AS_STRING(data)
        size = PyByteArray_GET_SIZE(data)
    else:
        return decode_integer(first_octets(data, (1 << bits) - 1), bits)
    used = integer_read(octets, octets + size, bits, &value) if size else INTEGER_TRUNCATED
    if used < 0:
        raise_integer_error(used, octets, size)
    if is_debugged(log, log_answers):
        log.debug("Decoded %d, consumed %d bytes", value, used)
    return value, used


cdef bytes first_octets(data, int mask):
    """The octets that an integer at the head of any indexable `data` can take: the first, and up to five more."""
    octets = bytearray()
    try:
        octets.append(data[0])
        if octets[0] & mask == mask:
            while len(octets) < 6 and (len(octets) == 1 or octets[len(octets) - 1] >= 0x80):
                octets.append(data[len(octets)])
    except IndexError:
        pass
    return bytes(octets)


cdef int raise_integer_error(int status, const uint8_t *octets, Py_ssize_t size) except -1:
    """The exception for an IntegerStatus; it shows the integer's own octets and no more."""
    shown = octets[:min(size, 6)]
    if status == INTEGER_TOO_LONG:
        raise HPACKDecodingError(f"Variable integer representation is too long: {shown!r}")
    raise HPACKDecodingError(f"Unable to decode HPACK integer representation from {shown!r}")
