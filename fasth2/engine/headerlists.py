"""Header lists (RFC 9113 section 8), step by step: lists of any kind, and every list that something is wrong with.

The straight way, fasth2.engine.headers, takes lists of tuples of bytes that are as they should be. All others come
here, and so do the exceptions. What is raised when, and with which message, follows h2 4.4.1.
"""
from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple
from fasth2.errors.h2 import FlowControlError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from fasth2.hpack.struct import Header, HeaderWeaklyTyped

_UPSTREAM = "h2.utilities"

SIGIL = ord(b":")              # what the name of a pseudo-header field begins with (section 8.3)
INFORMATIONAL_START = ord(b"1")

# Fields that are about a connection of HTTP/1.1 (section 8.2.2).
CONNECTION_HEADERS = frozenset([b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"])

# Sections 8.3.1 and 8.3.2; :protocol is of RFC 8441 section 4.
_REQUEST_ONLY_HEADERS = frozenset([b":scheme", b":path", b":authority", b":method", b":protocol"])
_RESPONSE_ONLY_HEADERS = frozenset([b":status"])
_CONNECT_REQUEST_ONLY_HEADERS = frozenset([b":protocol"])
_ALLOWED_PSEUDO_HEADER_FIELDS = _REQUEST_ONLY_HEADERS | _RESPONSE_ONLY_HEADERS

# Never indexed, so that their values cannot be guessed by the size of what is sent (RFC 7541 section 7.1.3). So is a
# cookie that is short enough to be guessed.
_SECURE_HEADERS = frozenset([b"authorization", b"proxy-authorization"])
_SAFE_COOKIE = 20  # octets

_LARGEST_WINDOW = 2**31 - 1

_is_good_name = re.compile(rb":?[!-9;-@\[-~]*").fullmatch     # section 8.2.1
_has_bad_value = re.compile(rb"[\0\n\r]|\A[\t ]|[\t ]\Z").search


class HeaderValidationFlags(NamedTuple):
    """What kind of header list it is. Source: h2.utilities.HeaderValidationFlags."""

    is_client: bool
    is_trailer: bool
    is_response_header: bool
    is_push_promise: bool


    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return validation_flags, tuple(self)


HeaderValidationFlags.__module__ = _UPSTREAM


def validation_flags(*flags: bool) -> HeaderValidationFlags:
    """The tuple of these items: what a copy or a pickle of one calls."""
    return HeaderValidationFlags(*flags)


# ---- questions ---------------------------------------------------------------------------------------------------

def is_informational_response(headers: Iterable[Header]) -> bool:
    """Whether these are the headers of a response of status 1xx. Source: h2.utilities.is_informational_response.

    `headers`: iterable of pairs of bytes. It is looked for among the pseudo-header fields that it begins with.
    """
    for name, value in headers:
        if not name.startswith(b":"):
            break
        if name == b":status":
            return value.startswith(b"1")
    return False


def extract_method_header(headers: Iterable[Header]) -> bytes | None:
    """The :method (bytes), or None. `headers`: iterable of pairs of bytes or str. Source: h2.utilities."""
    for name, value in headers:
        if isinstance(value, bytes) and name == b":method":
            return value
        if isinstance(value, str) and name == ":method":
            return value.encode()
    return None


def authority_from_headers(headers: Iterable[Header]) -> bytes | None:
    """The :authority (bytes), or None. `headers`: iterable of pairs of bytes. Source: h2.utilities."""
    for name, value in headers:
        if name == b":authority":
            return value
    return None


def content_length(headers: Iterable[Header]) -> int | None:
    """The content-length (octets), or None without one. ProtocolError for what is no number, or two numbers.

    `headers`: iterable of pairs of bytes. Source: h2.stream.H2Stream, RFC 9110 section 8.6.
    """
    found = None
    for name, value in headers:
        if name == b"content-length":
            length = _number(value)
            if found is not None and found != length:
                raise ProtocolError(f"Conflicting content-length headers: {found} and {length}")
            found = length
    return found


def _number(value: bytes) -> int:
    message = f"Invalid content-length header: {value!r}"
    if not value.isdigit():
        raise ProtocolError(message)
    try:
        return int(value, 10)
    except ValueError as error:  # too many digits
        raise ProtocolError(message) from error


def guard_increment_window(current: int, increment: int) -> int:
    """A flow-control window after an update, in octets. FlowControlError if it is too large then (section 6.9.1).

    Source: h2.utilities.guard_increment_window.
    """
    if current + increment > _LARGEST_WINDOW:
        raise FlowControlError(f"May not increment flow control window past {_LARGEST_WINDOW}")
    return current + increment


# ---- checking ----------------------------------------------------------------------------------------------------

def validate_headers(headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags) -> Iterable[Header]:
    """The headers of a list that was received, each when it has been checked. ProtocolError (sections 8.2 and 8.3).

    `headers`: iterable of pairs of bytes. Source: h2.utilities.validate_headers.
    """
    return _validated(headers, hdr_validation_flags, _is_request(hdr_validation_flags), is_received=True)


def validate_outbound_headers(headers: Iterable[Header],
                              hdr_validation_flags: HeaderValidationFlags) -> Generator[Header, None, None]:
    """The headers of a list that is to be sent, each when it has been checked. ProtocolError (sections 8.2 and 8.3).

    `headers`: iterable of pairs of bytes. Which octets they consist of is the caller's affair. Source: h2.utilities.
    """
    return _validated(headers, hdr_validation_flags, _is_request(hdr_validation_flags), is_received=False)


def _is_request(flags: HeaderValidationFlags) -> bool:
    return not (flags.is_response_header or flags.is_trailer)


def _validated(headers: Iterable[Header], flags: HeaderValidationFlags, is_request: bool,
               is_received: bool) -> Generator[Header, None, None]:
    pseudo: set[bytes] = set()
    is_past_pseudo = False
    method = authority = host = None
    for header in headers:
        name = header[0]
        if is_received:
            _check_octets(header)
            if len(name) == 0:
                raise ProtocolError("Received header name with zero length.")
        _check_field(header)
        if name[0] == SIGIL:
            _check_pseudo_field(name, pseudo, is_past_pseudo)
            pseudo.add(name)
            if name == b":method":
                method = header[1]
        else:
            is_past_pseudo = True
        if is_request:
            if name == b":authority":
                authority = header[1]
            elif name == b"host":
                if host is not None:
                    raise ProtocolError("Request header block has multiple Host headers.")
                host = header[1]
            elif name == b":path" and not header[1]:
                raise ProtocolError("An empty :path header is forbidden")
        yield header
    _check_pseudo_fields(pseudo, method, flags)
    if is_request:
        _check_authority(authority, host)


def _check_octets(header: Header) -> None:
    """Section 8.2.1."""
    name = header[0]
    if type(name) is not bytes or not _is_good_name(name):
        for octet in name:
            if 0x41 <= octet <= 0x5A:
                raise ProtocolError(f"Received uppercase header name {name!r}.")
            if octet <= 0x20 or octet >= 0x7F:
                raise ProtocolError(f"Illegal character '{chr(octet)}' in header name: {name!r}")
        if name.find(b":", 1) != -1:
            raise ProtocolError(f"Illegal character ':' in header name: {name!r}")
    value = header[1]
    if value and (type(value) is not bytes or _has_bad_value(value)):
        for octet in value:
            if octet in (0, 0x0A, 0x0D):
                raise ProtocolError(f"Illegal character '{chr(octet)}' in header value: {value!r}")
        if value[0] in (0x20, 0x09) or value[-1] in (0x20, 0x09):
            raise ProtocolError(f"Received header value surrounded by whitespace {value!r}")


def _check_field(header: Header) -> None:
    """Section 8.2.2."""
    if header[0] == b"te" and header[1].lower() != b"trailers":
        raise ProtocolError(f"Invalid value for TE header: {header[1]!r}")
    if header[0] in CONNECTION_HEADERS:
        raise ProtocolError(f"Connection-specific header field present: {header[0]!r}.")


def _check_pseudo_field(name: bytes, earlier: set[bytes], is_past_pseudo: bool) -> None:
    """Section 8.3."""
    if name in earlier:
        raise ProtocolError(f"Received duplicate pseudo-header field {name!r}")
    if is_past_pseudo:
        raise ProtocolError(f"Received pseudo-header field out of sequence: {name!r}")
    if name not in _ALLOWED_PSEUDO_HEADER_FIELDS:
        raise ProtocolError(f"Received custom pseudo-header field {name!r}")


def _check_pseudo_fields(pseudo: set[bytes], method: bytes | None, flags: HeaderValidationFlags) -> None:
    """Whether those that there are belong here, and none is missing (sections 8.1, 8.3.1, 8.3.2 and 8.5)."""
    if flags.is_trailer and pseudo:
        raise ProtocolError(f"Received pseudo-header in trailer {pseudo}")
    if flags.is_response_header:
        _require(b":status", pseudo)
        _refuse("request-only", pseudo & _REQUEST_ONLY_HEADERS)
    elif not flags.is_trailer:
        _require(b":method", pseudo)
        is_connect = method == b"CONNECT"
        if not is_connect or b":protocol" in pseudo:  # RFC 8441 section 4
            _require(b":scheme", pseudo)
            _require(b":path", pseudo)
        elif b":scheme" in pseudo or b":path" in pseudo:
            raise ProtocolError("Ordinary CONNECT MUST NOT include :scheme or :path")
        _refuse("response-only", pseudo & _RESPONSE_ONLY_HEADERS)
        if not is_connect:
            _refuse("connect-request-only", pseudo & _CONNECT_REQUEST_ONLY_HEADERS)


def _require(name: bytes, pseudo: set[bytes]) -> None:
    if name not in pseudo:
        raise ProtocolError(f"Header block missing mandatory {name!r} header")


def _refuse(whose: str, pseudo: set[bytes]) -> None:
    if pseudo:
        raise ProtocolError(f"Encountered {whose} headers {pseudo}")


def _check_authority(authority: bytes | None, host: bytes | None) -> None:
    """Section 8.3.1."""
    if authority is None and host is None:
        raise ProtocolError("Request header block does not have an :authority or Host header.")
    if authority is not None and host is not None and authority != host:
        raise ProtocolError(
            f"Request header block has mismatched :authority and Host headers: {authority!r} / {host!r}")


# ---- changing ----------------------------------------------------------------------------------------------------

def _is_header_tuple(header: Any) -> bool:
    """Whether it is a HeaderTuple, be it of hpack's beside fasth2's."""
    return isinstance(header, HeaderTuple) or (isinstance(header, tuple) and hasattr(header, "indexable"))


def _like(header: Any, name: Any, value: Any) -> Any:
    """The pair as a tuple of the same kind as `header`."""
    return type(header)(name, value) if _is_header_tuple(header) else (name, value)


def _to_bytes(v: bytes | str) -> bytes:
    return v if isinstance(v, bytes) else v.encode("utf-8")


def utf8_encode_headers(headers: Iterable[HeaderWeaklyTyped]) -> list[Header]:
    """A list of the headers with names and values as bytes. Source: h2.utilities.utf8_encode_headers.

    `headers`: iterable of pairs of bytes or str.
    """
    return [_like(header, _to_bytes(header[0]), _to_bytes(header[1])) for header in headers]


def decode_headers(headers: Iterable[HeaderWeaklyTyped], encoding: str) -> Generator[HeaderTuple, None, None]:
    """The headers with names and values as str. Source: h2.stream._decode_headers."""
    for header in headers:
        assert _is_header_tuple(header)
        name, value = header
        assert isinstance(name, bytes)
        assert isinstance(value, bytes)
        yield _like(header, name.decode(encoding), value.decode(encoding))


def normalize_inbound_headers(headers: Iterable[Header],
                              hdr_validation_flags: HeaderValidationFlags) -> Generator[Header, None, None]:
    """The headers that were received with all cookies in one field, the last (section 8.2.3). Source: h2.utilities.

    `headers`: iterable of pairs of bytes.
    """
    cookies = []
    for header in headers:
        if header[0] == b"cookie":
            cookies.append(header[1])
        else:
            yield header
    if cookies:
        yield NeverIndexedHeaderTuple(b"cookie", b"; ".join(cookies))


def normalize_outbound_headers(headers: Iterable[Header], hdr_validation_flags: HeaderValidationFlags | None,
                               should_split_outbound_cookies: bool = False) -> Generator[Header, None, None]:
    """The headers as they may be sent. `headers`: iterable of pairs of bytes. Source: h2.utilities.

    Names are lower-case and nothing is surrounded by whitespace (section 8.2.1), connection-specific fields are left
    out (section 8.2.2), and what holds a secret is never indexed. On demand a cookie field is split (section 8.2.3).
    """
    for header in headers:
        name = header[0].lower()
        values = [header[1]]
        if should_split_outbound_cookies:
            assert isinstance(name, bytes)
            assert isinstance(header[1], bytes)
            if name == b"cookie":
                values = header[1].split(b"; ")
        name = name.strip()
        for value in values:
            value = value.strip()
            if name in CONNECTION_HEADERS:
                continue
            assert isinstance(name, bytes)
            if name in _SECURE_HEADERS or (name == b"cookie" and len(value) < _SAFE_COOKIE):
                yield NeverIndexedHeaderTuple(name, value)
            else:
                yield _like(header, name, value)


# ---- the two ways, whole -----------------------------------------------------------------------------------------

def received(headers: Iterable[Header], flags: HeaderValidationFlags, normalize: bool, validate: bool,
             encoding: Any) -> list[Header]:
    """What an event gets of the list that the decoder gave."""
    if normalize:
        headers = normalize_inbound_headers(headers, flags)
    if validate:
        headers = validate_headers(headers, flags)
    if isinstance(encoding, str):
        headers = decode_headers(headers, encoding)
    return list(headers)


def sent(headers: Iterable[Header], flags: HeaderValidationFlags, normalize: bool, split_cookies: bool,
         validate: bool) -> list[Header]:
    """What the encoder gets of a list of headers of bytes."""
    if normalize:
        headers = normalize_outbound_headers(headers, flags, split_cookies)
    if validate:
        headers = validate_outbound_headers(headers, flags)
    return list(headers)


class SizeLimitDict(OrderedDict[int, Any]):
    """A dict that forgets its oldest items when it has more than `size_limit` (int; None: no limit).

    Source: h2.utilities.SizeLimitDict.
    """

    __module__ = _UPSTREAM

    def __init__(self, *args: dict[int, int], **kwargs: Any) -> None:
        self._size_limit = kwargs.pop("size_limit", None)
        super().__init__(*args, **kwargs)
        self._check_size_limit()

    def __setitem__(self, key: int, value: Any | int) -> None:
        super().__setitem__(key, value)
        self._check_size_limit()

    def _check_size_limit(self) -> None:
        if self._size_limit is not None:
            while len(self) > self._size_limit:
                self.popitem(last=False)
