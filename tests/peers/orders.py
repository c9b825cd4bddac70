"""What is asked for and what is owed for it. A request's target says how it is to be answered, so that servers and
clients of any program need no other agreement:

    /17?size=300&trailers=1&push=2

asks for 300 octets of body, then trailers, and two pushed responses. Everything in a response follows from its target;
a request carries a digest of itself. So both ends can check every octet, and neither trusts the other.
"""
import json
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

TABLE_SIZES = (0, 256, 65_536, 100, 4_096)  # octets, in turn
TRAILER_CHECK = "x-body-digest"


@dataclass(frozen=True)
class Order:
    """A target, taken apart: `number` (int, its path), and (int, 0 for no)

    size: octets of the response's body.
    up: octets of the request's body.
    long: octets of one more response field, which does not fit into one frame.
    trailers: whether trailers follow the body.
    hints: how many informational responses (103) come first.
    push: how many responses the server pushes.
    reset: after how many octets the server resets the stream with INTERNAL_ERROR.
    hold: after how many octets the server stops and waits for the client to cancel.
    table: the size + 1 that the server gives its decoder's table before it answers.
    goaway: whether the server sends GOAWAY, finishes what it has begun, and closes the connection.
    """

    number: int
    size: int = 0
    up: int = 0
    long: int = 0
    trailers: int = 0
    hints: int = 0
    push: int = 0
    reset: int = 0
    hold: int = 0
    table: int = 0
    goaway: int = 0

    @classmethod
    def parse(cls, target):
        """The order that `target` (str) stands for. ValueError or TypeError if it is none."""
        path, _, query = target.partition("?")
        return cls(int(path[1:]), **{name: int(value) for name, value in parse_qsl(query, strict_parsing=bool(query))})

    @property
    def target(self):
        """The target (str) that parse() understands."""
        query = urlencode({entry.name: getattr(self, entry.name) for entry in fields(self)[1:]
                           if getattr(self, entry.name)})
        return f"/{self.number}" + (f"?{query}" if query else "")

    @property
    def headers(self):
        """The response's fields, without :status: a list of (name, value), both str. Some names and most values
        change from order to order, so that tables fill and evict."""
        digest = sha256(self.target.encode()).hexdigest()
        number = self.number
        headers = [
            ("content-type", "application/octet-stream"),
            ("cache-control", f"max-age={number % 7 * 60}"),
            ("etag", f'"{digest[:16]}"'),
            ("x-number", str(number)),
            (f"x-field-{number % 40}", "v" * (number * 37 % 200) + digest[16:32]),
            ("set-cookie", f"view={number}; path=/; secure"),
            ("set-cookie", f"token={digest[32:]}; path=/; httponly"),
            ("x-secret", digest[8:24]),
        ]
        if not (self.reset or self.hold or self.trailers):  # curl, for one, reads no further than content-length
            headers.insert(1, ("content-length", str(self.size)))
        if self.long:
            headers.append(("x-long", (digest * (self.long // 64 + 1))[:self.long]))
        return headers

    @property
    def informational(self):
        """The fields of each informational response: a list of lists of (name, value)."""
        return [[("link", f"</style-{self.number}-{count}.css>; rel=preload")] for count in range(self.hints)]

    @property
    def trailing(self):
        """The response's trailers: a list of (name, value)."""
        return [(TRAILER_CHECK, digest(body(self.size))), ("x-last", str(self.number))] if self.trailers else []

    @property
    def pushed(self):
        """The orders (list) of the responses that are to be pushed."""
        numbers = [self.number * 10 + count for count in range(self.push)]
        return [Order(1_000_000 + number, size=number) for number in numbers]


SECRETS = {"x-secret"}  # fields that must never be indexed


def body(size):
    """`size` octets (bytes). Its period is a prime number: no frame that is lost or swapped goes unseen."""
    period = bytes((place + size) & 255 for place in range(251))
    return (period * (size // 251 + 1))[:size]


def digest(octets):
    """The SHA-256 of `octets` (bytes) in hexadecimal digits (str)."""
    return sha256(octets).hexdigest()


def fields_digest(headers):
    """The digest (str) of the fields of a request that its sender chose: x-… but x-check, and the cookies, which may be
    split on their way (RFC 9113 section 8.2.3)."""
    chosen = [f"{name}: {value}" for name, value in headers
              if name.startswith("x-") and name != "x-check" and not name.startswith("x-forwarded")]
    cookies = "; ".join(value for name, value in headers if name == "cookie")
    return digest("\n".join([*sorted(chosen), cookies]).encode())


@dataclass
class Request:
    """A request to send: `method`, `target` (str), `headers` (list of (name, value), without pseudo-fields), `up`
    (int, octets of its body, which is body(up)), `trailers` (whether it ends with a TRAILER_CHECK)."""

    method: str
    target: str
    headers: list = field(default_factory=list)
    up: int = 0
    trailers: bool = False

    @property
    def order(self):
        return Order.parse(self.target)

    def line(self):
        """A line (str) for drivers of other languages: words between tabs, the fields last, each as name: value."""
        words = [self.method, self.target, str(self.up), "1" if self.trailers else "0"]
        return "\t".join([*words, *[f"{name}: {value}" for name, value in self.headers]])

    @classmethod
    def parse(cls, line):
        """The Request that line() wrote."""
        method, target, up, trailers, *fields = line.rstrip("\n").split("\t")
        return cls(method, target, [tuple(pair.split(": ", 1)) for pair in fields], int(up), trailers == "1")


def request(order, *, trailers=False):
    """The Request for `order`."""
    number = order.number
    headers = [
        ("x-target", order.target),
        ("x-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"),
        (f"x-wanted-{number % 30}", "w" * (number * 29 % 150) + str(number)),
        ("cookie", f"session={digest(b'%d' % (number // 100))[:32]}; view={number}; theme=dark"),
    ]
    headers.append(("x-check", fields_digest(headers)))
    return Request("POST" if order.up or trailers else "GET", order.target, headers, order.up, trailers)


# What a plan may ask for, beyond bodies and response trailers. Not every program can do or show all of it.
FEATURES = frozenset({"upload", "request trailers", "hints", "push", "reset", "hold", "long", "table", "goaway"})


def plan(count, features=frozenset(), first=0):
    """`count` Requests (list) with everything in them that `features` (set of FEATURES) allow. Big bodies are rare."""
    unknown = {*features} - FEATURES
    if unknown:
        raise ValueError(f"no such features: {unknown}")
    return [_planned(number, count, features) for number in range(first, first + count)]


def _planned(number, count, features):
    big = number % 100
    size = (0, 1, 300, 2_000, 5_000, 17_000)[number % 6] + number % 6 * number
    asked = {
        "size": 1_000_000 + number if big == 50 else size,
        "trailers": number % 7 == 2,
    }
    if number % 5 == 3 and "upload" in features:
        asked["up"] = 700_000 + number if big == 53 else (1, 10, 3_000, 20_000)[number // 5 % 4] + number
    if number % 11 == 5 and "hints" in features:
        asked["hints"] = 1 + number % 2
    if number % 13 == 4 and "push" in features:
        asked["push"] = 1 + number % 2
    if number % 41 == 10 and "long" in features:
        asked["long"] = 20_000
    if number % 37 == 12 and "table" in features:
        asked["table"] = 1 + TABLE_SIZES[number // 37 % len(TABLE_SIZES)]
    if number % count in (count // 3, count * 2 // 3) and "goaway" in features:
        asked["goaway"] = 1
    elif number % 29 == 6 and "reset" in features:
        asked |= {"size": 70_000 + number, "reset": 20_000, "trailers": 0}
    elif number % 31 == 9 and "hold" in features:
        asked |= {"size": 70_000 + number, "hold": 20_000, "trailers": 0}
    order = Order(number, **{name: int(value) for name, value in asked.items()})
    return request(order, trailers="request trailers" in features and "up" in asked and number // 5 % 3 == 0)


class Wrong(AssertionError):
    """One end has not got what the other owed it. The message says what."""


def check_request(target, headers, octets, trailers):
    """Raise Wrong unless a server got what the client sent: `target` (str), `headers`, `trailers` (lists of (name,
    value), both str), `octets` (bytes, the body)."""
    order = Order.parse(target)
    named = dict(headers)
    if "x-check" in named and named["x-check"] != fields_digest(headers):
        raise Wrong(f"{target}: request fields changed on their way: {headers}")
    if named.get("x-target", target) != target:
        raise Wrong(f"{target}: fields of another request: {headers}")
    if octets != body(order.up):
        raise Wrong(f"{target}: a wrong request body of {len(octets)} octets")
    if any(value != digest(octets) for name, value in trailers if name == TRAILER_CHECK):
        raise Wrong(f"{target}: wrong request trailers: {trailers}")


@dataclass
class Record:
    """What a client saw for one request. Drivers print one a line, as JSON.

    target: str. status: int. headers, trailers: lists of [name, value]; None for what the program does not show.
    informational: list of lists of [name, value]. octets: int, and sha256: str, of the body. never_indexed: list of
    str, the names of response fields that came as such. pushed: whether the response was pushed. failure: str, why
    there is no whole response; "cancelled" where the client gave up.
    """

    target: str
    status: int = 0
    headers: list | None = None
    trailers: list | None = None
    informational: list | None = None
    octets: int = 0
    sha256: str | None = None
    never_indexed: list | None = None
    pushed: bool = False
    failure: str = ""

    def line(self):
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, line):
        return cls(**json.loads(line))


def check_records(requests, records, *, added=(), hidden=(), secrets=SECRETS, sorted_headers=False):
    """Raise Wrong unless `records` (list of Record) are what is owed for `requests` (list of Request): one for each,
    and pushes that were asked for. `added` names response fields that a server adds of its own, `hidden` those that the
    client does not show. `secrets` names those that must have come as never indexed, None where the server cannot say
    so; `sorted_headers` says that the client does not keep the order of fields of different names."""
    asked = [request.order for request in requests]
    owed = sorted(order.target for order in asked)
    got = sorted(record.target for record in records if not record.pushed)
    if got != owed:
        raise Wrong(f"missing: {sorted({*owed} - {*got})[:5]}, unexpected: {sorted({*got} - {*owed})[:5]}, "
                    f"{len(got)} responses to {len(owed)} requests")
    pushable = {pushed.target for order in asked for pushed in order.pushed}
    for record in records:
        if record.pushed and record.target not in pushable:
            raise Wrong(f"{record.target}: pushed, but nobody asked for it")
        order = Order.parse(record.target)
        if not (order.reset and record.status == 0 and record.failure):  # programs may drop what came before a reset
            arrange = sorted if sorted_headers else list
            _check_head(order, record, added, hidden, secrets, arrange)
            _check_rest(order, record, arrange)


def _same(record, what, got, owed):
    if got != owed:
        raise Wrong(f"{record.target}: {what} is {str(got)[:600]}, not {str(owed)[:600]}")


def _check_head(order, record, added, hidden, secrets, arrange):
    _same(record, "status", record.status, 200)
    if record.headers is not None:
        got = [tuple(pair) for pair in record.headers if pair[0] not in added]
        _same(record, "headers", arrange(got), arrange(pair for pair in order.headers if pair[0] not in hidden))
    if record.never_indexed is not None and secrets is not None:
        _same(record, "never indexed", {*record.never_indexed}, {*secrets})
    if record.informational is not None:
        got = [[tuple(pair) for pair in one if pair[0] not in added] for one in record.informational]
        _same(record, "informational responses", got, order.informational)


def _check_rest(order, record, arrange):
    if order.hold or order.reset:
        if not record.failure:
            raise Wrong(f"{record.target}: ended as if it were whole")
        if not 0 <= record.octets <= (order.hold or order.reset):
            raise Wrong(f"{record.target}: {record.octets} octets")
        _same(record, "failure", record.failure == "cancelled", bool(order.hold))
        return
    _same(record, "failure", record.failure, "")
    _same(record, "octets", record.octets, order.size)
    if record.sha256 is not None:
        _same(record, "body's digest", record.sha256, digest(body(order.size)))
    if record.trailers is not None:
        _same(record, "trailers", arrange(map(tuple, record.trailers)), arrange(order.trailing))
