"""hpack.exceptions."""
from fasth2.errors.hpack import (  # noqa: F401
    HPACKDecodingError,
    HPACKError,
    InvalidTableIndex,
    InvalidTableIndexError,
    InvalidTableSizeError,
    OversizedHeaderListError,
)
