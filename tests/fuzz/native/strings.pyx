# cython: language_level=3, freethreading_compatible=True
"""Targets: Huffman strings and prefix integers, each against a plain reading of RFC 7541 sections 5.1 and 5.2."""
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from choices cimport Choices, Target, choose, choose_number, choose_octets

from fasth2.codec.huffman cimport (
    HUFFMAN_SLACK, huffman_decode, huffman_decode_room, huffman_encode, huffman_encode_room, huffman_encoded_size,
)
from fasth2.codec.integer cimport INTEGER_ROOM, INTEGER_TOO_LONG, INTEGER_TRUNCATED, integer_read, integer_write

# The reference: the code as a binary tree, from upstream's table where that is installed, and no state machine.
cdef enum:
    NODES = 1024
    LONGEST = 512
    EOS = 256
    WRONG = -1

cdef struct Node:
    int children[2]   # numbers of nodes; 0: there is none
    int symbol        # -1 where this is no leaf

cdef Node nodes[NODES]
cdef int node_count


def plant(codes):
    """Makes the tree of [(code, length), ...], one for each symbol, EOS being the last."""
    global node_count
    cdef int at, bit
    node_count = 1
    memset(nodes, 0, sizeof(nodes))
    nodes[0].symbol = -1
    for symbol, (code, length) in enumerate(codes):
        at = 0
        for position in reversed(range(length)):
            bit = (code >> position) & 1
            if not nodes[at].children[bit]:
                nodes[node_count].symbol = -1
                nodes[at].children[bit] = node_count
                node_count += 1
            at = nodes[at].children[bit]
        nodes[at].symbol = symbol
    assert node_count == 513


cdef Py_ssize_t plain_decode(const uint8_t *src, size_t n, uint8_t *dst) noexcept nogil:
    """The octets that `src` stands for, to `dst`, or WRONG: bit by bit."""
    cdef int at = 0
    cdef int depth = 0
    cdef bint ones = True
    cdef size_t out = 0
    cdef size_t octet
    cdef int position, bit
    for octet in range(n):
        for position in range(7, -1, -1):
            bit = (src[octet] >> position) & 1
            at = nodes[at].children[bit]
            depth += 1
            ones = ones and bit
            if nodes[at].symbol == EOS:
                return WRONG
            if nodes[at].symbol >= 0:
                dst[out] = <uint8_t>nodes[at].symbol
                out += 1
                at = 0
                depth = 0
                ones = True
    return <Py_ssize_t>out if depth < 8 and ones else WRONG


cdef const char *compare_decoded(const uint8_t *src, size_t n, uint8_t *dst, uint8_t *plain) noexcept nogil:
    """Both ways of decoding `src`; `huffman` counts what they come to."""
    cdef uint8_t seen = 0
    cdef uint8_t all_bits = 0
    cdef Py_ssize_t size = huffman_decode(src, n, dst, &seen)
    cdef Py_ssize_t expected = plain_decode(src, n, plain)
    cdef Py_ssize_t at
    huffman.counts.inputs += 1
    huffman.counts.octets += n
    if size != expected:
        return b"Huffman: another length, or accepted where it must not be"
    if size < 0:
        huffman.counts.verdicts[1 if seen else 2] += 1
        return NULL
    huffman.counts.accepted += 1
    if memcmp(dst, plain, size):
        return b"Huffman: other octets"
    for at in range(size):
        all_bits |= plain[at]
    if (seen < 0x80) != (all_bits < 0x80):
        return b"Huffman: wrong about ASCII"
    return NULL


cdef const char *run_huffman(const uint8_t *data, size_t size) noexcept:
    """One choice: coded octets as they are; a text; or a text's code with an octet changed."""
    cdef Choices choices
    cdef uint8_t text[LONGEST]
    cdef size_t n
    cdef uint32_t kind
    choices.next = data
    choices.end = data + size
    kind = choose(&choices, 4)
    n = choose_octets(&choices, text, LONGEST - 1)
    if kind == 0:
        return check_coded(text, n)
    return check_text(text, n, &choices, kind == 1)


cdef const char *check_coded(const uint8_t *coded, size_t n) noexcept:
    """Memory of just the size that the kernels ask for, so that a sanitizer sees a step beyond."""
    cdef uint8_t *src = <uint8_t *>malloc(n or 1)
    cdef uint8_t *dst = <uint8_t *>malloc(huffman_decode_room(n))
    cdef uint8_t plain[2 * LONGEST * 4]
    cdef const char *wrong
    memcpy(src, coded, n)
    wrong = compare_decoded(src, n, dst, plain)
    free(src)
    free(dst)
    return wrong


cdef const char *check_text(const uint8_t *text, size_t n, Choices *choices, bint damaged) noexcept:
    cdef size_t size = huffman_encoded_size(text, n)
    cdef uint8_t *scant = <uint8_t *>malloc(size + HUFFMAN_SLACK)
    cdef uint8_t *ample = <uint8_t *>malloc(huffman_encode_room(n))
    cdef uint8_t plain[2 * LONGEST * 4]
    cdef const char *wrong = NULL
    if huffman_encode(text, n, scant) != size or huffman_encode(text, n, ample) != size:
        wrong = b"Huffman: encodes to another size than it says"
    elif memcmp(scant, ample, size):
        wrong = b"Huffman: encodes to other octets with more room"
    elif plain_decode(scant, size, plain) != <Py_ssize_t>n or memcmp(plain, text, n):
        wrong = b"Huffman: encodes to something else"
    if damaged and size:
        scant[choose(choices, <uint32_t>size)] ^= <uint8_t>(1 << choose(choices, 8))
    if wrong == NULL:
        wrong = check_coded(scant, size)
    free(scant)
    free(ample)
    return wrong


cdef int plain_integer(const uint8_t *p, size_t n, unsigned int prefix_bits, uint64_t *value) noexcept:
    """RFC 7541 section 5.1, digit by digit, with upstream's limit of five octets after the prefix."""
    cdef uint64_t full = (<uint64_t>1 << prefix_bits) - 1
    cdef uint64_t weight = 1
    cdef size_t at = 1
    value[0] = p[0] & full
    if value[0] < full:
        return 1
    for at in range(1, 6):
        if at == n:
            return INTEGER_TRUNCATED
        value[0] += (p[at] & 127) * weight
        weight *= 128
        if not p[at] & 128:
            return <int>at + 1
    return INTEGER_TOO_LONG


cdef const char *run_integers(const uint8_t *data, size_t size) noexcept:
    """A number written and read; octets read."""
    cdef Choices choices
    cdef uint8_t room[INTEGER_ROOM]
    cdef uint8_t *end
    cdef uint64_t number
    cdef unsigned int prefix_bits, pattern
    cdef const char *wrong
    choices.next = data
    choices.end = data + size
    prefix_bits = choose(&choices, 8) + 1
    pattern = choose(&choices, 256) & ~((1u << prefix_bits) - 1)
    if choose(&choices, 3):
        number = choose_number(&choices)
        end = integer_write(room, number, prefix_bits, pattern)
        if end > room + INTEGER_ROOM or room[0] & ~((1u << prefix_bits) - 1) & 0xFF != pattern:
            return b"integer: too long, or over the pattern"
        return check_integer(room, end - room, prefix_bits, &number)
    return check_integer(room, choose_octets(&choices, room, INTEGER_ROOM - 1), prefix_bits, NULL)


cdef const char *check_integer(const uint8_t *octets, size_t n, unsigned int prefix_bits,
                               const uint64_t *written) noexcept:
    cdef uint8_t *copy
    cdef uint64_t found = 0
    cdef uint64_t expected = 0
    cdef int used, expected_used
    if n == 0:
        return NULL
    copy = <uint8_t *>malloc(n)
    memcpy(copy, octets, n)
    used = integer_read(copy, copy + n, prefix_bits, &found)
    expected_used = plain_integer(copy, n, prefix_bits, &expected)
    free(copy)
    integers.counts.inputs += 1
    integers.counts.octets += n
    integers.counts.accepted += used > 0
    if used < 0:
        integers.counts.verdicts[-used & 15] += 1
    if used != expected_used or (used > 0 and found != expected):
        return b"integer: read as another"
    if written != NULL and used > 0 and (found != written[0] or used != <int>n):
        return b"integer: not read as written"
    return NULL


cdef Target huffman
cdef Target integers
huffman.run = run_huffman
integers.run = run_integers
TARGETS = {"huffman": PyCapsule_New(&huffman, "target", NULL), "integers": PyCapsule_New(&integers, "target", NULL)}


def all_coded(size_t n, uint64_t first, uint64_t last):
    """Every coded string of `n` octets, as numbers from `first` to `last` - 1, against the reference: the first that is
    decoded otherwise (bytes), or None."""
    cdef uint8_t src[8]
    cdef uint8_t dst[64]
    cdef uint8_t plain[64]
    cdef uint64_t number
    cdef size_t at
    cdef bint differs = False
    assert n <= 8
    with nogil:
        for number in range(first, last):
            for at in range(n):
                src[at] = <uint8_t>(number >> (8 * (n - 1 - at)))
            if compare_decoded(src, n, dst, plain) != NULL:
                differs = True
                break
    return src[:n] if differs else None
