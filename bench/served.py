"""What bench.server lets Hypercorn serve: a page of 2 KiB for every request, or 1 KiB with few fields. Also Hypercorn's
configuration, and what the other programs serve."""

from typing import Any

keep_alive_max_requests = 2**31  # not a new connection every 1,000 requests

BODY = b"<p>Lorem ipsum dolor sit amet.</p>\n" * 59
HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-length", b"%d" % len(BODY)),
    (b"cache-control", b"private, no-cache"),
    (b"etag", b'"5d8c72a5edda8d6a"'),
    (b"vary", b"accept-encoding, cookie"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"set-cookie", b"seen=1; path=/; secure; httponly"),
]
PLAIN = "/plain"  # the path of the 1 KiB
OCTETS = b"0123456789abcde\n" * 64
FEW = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(OCTETS))]
METHOD = "/bench.Echo/Call"  # of the gRPC service
MESSAGE = b"m" * 120


async def app(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application without a lifespan."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    headers, body = (FEW, OCTETS) if scope["path"] == PLAIN else (HEADERS, BODY)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
