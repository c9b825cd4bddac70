"""Whole HTTP/2 connections under test: h2 on stock packages, h2 on fasth2, jh2's fork of h2, ngh2, and fasth2's own
engine where it is there. Each is driven by the API that its users have; a new stack is one row of `_LOADERS`.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType, SimpleNamespace
from typing import Any

from bench.implementations import Field, version

STREAMS = 1_100  # at once, by the server's settings
MAX_CONCURRENT_STREAMS = 0x3  # RFC 9113 section 6.5.2


@dataclass(frozen=True)
class Exchange:
    """One request and its response. Header lists of (name, value); `trailers` may be empty."""

    request: list[Field]
    upload: bytes
    response: list[Field]
    download: bytes
    trailers: list[Field]


Batch = list[Exchange]  # streams that are open at the same time
Received = dict[tuple[str, int], list]  # (side, stream) -> header lists and pieces of bodies, as they came


@dataclass(frozen=True)
class Stack:
    """One implementation of connections.

    name: what the reports call it; version: of the distribution.
    pair: makes a client and a server that have greeted each other.
    drive: carries batches of exchanges over such a pair; gives what both sides received, by batch.
    """

    name: str
    version: str
    pair: Callable[[], tuple[Any, Any]]
    drive: Callable[[tuple[Any, Any], Sequence[Batch]], list[Received]]


# -- h2's API


def _h2_shaped(name: str, release: str, package: SimpleNamespace) -> Stack:
    """`package`: h2's modules connection, config and events, or those of a package with the same API."""
    events = package.events

    def pair() -> tuple[Any, Any]:
        made = [
            package.connection.H2Connection(package.config.H2Configuration(client_side=side)) for side in (True, False)
        ]
        client, server = made
        server.initiate_connection()
        server.update_settings({MAX_CONCURRENT_STREAMS: STREAMS})
        client.initiate_connection()
        for _ in range(2):
            server.receive_data(client.data_to_send())
            client.receive_data(server.data_to_send())
        return client, server

    def send(server, waiting: dict[int, tuple[bytes, Exchange]]) -> None:
        """What the windows permit of the bodies that wait."""
        for stream, (body, exchange) in list(waiting.items()):
            while body:
                size = min(server.local_flow_control_window(stream), server.max_outbound_frame_size, len(body))
                if not size:
                    break
                piece, body = body[:size], body[size:]
                server.send_data(stream, piece, end_stream=not body and not exchange.trailers)
            if body:
                waiting[stream] = body, exchange
                continue
            if exchange.trailers:
                server.send_headers(stream, exchange.trailers, end_stream=True)
            del waiting[stream]

    def serve(server, octets: bytes, asked: dict[int, Exchange], waiting: dict, received: Received) -> None:
        for event in server.receive_data(octets):
            if isinstance(event, events.RequestReceived):
                received["server", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["server", event.stream_id].append(event.data)
                server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, events.StreamEnded):
                exchange = asked[event.stream_id]
                bare = not exchange.download and not exchange.trailers
                server.send_headers(event.stream_id, exchange.response, end_stream=bare)
                if not bare:
                    waiting[event.stream_id] = exchange.download, exchange
        send(server, waiting)

    def take(client, octets: bytes, received: Received) -> None:
        for event in client.receive_data(octets):
            if isinstance(event, (events.ResponseReceived, events.TrailersReceived)):
                received["client", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["client", event.stream_id].append(event.data)
                client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def drive(connections: tuple[Any, Any], batches: Sequence[Batch]) -> list[Received]:
        client, server = connections
        results = []
        for batch in batches:
            asked, waiting, received = {}, {}, defaultdict(list)
            for exchange in batch:
                stream = client.get_next_available_stream_id()
                asked[stream] = exchange
                client.send_headers(stream, exchange.request, end_stream=not exchange.upload)
                if exchange.upload:
                    client.send_data(stream, exchange.upload, end_stream=True)
            while octets := client.data_to_send():
                serve(server, octets, asked, waiting, received)
                take(client, server.data_to_send(), received)
            results.append(received)
        return results

    return Stack(name, release, pair, drive)


@contextmanager
def _standing_for(packages: dict[str, ModuleType]) -> Iterator[None]:
    """While the block runs, imports of these top-level names, and of all below them, give these packages, and h2 is
    imported anew. Afterwards `sys.modules` is as before."""
    names = {"h2", *packages}
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}
    for name, package in packages.items():
        sys.modules[name] = package
        for module in iter_modules(package.__path__):
            sys.modules[f"{name}.{module.name}"] = import_module(f"{package.__name__}.{module.name}")
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]
        sys.modules.update(hidden)


def _parts(package: str) -> SimpleNamespace:
    return SimpleNamespace(**{part: import_module(f"{package}.{part}") for part in ("connection", "config", "events")})


def _stock() -> Stack:
    if import_module("hpack").__name__ != "hpack":
        raise ImportError("`import hpack` means fasth2 in this process; run the benchmarks without fasth2.install()")
    return _h2_shaped("h2", version("h2"), _parts("h2"))


def _fasth2() -> Stack:
    layers = {name: import_module(f"fasth2.{name}") for name in ("hpack", "hyperframe")}
    release = f"{version('fasth2')} under h2 {version('h2')}"
    with _standing_for(layers):
        package = _parts("h2")
        if package.connection.Encoder is not layers["hpack"].Encoder:
            raise ImportError("h2 does not run on fasth2")
    return _h2_shaped("fasth2", release, package)


def _engine() -> Stack:
    """fasth2's own connections, with h2's API."""
    if find_spec("fasth2.h2") is None:
        raise ImportError("not built yet")
    package = _parts("fasth2.h2")
    if not hasattr(package.connection, "H2Connection"):
        raise ImportError("not whole yet")
    return _h2_shaped("fasth2.h2", version("fasth2"), package)


def _jh2() -> Stack:
    return _h2_shaped("jh2", version("jh2"), _parts("jh2"))


# -- ngh2's API


def _ngh2() -> Stack:
    ngh2, events = import_module("ngh2"), import_module("ngh2.events")

    def pair() -> tuple[Any, Any]:
        client, server = ngh2.Connection(ngh2.Role.CLIENT), ngh2.Connection(ngh2.Role.SERVER)
        server.initiate_connection({MAX_CONCURRENT_STREAMS: STREAMS})
        client.initiate_connection()
        for _ in range(2):
            server.receive_data(client.data_to_send())
            client.receive_data(server.data_to_send())
        client.events(), server.events()
        return client, server

    def answer(server, stream: int, exchange: Exchange) -> None:
        bare = not exchange.download and not exchange.trailers
        server.send_response(stream, exchange.response, end_stream=bare)
        if exchange.download:
            server.send_data(stream, exchange.download, end_stream=not exchange.trailers)
        if exchange.trailers:
            server.send_trailers(stream, exchange.trailers)

    def serve(server, octets: bytes, asked: dict[int, Exchange], received: Received) -> None:
        server.receive_data(octets)
        for event in server.events():
            if isinstance(event, events.RequestReceived):
                received["server", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["server", event.stream_id].append(event.data)
            else:
                continue
            if event.end_stream:
                answer(server, event.stream_id, asked[event.stream_id])

    def take(client, octets: bytes, received: Received) -> None:
        client.receive_data(octets)
        for event in client.events():
            if isinstance(event, (events.ResponseReceived, events.TrailersReceived)):
                received["client", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["client", event.stream_id].append(event.data)

    def drive(connections: tuple[Any, Any], batches: Sequence[Batch]) -> list[Received]:
        client, server = connections
        results = []
        for batch in batches:
            asked, received = {}, defaultdict(list)
            for exchange in batch:
                stream = client.send_request(exchange.request, end_stream=not exchange.upload)
                asked[stream] = exchange
                if exchange.upload:
                    client.send_data(stream, exchange.upload, end_stream=True)
            while octets := client.data_to_send():
                serve(server, octets, asked, received)
                take(client, server.data_to_send(), received)
            results.append(received)
        return results

    return Stack("ngh2", version("ngh2"), pair, drive)


_LOADERS = {"fasth2": _fasth2, "fasth2.h2": _engine, "h2": _stock, "jh2": _jh2, "ngh2": _ngh2}


def load() -> tuple[list[Stack], list[str]]:
    """Every stack that can be imported, h2 on fasth2 first, and one line for each that cannot."""
    found, missing = [], []
    for name, loader in _LOADERS.items():
        try:
            found.append(loader())
        except ImportError as error:
            missing.append(f"connections of {name} are left out: {error}")
    return found, missing
