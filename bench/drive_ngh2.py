"""A client and a server of ngh2, wired to each other in memory. ngh2 keeps bodies and windows by itself."""

from collections import defaultdict
from collections.abc import Sequence

import ngh2
from ngh2 import events

from bench.stacks import MAX_CONCURRENT_STREAMS, STREAMS, Batch, Exchange, Received


class Ngh2Pair:
    """What a program does that uses ngh2, on both sides."""

    def __init__(self) -> None:
        self._client, self._server = ngh2.Connection(ngh2.Role.CLIENT), ngh2.Connection(ngh2.Role.SERVER)
        self._server.initiate_connection({MAX_CONCURRENT_STREAMS: STREAMS})
        self._client.initiate_connection()
        for _ in range(2):
            self._server.receive_data(self._client.data_to_send())
            self._client.receive_data(self._server.data_to_send())
        self._client.events(), self._server.events()

    def open(self, exchange: Exchange) -> None:
        """A request that stays without an answer."""
        self._client.send_request(exchange.request, end_stream=True)
        self._server.receive_data(self._client.data_to_send())
        self._server.events()

    def drive(self, batches: Sequence[Batch]) -> list[Received]:
        """Carry batches of exchanges over; what both sides received, by batch."""
        return [self._carry(batch) for batch in batches]

    def _carry(self, batch: Batch) -> Received:
        client, server = self._client, self._server
        asked: dict[int, Exchange] = {}
        received: Received = defaultdict(list)
        for exchange in batch:
            stream = client.send_request(exchange.request, end_stream=not exchange.upload)
            asked[stream] = exchange
            if exchange.upload:
                client.send_data(stream, exchange.upload, end_stream=True)
        while octets := client.data_to_send():
            self._serve(octets, asked, received)
            self._take(server.data_to_send(), received)
        return received

    def _serve(self, octets: bytes, asked: dict[int, Exchange], received: Received) -> None:
        """What the server does with octets of the client."""
        self._server.receive_data(octets)
        for event in self._server.events():
            if isinstance(event, events.RequestReceived):
                received["server", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["server", event.stream_id].append(event.data)
            else:
                continue
            if event.end_stream:
                self._answer(event.stream_id, asked[event.stream_id])

    def _answer(self, stream: int, exchange: Exchange) -> None:
        server = self._server
        server.send_response(stream, exchange.response, end_stream=not exchange.download and not exchange.trailers)
        if exchange.download:
            server.send_data(stream, exchange.download, end_stream=not exchange.trailers)
        if exchange.trailers:
            server.send_trailers(stream, exchange.trailers)

    def _take(self, octets: bytes, received: Received) -> None:
        """What the client does with octets of the server."""
        self._client.receive_data(octets)
        for event in self._client.events():
            if isinstance(event, (events.ResponseReceived, events.TrailersReceived)):
                received["client", event.stream_id].append(event.headers)
            elif isinstance(event, events.DataReceived):
                received["client", event.stream_id].append(event.data)
