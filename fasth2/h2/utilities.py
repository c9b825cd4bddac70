"""`h2.utilities`."""
from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple  # noqa: F401
from fasth2.engine import headerlists as _headerlists
from fasth2.engine.faces import open_face as _open_face
from fasth2.engine.headerlists import (  # noqa: F401
    _ALLOWED_PSEUDO_HEADER_FIELDS,
    _CONNECT_REQUEST_ONLY_HEADERS,
    _REQUEST_ONLY_HEADERS,
    _RESPONSE_ONLY_HEADERS,
    _SECURE_HEADERS,
    CONNECTION_HEADERS,
    INFORMATIONAL_START,
    SIGIL,
    HeaderValidationFlags,
    SizeLimitDict,
    _to_bytes,
    authority_from_headers,
    extract_method_header,
    guard_increment_window,
    is_informational_response,
    normalize_inbound_headers,
    normalize_outbound_headers,
    utf8_encode_headers,
    validate_headers,
    validate_outbound_headers,
)
from fasth2.errors.h2 import FlowControlError, ProtocolError  # noqa: F401

__all__ = [
    "CONNECTION_HEADERS",
    "INFORMATIONAL_START",
    "SIGIL",
    "HeaderValidationFlags",
    "SizeLimitDict",
    "authority_from_headers",
    "extract_method_header",
    "guard_increment_window",
    "is_informational_response",
    "normalize_inbound_headers",
    "normalize_outbound_headers",
    "utf8_encode_headers",
    "validate_headers",
    "validate_outbound_headers",
]

_open_face(__name__, _headerlists)
