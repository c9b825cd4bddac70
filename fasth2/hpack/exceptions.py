"""`hpack.exceptions`."""
from fasth2.errors.hpack import (
    HPACKDecodingError,
    HPACKError,
    InvalidTableIndex,
    InvalidTableIndexError,
    InvalidTableSizeError,
    OversizedHeaderListError,
)

__all__ = [
    "HPACKDecodingError",
    "HPACKError",
    "InvalidTableIndex",
    "InvalidTableIndexError",
    "InvalidTableSizeError",
    "OversizedHeaderListError",
]
