"""What bench.server lets Hypercorn serve: a page of 2 KiB for every request. Also Hypercorn's configuration, and what
the other programs serve."""

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
METHOD = "/bench.Echo/Call"  # of the gRPC service
MESSAGE = b"m" * 120


async def app(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application without a lifespan."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
