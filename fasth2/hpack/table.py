"""`hpack.table`."""
from fasth2.codec.entries import log
from fasth2.codec.table import HeaderTable, table_entry_size
from fasth2.errors.hpack import InvalidTableIndex

__all__ = ["HeaderTable", "InvalidTableIndex", "log", "table_entry_size"]
