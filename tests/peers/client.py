"""A plain h2 client, in a process of its own: `python tests/peers/client.py SIDE URL`.

SIDE is fasth2 or stock. Reads requests on stdin as Request.line() writes them; prints a Record a line, and at last
{"states", "counts"}: what fasth2.status() says, and how often what happened.
"""
import asyncio
import json
import ssl
import sys
from collections import Counter, deque
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side

side.take(sys.argv[1])  # before h2 is imported

from h2 import events
from h2.config import H2Configuration
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from peers.graceful import GracefulConnection
from peers.orders import TRAILER_CHECK, Record, Request, body, digest
from peers.tables import Tables

STREAMS = 30  # at a time
TABLE_SIZES = (0, 4096, 65536, 300)  # octets, in turn, every 100 requests
PATIENCE = 60  # seconds without an octet from the server


class Exchange:
    """A request and what has come back: `request` (None for a push), `record`, `sha256` of the body so far, `unsent`
    (memoryview, the rest of the request's body) and whether the request `ended`."""

    def __init__(self, target, request=None):
        self.request = request
        self.record = Record(target, informational=[], trailers=[], pushed=request is None)
        self.sha256 = sha256()
        self.unsent = memoryview(body(request.up) if request else b"")
        self.ended = request is None


class Connection:
    """One connection to `url` (urllib.parse.SplitResult), which takes Requests from `queue` (deque). `records` (list)
    and `counts` (Counter) are shared by all."""

    def __init__(self, url, queue, records, counts):
        self.url, self.queue, self.records, self.counts = url, queue, records, counts
        self.open = {}
        self.leaving = False
        self.settled = False
        self.h2 = GracefulConnection(H2Configuration(header_encoding=None))
        self.tables = Tables(self.h2, counts)

    async def run(self):
        """Connect, and send requests until none is left or the server ends the connection."""
        context = tls_context() if self.url.scheme == "https" else None
        reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.url.port, ssl=context, server_hostname=self.url.hostname if context else None
        )
        self.counts["connections"] += 1
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(2**20)
        try:
            await self.send()
            while self.open or not self.settled:
                data = await asyncio.wait_for(reader.read(2**16), PATIENCE)
                if not data:
                    break
                for event in self.h2.receive_data(data):
                    self.counts[type(event).__name__] += 1
                    self.handle(event)
                self.tables.watch()
                await self.send()
        finally:
            await self.close()

    async def close(self):
        """End the connection; requests without any answer go back into the queue."""
        for exchange in self.open.values():
            self.give_back(exchange)
        self.h2.close_connection()
        self.writer.write(self.h2.data_to_send())
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass  # the server hung up first

    def give_back(self, exchange):
        """Let the request of `exchange`, which the server has not taken, be sent again."""
        self.counts["sent again"] += 1
        if exchange.request:
            self.queue.append(exchange.request)

    async def send(self):
        """Open as many streams as may be open, and send what windows allow."""
        while self.queue and not self.leaving and len(self.open) < STREAMS and self.has_room():
            self.start(self.queue.popleft())
        for stream, exchange in self.open.items():
            self.send_body(stream, exchange)
        self.writer.write(self.h2.data_to_send())
        try:
            await self.writer.drain()
        except ConnectionError:
            pass  # the server has hung up; what it sent before is still to be read

    def has_room(self):
        """Whether the server lets us open another stream."""
        return self.h2.open_outbound_streams < self.h2.remote_settings.max_concurrent_streams

    def start(self, request):
        """Send the head of `request` (Request)."""
        stream = self.h2.get_next_available_stream_id()
        exchange = self.open[stream] = Exchange(request.target, request)
        pseudo = [(":method", request.method), (":scheme", self.url.scheme), (":authority", self.url.netloc),
                  (":path", request.target)]
        exchange.ended = not (request.up or request.trailers)
        weight = {"priority_weight": 1 + stream % 256} if stream % 3 else {}
        self.h2.send_headers(stream, [*pseudo, *request.headers], end_stream=exchange.ended, **weight)
        self.counts["requests"] += 1
        if self.counts["requests"] % 100 == 0 and self.settled:
            size = TABLE_SIZES[self.counts["requests"] // 100 % len(TABLE_SIZES)]
            self.settled = False
            self.h2.update_settings({SettingCodes.HEADER_TABLE_SIZE: size})

    def send_body(self, stream, exchange):
        """Send what may be sent of a request's body, and its end."""
        while exchange.unsent:
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if size <= 0:
                return
            self.h2.send_data(stream, exchange.unsent[:size])
            exchange.unsent = exchange.unsent[size:]
        if exchange.ended:
            return
        exchange.ended = True
        if exchange.request.trailers:
            trailers = [(TRAILER_CHECK, digest(body(exchange.request.up)))]
            self.h2.send_headers(stream, trailers, end_stream=True)
        else:
            self.h2.end_stream(stream)

    def handle(self, event):
        """Take in one event of h2's."""
        stream = getattr(event, "stream_id", None)
        exchange = self.open.get(stream)
        if isinstance(event, events.SettingsAcknowledged):
            self.settled = True
        elif isinstance(event, events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
            if exchange:
                self.receive_data(stream, exchange, event.data)
        elif isinstance(event, events.PushedStreamReceived):
            self.open[event.pushed_stream_id] = Exchange(dict(event.headers)[b":path"].decode())
        elif isinstance(event, events.ConnectionTerminated):
            self.leave(event)
        elif exchange:
            self.handle_stream(event, stream, exchange)

    def handle_stream(self, event, stream, exchange):
        """Take in an event that tells of a stream."""
        record = exchange.record
        if isinstance(event, events.InformationalResponseReceived):
            record.informational.append(pairs(event.headers)[1:])
        elif isinstance(event, events.ResponseReceived):
            (_, status), *record.headers = pairs(event.headers)
            record.status = int(status)
            record.never_indexed = [field[0].decode() for field in event.headers if not field.indexable]
        elif isinstance(event, events.TrailersReceived):
            record.trailers = pairs(event.headers)
        elif isinstance(event, events.StreamEnded):
            self.finish(stream, exchange)
        elif isinstance(event, events.StreamReset):
            if event.error_code == ErrorCodes.REFUSED_STREAM:
                self.give_back(self.open.pop(stream))
            elif event.error_code != ErrorCodes.NO_ERROR or not record.status:
                self.finish(stream, exchange, f"reset: {event.error_code}")

    def receive_data(self, stream, exchange, data):
        """Take in `data` (bytes) of a response's body; give up where the server holds the rest back."""
        exchange.record.octets += len(data)
        exchange.sha256.update(data)
        if "hold=" in exchange.record.target:
            self.h2.reset_stream(stream, ErrorCodes.CANCEL)
            self.finish(stream, exchange, "cancelled")

    def finish(self, stream, exchange, failure=""):
        """The response is all there, or will never be (`failure`, str)."""
        exchange.record.failure = failure
        exchange.record.sha256 = exchange.sha256.hexdigest()
        self.records.append(exchange.record)
        del self.open[stream]
        if not exchange.ended and not failure:  # an answer before the end of the request
            self.h2.reset_stream(stream, ErrorCodes.CANCEL)

    def leave(self, goaway):
        """The server ends the connection: it will finish what it has begun, the rest is for another one."""
        self.leaving = self.settled = True
        if goaway.error_code:
            raise RuntimeError(f"the server found fault: {goaway}")
        for stream in [stream for stream in self.open if stream % 2 and stream > goaway.last_stream_id]:
            self.give_back(self.open.pop(stream))


def pairs(headers):
    """`headers` (pairs of bytes) as a list of lists of str."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def tls_context():
    """A client's ssl.SSLContext that trusts every certificate and speaks HTTP/2 alone."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


async def main(url, requests):
    """Send `requests` (list of Request) to `url` (str)."""
    queue, records, counts = deque(requests), [], Counter()
    while queue and counts["connections"] < 10 + len(requests) // 50:
        await Connection(urlsplit(url), queue, records, counts).run()
    for record in records:
        print(record.line())
    print(json.dumps({"states": side.states(), "counts": counts}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[2], [Request.parse(line) for line in sys.stdin]))
