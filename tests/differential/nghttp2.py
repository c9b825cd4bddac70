"""libnghttp2's HPACK, by ctypes: an independent implementation, in C, that most of the web's clients are built on."""
import ctypes
import ctypes.util
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ssize_t, c_uint8, c_void_p

NO_INDEX = 1        # NGHTTP2_NV_FLAG_NO_INDEX
FINAL, EMIT = 1, 2  # NGHTTP2_HD_INFLATE_*
STATIC_ENTRIES = 61
# What nghttp2 refuses though RFC 7541 has no limit there (NGHTTP2_HD_MAX_NV).
LONGEST_STRING = 65536


class Field(ctypes.Structure):
    _fields_ = [("name", c_void_p), ("value", c_void_p), ("namelen", c_size_t), ("valuelen", c_size_t),
                ("flags", c_uint8)]

    def as_tuple(self):
        return ctypes.string_at(self.name, self.namelen), ctypes.string_at(self.value, self.valuelen)


class Rejected(Exception):
    """nghttp2 refused a header block."""


def load():
    """The library with its signatures declared, or None."""
    for name in ("libnghttp2.so.14", ctypes.util.find_library("nghttp2")):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None:
            return _declare(library)
    return None


def _declare(library):
    signatures = {
        "inflate_new": (c_int, [POINTER(c_void_p)]),
        "inflate_del": (None, [c_void_p]),
        "inflate_change_table_size": (c_int, [c_void_p, c_size_t]),
        "inflate_hd2": (c_ssize_t, [c_void_p, POINTER(Field), POINTER(c_int), c_char_p, c_size_t, c_int]),
        "inflate_end_headers": (c_int, [c_void_p]),
        "inflate_get_dynamic_table_size": (c_size_t, [c_void_p]),
        "inflate_get_num_table_entries": (c_size_t, [c_void_p]),
        "inflate_get_table_entry": (POINTER(Field), [c_void_p, c_size_t]),
        "deflate_new": (c_int, [POINTER(c_void_p), c_size_t]),
        "deflate_del": (None, [c_void_p]),
        "deflate_change_table_size": (c_int, [c_void_p, c_size_t]),
        "deflate_bound": (c_size_t, [c_void_p, POINTER(Field), c_size_t]),
        "deflate_hd": (c_ssize_t, [c_void_p, c_char_p, c_size_t, POINTER(Field), c_size_t]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, f"nghttp2_hd_{name}")
        function.restype, function.argtypes = result, arguments
    return library


library = load()


class Inflater:
    """nghttp2's decoder. `decode` returns [(name, value, never indexed)]."""

    def __init__(self, table_size=4096):
        self._handle = c_void_p()
        if library.nghttp2_hd_inflate_new(byref(self._handle)):
            raise MemoryError
        if table_size != 4096:
            library.nghttp2_hd_inflate_change_table_size(self._handle, table_size)

    def __del__(self):
        if library is not None and self._handle:
            library.nghttp2_hd_inflate_del(self._handle)

    def raise_limit(self, table_size):
        """SETTINGS_HEADER_TABLE_SIZE; only upwards, since what must follow a lower one is nghttp2's own rule."""
        if library.nghttp2_hd_inflate_change_table_size(self._handle, table_size):
            raise RuntimeError("nghttp2 takes no table size in this state")

    def announce(self, table_size):
        """SETTINGS_HEADER_TABLE_SIZE, acknowledged; the next block must follow where it is lower than one before."""
        self.raise_limit(table_size)

    def decode(self, block):
        field, flags, headers = Field(), c_int(), []
        while True:
            taken = library.nghttp2_hd_inflate_hd2(self._handle, byref(field), byref(flags), block, len(block), 1)
            if taken < 0:
                raise Rejected(taken)
            block = block[taken:]
            if flags.value & EMIT:
                headers.append((*field.as_tuple(), bool(field.flags & NO_INDEX)))
            if flags.value & FINAL:
                library.nghttp2_hd_inflate_end_headers(self._handle)
                return headers
            if not flags.value & EMIT and not block:
                raise Rejected("incomplete")

    def table(self):
        """(entries newest first, size in octets of the RFC) of the dynamic table."""
        count = library.nghttp2_hd_inflate_get_num_table_entries(self._handle)
        entries = [library.nghttp2_hd_inflate_get_table_entry(self._handle, index).contents.as_tuple()
                   for index in range(STATIC_ENTRIES + 1, count + 1)]
        return entries, library.nghttp2_hd_inflate_get_dynamic_table_size(self._handle)


class Deflater:
    """nghttp2's encoder. `encode` takes [(name, value, never indexed)] of bytes."""

    def __init__(self, table_size=4096):
        self._handle = c_void_p()
        if library.nghttp2_hd_deflate_new(byref(self._handle), table_size):
            raise MemoryError

    def __del__(self):
        if library is not None and self._handle:
            library.nghttp2_hd_deflate_del(self._handle)

    def resize(self, table_size):
        library.nghttp2_hd_deflate_change_table_size(self._handle, table_size)

    def encode(self, headers):
        array, owners = (Field * len(headers))(), []
        for field, (name, value, sensitive) in zip(array, headers):
            strings = (ctypes.create_string_buffer(name, len(name) or 1),
                       ctypes.create_string_buffer(value, len(value) or 1))
            owners.append(strings)
            field.name, field.value = map(ctypes.addressof, strings)
            field.namelen, field.valuelen, field.flags = len(name), len(value), NO_INDEX if sensitive else 0
        bound = library.nghttp2_hd_deflate_bound(self._handle, array, len(headers))
        out = ctypes.create_string_buffer(bound or 1)
        size = library.nghttp2_hd_deflate_hd(self._handle, out, bound, array, len(headers))
        if size < 0:
            raise Rejected(size)
        return out.raw[:size]
