"""The demo's requests and the response that each must get. Client and server compute both from the same few facts."""
from dataclasses import dataclass
from hashlib import blake2b, shake_128

HOST, CERTIFICATE, KEY = "localhost", "certificate.pem", "key.pem"  # the files are in the working directory
AGENT = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
PAGE = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
IMAGE = b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
POLICY = b"default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self' 'unsafe-inline'"


@dataclass
class Kind:
    """A kind of resource: its path before and after a number, what a browser sends for it, what a site answers."""

    before: bytes
    after: bytes
    destination: bytes
    accept: bytes
    content_type: bytes
    caching: bytes
    octets: int
    status: int = 200

    def __post_init__(self):
        self.filler = shake_128(self.before + self.after).digest(self.octets)


KINDS = [
    Kind(b"/articles/", b"", b"document", PAGE, b"text/html; charset=utf-8", b"private, no-cache", 9_000),
    Kind(b"/static/", b"/app.js", b"script", b"*/*", b"text/javascript", b"public, max-age=31536000", 24_000),
    Kind(b"/icons/", b".svg", b"image", IMAGE, b"image/svg+xml", b"public, max-age=86400", 420),
    Kind(b"/images/", b".webp?width=320", b"image", IMAGE, b"image/webp", b"public, max-age=86400", 5_000),
    Kind(b"/api/items?page=", b"&sort=new", b"empty", b"application/json", b"application/json", b"no-store", 1_200),
    Kind(b"/api/items/", b"/comments", b"empty", b"application/json", b"application/json", b"no-store", 300),
    Kind(b"/telemetry?view=", b"", b"empty", b"*/*", b"", b"no-store", 0, status=204),
    Kind(b"/images/", b"/missing.png", b"image", IMAGE, b"text/plain; charset=utf-8", b"no-cache", 60, status=404),
]


def request(authority, client, number):
    """The header list (bytes pairs) of request `number` (int, from 0) of connection `client` (int) to `authority`."""
    kind = KINDS[number % len(KINDS)]
    return [
        (b":method", b"GET"),
        (b":authority", authority),
        (b":scheme", b"https"),
        (b":path", b"%s%d%s" % (kind.before, client * 1_000_000 + number, kind.after)),
        (b"sec-ch-ua", b'"Chromium";v="141", "Not?A_Brand";v="8"'),
        (b"sec-ch-ua-mobile", b"?0"),
        (b"sec-ch-ua-platform", b'"Linux"'),
        (b"user-agent", AGENT),
        (b"accept", kind.accept),
        (b"sec-fetch-site", b"same-origin"),
        (b"sec-fetch-mode", b"navigate" if kind.destination == b"document" else b"no-cors"),
        (b"sec-fetch-dest", kind.destination),
        (b"referer", b"https://%s/articles/%d" % (authority, number // 50)),
        (b"accept-encoding", b"gzip, deflate, br, zstd"),
        (b"accept-language", b"en-GB,en;q=0.9,de;q=0.7"),
        (b"cookie", b"session=%s" % _digest(b"session %d" % client)),
        (b"cookie", b"consent=essential+statistics"),
        (b"cookie", b"last_seen=%d" % (1_760_000_000 + number)),
        (b"cookie", b"csrf=%s" % _digest(b"csrf %d %d" % (client, number // 20))),
        (b"priority", b"u=1, i"),
    ]


def response(path, fields):
    """What the server owes to a request for `path` (bytes) with the header `fields` (bytes pairs).

    Returns status (int), header list (bytes pairs; `x-request-id` is a digest of the whole request) and body (bytes).
    """
    kind = next(kind for kind in KINDS if path.startswith(kind.before) and path.endswith(kind.after))
    body = b"%s\n%s" % (path, kind.filler) if kind.octets else b""
    headers = [(b"content-type", kind.content_type), (b"content-length", b"%d" % len(body))] if body else []
    headers += [
        (b"cache-control", kind.caching),
        (b"etag", b'"%s"' % _digest(path)),
        (b"vary", b"accept-encoding, cookie"),
        (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", _digest(_canonical(path, fields))),
    ]
    if kind.destination == b"document":
        headers += [(b"content-security-policy", POLICY), (b"set-cookie", b"seen=1; path=/; secure; httponly")]
    return kind.status, headers, body


def _canonical(path, fields):
    """One bytes object for a request, the same before and after cookies are joined to one field (RFC 9113 section
    8.2.3) and the pseudo-fields are taken out."""
    cookies = b"; ".join(value for name, value in fields if name == b"cookie")
    rest = [b"%s: %s" % field for field in fields if field[0] not in (b"cookie", b"host") and field[0][:1] != b":"]
    return b"\n".join([path, cookies, *rest])


def _digest(data):
    """16 hexadecimal digits (bytes) that stand for `data` (bytes)."""
    return blake2b(data, digest_size=8).hexdigest().encode()
