"""hpack.table."""
from fasth2.codec.entries import log  # noqa: F401
from fasth2.codec.table import HeaderTable, table_entry_size  # noqa: F401
from fasth2.errors.hpack import InvalidTableIndex  # noqa: F401
