"""hpack.table: the tables."""
import logging
from collections import deque
from typing import TYPE_CHECKING

from assertions import assert_type
from hpack.table import HeaderTable, log, table_entry_size

assert_type(log, logging.Logger)
assert_type(table_entry_size(b"name", b"value"), int)

table = HeaderTable()
assert_type(HeaderTable.DEFAULT_SIZE + 0, int)
assert_type(HeaderTable.STATIC_TABLE_LENGTH, int)
assert_type(HeaderTable.STATIC_TABLE_MAPPING, dict[bytes, tuple[int, dict[bytes, int]]])
assert_type(HeaderTable.STATIC_TABLE[0][0], bytes)
assert_type(table.maxsize, int)
assert_type(table.resized, bool)
assert_type(table.dynamic_entries, deque[tuple[bytes, bytes]])
assert_type(table.get_by_index(2), tuple[bytes, bytes])
assert_type(table.search(b":method", b"GET"), tuple[int, bytes, bytes | None] | None)
table.maxsize = 100
table.resized = False
table.add(b"name", b"value")
table.dynamic_entries.appendleft((b"a", b"b"))
assert list(table.dynamic_entries) == [(b"a", b"b"), (b"name", b"value")]
table.dynamic_entries = deque()

if TYPE_CHECKING:  # what a type checker refuses
    table.add("text", "text")  # type: ignore[arg-type]
    table.maxsize = "100"  # type: ignore[assignment]
    table.get_by_index("2")  # type: ignore[arg-type]
    table.dynamic_entries.append(b"name")  # type: ignore[arg-type]
