"""How a connection behaves: H2Configuration, and the loggers that it takes."""
from __future__ import annotations

import sys

from fasth2.engine.config import BooleanOption, Configuration, enlist
from fasth2.engine.copying import reducer

_UPSTREAM = "h2.config"


class DummyLogger:
    """A logger that does nothing. A connection that has one does not even call it. Source: h2.config.DummyLogger."""

    __module__ = _UPSTREAM
    __reduce_ex__ = reducer(__name__)

    def __init__(self, *vargs) -> None:  # type: ignore[no-untyped-def]
        pass

    def debug(self, *vargs, **kwargs) -> None:  # type: ignore[no-untyped-def]
        """Nothing."""

    def trace(self, *vargs, **kwargs) -> None:  # type: ignore[no-untyped-def]
        """Nothing."""


class OutputLogger:
    """A logger that prints to `file`, a text stream, by default sys.stderr; traces only if `trace_level`.

    Source: h2.config.OutputLogger.
    """

    __module__ = _UPSTREAM
    __reduce_ex__ = reducer(__name__)

    def __init__(self, file=None, trace_level=False) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.file = file or sys.stderr
        self.trace_level = trace_level

    def debug(self, fmtstr, *args) -> None:  # type: ignore[no-untyped-def]
        print(f"h2 (debug): {fmtstr % args}", file=self.file)

    def trace(self, fmtstr, *args) -> None:  # type: ignore[no-untyped-def]
        if self.trace_level:
            print(f"h2 (trace): {fmtstr % args}", file=self.file)


class H2Configuration(Configuration):
    """What a connection is asked to do. Every option is an attribute too. Source: h2.config.H2Configuration.

    `client_side`: this side opened the connection. `header_encoding`: name of the encoding (str) in which events give
    header names and values; None or False for bytes. `validate_...headers`: header lists that RFC 9113 section 8
    forbids raise ProtocolError. `normalize_outbound_headers`: names are made lower-case, surrounding whitespace and
    connection-specific fields taken off, and fields that hold secrets are never indexed. `normalize_inbound_headers`:
    cookie fields are joined into one. `split_outbound_cookies`: a cookie field is sent in parts, which compress better
    (section 8.2.3). `logger`: an object with the methods `debug` and `trace`.

    ValueError for a value of another type.
    """

    __module__ = _UPSTREAM
    __reduce_ex__ = reducer(
        __name__, "client_side", "header_encoding", "validate_outbound_headers", "normalize_outbound_headers",
        "split_outbound_cookies", "validate_inbound_headers", "normalize_inbound_headers", "logger")

    client_side = BooleanOption("client_side")
    validate_outbound_headers = BooleanOption("validate_outbound_headers")
    normalize_outbound_headers = BooleanOption("normalize_outbound_headers")
    split_outbound_cookies = BooleanOption("split_outbound_cookies")
    validate_inbound_headers = BooleanOption("validate_inbound_headers")
    normalize_inbound_headers = BooleanOption("normalize_inbound_headers")

    def __init__(self,
                 client_side: bool = True,
                 header_encoding: bool | str | None = None,
                 validate_outbound_headers: bool = True,
                 normalize_outbound_headers: bool = True,
                 split_outbound_cookies: bool = False,
                 validate_inbound_headers: bool = True,
                 normalize_inbound_headers: bool = True,
                 logger: DummyLogger | OutputLogger | None = None) -> None:
        self.client_side = client_side
        self.header_encoding = header_encoding
        self.validate_outbound_headers = validate_outbound_headers
        self.normalize_outbound_headers = normalize_outbound_headers
        self.split_outbound_cookies = split_outbound_cookies
        self.validate_inbound_headers = validate_inbound_headers
        self.normalize_inbound_headers = normalize_inbound_headers
        self.logger = logger or DummyLogger(_UPSTREAM)


enlist(H2Configuration, DummyLogger)
