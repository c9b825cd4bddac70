"""The requests that every program gets, and what the examples of docs/recipes.md must answer to them.

A request with a body gets that body back, one without gets its header fields as text; both get their `x-` fields back.
Imports nothing but the standard library: the driver processes use it too.
"""
from dataclasses import dataclass
from hashlib import blake2b, shake_128

REQUESTS = 1000
SIZES = [0, 1, 0, 100, 0, 1500, 0, 20_000, 0, 70_000]  # of bodies in turn; the last is larger than a stream's window
HUGE = 600_000                                         # of every 250th body
ODD = "!#$%&'*+-.^_`|~ \"(),/:;<=>?@[]{}\\ end"        # what Huffman coding makes longer


class Wrong(AssertionError):
    """A response is not the one that is owed. The message says how."""


@dataclass
class Response:
    """What came back: status (int), fields (list of (str, str)), body (bytes), trailers (as fields; None: not seen)."""

    status: int
    fields: list
    body: bytes
    trailers: list | None = None


class Exchange:
    """Request `number` (int): method, path (str), fields (list of (str, str)) and body (bytes, `largest` at most)."""

    def __init__(self, number, largest=HUGE):
        self.number = number
        size = HUGE if number % 250 == 249 else SIZES[number % len(SIZES)]
        self.body = shake_128(b"%d" % number).digest(min(size, largest))
        self.method = "POST" if self.body else "GET"
        self.path = f"/echo/{number}?page={number // 20}&sort=new"
        self.fields = list(fields(number))

    def __repr__(self):
        return f"{self.method} {self.path}"

    def echoed(self):
        """The fields that come back in the response."""
        return [field for field in self.fields if field[0].startswith("x-")]

    def check(self, response):
        """Raise Wrong unless `response` (Response) is the one that is owed."""
        if response.status != 200:
            raise Wrong(f"{self}: status {response.status}, {response.body[:500]!r}")
        self._compare("fields", [field for field in response.fields if field[0].startswith("x-")], self.echoed())
        if self.body:
            if response.body != self.body:
                raise Wrong(f"{self}: a wrong body of {len(response.body)} octets where {len(self.body)} are right")
        else:
            text = response.body.decode("latin-1").splitlines()
            sent = {name for name, _ in self.fields}
            lines = [tuple(line.split(": ", 1)) for line in text]
            lines = [line for line in lines if line[0].startswith("x-") or line[0] in sent]
            self._compare("fields of the request as the server saw them", lines, self.fields)
        if response.trailers is not None:
            self._compare("trailers", response.trailers, [("x-octets", str(len(response.body)))])

    def _compare(self, what, found, owed):
        """Raise Wrong unless the two lists hold the same pairs, in whatever order."""
        missing, extra = [pair for pair in owed if pair not in found], [pair for pair in found if pair not in owed]
        if missing or extra or len(found) != len(owed):
            raise Wrong(f"{self}: {what}: {len(found)} for {len(owed)}, missing {missing!r}, not owed {extra!r}")


def exchanges(count=REQUESTS, largest=HUGE):
    """The first `count` (int) of the requests, with bodies of `largest` (int) octets at most."""
    return [Exchange(number, largest) for number in range(count)]


def fields(number):
    """Header fields of request `number`: some the same each time, some now and then, some never; tables of 4,096
    octets fill within thirty requests, and now and then one field empties them."""
    yield "x-client", "recipes/1.0 (an example; the same in each request)"
    yield "x-number", str(number)
    yield "x-trace", digest(number, 16)
    yield "x-page", f"/articles/{number // 20}"
    yield f"x-field-{number % 97}", f"value {number % 7}"
    yield "accept", ["*/*", "application/json", "text/html, */*;q=0.8"][number % 3]
    yield "authorization", f"Bearer {digest(number // 10, 20)}"  # which h2 never indexes
    yield "cookie", f"a={number % 3}" if number % 5 == 0 else f"session={digest(number // 50, 16)}; seen={number}"
    if number % 4 == 0:
        yield "x-empty", ""
    if number % 6 == 0:
        yield "x-odd", ODD * (1 + number % 3)
    if number % 9 == 0:
        yield "x-long", digest(number, 32) * (number % 40)
    if number % 100 == 99:
        yield "x-longer-than-the-table", digest(number, 32) * 80


def digest(number, octets):
    """Hexadecimal digits (str) that stand for `number` (int)."""
    return blake2b(b"%d" % number, digest_size=octets).hexdigest()
