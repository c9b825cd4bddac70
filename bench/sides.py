"""One side of an HTTP/2 connection, whose peer's octets were written down before: h2's API and ngh2's, as programs use
them. The peer is always h2 as it is, and so is the reader of what a side has sent.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from bench import stacks
from bench.implementations import Field
from bench.stacks import MAX_CONCURRENT_STREAMS

STREAMS = 10_000  # at once, by the server's settings
WINDOW = 2**30  # of the peer, for its connection and each of its streams
INITIAL_WINDOW_SIZE = 0x4  # RFC 9113 section 6.5.2
OF_CLIENTS = {INITIAL_WINDOW_SIZE: WINDOW}
OF_SERVERS = {INITIAL_WINDOW_SIZE: WINDOW, MAX_CONCURRENT_STREAMS: STREAMS}

Received = list  # header lists and bodies, as a program gets them


class Side(Protocol):
    """What programs do with one implementation. `connection` is what `server` and `client` have made."""

    def server(self, greeting: bytes) -> Any:
        """A server that was greeted."""

    def client(self, greeting: bytes) -> Any:
        """A client that was greeted."""

    def serve(self, connection: Any, octets: Sequence[bytes], headers: list[Field], body: bytes,
              sent: Callable[[bytes], Any], received: Received) -> None:
        """Take `octets` in one after the other, answer each request, hand what is to be sent to `sent`."""

    def ask(self, connection: Any, requests: int, headers: list[Field], octets: Sequence[bytes],
            sent: Callable[[bytes], Any], received: Received) -> None:
        """Send so many requests, take `octets` in as the answers."""

    def begin(self, connection: Any, octets: bytes, headers: list[Field]) -> None:
        """Take a request in on stream 1; send the headers of its response, if there are any."""

    def send(self, connection: Any, piece: bytes, count: int, sent: Callable[[bytes], Any]) -> None:
        """Send `piece` `count` times on stream 1."""

    def take(self, connection: Any, octets: Sequence[bytes], received: Callable[[Any], Any]) -> None:
        """Take in `octets`, DATA frames, one after the other; hand each piece of the body to `received`."""


def said_first(connection: Any, settings: dict[int, int]) -> bytes:
    """What a connection with h2's API says first: these settings, in one frame, and a window for all that comes."""
    kind = type(connection.local_settings)
    connection.local_settings = kind(client=connection.config.client_side, initial_values=settings)
    connection.initiate_connection()
    connection.increment_flow_control_window(WINDOW)
    return connection.data_to_send()


def greeted(connection: Any, settings: dict[int, int], greeting: bytes) -> Any:
    """The connection, after it has said its settings and was greeted."""
    said_first(connection, settings)
    connection.receive_data(greeting)
    connection.data_to_send()
    return connection


class H2Side:
    """connection, config, events: h2's modules, or those of a package with the same API."""

    def __init__(self, connection: Any, config: Any, events: Any) -> None:
        self._connection, self._config, self._events = connection, config, events

    def _made(self, client_side: bool) -> Any:
        return self._connection.H2Connection(self._config.H2Configuration(client_side=client_side))

    def server(self, greeting: bytes) -> Any:
        return greeted(self._made(False), OF_SERVERS, greeting)

    def client(self, greeting: bytes) -> Any:
        return greeted(self._made(True), OF_CLIENTS, greeting)

    def serve(self, connection, octets, headers, body, sent, received) -> None:
        events = self._events
        for each in octets:
            for event in connection.receive_data(each):
                if isinstance(event, events.RequestReceived):
                    received.append(event.headers)
                    connection.send_headers(event.stream_id, headers)
                    connection.send_data(event.stream_id, body, end_stream=True)
            sent(connection.data_to_send())

    def ask(self, connection, requests, headers, octets, sent, received) -> None:
        events = self._events
        for each in octets:
            for _ in range(requests):
                connection.send_headers(connection.get_next_available_stream_id(), headers, end_stream=True)
            sent(connection.data_to_send())
            for event in connection.receive_data(each):
                if isinstance(event, events.ResponseReceived):
                    received.append(event.headers)
                elif isinstance(event, events.DataReceived):
                    received.append(event.data)
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def begin(self, connection, octets, headers) -> None:
        connection.receive_data(octets)
        if headers:
            connection.send_headers(1, headers)
        connection.data_to_send()

    def send(self, connection, piece, count, sent) -> None:
        for _ in range(count):
            connection.send_data(1, piece)
            sent(connection.data_to_send())

    def take(self, connection, octets, received) -> None:
        events = self._events
        for each in octets:
            for event in connection.receive_data(each):
                if isinstance(event, events.DataReceived):
                    received(event.data)
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            connection.data_to_send()


class Ngh2Side:
    """ngh2 keeps bodies and windows by itself."""

    def __init__(self) -> None:
        self._ngh2, self._events = import_module("ngh2"), import_module("ngh2.events")

    def _greeted(self, role: Any, settings: dict[int, int], greeting: bytes) -> Any:
        made = self._ngh2.Connection(role)
        made.initiate_connection(settings)
        made.set_local_window_size(WINDOW)
        made.receive_data(greeting)
        made.events()
        made.data_to_send()
        return made

    def server(self, greeting: bytes) -> Any:
        return self._greeted(self._ngh2.Role.SERVER, OF_SERVERS, greeting)

    def client(self, greeting: bytes) -> Any:
        return self._greeted(self._ngh2.Role.CLIENT, OF_CLIENTS, greeting)

    def serve(self, connection, octets, headers, body, sent, received) -> None:
        events = self._events
        for each in octets:
            connection.receive_data(each)
            for event in connection.events():
                if isinstance(event, events.RequestReceived):
                    received.append(event.headers)
                    connection.send_response(event.stream_id, headers)
                    connection.send_data(event.stream_id, body, end_stream=True)
            sent(self._all_of(connection))

    def ask(self, connection, requests, headers, octets, sent, received) -> None:
        events = self._events
        for each in octets:
            for _ in range(requests):
                connection.send_request(headers, end_stream=True)
            sent(self._all_of(connection))
            connection.receive_data(each)
            for event in connection.events():
                if isinstance(event, events.ResponseReceived):
                    received.append(event.headers)
                elif isinstance(event, events.DataReceived):
                    received.append(event.data)

    def begin(self, connection, octets, headers) -> None:
        connection.receive_data(octets)
        connection.events()
        if headers:
            connection.send_response(1, headers)
        self._all_of(connection)

    def send(self, connection, piece, count, sent) -> None:
        for _ in range(count):
            connection.send_data(1, piece)
            sent(self._all_of(connection))

    def take(self, connection, octets, received) -> None:
        events = self._events
        for each in octets:
            connection.receive_data(each)
            for event in connection.events():
                if isinstance(event, events.DataReceived):
                    received(event.data)
            self._all_of(connection)

    @staticmethod
    def _all_of(connection: Any) -> bytes:
        """It gives what it has to send in parts."""
        octets = connection.data_to_send()
        while part := connection.data_to_send():
            octets += part
        return octets


@lru_cache(maxsize=1)
def sides() -> dict[str, Side]:
    """Every implementation that can be imported, by the name of its contender."""
    found = stacks.contenders()
    return {name: Ngh2Side() if name == "ngh2" else H2Side(*stack.pair.args) for name, stack in found.items()}


class Peer:
    """h2 as it is, at the other end of a side under test."""

    def __init__(self) -> None:
        self._parts = [import_module(f"h2.{part}") for part in ("connection", "config", "events")]

    def pair(self) -> tuple[Any, Any, bytes, bytes]:
        """(client, server, what the client says first, what the server says first)."""
        connection, config, _ = self._parts
        client, server = (connection.H2Connection(config.H2Configuration(client_side=side)) for side in (True, False))
        from_client = said_first(client, OF_CLIENTS)
        from_server = said_first(server, OF_SERVERS)
        server.receive_data(from_client)
        client.receive_data(from_server)
        client_agrees, server_agrees = client.data_to_send(), server.data_to_send()
        server.receive_data(client_agrees)
        client.receive_data(server_agrees)
        return client, server, from_client + client_agrees, from_server + server_agrees

    def events_of(self, connection: Any, octets: bytes) -> Received:
        """Header lists and bodies, by stream, that h2 reads in `octets`."""
        events = self._parts[2]
        found: dict[int, list] = {}
        for event in connection.receive_data(octets):
            parts = found.setdefault(getattr(event, "stream_id", 0) or 0, [])
            if isinstance(event, (events.RequestReceived, events.ResponseReceived)):
                parts.append(sorted(tuple(field) for field in event.headers))
            elif isinstance(event, events.DataReceived):
                parts.append(event.data)
        return [found[stream] for stream in sorted(found) if found[stream]]
