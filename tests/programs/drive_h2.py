"""A client on h2 alone: `drive_h2.py PORT WHAT...`, in the folder of the certificate.

Sends all requests over one connection, eight at a time, cookies in crumbs (RFC 9113 section 8.2.3), and changes the
sizes of both header tables meanwhile. WHAT:
  trailers   the server sends x-octets after each body
  requests   it also sends back the trailers of the request
  secrets    a field that was never indexed comes back so

Prints {"checked": requests, "octets": of bodies, "status": fasth2.status() in this process}.
"""
import json
import socket
import ssl
import sys

import fasth2

fasth2.install()

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.settings import SettingCodes
from hpack import HeaderTuple, NeverIndexedHeaderTuple
from traffic import Response, Wrong, digest, exchanges

STREAMS = 8
SIZES = [4096, 0, 100, 65536, 1000, 4096]  # of the table that the server's encoder may use, in turn
PATIENCE = 30                              # seconds without a byte from the server


class Client:
    """One connection to `localhost`, `port` (int), and the options of the command line (set of str)."""

    def __init__(self, port, options):
        self.port = port
        self.options = options
        self.unsent = iter(exchanges())
        self.open = {}  # stream -> [Exchange, what of its body is left, fields, body, trailers]
        self.checked = self.octets = 0
        self.h2 = H2Connection(H2Configuration(header_encoding=None))

    def run(self):
        """Until every request is answered."""
        context = ssl.create_default_context(cafile="cert.pem")
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("localhost", self.port), PATIENCE) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with context.wrap_socket(plain, server_hostname="localhost") as wire:
                self.h2.initiate_connection()
                self.fill()
                while self.open:
                    wire.sendall(self.h2.data_to_send())
                    data = wire.recv(65536)
                    if not data:
                        raise Wrong(f"the server has closed the connection; open: {list(self.open.values())!r}")
                    for event in self.h2.receive_data(data):
                        self.take(event)
                    self.fill()
                self.h2.close_connection()
                wire.sendall(self.h2.data_to_send())

    def fill(self):
        """Begin requests as long as there is room for more, and send what the windows let through."""
        while len(self.open) < STREAMS and (exchange := next(self.unsent, None)):
            if exchange.number % 50 == 49:
                size = {SettingCodes.HEADER_TABLE_SIZE: SIZES[exchange.number // 50 % len(SIZES)]}
                self.h2.update_settings(size)
            self.begin(exchange)
        for stream in list(self.open):
            self.send(stream)

    def begin(self, exchange):
        """Send the header block of `exchange`."""
        stream = self.h2.get_next_available_stream_id()
        pairs = [(name, value) for name, value in exchange.fields if name != "cookie"]
        pairs += [("cookie", crumb) for crumb in dict(exchange.fields)["cookie"].split("; ")]
        headers = [HeaderTuple(":method", exchange.method), HeaderTuple(":scheme", "https"),
                   HeaderTuple(":authority", f"localhost:{self.port}"), HeaderTuple(":path", exchange.path),
                   *(HeaderTuple(*pair) for pair in pairs), HeaderTuple("te", "trailers")]
        if "secrets" in self.options:
            headers.append(NeverIndexedHeaderTuple("x-secret", digest(exchange.number % 5, 20)))
        ends = not exchange.body and "requests" not in self.options
        self.h2.send_headers(stream, headers, end_stream=ends)
        self.open[stream] = [exchange, None if ends else memoryview(exchange.body), [], bytearray(), []]

    def send(self, stream):
        """Send of the body of `stream` what its window lets through, and at its end the trailers."""
        exchange, body, *_ = self.open[stream]
        if body is None:
            return
        while body and (room := self.h2.local_flow_control_window(stream)) > 0:
            size = min(room, self.h2.max_outbound_frame_size, len(body))
            self.h2.send_data(stream, body[:size])
            body = body[size:]
        if not body:
            if "requests" in self.options:
                self.h2.send_headers(stream, self.trailers(exchange), end_stream=True)
            else:
                self.h2.end_stream(stream)
            body = None
        self.open[stream][1] = body

    def trailers(self, exchange):
        """The trailers of a request."""
        return [("x-trailer", digest(exchange.number, 20)), ("x-sum", digest(exchange.number // 7, 8))]

    def take(self, event):
        """Note what came."""
        if isinstance(event, (StreamReset, ConnectionTerminated)):
            raise Wrong(f"the server ended it: {event}")
        if isinstance(event, ResponseReceived):
            self.open[event.stream_id][2] = event.headers
        elif isinstance(event, DataReceived):
            self.open[event.stream_id][3] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, TrailersReceived):
            self.open[event.stream_id][4] = event.headers
        elif isinstance(event, StreamEnded):
            self.check(*self.open.pop(event.stream_id))

    def check(self, exchange, _, headers, body, trailers):
        """Check one response."""
        secrets = [field for field in headers if field[0] == b"x-secret"]
        if "secrets" in self.options and (len(secrets) != 1 or getattr(secrets[0], "indexable", True)):
            raise Wrong(f"{exchange}: the secret came back as {secrets!r}, {[type(field) for field in secrets]}")
        text = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        after = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in trailers]
        if "requests" in self.options:
            owed = self.trailers(exchange)
            if after[-len(owed):] != owed:
                raise Wrong(f"{exchange}: trailers {after!r} do not end in {owed!r}")
            after = after[:-len(owed)]
        plain = [line for line in bytes(body).splitlines(True) if exchange.body or not line.startswith(b"x-secret:")]
        if "trailers" in self.options and after != [("x-octets", str(len(body)))]:
            raise Wrong(f"{exchange}: trailers {after!r}")
        exchange.check(Response(
            int(dict(text)[":status"]), [field for field in text if field[0] != "x-secret"],
            bytes(body) if exchange.body else b"".join(plain),
        ))
        self.checked += 1
        self.octets += len(body)


if __name__ == "__main__":
    client = Client(int(sys.argv[1]), set(sys.argv[2:]))
    client.run()
    print(json.dumps({"checked": client.checked, "octets": client.octets, "status": str(fasth2.status())}))
