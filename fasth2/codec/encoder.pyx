# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The encoder: field lines to a header block (RFC 7541 sections 3 and 6), the straight way through.

Headers that need Python code are taken in full before the table is touched, and a list of others is read while no
Python code can run: while a caller's code can, nothing has changed. What fails leaves the encoder as it was.
"""
cimport cython
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.tuple cimport PyTuple_Check
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy, memmove

from fasth2.codec.dynamictable cimport (
    STATIC_ENTRIES, DynamicTable, Journal, Probe, journal_begin, journal_commit, journal_roll_back, table_insert,
)
from fasth2.codec.headertuple cimport HeaderTuple, NeverIndexedHeaderTuple
from fasth2.codec.huffman cimport huffman_encode, huffman_encode_room, is_stock, stock_encoder
from fasth2.codec.integer cimport INTEGER_ROOM, integer_write
from fasth2.codec.lock cimport FREE_THREADED, hold, let_go
from fasth2.codec.steps cimport Steps, declare, surely_takes, takes_steps
from fasth2.codec.table cimport Table, is_in_order, is_logged, is_regular, is_surely_plain, new_header_table
from fasth2.codec.tablesearch cimport table_search, table_search_name
from fasth2.codec.typeversion cimport drop_dict, has_attributes
from fasth2.codec.wire cimport ByteWriter, writer_bytes, writer_init, writer_release, writer_reserve

from fasth2.codec.integer import encode_integer

cdef extern from "Python.h":
    # On borrowed pointers: what they belong to is held by the caller.
    bint PyBytes_CheckExact(PyObject *thing) noexcept
    char *PyBytes_AS_STRING(PyObject *octets) noexcept
    Py_ssize_t PyBytes_GET_SIZE(PyObject *octets) noexcept
    bint PyUnicode_CheckExact(PyObject *thing) noexcept
    bint is_ascii "PyUnicode_IS_COMPACT_ASCII" (PyObject *text) noexcept
    void *PyUnicode_DATA(PyObject *text) noexcept
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject *text) noexcept
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    bint PyTuple_CheckExact(PyObject *thing) noexcept
    Py_ssize_t PyTuple_GET_SIZE(PyObject *items) noexcept
    PyObject *PyTuple_GET_ITEM(PyObject *items, Py_ssize_t at) noexcept
    Py_ssize_t PyList_GET_SIZE(object items) noexcept
    PyObject **PyList_ITEMS "PySequence_Fast_ITEMS" (object items) noexcept

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
        #define FASTH2_PREFETCH(address) __builtin_prefetch(address)
    #else
        #define FASTH2_PREFETCH(address) ((void)(address))
    #endif
    """
    void prefetch "FASTH2_PREFETCH" (const void *address) noexcept nogil

cdef enum:
    SCRATCH = 2048  # octets of the stack for a header block
    # How many headers before its turn a header, and then its strings, are brought into the caches.
    HEADERS_AHEAD = 8
    STRINGS_AHEAD = 3

    CONVERT = 1     # a status: a header is not made of two strings that can be sent as they are

cdef object MOST_USED = 2 ** 16  # RFC octets of a table, whatever the peer announces

# {name: function} of the methods that encode_lines() stands for; fasth2.codec.stepwise says which.
cdef dict encoder_steps = {}
cdef Steps encoder_known


def declare_encoder_steps(cls, names):
    """Says that the attributes `names` (strings) of `cls` are what the straight way stands for."""
    declare(encoder_steps, cls, names)


# --- taking headers in ----------------------------------------------------------------------------------------------

def to_bytes(value):
    """bytes as they are, str in UTF-8, and of anything else its str() in UTF-8. Upstream: hpack.hpack._to_bytes."""
    if type(value) is bytes:
        return value
    return (value if type(value) is str else str(value)).encode("utf-8")


def is_regular_field(name):
    """Whether `name` is not that of a pseudo-header field; those come first in a block."""
    return not to_bytes(name).startswith(b":")


cdef void begin_out_lines(OutLines *lines) noexcept:
    lines.items = lines.first
    lines.count = 0
    lines.converted = False
    lines.room = sizeof(lines.first) // sizeof(OutLine)


cdef void release_out_lines(OutLines *lines) noexcept:
    while lines.count:
        lines.count -= 1
        Py_DECREF(<object>lines.items[lines.count].owner)
    if lines.items != lines.first:
        PyMem_Free(lines.items)
        lines.items = lines.first


cdef int grow(OutLines *lines) except -1:
    cdef OutLine *items
    PyErr_CheckSignals()  # an iterable without end that is no Python code would never give an interrupt a chance
    items = <OutLine *>PyMem_Malloc(2 * lines.room * sizeof(OutLine))
    if items == NULL:
        raise MemoryError
    memcpy(items, lines.items, lines.count * sizeof(OutLine))
    if lines.items != lines.first:
        PyMem_Free(lines.items)
    lines.items = items
    lines.room *= 2
    return 0


cdef inline bint read_line(OutLine *line, PyObject *header) noexcept:
    """Whether `header`, any object, can be sent as it is; then `line` is that field line, without a reference."""
    cdef PyTypeObject *type = Py_TYPE(header)
    line.sensitive = False
    if type != <PyTypeObject *>tuple and type != <PyTypeObject *>HeaderTuple:
        if type != <PyTypeObject *>NeverIndexedHeaderTuple:
            return False
        line.sensitive = True
    return PyTuple_GET_SIZE(header) == 2 and read_strings(line, header)


cdef inline bint read_strings(OutLine *line, PyObject *pair) noexcept:
    cdef PyObject *name = PyTuple_GET_ITEM(pair, 0)
    cdef PyObject *value = PyTuple_GET_ITEM(pair, 1)
    if PyBytes_CheckExact(name) and PyBytes_CheckExact(value):
        line.name = <const uint8_t *>PyBytes_AS_STRING(name)
        line.value = <const uint8_t *>PyBytes_AS_STRING(value)
        line.name_size = PyBytes_GET_SIZE(name)
        line.value_size = PyBytes_GET_SIZE(value)
    elif PyUnicode_CheckExact(name) and PyUnicode_CheckExact(value) and is_ascii(name) and is_ascii(value):
        line.name = <const uint8_t *>PyUnicode_DATA(name)
        line.value = <const uint8_t *>PyUnicode_DATA(value)
        line.name_size = PyUnicode_GET_LENGTH(name)
        line.value_size = PyUnicode_GET_LENGTH(value)
    else:
        return False
    line.owner = pair
    return True


cdef int take_header(OutLines *lines, object header) except -1:
    cdef bint sensitive
    if unlikely(lines.count == lines.room):
        grow(lines)
    if likely(read_line(&lines.items[lines.count], <PyObject *>header)):
        Py_INCREF(header)
        lines.count += 1
        return 0
    sensitive = is_sensitive(header)  # asked first, as upstream does
    return convert(lines, header[0], header[1], sensitive)


cdef int take_list(OutLines *lines, list headers) except -1:
    """take_header() for each item of a list that Python code may change meanwhile."""
    cdef object items = iter(headers) if FREE_THREADED else headers  # an iterator ends where another thread shortens it
    for header in items:
        take_header(lines, header)
    return 0


cdef int convert(OutLines *lines, object name, object value, bint sensitive) except -1:
    """Takes a name and a value of any kind, as a HeaderTuple of its own."""
    cdef object pair = HeaderTuple(name, value)
    cdef OutLine *line
    if unlikely(lines.count == lines.room):  # what the conversion ran may have taken headers, too
        grow(lines)
    line = &lines.items[lines.count]
    if not read_line(line, <PyObject *>pair):
        pair = HeaderTuple(to_bytes(name), to_bytes(value))
        if not read_line(line, <PyObject *>pair):  # a str() that encodes itself in its own way
            name, value = pair
            found = f"{type(name).__name__} and {type(value).__name__}"
            raise TypeError(f"str(header).encode() must give bytes, not {found}")
    line.sensitive = sensitive
    Py_INCREF(pair)
    lines.count += 1
    lines.converted = True
    return 0


cdef int is_sensitive(object header) except -1:
    """Whether a header is never to be indexed: by a third item, or by its class, whoever made that."""
    if PyTuple_Check(header) and type(header) is not tuple:
        if not getattr(header, "indexable", True):
            return True
        if isinstance(header, HeaderTuple):
            return False
    return 1 if len(header) > 2 and header[2] else 0


# --- writing --------------------------------------------------------------------------------------------------------

cdef int encode_lines(DynamicTable table, const OutLines *lines, bint huffman, ByteWriter *out,
                      Journal *journal) noexcept:
    journal_begin(journal, table)
    return encode_fields(table, NULL, lines.items, lines.count, huffman, out, journal)


cdef int encode_fields(DynamicTable table, PyObject **headers, const OutLine *lines, Py_ssize_t count, bint huffman,
                       ByteWriter *out, Journal *journal) noexcept:
    """Appends `count` field lines, read from `headers` or taken before. 0, -1 without memory, or CONVERT."""
    cdef Py_ssize_t at
    cdef OutLine read
    cdef const OutLine *line = &read
    if headers != NULL:
        for at in range(STRINGS_AHEAD, HEADERS_AHEAD):
            prefetch_header(headers[least(at, count - 1)])
        for at in range(STRINGS_AHEAD):
            prefetch_strings(headers[least(at, count - 1)])
    for at in range(count):
        if headers == NULL:
            line = &lines[at]
        else:
            prefetch_header(headers[least(at + HEADERS_AHEAD, count - 1)])
            prefetch_strings(headers[least(at + STRINGS_AHEAD, count - 1)])
            if unlikely(not read_line(&read, headers[at])):
                return CONVERT
        if unlikely(encode_line(table, line, huffman, out, journal) < 0):
            return -1
    return 0


cdef inline Py_ssize_t least(Py_ssize_t a, Py_ssize_t b) noexcept:
    return b + ((a - b) & -<Py_ssize_t>(a < b))  # no branch


cdef inline void prefetch_header(PyObject *header) noexcept:
    prefetch(<char *>header + sizeof(PyObject))


cdef inline void prefetch_strings(PyObject *header) noexcept:
    if likely(PyTuple_CheckExact(header) and PyTuple_GET_SIZE(header) >= 2):
        prefetch_header(PyTuple_GET_ITEM(header, 0))
        prefetch_header(PyTuple_GET_ITEM(header, 1))


cdef inline int encode_line(DynamicTable table, const OutLine *line, bint huffman, ByteWriter *out,
                            Journal *journal) noexcept:
    """One field line in the representation that upstream chooses. 0, or -1 without memory."""
    cdef Probe probe
    cdef uint32_t index = table_search(table, line.name, line.name_size, line.value, line.value_size, &probe)
    if unlikely(writer_reserve(out, INTEGER_ROOM) < 0):
        return -1
    if index:
        if likely(index <= STATIC_ENTRIES or not line.sensitive):          # section 6.1
            out.next = integer_write(out.next, index, 7, 0x80)
            return 0
        # Section 7.1.3: as if no value had matched.
        probe.name = table_search_name(table, line.name, line.name_size, index, &probe)
    if line.sensitive:                                                     # section 6.2.3
        out.next = integer_write(out.next, probe.name, 4, 0x10)
    else:                                                                  # section 6.2.1
        out.next = integer_write(out.next, probe.name, 6, 0x40)
    if probe.name == 0 and unlikely(write_string(out, line.name, line.name_size, huffman) < 0):
        return -1
    if unlikely(write_string(out, line.value, line.value_size, huffman) < 0):
        return -1
    if line.sensitive:
        return 0
    Py_INCREF(<object>line.owner)
    return table_insert(table, line.owner, line.name_size + line.value_size, &probe, journal)


cdef inline int write_string(ByteWriter *out, const uint8_t *octets, size_t size, bint huffman) noexcept:
    """RFC 7541 section 5.2. Like upstream, in Huffman code even where that is longer."""
    cdef uint8_t *start
    cdef uint8_t *coded
    cdef size_t coded_size
    if unlikely(writer_reserve(out, INTEGER_ROOM + (huffman_encode_room(size) if huffman else size)) < 0):
        return -1
    start = out.next
    if not huffman:
        coded = integer_write(start, size, 7, 0)
        memcpy(coded, octets, size)
        out.next = coded + size
        return 0
    coded_size = huffman_encode(octets, size, start + 1)
    if likely(coded_size < 127):
        start[0] = <uint8_t>(0x80 | coded_size)
        out.next = start + 1 + coded_size
        return 0
    out.next = make_way(start, coded_size)
    return 0


cdef uint8_t *make_way(uint8_t *start, size_t coded_size) noexcept:
    """Puts a length of more than one octet before a string that was written behind room for one; its end."""
    cdef uint8_t length[INTEGER_ROOM]
    cdef size_t length_size = integer_write(length, coded_size, 7, 0x80) - length
    memmove(start + length_size, start + 1, coded_size)
    memcpy(start, length, length_size)
    return start + length_size + coded_size


# --- the encoder as Python knows it ---------------------------------------------------------------------------------

cdef class BlockEncoder:
    """What Encoder is compiled from."""

    def __cinit__(self, *args, **kwargs):
        drop_dict(<PyObject *>self)

    def __init__(self):
        table = new_header_table()
        with cython.critical_section(self):
            self.table = table
            self.coder = None
            self.table_size_changes = []
            self._announced = None
            self._most_used = MOST_USED
            self._sizes_set = 0
            self.converts = False

    @property
    def header_table(self):
        """The HeaderTable in use; any object with its methods can take its place."""
        with cython.critical_section(self):
            return self.table

    @header_table.setter
    def header_table(self, table):
        with cython.critical_section(self):
            self.table = table

    @property
    def huffman_coder(self):
        """The HuffmanEncoder in use; any object with its encode() can take its place."""
        with cython.critical_section(self):
            if self.coder is None:
                self.coder = stock_encoder()
            return self.coder

    @huffman_coder.setter
    def huffman_coder(self, coder):
        with cython.critical_section(self):
            self.coder = coder

    cdef bint is_straight(self):
        if (not FREE_THREADED and self.coder is None and not has_attributes(<PyObject *>self)
                and surely_takes(Py_TYPE(<PyObject *>self), &encoder_known)
                and is_surely_plain(<PyObject *>self.table)):
            return True
        # What may run Python code is asked first: a logger, and until CPython 3.11 a finaliser.
        if is_logged() or not takes_steps(self, &encoder_known, encoder_steps):
            return False
        with cython.critical_section(self):
            table = self.table
            coder = self.coder
        return is_regular(table) and (coder is None or is_stock(coder)) and is_in_order(<Table>table)

    def encode(self, headers, bint huffman=True):
        """The header block (bytes) for `headers`.

        `headers` is a dict or an iterable of (name, value), (name, value, sensitive) or HeaderTuples; strings are
        bytes, str (sent in UTF-8), or anything with a str(). What is sensitive, by a true third item or by a class
        whose `indexable` is false, never enters a table. `huffman` (bool) is whether strings are Huffman-coded. An
        exception, whatever raises it, leaves the encoder as it was. Upstream: hpack.Encoder.encode.
        """
        cdef OutLines lines
        if not FREE_THREADED and type(headers) is list and not self.converts:
            block = encode_list(self, headers, huffman)
            if block is not None:
                return block
        begin_out_lines(&lines)
        try:
            if type(headers) is list:
                take_list(&lines, headers)
                self.converts = lines.converted
            elif isinstance(headers, dict):
                for name in sorted(headers.keys(), key=is_regular_field):
                    take_header(&lines, (name, headers[name]))
            else:
                for header in headers:
                    take_header(&lines, header)
            return encode_to_bytes(self, &lines, huffman)
        finally:
            release_out_lines(&lines)


cdef bytes encode_list(BlockEncoder self, list headers, bint huffman):
    """The block for a list of headers that need no conversion, or None: then nothing has happened.

    The headers are read as they are encoded: no Python code runs meanwhile, and no other thread.
    """
    cdef uint8_t scratch[SCRATCH]
    cdef ByteWriter out
    cdef Journal journal
    cdef Table table
    cdef bytes block = None
    cdef int status = 0
    if not self.is_straight() or (<Table>self.table).resized is not False:
        return None
    table = <Table>self.table
    writer_init(&out, scratch, SCRATCH)
    journal_begin(&journal, table)
    if PyList_GET_SIZE(headers):
        status = encode_fields(table, PyList_ITEMS(headers), NULL, PyList_GET_SIZE(headers), huffman, &out, &journal)
    if likely(status == 0):
        block = finish(&out)
    if likely(block is not None):
        journal_commit(&journal)
    else:
        journal_roll_back(&journal, table)
        if status != CONVERT:
            writer_release(&out)
            raise MemoryError
        self.converts = True
    writer_release(&out)
    return block


cdef bytes encode_to_bytes(BlockEncoder self, const OutLines *lines, bint huffman):
    updates = changes = block = None
    if has_updates(self) and self.is_straight():
        updates = table_size_updates(self)
        changes = []
    if self.is_straight():
        block = encode_taken(self, updates, changes, lines, huffman)
    if block is None:
        return self._encode_stepwise(as_tuples(lines), huffman)
    return block


cdef bytes encode_taken(BlockEncoder self, bytes updates, list changes, const OutLines *lines, bint huffman):
    """The block for `lines` behind `updates`, from which on the table's sizes go to `changes` (or None and None).

    MemoryError, and nothing has happened. No Python code runs before the block is written: the encoder is straight.
    None, and nothing has happened, if another thread changed the table after it was found to be so.
    """
    cdef uint8_t scratch[SCRATCH]
    cdef ByteWriter out
    cdef bytes block = None
    cdef bint is_written = False
    with cython.critical_section(self):
        table = self.table
    if FREE_THREADED and not is_regular(table):
        return None
    writer_init(&out, scratch, SCRATCH)
    if updates is not None:
        if writer_reserve(&out, len(updates)) < 0:
            raise MemoryError
        memcpy(out.next, <const char *>updates, len(updates))
        out.next += len(updates)
    hold(&(<Table>table).lock)
    if not FREE_THREADED or (is_in_order(<Table>table) and (<Table>table).resized is (updates is not None)):
        is_written = True
        block = write_block(<Table>table, lines, huffman, &out)
        if block is not None and updates is not None:
            (<Table>table).resized = False
    let_go(&(<Table>table).lock)
    writer_release(&out)
    if block is None and is_written:
        raise MemoryError
    if updates is not None and block is not None:
        with cython.critical_section(self):
            self.table_size_changes = changes
    return block


cdef inline bytes write_block(Table table, const OutLines *lines, bint huffman, ByteWriter *out):
    """The block behind what stands in `out`; or None, and nothing has happened, without memory."""
    cdef Journal journal
    cdef bytes block = None
    if encode_lines(table, lines, huffman, out, &journal) == 0:
        block = finish(out)
    if block is None:
        journal_roll_back(&journal, table)
    else:
        journal_commit(&journal)
    return block


cdef inline bint has_updates(BlockEncoder self) noexcept:
    """Whether the table is one that says that its size was changed."""
    with cython.critical_section(self):
        table = self.table
    return isinstance(table, Table) and (<Table>table).resized is True


cdef bytes finish(ByteWriter *out):
    """What was written, or None without memory."""
    try:
        return writer_bytes(out)
    except MemoryError:
        return None


cdef bytes table_size_updates(BlockEncoder self):
    """RFC 7541 section 6.3: the sizes that are to be told."""
    cdef uint8_t update[INTEGER_ROOM]
    with cython.critical_section(self):
        changes = self.table_size_changes
    updates = []
    for size in changes:
        if type(size) is int and 0 <= size < 1 << 32:
            updates.append(update[:integer_write(update, size, 5, 0x20) - update])
        else:
            other = encode_integer(size, 5)
            other[0] |= 0x20
            updates.append(bytes(other))
    return b"".join(updates)


cdef list as_tuples(const OutLines *lines):
    cdef size_t at
    tuples = []
    for at in range(lines.count):
        name, value = <tuple>lines.items[at].owner
        tuples.append((name, value, lines.items[at].sensitive))
    return tuples
