"""A client and a server with h2's API, wired to each other in memory."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench.stacks import MAX_CONCURRENT_STREAMS, STREAMS, Batch, Exchange, Received


class H2Pair:
    """What a program does that uses h2, on both sides.

    connection, config, events: h2's modules, or those of a package with the same API.
    """

    def __init__(self, connection: Any, config: Any, events: Any) -> None:
        self._events = events
        self._client, self._server = (
            connection.H2Connection(config.H2Configuration(client_side=side)) for side in (True, False)
        )
        self._server.initiate_connection()
        self._server.update_settings({MAX_CONCURRENT_STREAMS: STREAMS})
        self._client.initiate_connection()
        for _ in range(2):
            self._server.receive_data(self._client.data_to_send())
            self._client.receive_data(self._server.data_to_send())

    def open(self, exchange: Exchange) -> None:
        """A request that stays without an answer."""
        client = self._client
        client.send_headers(client.get_next_available_stream_id(), exchange.request, end_stream=True)
        self._server.receive_data(client.data_to_send())

    def drive(self, batches: Sequence[Batch]) -> list[Received]:
        """Carry batches of exchanges over; what both sides received, by batch."""
        return [self._carry(batch) for batch in batches]

    def _carry(self, batch: Batch) -> Received:
        client, server = self._client, self._server
        asked: dict[int, Exchange] = {}
        waiting: dict[int, tuple[int, Exchange]] = {}  # streams whose bodies wait -> how much of it was sent
        received: Received = defaultdict(list)
        for exchange in batch:
            stream = client.get_next_available_stream_id()
            asked[stream] = exchange
            client.send_headers(stream, exchange.request, end_stream=not exchange.upload)
            if exchange.upload:
                client.send_data(stream, exchange.upload, end_stream=True)
        while octets := client.data_to_send():
            self._serve(octets, asked, waiting, received)
            self._take(server.data_to_send(), received)
        return received

    def _serve(self, octets: bytes, asked: dict, waiting: dict, received: Received) -> None:
        """What the server does with octets of the client."""
        server, events = self._server, self._events
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
                    waiting[event.stream_id] = 0, exchange
        for stream, (sent, exchange) in list(waiting.items()):
            self._send(stream, sent, exchange, waiting)

    def _send(self, stream: int, sent: int, exchange: Exchange, waiting: dict) -> None:
        """What the windows permit of a body that waits."""
        server, body = self._server, exchange.download
        while sent < len(body):
            size = min(server.local_flow_control_window(stream), server.max_outbound_frame_size, len(body) - sent)
            if not size:
                waiting[stream] = sent, exchange
                return
            piece = body[sent : sent + size]
            sent += size
            server.send_data(stream, piece, end_stream=sent == len(body) and not exchange.trailers)
        if exchange.trailers:
            server.send_headers(stream, exchange.trailers, end_stream=True)
        del waiting[stream]

    def _take(self, octets: bytes, received: Received) -> None:
        """What the client does with octets of the server."""
        client, events = self._client, self._events
        for event in client.receive_data(octets):
            if isinstance(event, (events.ResponseReceived, events.TrailersReceived)):
                received["client", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["client", event.stream_id].append(event.data)
                client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
