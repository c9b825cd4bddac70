"""An HTTP/1.1 server behind a front that speaks HTTP/2: `python tests/peers/backend.py`. Reports like server.py.
Trailers go as fields x-trailing-…, which the front makes trailers of; pushes as links."""
import socket
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo.child import tell
from peers.orders import Order, Wrong, body, check_request, digest

COUNTS, WRONG = Counter(), []


class Handler(BaseHTTPRequestHandler):
    """One connection of the front."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        octets = self.rfile.read(int(self.headers.get("content-length", 0)))
        order = Order.parse(self.path)
        COUNTS["requests"] += 1
        try:
            check_request(self.path, headers, octets, [])
        except Wrong as error:
            WRONG.append(str(error))
        self.send_response_only(200)
        for name, value in order.headers:
            self.send_header(name, value)
        if order.trailers:
            self.send_header("x-trailing-digest", digest(body(order.size)))
            self.send_header("x-trailing-last", str(order.number))
        for pushed in order.pushed:
            self.send_header("link", f"<{pushed.target}>; rel=preload")
        self.send_body(order)

    do_POST = do_GET

    def send_body(self, order):
        """Send the body, in chunks if its length was not announced."""
        octets = body(order.size)
        if dict(order.headers).get("content-length"):
            self.end_headers()
            self.wfile.write(octets)
            return
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        octets = octets[:order.hold or order.reset or order.size]
        if octets:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(octets), octets))
        if order.hold:
            COUNTS["cancelled"] += not self.connection.recv(1)  # the front hangs up when its client gives up
        if order.hold or order.reset:
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """Nothing."""


class Backend(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        """The front may hang up at any time; all else is wrong."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, socket.timeout)):
            WRONG.append(repr(error))


def main():
    """Serve until stdin ends."""
    with Backend(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        tell(port=server.server_port)
        while sys.stdin.buffer.read(1024):
            pass
        server.shutdown()
        thread.join()
    tell(counts=COUNTS, wrong=WRONG[:20])


if __name__ == "__main__":
    main()
