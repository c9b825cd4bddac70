"""One side of a connection: what a server, and what a client, spends on requests and on bodies. fasth2 is fasth2's own
h2 here; h2 as it is, h2 on fasth2's codecs, jh2's fork of it and ngh2 (nghttp2 in C) do the same work.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any

from bench import stacks
from bench.implementations import Field, Implementation
from bench.measure import DOUBLED, SUBJECT, Case, Contender
from bench.sides import Peer, Side, sides

REQUEST: list[Field] = [
    (b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"www.example.com"),
    (b":path", b"/articles/42?page=2"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"accept-language", b"en-US,en;q=0.5"), (b"accept-encoding", b"gzip, deflate, br"),
    (b"cookie", b"session=0123456789abcdef0123456789abcdef; theme=dark"), (b"cache-control", b"no-cache"),
]
RESPONSE: list[Field] = [
    (b":status", b"200"), (b"server", b"hypercorn-h2"), (b"date", b"Sun, 22 Nov 2026 09:00:00 GMT"),
    (b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"1024"),
    (b"cache-control", b"max-age=3600"), (b"vary", b"accept-encoding"),
]
BODY = b"x" * 1024
REQUESTS = 100  # in one run, at least
PIECE = b"d" * 16_384  # of a body: a whole frame
PIECES = 640  # in one run: 10 MiB
AT_ONCE = (1, 100, 1_000)
MANY = 500  # streams, and then twice as many
FLOORS = {"h2": 10.0}
GROWTH = 2.2  # twice the streams at once may take so many times as long

Keep = Callable[[bytes], Any]


def _nothing(octets: Any) -> None:
    """Where octets go that nobody wants."""


@cache
def _written(batches: int, at_once: int) -> tuple[bytes, bytes, list[bytes], list[bytes]]:
    """What both sides say first, and what they say for so many batches of requests."""
    client, server, *hello = Peer().pair()
    asked, answered = [], []
    for _ in range(batches):
        streams = []
        for _ in range(at_once):
            streams.append(client.get_next_available_stream_id())
            client.send_headers(streams[-1], REQUEST, end_stream=True)
        asked.append(client.data_to_send())
        server.receive_data(asked[-1])
        for stream in streams:
            server.send_headers(stream, RESPONSE)
            server.send_data(stream, BODY, end_stream=True)
        answered.append(server.data_to_send())
        client.receive_data(answered[-1])
    return *hello, asked, answered


def _server(side: Side, batches: int, at_once: int) -> Contender:
    hello, _, asked, _ = _written(batches + 1, at_once)

    def setup() -> Any:
        connection = side.server(hello)
        side.serve(connection, asked[:1], RESPONSE, BODY, _nothing, [])
        return connection

    def answer() -> dict[str, Any]:
        sent, received = [], []
        connection = side.server(hello)
        side.serve(connection, asked, RESPONSE, BODY, sent.append, received)
        return {"received": _plain(received), "sent": _read(b"".join(sent), (batches + 1) * at_once)}

    return Contender(
        setup, lambda connection: side.serve(connection, asked[1:], RESPONSE, BODY, _nothing, []),
        batches * at_once, answer,
    )


def _client(side: Side, batches: int, at_once: int) -> Contender:
    _, hello, _, answered = _written(batches + 1, at_once)

    def setup() -> Any:
        connection = side.client(hello)
        side.ask(connection, at_once, REQUEST, answered[:1], _nothing, [])
        return connection

    def answer() -> dict[str, Any]:
        sent, received = [], []
        side.ask(side.client(hello), at_once, REQUEST, answered, sent.append, received)
        peer = Peer()
        _, server, *_ = peer.pair()
        return {"received": _plain(received), "sent": peer.events_of(server, b"".join(sent))}

    return Contender(
        setup, lambda connection: side.ask(connection, at_once, REQUEST, answered[1:], _nothing, []),
        batches * at_once, answer,
    )


def _read(octets: bytes, requests: int) -> list:
    """What h2, having asked, reads in the octets of a server."""
    peer = Peer()
    client, *_ = peer.pair()
    for _ in range(requests):
        client.send_headers(client.get_next_available_stream_id(), REQUEST, end_stream=True)
    return peer.events_of(client, octets)


def _plain(received: list) -> list:
    """Header lists of tuples, in order of names, since h2 puts a cookie last; and bodies of bytes."""
    bodies = bytes, bytearray, memoryview
    return [
        bytes(each) if isinstance(each, bodies) else sorted(tuple(field[:2]) for field in each) for each in received
    ]


@lru_cache(maxsize=1)
def _body() -> tuple[bytes, bytes, list[bytes]]:
    """What a client says first, a request whose body it sends, and the frames of that body."""
    client, _, hello, _ = Peer().pair()
    client.send_headers(1, [(b":method", b"POST"), *REQUEST[1:]])
    request = client.data_to_send()
    frames = []
    for _ in range(PIECES):
        client.send_data(1, PIECE)
        frames.append(client.data_to_send())
    return hello, request, frames


def _sending(side: Side) -> Contender:
    """A server whose peer has windows for all of it."""
    hello, request, _ = _body()

    def setup() -> Any:
        connection = side.server(hello)
        side.begin(connection, request, RESPONSE[:4])
        return connection

    def answer() -> dict[str, Any]:
        sent = []
        side.send(setup(), PIECE, 20, sent.append)
        return {"sent": b"".join(sent)}

    return Contender(setup, lambda connection: side.send(connection, PIECE, PIECES, _nothing), PIECES, answer)


def _receiving(side: Side, size: int | None) -> Contender:
    """A server that takes in reads of `size` octets, or whole frames."""
    hello, request, frames = _body()
    octets = b"".join(frames)
    reads = [octets[at : at + size] for at in range(0, len(octets), size)] if size else frames

    def setup() -> Any:
        connection = side.server(hello)
        side.begin(connection, request, [])
        return connection

    def answer() -> dict[str, Any]:
        received = []
        side.take(setup(), reads, received.append)
        return {"octets received": len(b"".join(received)), "other octets": set(b"".join(received)) - set(PIECE)}

    return Contender(setup, lambda connection: side.take(connection, reads, _nothing), PIECES, answer)


def _case(subject: str, name: str, unit: str, work: Callable[[Side], Contender], floors: dict[str, float]) -> Case:
    contenders = {contender: work(side) for contender, side in sides().items()}
    floors = {rival: floor for rival, floor in floors.items() if {rival, stacks.OVER_CODECS} <= contenders.keys()}
    return Case(subject, name, unit, contenders, floors)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Requests by side and by how many there are at once; bodies each way. `implementations` (of HPACK) have no say."""
    both = (("server", _server), ("client", _client))
    for at_once in AT_ONCE:
        batches = max(1, REQUESTS // at_once)
        many = f"{at_once:,} streams at once" if at_once > 1 else "one request after the other"
        floors = FLOORS | ({"ngh2": 1.0} if at_once == 1 else {})
        for name, work in both:
            doing = partial(work, batches=batches, at_once=at_once)
            yield _case("one side of a connection", f"{name}, {many}", "request", doing, floors)
    for name, work in both:
        side = sides()[SUBJECT]
        contenders = {SUBJECT: work(side, 1, MANY), DOUBLED: replace(work(side, 1, 2 * MANY), answer=dict)}
        yield Case("one side, many streams", f"{name}, {MANY} streams at once", "request", contenders, growth=GROWTH)
    for name, work, floors in (
        ("sending frames of 16 KiB", _sending, {"h2": 4.0}),
        ("receiving frames of 16 KiB", partial(_receiving, size=None), {"h2": 12.0}),
        ("receiving reads of 64 KiB", partial(_receiving, size=65_536), {}),
    ):
        yield _case("one side, a body of 10 MiB", name, "frame", work, floors)
