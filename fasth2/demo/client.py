"""The demo's client process, always on fasth2: several TLS connections, many streams, every response checked.

Prints {"checked"} now and then and at last {"checked", "octets", "seconds", "states"}: responses that were right,
octets of body compared, the time from the first request to the last response, and what fasth2.status() says. Prints
{"error"} instead where something was not right.
"""
import asyncio
import signal
import ssl
import sys
import time

from fasth2.demo import side, traffic
from fasth2.demo.child import tell

side.take("fasth2")  # before h2 is imported

from h2.config import H2Configuration  # noqa: E402
from h2.connection import H2Connection  # noqa: E402
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset  # noqa: E402
from h2.exceptions import ProtocolError  # noqa: E402
from h2.settings import SettingCodes, Settings  # noqa: E402

PATIENCE = 30  # seconds without a byte from the server
STREAM_WINDOW, CONNECTION_WINDOW = 6 * 2**20, 15 * 2**20  # octets, as browsers have them
ADDED_BY_HYPERCORN = [b"date", b"server"]


class Wrong(Exception):
    """The server did not do what it should. The message says what."""


class Progress:
    """Counts what all connections have checked, and tells the parent ten times a second."""

    def __init__(self):
        self.checked = self.octets = 0
        self.told = time.monotonic()

    def add(self, octets):
        """One more response was right, with a body of `octets` (int)."""
        self.checked += 1
        self.octets += octets
        if time.monotonic() - self.told > 0.1:
            self.told = time.monotonic()
            tell(checked=self.checked)


class Exchange:
    """One request and what has come back for it."""

    def __init__(self, fields):
        self.fields = fields
        self.headers = []
        self.body = bytearray()

    def check(self):
        """Raise Wrong unless the response is the one that is owed. Returns the octets of its body."""
        path = dict(self.fields)[b":path"]
        status, headers, body = traffic.response(path, self.fields)
        owed = [(b":status", b"%d" % status), *headers]
        added = [name for name, _ in self.headers[len(owed):]]
        if self.headers[:len(owed)] != owed or added != ADDED_BY_HYPERCORN:
            raise Wrong(f"{path.decode()}: wrong response headers: {self.headers!r}")
        if self.body != body:
            raise Wrong(f"{path.decode()}: a wrong body of {len(self.body)} octets where {len(body)} are right")
        return len(body)


class Connection:
    """Connection `number` (int) to the server, for `requests` requests (int), at most `streams` (int) at a time."""

    def __init__(self, number, requests, streams, progress):
        self.number = number
        self.unsent = iter(range(requests))
        self.streams = streams
        self.progress = progress
        self.open = {}
        self.h2 = H2Connection(H2Configuration(header_encoding=None))
        self.h2.local_settings = Settings(
            initial_values={SettingCodes.ENABLE_PUSH: 0, SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW}
        )

    async def connect(self, port, context):
        """Connect to the loopback `port` (int) by TLS."""
        self.authority = b"%s:%d" % (traffic.HOST.encode(), port)
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=traffic.HOST
        )
        if self.writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            raise Wrong("the server did not choose HTTP/2")
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(CONNECTION_WINDOW)

    async def run(self):
        """Send all requests and check all responses."""
        await self.send_requests()
        while self.open:
            data = await asyncio.wait_for(self.reader.read(2**16), PATIENCE)
            if not data:
                raise Wrong("the server closed a connection with requests open")
            for event in self.h2.receive_data(data):
                self.handle(event)
            await self.send_requests()

    async def send_requests(self):
        """Open as many streams as may be open, and send what h2 has to send."""
        while len(self.open) < self.streams and (number := next(self.unsent, None)) is not None:
            stream = self.h2.get_next_available_stream_id()
            exchange = self.open[stream] = Exchange(traffic.request(self.authority, self.number, number))
            self.h2.send_headers(stream, exchange.fields, end_stream=True)
        self.writer.write(self.h2.data_to_send())
        await self.writer.drain()

    def handle(self, event):
        """Take in one event of h2's."""
        if isinstance(event, ResponseReceived):
            self.open[event.stream_id].headers = [tuple(field) for field in event.headers]
        elif isinstance(event, DataReceived):
            self.open[event.stream_id].body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self.progress.add(self.open.pop(event.stream_id).check())
        elif isinstance(event, (StreamReset, ConnectionTerminated)):
            raise Wrong(f"the server gave up: {event}")

    async def close(self):
        """End the connection in order."""
        self.h2.close_connection()
        self.writer.write(self.h2.data_to_send())
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass  # the server hung up first


async def drive(port, requests, connections, streams):
    """Spread `requests` over `connections` with `streams` each to `port` (all int)."""
    context = ssl.create_default_context(cafile=traffic.CERTIFICATE)  # trusts nothing else
    context.set_alpn_protocols(["h2"])
    progress = Progress()
    shares = [requests // connections + (number < requests % connections) for number in range(connections)]
    clients = [Connection(number, share, streams, progress) for number, share in enumerate(shares)]
    await asyncio.gather(*[client.connect(port, context) for client in clients])
    start = time.perf_counter()
    await asyncio.gather(*[client.run() for client in clients])
    seconds = time.perf_counter() - start
    await asyncio.gather(*[client.close() for client in clients])
    tell(checked=progress.checked, octets=progress.octets, seconds=seconds, states=side.states())


def main(*numbers):
    """The command line: the arguments of drive()."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        asyncio.run(drive(*map(int, numbers)))
    except Wrong as error:
        tell(error=str(error))
    except (TimeoutError, asyncio.TimeoutError):
        tell(error=f"the server sent nothing for {PATIENCE} seconds")
    except (OSError, ProtocolError) as error:
        tell(error=f"the connection to the server broke: {error or type(error).__name__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
