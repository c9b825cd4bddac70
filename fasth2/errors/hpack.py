"""What hpack 4.2.0 raises: `hpack.exceptions`, class for class."""
from fasth2.errors import reducer

_UPSTREAM = "hpack.exceptions"


class HPACKError(Exception):
    """Root of everything that header compression raises."""

    __module__ = _UPSTREAM
    __reduce__ = reducer(__name__)


class HPACKDecodingError(HPACKError):
    """A header block that cannot be decoded (RFC 7541); the connection's compression state is lost with it."""

    __module__ = _UPSTREAM


class InvalidTableIndexError(HPACKDecodingError):
    """An index that is zero or past the end of both tables (RFC 7541 section 2.3.3)."""

    __module__ = _UPSTREAM


class InvalidTableIndex(InvalidTableIndexError):
    """Upstream's older name for `InvalidTableIndexError`, and the class that is in fact raised."""

    __module__ = _UPSTREAM


class OversizedHeaderListError(HPACKDecodingError):
    """A header list larger than `Decoder.max_header_list_size`, counted as RFC 9113 section 10.5.1 counts it."""

    __module__ = _UPSTREAM


class InvalidTableSizeError(HPACKDecodingError):
    """A dynamic table larger than the size that was agreed on (RFC 7541 sections 4.2 and 6.3)."""

    __module__ = _UPSTREAM
