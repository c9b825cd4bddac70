"""hpack.exceptions."""
from typing import TYPE_CHECKING

from assertions import assert_type
from hpack.exceptions import (
    HPACKDecodingError,
    HPACKError,
    InvalidTableIndex,
    InvalidTableIndexError,
    InvalidTableSizeError,
    OversizedHeaderListError,
)

decoding: list[type[HPACKDecodingError]] = [
    InvalidTableIndex, InvalidTableIndexError, InvalidTableSizeError, OversizedHeaderListError]
assert_type(decoding[0]("message"), HPACKDecodingError)
older: type[InvalidTableIndexError] = InvalidTableIndex
root: type[HPACKError] = HPACKDecodingError
assert issubclass(root, Exception) and issubclass(older, root)

if TYPE_CHECKING:  # what a type checker refuses
    newer: type[InvalidTableIndex] = InvalidTableIndexError  # type: ignore[assignment]
