"""`upstream` for comparisons that reach the differences of docs/compatibility.md: hpack 4.2.0 with those put in that
change octets or the state of codecs. With upstream itself as the subject (FASTH2_TEST_SUBJECT), hpack as it is."""
from support.implementations import SUBJECT
from support.implementations import upstream as stock

MOST_USED = 2 ** 16  # octets of an encoder's table
MOST_UPDATES = 64  # table size updates in a block


class NamesOnly:
    """A table whose dynamic entries are found by their names alone: `sensitive-matches`."""

    def __init__(self, table):
        self.table = table

    def search(self, name, value):
        match = self.table.search(name, value)
        is_dynamic = match and match[2] is not None and match[0] > len(stock.table.HeaderTable.STATIC_TABLE)
        return self.table.search(name, value + b"\0") if is_dynamic else match


class Encoder(stock.Encoder):
    announced = None  # the size that was set, where the table has less
    changes = 0  # of that size

    def add(self, to_add, sensitive, huffman=False):
        if not sensitive:
            return super().add(to_add, sensitive, huffman)
        table = self.header_table
        self.header_table = NamesOnly(table)
        try:
            return super().add(to_add, sensitive, huffman)  # which changes no table
        finally:
            self.header_table = table

    @property
    def header_table_size(self):
        return self.header_table.maxsize if self.announced is None else self.announced

    @header_table_size.setter
    def header_table_size(self, size):
        """`encoder-table-limit`, `two-size-updates`, `size-set-twice`."""
        told, was_resized = self.table_size_changes, self.header_table.resized
        is_number = isinstance(size, int)
        self.announced = None
        if is_number and size > MOST_USED:
            self.announced, size = size, MOST_USED
        self.table_size_changes = [*told]
        stock.Encoder.header_table_size.fset(self, size)
        if not self.header_table.resized:
            self.header_table.resized = was_resized
            return
        self.changes += 1
        if is_number and not (self.changes == 3 and len(told) == 2 and told[0] == size):
            smallest = min([*told, size])
            self.table_size_changes = [size] if size == smallest else [smallest, size]


class Decoder(stock.Decoder):
    updates = 0

    def decode(self, data, raw=False):
        self.updates = 0
        return super().decode(data, raw)

    def _update_encoding_context(self, data):
        """`size-update-flood`."""
        self.updates += 1
        if self.updates > MOST_UPDATES:
            raise stock.HPACKDecodingError(f"More than {MOST_UPDATES} table size updates (max_table_size_updates)")
        return super()._update_encoding_context(data)


class Mended:
    """The package, but for the classes above."""

    Encoder, Decoder = Encoder, Decoder

    def __getattr__(self, name):
        return getattr(stock, name)


upstream = stock if SUBJECT == "hpack" else Mended()
