"""Whole exchanges: a client and a server of the same implementation, wired to each other in memory. What is timed is
all that both do for a request and its response; the connection is open and has carried a request before.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from bench import stacks
from bench.implementations import Field, Implementation
from bench.measure import Case, Contender
from bench.stacks import Batch, Exchange, Received, Stack
from bench.workloads import Workload, workloads

EXCHANGES = 20  # in one run, at least
STREAMS = (1, 10, 100, 1_000)
BODIES = (0, 1024, 4096, 16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024)
OCTETS = 1024 * 1024  # of bodies in one run, unless EXCHANGES need more
PAGE = b"<p>Lorem ipsum dolor sit amet.</p>\n" * 59  # 2 KiB


def _workload(name: str) -> Workload:
    return next(each for each in workloads() if each.name == name)


def _answers(body: bytes) -> list[list[Field]]:
    """The header lists of a web server's responses, for that body."""
    length = (b"content-length", b"%d" % len(body))
    return [
        [length if field[0] == b"content-length" else field for field in headers]
        for headers in _workload("server responses").connections[0]
        if headers[0][1] == b"200"
    ]


def _upload(headers: list[Field]) -> bytes:
    """The body that a request announces, or one of 200 octets where it announces none."""
    fields = {name: value for name, value, *_ in headers}
    return b"" if fields[b":method"] == b"GET" else b"{" + b" " * (int(fields.get(b"content-length", 200)) - 2) + b"}"


def _exchanges(requests: list[list[Field]], download: bytes) -> list[Exchange]:
    answers = _answers(download)
    return [
        Exchange([field[:2] for field in headers], _upload(headers), answers[number % len(answers)], download, [])
        for number, headers in enumerate(requests)
    ]


def _calls() -> list[Exchange]:
    """gRPC: a message each way, and trailers."""
    message = b"\x00\x00\x00\x00\x78" + b"m" * 120
    answer = [(b":status", b"200"), (b"content-type", b"application/grpc"), (b"grpc-accept-encoding", b"identity")]
    trailers = [(b"grpc-status", b"0"), (b"grpc-message", b"")]
    requests = _workload("gRPC with binary metadata").connections[0]
    return [Exchange([field[:2] for field in headers], message, answer, message, trailers) for headers in requests]


def _assets() -> list[list[Field]]:
    return _workload("browser, 100th request").connections[0][1:]


def browsing() -> list[Exchange]:
    """A browser's visit: pages of 2 KiB."""
    return _exchanges(_assets(), PAGE)


@lru_cache(maxsize=1)
def _named() -> dict[str, list[Exchange]]:
    """Workloads: exchanges, one after the other on a connection."""
    def requests(name: str) -> list[list[Field]]:
        return _workload(name).connections[0]

    return {
        "browser, pages of 2 KiB": browsing(),
        "API with bearer tokens": _exchanges(requests("API with bearer tokens"), b"{}" * 150),
        "gRPC with binary metadata": _calls(),
        "cookies of 4 KiB, crumbs": _exchanges(requests("cookies of 4 KiB, crumbs"), PAGE),
        "a proxy's mix": _exchanges(requests("a proxy's mix"), PAGE),
    }


def _plain(received: list[Received]) -> list:
    """Header lists and whole bodies, in the order of the streams. h2 joins the crumbs of a cookie, ngh2 does not."""
    plain = []
    for batch in received:
        for (side, stream), parts in sorted(batch.items()):
            lists = [[tuple(field) for field in part] for part in parts if not isinstance(part, (bytes, memoryview))]
            body = b"".join(bytes(part) for part in parts if isinstance(part, (bytes, memoryview)))
            cookies = [b"; ".join(value for name, value in fields if name == b"cookie") for fields in lists]
            others = [[field for field in fields if field[0] != b"cookie"] for fields in lists]
            plain.append([side, stream, others, cookies, body])
    return plain


def _contender(stack: Stack, batches: list[Batch]) -> Contender:
    first = [batches[0][:1]]

    def state():
        pair = stack.pair()
        pair.drive(first)
        return pair

    return Contender(
        state,
        lambda pair: pair.drive(batches) and None,
        sum(map(len, batches)),
        lambda: {"what both sides received": _plain(state().drive(batches))},
    )


def _case(subject: str, name: str, batches: list[Batch], at: int | None = None) -> Case:
    contenders = {contender: _contender(stack, batches) for contender, stack in _stacks().items()}
    return Case(subject, name, "exchange", contenders, at=at)


@lru_cache(maxsize=1)
def _stacks() -> dict[str, Stack]:
    return stacks.contenders()


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """By workload, by streams at a time, by size of the response's body; `implementations` (of HPACK) have no say."""
    if not _stacks():
        return
    for name, exchanges in _named().items():
        yield _case("whole exchanges", name, [[exchange] for exchange in exchanges[:EXCHANGES]])
    small = _exchanges(_assets(), b"{}" * 50)
    for count in STREAMS:
        all_of_them = (small * (count // len(small) + 1))[: max(count, EXCHANGES)]
        batches = [all_of_them[first : first + count] for first in range(0, len(all_of_them), count)]
        yield _case("multiplexing", f"{count:,} stream{'s' * (count > 1)} at a time", batches, count)
    for size in BODIES:
        exchanges = _exchanges(_assets(), b"x" * size)[: max(4, min(EXCHANGES, OCTETS // max(1, size)))]
        yield _case("response bodies", _octets(size), [[exchange] for exchange in exchanges], size)


def _octets(size: int) -> str:
    """A size as people say it."""
    for unit, factor in (("MiB", 1024 * 1024), ("KiB", 1024)):
        if size >= factor:
            return f"{size // factor} {unit}"
    return f"{size} octets"
