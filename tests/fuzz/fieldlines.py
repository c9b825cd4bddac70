"""Header lists for connection scripts: what clients and servers send, and what h2 is to refuse or to put right."""
from fuzz.blocks import octets, string

NAMES = [b"accept", b"cookie", b"user-agent", b"x-request-id", b"cache-control", b"authorization", b"te", b"x-a"]
VALUES = [b"", b"*/*", b"trailers", b"a=1; b=2", b"v" * 60, b"w" * 700, b"secret", b"no-cache"]
PSEUDO = [b":method", b":path", b":scheme", b":authority", b":status", b":protocol"]
STATUSES = [b"200", b"200", b"200", b"404", b"304", b"204", b"103", b"100", b"101", b"1", b"abc", b""]

# Each is refused, changed or let pass by a rule of RFC 9113 section 8, or comes near to it.
ODD = [
    (b"Upper", b"x"), (b"connection", b"close"), (b"keep-alive", b"5"), (b"proxy-connection", b"x"),
    (b"transfer-encoding", b"chunked"), (b"upgrade", b"h2c"), (b"te", b"gzip"), (b"te", b"Trailers"), (b":late", b""),
    (b"", b"x"), (b"", b""), (b" spaced ", b" value "), (b"x", b"\tv"), (b"x", b"v "), (b"x", b"line\nfeed"),
    (b"x", b"zero\0"), (b"x", b"carriage\rreturn"), (b"a:b", b"c"), (b":", b""), (b"x\x7f", b"y"), (b"\xff", b"y"),
    (b"x", b"\xff"), (b"x", "ü".encode()), (b"host", b"example.com"), (b"host", b"other.org"), (b"Host", b"other"),
    (b"content-length", b"0"), (b"content-length", b"5"), (b"content-length", b"10"), (b"content-length", b"-1"),
    (b"content-length", b"+1"), (b"content-length", b"1x"), (b"content-length", b""), (b"content-length", b"9" * 30),
    (b"content-length", b"1" * 5000),  # more than int() takes
    (b"cookie", b"a=1"), (b"cookie", b"b=2; c=3"), (b"cookie", b"longer=" + b"c" * 40), (b"Cookie", b"d=4"),
    (b"Authorization", b"Basic x"), (b"proxy-authorization", b"x"), (b":protocol", b"websocket"), (b":path", b""),
    (b":path", b"/again"), (b":status", b"200"), (b":status", b"100"), (b":method", b"CONNECT"), (b":authority", b""),
    (b":Method", b"GET"), (b":custom", b"x"), (b"x" * 300, b"y" * 3000), (b"expect", b"100-continue"),
]


def ordinary_fields(rng):
    """[(name, value), ...] after the pseudo-fields, none of them wrong."""
    own = [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randint(0, 5))]
    own = [(name, b"trailers" if name == b"te" else value) for name, value in own]
    if rng.random() < 0.2:
        own.append((b"x-" + octets(rng, 8).hex().encode(), octets(rng, 20).hex().encode()))
    if rng.random() < 0.15:
        own.append((b"content-length", rng.choice([b"0", b"1", b"10", b"300", b"600"])))
    return own + (odd_fields(rng) if rng.random() < 0.06 else [])


def odd_fields(rng):
    """Some of ODD."""
    return [rng.choice(ODD) for _ in range(rng.randint(1, 3))]


def request_headers(rng):
    """A request's list, of a CONNECT at times; one in twelve lacks a pseudo-field or has them in another order."""
    method = rng.choice([b"GET", b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT"])
    path = rng.choice([b"/", b"/index.html", b"/a?b=c", b"/" + b"p" * 200])
    fields = [(b":method", method), (b":path", path), (b":scheme", b"https"), (b":authority", b"example.com")]
    if method == b"CONNECT" and rng.random() < 0.8:
        fields = [fields[0], fields[3]] if rng.random() < 0.5 else [*fields, (b":protocol", b"websocket")]
    if rng.random() < 0.08:
        fields.pop(rng.randrange(len(fields)))
        rng.shuffle(fields)
    host = [(b"host", rng.choice([b"example.com", b"example.com", b"other.org"]))] if rng.random() < 0.15 else []
    return [*fields, *host, *ordinary_fields(rng)]


def answer_headers(rng):
    """(a response's list, whether it is informational)."""
    status = rng.choice(STATUSES) if rng.random() < 0.9 else b"200"
    fields = [(b":status", status), *ordinary_fields(rng)]
    return fields, status.startswith(b"1")


def literal_block(fields):
    """A header block that changes no table (RFC 7541 section 6.2.2)."""
    return b"".join(b"\x00" + string(name, False) + string(value, False) for name, value in fields)
