"""Encoder and Decoder: the compiled ways through a header block, and the same walked step by step.

The steps are upstream's methods. Nothing calls them on the straight way; where one is overridden, where the table or
the Huffman coder has been replaced, or where somebody reads the debug log, the block is walked through all of them.
"""
from __future__ import annotations

import logging
from copyreg import __newobj__  # type: ignore[attr-defined]
from operator import index as as_index

from fasth2.codec.decoder import BlockDecoder, declare_decoder_steps, may_hold_sensitive
from fasth2.codec.encoder import BlockEncoder, declare_encoder_steps, is_regular_field, to_bytes
from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple
from fasth2.codec.huffman import decode_huffman
from fasth2.codec.integer import decode_integer, encode_integer
from fasth2.codec.table import HeaderTable, table_entry_size
from fasth2.codec.tablesize import RaisedSize, sizes_to_tell
from fasth2.errors.hpack import HPACKDecodingError, InvalidTableSizeError, OversizedHeaderListError

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

log: logging.Logger = logging.getLogger("hpack.hpack")

# The first octets of literals (RFC 7541 section 6.2).
INDEX_NONE = b"\x00"
INDEX_NEVER = b"\x10"
INDEX_INCREMENTAL = b"\x40"

DEFAULT_MAX_HEADER_LIST_SIZE = 2 ** 16  # RFC octets

REDACTED = b"SENSITIVE_REDACTED"  # in the debug log, for whatever holds a value that is never indexed


def rebuild(name: str) -> Encoder | Decoder:
    """A fresh Encoder or Decoder, before its state: what a pickle of one calls."""
    codecs: dict[str, type[Encoder | Decoder]] = {"Encoder": Encoder, "Decoder": Decoder}
    return codecs[name]()


def _reduce(codec: Encoder | Decoder, stock: type[Encoder | Decoder]) -> tuple[Any, ...]:
    cls = type(codec)
    made = (rebuild, (cls.__name__,)) if cls is stock else (__newobj__, (cls,))
    return *made, codec.__getstate__()


def prefixed(pattern: int, integer: int, prefix_bits: int) -> bytes:
    """`integer` in bytes, behind the bits of `pattern` (int) in the first octet (RFC 7541 section 5.1)."""
    octets = encode_integer(integer, prefix_bits)
    octets[0] |= pattern
    return bytes(octets)


class Encoder(BlockEncoder):
    """Turns header lists into header blocks, with a dynamic table of its own. Upstream: hpack.Encoder."""

    __module__ = "hpack.hpack"

    def __init__(self) -> None:
        BlockEncoder.__init__(self)

    @property
    def header_table_size(self) -> int:
        """The largest dynamic table that the peer allows, in RFC octets (int), from its SETTINGS_HEADER_TABLE_SIZE.

        The encoder uses at most `max_header_table_size` of it. The head of the next block tells the size in use.
        """
        size = self.header_table.maxsize
        return self._announced if self._announced is not None and size == self._most_used else size

    @header_table_size.setter
    def header_table_size(self, value: int) -> None:
        if isinstance(value, RaisedSize):
            self.header_table_size = value.smallest
            value = int(value)
        is_more = isinstance(value, int) and value > self._most_used
        self._announced = value if is_more else None
        size = self._most_used if is_more else value
        table = self.header_table
        untold = table.resized
        table.maxsize = size
        if table.resized:
            self._sizes_set = min(self._sizes_set + 1, 4)
            self.table_size_changes = sizes_to_tell(self.table_size_changes, size, self._sizes_set)
        elif untold:  # a size that is set once more is no change, but the one before still is
            table.resized = untold

    @property
    def max_header_table_size(self) -> int:
        """The largest dynamic table that is used, whatever the peer allows, in RFC octets (int): 65,536 at first."""
        return self._most_used

    @max_header_table_size.setter
    def max_header_table_size(self, value: int) -> None:
        most_used = as_index(value)
        if most_used < 0:
            raise ValueError("max_header_table_size cannot be negative")
        announced = self.header_table_size
        self._most_used = most_used
        self.header_table_size = announced

    def add(self, to_add: tuple[bytes, bytes], sensitive: bool, huffman: bool = False) -> bytes:
        """The representation (bytes) of the field line `to_add` (a tuple of two bytes), which enters the table.

        sensitive (bool): use the never-indexed representation, and keep the field line out of the table.
        """
        name, value = to_add
        log.debug("Adding %s=%s to the header table, sensitive:%s, huffman:%s",
                  name, REDACTED if sensitive else value, sensitive, huffman)
        indexbit = INDEX_NEVER if sensitive else INDEX_INCREMENTAL
        match = self.header_table.search(name, value)
        if match is None:
            encoded = self._encode_literal(name, value, indexbit, huffman)
        else:
            index, name, perfect = match
            if perfect is not None:
                if not sensitive or index <= HeaderTable.STATIC_TABLE_LENGTH:
                    return self._encode_indexed(index)
                # RFC 7541 section 7.1.3: as any other value of this name, so that nothing tells that it is known.
                index, *_ = self.header_table.search(name, value + b"\0") or match
            encoded = self._encode_indexed_literal(index, value, indexbit, huffman)
        if not sensitive:
            self.header_table.add(name, value)
        return encoded

    def _encode_stepwise(self, headers: list[tuple[Any, Any, bool]], huffman: bool) -> bytes:
        """encode() from where the headers have been taken in: a list of (name, value, sensitive)."""
        taken = [(to_bytes(name), to_bytes(value), sensitive) for name, value, sensitive in headers]
        block = []
        if self.header_table.resized:
            block.append(self._encode_table_size_change())
            self.header_table.resized = False
        for name, value, sensitive in taken:
            block.append(self.add((name, value), sensitive, huffman))
        encoded = b"".join(block)
        log.debug("Encoded header block to %s", REDACTED if any(sensitive for _, _, sensitive in taken) else encoded)
        return encoded

    def _encode_indexed(self, index: int) -> bytes:
        """RFC 7541 section 6.1."""
        return prefixed(0x80, index, 7)

    def _encode_literal(self, name: bytes, value: bytes, indexbit: bytes, huffman: bool = False) -> bytes:
        """RFC 7541 section 6.2, with the name in full."""
        return indexbit + self._encode_string(name, huffman) + self._encode_string(value, huffman)

    def _encode_indexed_literal(self, index: int, value: bytes, indexbit: bytes, huffman: bool = False) -> bytes:
        """RFC 7541 section 6.2, with the name by its index."""
        name = prefixed(ord(indexbit), index, 6 if indexbit == INDEX_INCREMENTAL else 4)
        return name + self._encode_string(value, huffman)

    def _encode_string(self, string: bytes, huffman: bool) -> bytes:
        """RFC 7541 section 5.2."""
        if huffman:
            string = self.huffman_coder.encode(string)
        return prefixed(0x80 if huffman else 0, len(string), 7) + string

    def _encode_table_size_change(self) -> bytes:
        """RFC 7541 section 6.3: the sizes that are to be told, which are then forgotten."""
        updates = [prefixed(0x20, size, 5) for size in self.table_size_changes]
        self.table_size_changes = []
        return b"".join(updates)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduce(self, Encoder)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"header_table": self.header_table, "huffman_coder": self.huffman_coder,
                             "table_size_changes": self.table_size_changes,
                             "_announced": self._announced, "_most_used": self._most_used,
                             "_sizes_set": self._sizes_set}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)


class Decoder(BlockDecoder):
    """Turns header blocks into header lists, with a dynamic table of its own. Upstream: hpack.Decoder.

    max_header_list_size (int, RFC octets): what `decode` accepts at most; see the attribute of the same name.
    """

    __module__ = "hpack.hpack"

    def __init__(self, max_header_list_size: int = DEFAULT_MAX_HEADER_LIST_SIZE) -> None:
        BlockDecoder.__init__(self, max_header_list_size)

    @property
    def header_table_size(self) -> int:
        """The dynamic table's maximum size in RFC octets (int)."""
        return self.header_table.maxsize

    @header_table_size.setter
    def header_table_size(self, value: int) -> None:
        self.header_table.maxsize = value

    @property
    def max_table_size_updates(self) -> int:
        """How many table size updates a header block may begin with (int): 64 at first; a legal peer needs two."""
        return self._most_updates

    @max_table_size_updates.setter
    def max_table_size_updates(self, value: int) -> None:
        self._most_updates = value

    def _decode_stepwise(self, data: bytes, raw: bool) -> list[HeaderTuple]:
        """decode() of a buffer of octets."""
        log.debug("Decoding %s", REDACTED if may_hold_sensitive(bytes(data)) else data)
        octets = memoryview(data)
        headers: list[HeaderTuple] = []
        inflated = updates = at = 0
        while at < len(octets):
            header = None
            first = octets[at]
            if first & 0x80:
                header, consumed = self._decode_indexed(octets[at:])
            elif first & 0x40:
                header, consumed = self._decode_literal_index(octets[at:])
            elif first & 0x20:
                if headers:
                    raise HPACKDecodingError("Table size update not at the start of the block")
                updates += 1
                if updates > self.max_table_size_updates:
                    raise HPACKDecodingError(
                        f"More than {self.max_table_size_updates} table size updates (max_table_size_updates)")
                consumed = self._update_encoding_context(octets[at:])
            else:
                header, consumed = self._decode_literal_no_index(octets[at:])
            if header:
                headers.append(header)
                inflated += table_entry_size(header[0], header[1])
                if inflated > self.max_header_list_size:
                    raise OversizedHeaderListError(
                        f"A header list larger than {self.max_header_list_size} has been received")
            at += consumed
        self._assert_valid_table_size()
        try:
            return [unicode_if_needed(header, raw) for header in headers]
        except UnicodeDecodeError as error:
            raise HPACKDecodingError("Unable to decode headers as UTF-8") from error

    def _assert_valid_table_size(self) -> None:
        """RFC 7541 section 4.2: the peer must have followed a table size that was lowered."""
        if self.header_table_size > self.max_allowed_table_size:
            raise InvalidTableSizeError("Encoder did not shrink table size to within the max")

    def _update_encoding_context(self, data: bytes | memoryview) -> int:
        """RFC 7541 section 6.3; the octets taken."""
        size, consumed = decode_integer(data, 5)
        if size > self.max_allowed_table_size:
            raise InvalidTableSizeError("Encoder exceeded max allowable table size")
        self.header_table_size = size
        return consumed

    def _decode_indexed(self, data: bytes | memoryview) -> tuple[HeaderTuple, int]:
        """RFC 7541 section 6.1; (HeaderTuple of bytes, octets taken)."""
        index, consumed = decode_integer(data, 7)
        header = HeaderTuple(*self.header_table.get_by_index(index))
        log.debug("Decoded %s, consumed %d", header, consumed)
        return header, consumed

    def _decode_literal_no_index(self, data: bytes | memoryview) -> tuple[HeaderTuple, int]:
        """RFC 7541 sections 6.2.2 and 6.2.3; (header tuple of bytes, octets taken)."""
        return self._decode_literal(data, should_index=False)

    def _decode_literal_index(self, data: bytes | memoryview) -> tuple[HeaderTuple, int]:
        """RFC 7541 section 6.2.1; (HeaderTuple of bytes, octets taken)."""
        return self._decode_literal(data, should_index=True)

    def _decode_literal(self, data: bytes | memoryview, should_index: bool) -> tuple[HeaderTuple, int]:
        """RFC 7541 section 6.2; (header tuple of bytes, octets taken)."""
        octets = memoryview(data)
        prefix_bits = 6 if should_index else 4
        if octets[0] & ((1 << prefix_bits) - 1):
            index, consumed = decode_integer(octets, prefix_bits)
            name = self.header_table.get_by_index(index)[0]
        else:
            name, consumed = self._decode_string(octets[1:])
            consumed += 1
        value, taken = self._decode_string(octets[consumed:])
        consumed += taken
        never_indexed = not should_index and octets[0] & 0x10
        header = NeverIndexedHeaderTuple(name, value) if never_indexed else HeaderTuple(name, value)
        if should_index:
            self.header_table.add(name, value)
        log.debug("Decoded %s, total consumed %d bytes, indexed %s",
                  (name, REDACTED) if never_indexed else header, consumed, should_index)
        return header, consumed

    def _decode_string(self, octets: memoryview) -> tuple[bytes, int]:
        """RFC 7541 section 5.2; (bytes, octets taken)."""
        length, consumed = decode_integer(octets, 7)
        string = octets[consumed:consumed + length].tobytes()
        if len(string) != length:
            raise HPACKDecodingError("Truncated header block")
        return decode_huffman(string) if octets[0] & 0x80 else string, consumed + length

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduce(self, Decoder)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"header_table": self.header_table, "max_header_list_size": self.max_header_list_size,
                             "max_allowed_table_size": self.max_allowed_table_size,
                             "max_table_size_updates": self.max_table_size_updates}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)


def dict_to_iterable(header_dict: dict[bytes | str, bytes | str]) -> Iterable[tuple[bytes | str, bytes | str]]:
    """The items of a dict, those of pseudo-header fields first. Upstream: `_dict_to_iterable`."""
    if not isinstance(header_dict, dict):
        raise TypeError(f"header_dict not a dict, but {type(header_dict)}")
    for key in sorted(header_dict.keys(), key=is_regular_field):
        yield key, header_dict[key]


def unicode_if_needed(
    header: HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes | str, bytes | str], raw: bool,
) -> HeaderTuple:
    """`header` with strings of bytes if `raw`, else of str; its class stays. Upstream: `_unicode_if_needed`."""
    name, value = bytes(header[0]), bytes(header[1])  # type: ignore[arg-type]
    cls: type[Any] = type(header)
    converted: HeaderTuple = cls(name, value) if raw else cls(name.decode(), value.decode())
    return converted


declare_encoder_steps(Encoder, [
    "__getattribute__", "add", "_encode_indexed", "_encode_literal", "_encode_indexed_literal",
    "_encode_table_size_change", "header_table", "huffman_coder", "table_size_changes",
])
declare_decoder_steps(Decoder, [
    "__getattribute__", "_assert_valid_table_size", "_update_encoding_context", "_decode_indexed",
    "_decode_literal_no_index", "_decode_literal_index", "_decode_literal", "header_table", "header_table_size",
    "max_header_list_size", "max_allowed_table_size", "max_table_size_updates",
])
