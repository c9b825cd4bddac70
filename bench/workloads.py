"""Named inputs that a user of HTTP/2 recognises, the same in every run.

A workload is a set of connections; a connection is the sequence of header lists that one encoder writes and one decoder
reads. h2's habit is followed: `authorization` and short cookies are never indexed.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from bench.implementations import Field, upstream

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))  # last: only `support` is to be found there

from support import recorded

HeaderList = list[Field]
Connection = list[HeaderList]

_TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEX = "0123456789abcdef"
_DATE = b"Tue, 04 Nov 2025 09:%02d:%02d GMT"
_CHROME = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@dataclass(frozen=True)
class Workload:
    """One named input.

    name: a few words; about: what it stands for.
    connections: header lists for each connection.
    warm: so many header lists at the start of each connection bring the tables up and are not timed.
    recorded: header blocks of a recording, connection by connection; None: upstream's encoder writes them.
    """

    name: str
    about: str
    connections: list[Connection]
    warm: int = 0
    recorded: list[list[bytes]] | None = None

    @property
    def fields(self) -> int:
        """Header fields that are timed."""
        return sum(len(headers) for connection in self.connections for headers in connection[self.warm :])

    @property
    def size(self) -> int:
        """Octets of all header lists, warming up included, by the measure of RFC 7541 section 4.1."""
        return sum(
            32 + len(field[0]) + len(field[1])
            for connection in self.connections
            for headers in connection
            for field in headers
        )

    def blocks(self) -> list[list[bytes]]:
        """The header blocks, connection by connection."""
        return self.recorded or [_written(connection) for connection in self.connections]


writer = upstream  # gives the implementation that writes header blocks; which one, bench.kernels chooses otherwise


def _written(connection: Connection) -> list[bytes]:
    encoder = writer().Encoder()
    return [encoder.encode(headers) for headers in connection]


def text(random: Random, length: int, alphabet: str = _TOKEN) -> bytes:
    """Letters of an alphabet, as tokens have them."""
    return "".join(random.choices(alphabet, k=length)).encode()


def _cookie(random: Random, octets: int) -> list[bytes]:
    """Crumbs whose sum, joined by "; ", has the given length."""
    crumbs, left = [], octets
    while left:
        length = min(left, random.choice((24, 40, 60, 96, 180)))
        if left - length - 2 < 16:
            length = left
        key = random.choice((b"_ga_", b"sid_", b"pref_", b"exp_")) + text(random, 6)
        crumbs.append(key + b"=" + text(random, length - len(key) - 1))
        left -= length if length == left else length + 2
    return crumbs


def _request(method: bytes, path: bytes, authority: bytes = b"www.example.com") -> HeaderList:
    return [(b":method", method), (b":authority", authority), (b":scheme", b"https"), (b":path", path)]


def _page(path: bytes) -> HeaderList:
    return _request(b"GET", path) + [
        (b"sec-ch-ua", b'"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"'),
        (b"sec-ch-ua-mobile", b"?0"),
        (b"sec-ch-ua-platform", b'"Linux"'),
        (b"upgrade-insecure-requests", b"1"),
        (b"user-agent", _CHROME),
        (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
        (b"sec-fetch-site", b"none"),
        (b"sec-fetch-mode", b"navigate"),
        (b"sec-fetch-user", b"?1"),
        (b"sec-fetch-dest", b"document"),
        (b"accept-encoding", b"gzip, deflate, br, zstd"),
        (b"accept-language", b"en-GB,en;q=0.9,de;q=0.8"),
        (b"priority", b"u=0, i"),
    ]


def _asset(random: Random, number: int, cookies: list[bytes]) -> HeaderList:
    kind, suffix, accept, priority = random.choice(
        (
            (b"script", b"js", b"*/*", b"u=1"),
            (b"style", b"css", b"text/css,*/*;q=0.1", b"u=0"),
            (b"image", b"webp", b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", b"u=5, i"),
        )
    )
    path = b"/assets/%s/%s.%d.%s" % (kind, text(random, 8, _HEX), number, suffix)
    return _request(b"GET", path) + [
        (b"sec-ch-ua-platform", b'"Linux"'),
        (b"user-agent", _CHROME),
        (b"sec-ch-ua", b'"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"'),
        (b"sec-ch-ua-mobile", b"?0"),
        (b"accept", accept),
        (b"sec-fetch-site", b"same-origin"),
        (b"sec-fetch-mode", b"no-cors"),
        (b"sec-fetch-dest", kind),
        (b"referer", b"https://www.example.com/shop/%d" % (number // 20)),
        (b"accept-encoding", b"gzip, deflate, br, zstd"),
        (b"accept-language", b"en-GB,en;q=0.9,de;q=0.8"),
        (b"priority", priority),
        *((b"cookie", crumb) for crumb in cookies),
    ]


def _browser() -> Iterator[Workload]:
    random = Random(1)
    yield Workload("browser, first request", "a page, on a new connection", [[_page(b"/")]])
    cookies = _cookie(random, 180)
    visit = [_page(b"/")] + [_asset(random, number, cookies) for number in range(1, 100)]
    yield Workload("browser, 100th request", "an asset, 99 requests later on the connection", [visit], warm=99)


def _api() -> Workload:
    random = Random(2)
    token = b"Bearer " + b".".join(text(random, length) for length in (48, 420, 342))
    calls = []
    for number in range(50):
        path = b"/v2/accounts/%d/orders" % random.randrange(10**6)
        body = [(b"content-type", b"application/json"), (b"content-length", b"%d" % random.randrange(40, 4000))]
        calls.append(
            _request(b"POST" if number % 2 else b"GET", path, b"api.example.com")
            + [
                (b"accept", b"application/json"),
                (b"accept-encoding", b"gzip, deflate"),
                (b"user-agent", b"python-httpx/0.28.1"),
                (b"authorization", token, True),
                (b"x-request-id", text(random, 32, _HEX)),
                (b"traceparent", b"00-%s-%s-01" % (text(random, 32, _HEX), text(random, 16, _HEX))),
            ]
            + (body if number % 2 else [])
        )
    return Workload("API with bearer tokens", "50 calls, each with a token of 819 octets, never indexed", [calls])


def _grpc() -> Workload:
    random = Random(3)
    calls = [
        [
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":path", b"/inventory.v1.Inventory/" + random.choice((b"Get", b"List", b"Reserve"))),
            (b":authority", b"inventory.internal:50051"),
            (b"te", b"trailers"),
            (b"content-type", b"application/grpc"),
            (b"user-agent", b"grpc-python-grpclib/0.4.9"),
            (b"grpc-timeout", b"%dm" % random.randrange(900, 1000)),
            (b"grpc-accept-encoding", b"identity,deflate,gzip"),
            (b"grpc-trace-bin", text(random, 39, _TOKEN)),
            (b"session-context-bin", text(random, 128, _TOKEN)),
        ]
        for _ in range(50)
    ]
    return Workload("gRPC with binary metadata", "50 calls with two base64 values that never repeat", [calls])


def _cookies() -> Iterator[Workload]:
    random = Random(4)
    crumbs = _cookie(random, 4096)
    joined = [(b"cookie", b"; ".join(crumbs))]
    about = "20 requests with the same 4,096 octets of cookies, "
    pages = [_page(b"/shop/%d" % number) for number in range(20)]
    yield Workload("cookies of 4 KiB, one field", about + "larger than the table", [[page + joined for page in pages]])
    split = [(b"cookie", crumb) for crumb in crumbs]
    yield Workload("cookies of 4 KiB, crumbs", about + "split as browsers do", [[page + split for page in pages]])


def _responses() -> Workload:
    random = Random(5)
    answers = []
    for number in range(60):
        kind = random.choice((b"text/html; charset=utf-8", b"application/json", b"image/webp", b"text/css"))
        answer = [
            (b":status", random.choice((b"200",) * 8 + (b"304", b"404"))),
            (b"date", _DATE % divmod(number // 4, 60)),
            (b"server", b"hypercorn-h2"),
            (b"content-type", kind),
            (b"content-length", b"%d" % random.randrange(100, 90000)),
            (b"last-modified", _DATE % (random.randrange(60), random.randrange(60))),
            (b"etag", b'"%s"' % text(random, 16, _HEX)),
            (b"cache-control", random.choice((b"no-cache", b"public, max-age=31536000, immutable"))),
            (b"vary", b"accept-encoding"),
            (b"strict-transport-security", b"max-age=63072000; includeSubDomains; preload"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if number % 10 == 0:
            answer.append((b"set-cookie", b"sid=%s; Path=/; Secure; HttpOnly; SameSite=Lax" % text(random, 43)))
        answers.append(answer)
    return Workload("server responses", "60 responses of a web server on one connection", [answers])


def _proxy() -> Workload:
    random = Random(6)
    clients = [
        (
            b"203.0.113.%d" % random.randrange(1, 255),
            b"Mozilla/5.0 (%s) Gecko/20100101 Firefox/%d.0" % (text(random, 24), random.randrange(120, 146)),
            b"sid=" + text(random, random.choice((32, 64, 300))),
        )
        for _ in range(25)
    ]
    requests = []
    for number in range(100):
        address, agent, cookie = random.choice(clients)
        path = b"/%s/%s?page=%d" % (random.choice((b"shop", b"blog", b"api")), text(random, 12), number)
        requests.append(
            _request(random.choice((b"GET", b"GET", b"GET", b"POST")), path)
            + [
                (b"user-agent", agent),
                (b"accept", random.choice((b"*/*", b"application/json", b"image/avif,image/webp,*/*;q=0.8"))),
                (b"accept-encoding", b"gzip, deflate, br"),
                (b"cookie", cookie),
                (b"x-forwarded-for", address),
                (b"x-forwarded-proto", b"https"),
                (b"via", b"2.0 edge-%d.example.net" % random.randrange(4)),
                (b"x-request-id", text(random, 32, _HEX)),
            ]
        )
    return Workload("a proxy's mix", "100 requests of 25 clients on one connection to an origin", [requests])


def corpus_folder() -> Path:
    """Where the recorded stories are looked for."""
    default = Path(__file__).resolve().parents[2] / "shared" / "corpus"
    return Path(os.environ.get("FASTH2_CORPUS") or default) / "hpack"


def _stories(folder: Path) -> list[list[dict]]:
    return [json.loads(path.read_text("utf-8"))["cases"] for path in sorted(folder.glob("story_*.json"))]


def _recorded() -> Iterator[Workload]:
    """The browsing sessions of http2jp/hpack-test-case, with the wire that nghttp2 wrote, when they are there."""
    stories = _stories(corpus_folder() / "nghttp2")
    if stories:
        lists = [
            [
                [(name.encode(), value.encode()) for header in case["headers"] for name, value in header.items()]
                for case in story
            ]
            for story in stories
        ]
        wire = [[bytes.fromhex(case["wire"]) for case in story] for story in stories]
        yield Workload("recorded stories", f"{len(stories)} browsing sessions, wire by nghttp2", lists, recorded=wire)


def _programs() -> Iterator[Workload]:
    """The project's own corpus, with the wire of each program: text, for decoders of the default table size."""
    lists, wire = [], []
    for path in recorded.FILES:
        for connection in recorded.load(path)[1]:
            for sender in recorded.OTHER:
                steps = [(what, value) for what, side, value in connection.compression() if side == sender]
                frames = [value for what, value in steps if what == "block"]
                if len(frames) < 8 or any(what == "limit" and value > 4096 for what, value in steps):
                    continue
                if not all(text.isascii() for frame in frames for field in frame.headers for text in field[:2]):
                    continue  # gRPC's raw values, which no decoder gives as str
                lists.append([[_octets(*field) for field in frame.headers] for frame in frames])
                wire.append([frame.header_block for frame in frames])
    about = f"{len(lists)} directions of connections of curl, node, Java, Chromium, gRPC, Go, Rust and others"
    yield Workload("recorded programs", about, lists, recorded=wire)


def _octets(name: str, value: str, *sensitive: bool) -> Field:
    return (name.encode("latin-1"), value.encode("latin-1"), *sensitive)


@lru_cache(maxsize=1)
def workloads() -> tuple[Workload, ...]:
    """All workloads; the recorded stories last, where they can be found (environment: FASTH2_CORPUS)."""
    return (*_browser(), _api(), _grpc(), *_cookies(), _responses(), _proxy(), *_programs(), *_recorded())
