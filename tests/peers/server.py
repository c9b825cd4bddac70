"""A plain h2 server, in a process of its own: `python tests/peers/server.py SIDE [FOLDER]`.

SIDE is fasth2 or stock. Serves TLS with the certificate in FOLDER, or else clear text, to peers that know that it
speaks HTTP/2 or ask for an upgrade (RFC 7540 section 3.2). Prints {"port"}, and {"states", "counts", "wrong"} once
stdin ends: what fasth2.status() says, how often what happened, and what was not right.
"""
import asyncio
import socket
import ssl
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side
from fasth2.demo.child import tell
from fasth2.demo.server import end_of_stdin

side.take(sys.argv[1])  # before h2 is imported

from h2 import events
from h2.config import H2Configuration
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from hpack import HeaderTuple, NeverIndexedHeaderTuple

from peers import page
from peers.graceful import GracefulConnection
from peers.orders import SECRETS, Order, Wrong, body, check_request
from peers.tables import Tables

WINDOW = 2**20  # octets of request body that may be under way
LINGER = 2  # seconds between the last response and the end of a connection
CHUNK = 2**16  # octets that are written to the socket before it is asked whether it can take more
ALWAYS = (events.StreamReset, events.DataReceived)  # events that matter even for a stream that is reset by now


class Exchange:
    """One stream: what was received for it, and what is still to be sent: `unsent` (memoryview), then `trailers`
    (list), `reset` (bool) or, if it is on hold, nothing."""

    def __init__(self, headers):
        self.headers = headers
        self.octets = bytearray()
        self.trailers = []
        self.order = None
        self.unsent = memoryview(b"")


class Server(asyncio.Protocol):
    """One connection. `counts` (Counter), `wrong` (list of str) and `living` (set of Server) are shared by all."""

    def __init__(self, counts, wrong, living):
        self.counts = counts
        self.wrong = wrong
        self.living = living
        self.exchanges = {}
        self.files = 0
        self.last = 2**31 - 1  # the last stream that is answered; after GOAWAY a smaller one
        self.leaving = False
        self.closing = None
        self.settled = False
        self.sizes = []
        self.writable = True
        self.h2 = GracefulConnection(H2Configuration(client_side=False, header_encoding=None))
        self.tables = Tables(self.h2, counts)

    def connection_made(self, transport):
        self.transport = transport
        self.living.add(self)
        self.counts["connections"] += 1
        self.preface = bytearray() if transport.get_extra_info("ssl_object") is None else None
        if self.preface is None:
            self.start()

    def start(self, settings=None):
        """Send the connection preface; `settings` (bytes or None) are those of an upgrade."""
        self.h2.local_settings[SettingCodes.INITIAL_WINDOW_SIZE] = WINDOW
        self.h2.local_settings.acknowledge()
        if settings is None:
            self.h2.initiate_connection()
        else:
            self.h2.initiate_upgrade_connection(settings)
        self.h2.increment_flow_control_window(WINDOW)
        self.flush()

    def pause_writing(self):
        self.writable = False

    def resume_writing(self):
        self.writable = True
        self.pump()

    def connection_lost(self, error):
        self.writable = False
        self.living.discard(self)
        if self.closing is not None:
            self.closing.cancel()

    def data_received(self, data):
        if self.preface is not None:
            data = self.read_preface(data)
        try:
            received = self.h2.receive_data(data) if data else ()
            gone = {event.stream_id for event in received if isinstance(event, events.StreamReset)}
            for event in received:
                self.counts[type(event).__name__] += 1
                if isinstance(event, ALWAYS) or getattr(event, "stream_id", 0) not in gone:
                    self.handle(event)
        except ProtocolError as error:
            self.wrong.append(f"a protocol error: {error!r}")
            self.flush()
            self.transport.close()
            return
        self.tables.watch()
        self.pump()

    def read_preface(self, data):
        """Find out whether the peer asks for an upgrade. Returns the octets (bytes) that are HTTP/2's."""
        self.preface += data
        if not self.preface.startswith((b"GET ", b"HEAD ", b"OPTIONS ")):
            data, self.preface = bytes(self.preface), None
            self.start()
            return data
        head, end, rest = self.preface.partition(b"\r\n\r\n")
        if not end:
            return b""
        lines = head.decode("ascii").split("\r\n")
        fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        named = {name.lower(): value for name, value in fields}
        self.preface = None
        self.counts["upgrades"] += 1
        self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        self.start(named["http2-settings"].encode())
        method, target, _ = lines[0].split()
        chosen = [(name, value) for name, value in named.items() if name.startswith("x-") or name == "cookie"]
        self.exchanges[1] = Exchange([(":method", method), (":path", target), *chosen])
        self.answer(1)
        return bytes(rest)

    def handle(self, event):
        """Take in one event of h2's."""
        if isinstance(event, events.RequestReceived):
            if event.stream_id > self.last:
                self.counts["refused"] += 1
                self.h2.reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)
                return
            self.counts["never indexed"] += sum(not field.indexable for field in event.headers)
            self.exchanges[event.stream_id] = Exchange(text(event.headers))
            if (b"expect", b"100-continue") in event.headers:
                self.h2.send_headers(event.stream_id, [(":status", "100")])
        elif isinstance(event, events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.counts["padding"] += event.flow_controlled_length - len(event.data)
            if event.stream_id in self.exchanges:
                self.exchanges[event.stream_id].octets += event.data
        elif isinstance(event, events.TrailersReceived):
            if event.stream_id in self.exchanges:
                self.exchanges[event.stream_id].trailers = text(event.headers)
        elif isinstance(event, events.StreamEnded):
            if event.stream_id in self.exchanges:
                self.answer(event.stream_id)
        elif isinstance(event, events.SettingsAcknowledged):
            self.settled = True
            self.change_table()
        elif isinstance(event, events.StreamReset):
            exchange = self.exchanges.pop(event.stream_id, None)
            self.counts["cancelled"] += bool(exchange and exchange.order and exchange.order.hold)

    def answer(self, stream):
        """Begin to answer the request on `stream` (int), which has come in full."""
        exchange = self.exchanges[stream]
        named = dict(exchange.headers)
        if file := page.response(named[":path"].partition("?")[0]):
            return self.send_file(stream, *file)
        try:
            order = Order.parse(named[":path"])
            check_request(order.target, exchange.headers, exchange.octets, exchange.trailers)
        except Wrong as error:
            self.wrong.append(str(error))
            self.h2.send_headers(stream, [(":status", "400")], end_stream=True)
            return
        self.counts["requests"] += 1
        self.counts["octets received"] += len(exchange.octets)
        if order.table:
            self.change_table(order.table - 1)
        if order.number % 50 == 0:
            self.h2.ping(b"%08d" % (order.number % 10**8))
        if order.goaway and not self.leaving and not self.counts[f"goaway {order.number}"]:
            self.counts[f"goaway {order.number}"] += 1  # not again where the client tries again
            self.leave()
        for headers in order.informational:
            self.h2.send_headers(stream, [(":status", "103"), *headers])
        for pushed in order.pushed if self.h2.remote_settings.enable_push and not self.leaving else ():
            self.push(stream, pushed, named)
        self.respond(stream, order)

    def send_file(self, stream, content_type, octets):
        """Answer with a file of the page; nobody counts it as a request."""
        self.files += 1
        self.counts["most files of a connection"] = max(self.files, self.counts["most files of a connection"])
        self.h2.send_headers(stream, [(":status", "200"), ("content-type", content_type)])
        exchange = self.exchanges[stream]
        exchange.order, exchange.unsent = Order(0), memoryview(octets)

    def leave(self):
        """Announce that the connection will end."""
        self.leaving = True
        self.last = self.h2.highest_inbound_stream_id
        self.counts["goaways"] += 1
        self.h2.close_connection()

    def change_table(self, *sizes):
        """Give the decoder's table `sizes` (octets) in turn, each when the peer has acknowledged what came before: h2
        takes every acknowledgement for one of all that it has announced."""
        self.sizes.extend(sizes)
        if self.settled and self.sizes:
            self.settled = False
            self.h2.update_settings({SettingCodes.HEADER_TABLE_SIZE: self.sizes.pop(0)})

    def push(self, stream, order, named):
        """Promise the response to `order` on `stream`, and begin it."""
        promised = self.h2.get_next_available_stream_id()
        request = [(":method", "GET"), (":scheme", named.get(":scheme", "http")),
                   (":authority", named.get(":authority", "localhost")), (":path", order.target)]
        self.h2.push_stream(stream, promised, request)
        self.counts["pushes"] += 1
        self.exchanges[promised] = Exchange(request)
        self.respond(promised, order)

    def respond(self, stream, order):
        """Send the head of the response to `order`, and lay out its body."""
        exchange = self.exchanges[stream]
        exchange.order = order
        exchange.unsent = memoryview(body(order.size))[:order.reset or order.hold or order.size]
        fields = [(NeverIndexedHeaderTuple if name in SECRETS else HeaderTuple)(name, value)
                  for name, value in order.headers]
        empty = not (order.size or order.trailers)
        self.h2.send_headers(stream, [(":status", "200"), *fields], end_stream=empty)
        if empty:
            del self.exchanges[stream]

    def pump(self):
        """Send as much of all bodies as windows and the socket allow, a frame of each stream in turn."""
        self.flush()
        while self.writable and any([self.send_some(stream) for stream in list(self.exchanges)]):
            self.flush()
        if self.leaving and not self.exchanges and self.closing is None:
            # The peer may close first. To close with octets of its unread would reset the connection, and what it has
            # not read yet would be lost.
            self.closing = asyncio.get_running_loop().call_later(LINGER, self.transport.close)

    def send_some(self, stream):
        """Send a frame of the response on `stream`, or its end. Returns whether anything was sent."""
        exchange = self.exchanges[stream]
        order = exchange.order
        if order is None:
            return False
        if exchange.unsent:
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, CHUNK)
            if size <= 0:
                return False
            self.h2.send_data(stream, exchange.unsent[:size])
            exchange.unsent = exchange.unsent[size:]
            if exchange.unsent:
                return True
        if order.hold:
            return False
        if order.reset:
            self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        elif order.trailers:
            self.h2.send_headers(stream, order.trailing, end_stream=True)
        else:
            self.h2.end_stream(stream)
        self.counts["responses"] += 1
        del self.exchanges[stream]
        return True

    def flush(self):
        """Give the socket what h2 has to send."""
        if data := self.h2.data_to_send():
            self.transport.write(data)


def text(headers):
    """`headers` (pairs of bytes) as a list of pairs of str."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def tls_context(folder):
    """A server's ssl.SSLContext with the certificate in `folder` (a path), which speaks HTTP/2 alone."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(folder, "certificate.pem"), Path(folder, "key.pem"))
    context.set_alpn_protocols(["h2"])
    return context


async def serve(context):
    """Serve until stdin ends."""
    counts, wrong, living = Counter(), [], set()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it on sockets of its own alone
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(counts, wrong, living), sock=listener, ssl=context)
    async with server:
        tell(port=listener.getsockname()[1])
        await end_of_stdin()
        for connection in living:
            connection.transport.abort()
        await asyncio.sleep(0)  # abort() closes the sockets when the loop turns
    tell(states=side.states(), counts=counts, wrong=wrong[:20])


if __name__ == "__main__":
    asyncio.run(serve(tls_context(sys.argv[2]) if sys.argv[2:] else None))
