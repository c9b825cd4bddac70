"""Hypercorn, in a process of its own, with an ASGI application that answers orders: `python tests/peers/asgi.py SIDE
[FOLDER]`. Reports like server.py. Hypercorn lets an application neither reset a stream, nor change tables, nor say
GOAWAY, nor name fields that must not be indexed; and it sends trailers to those alone that say `te: trailers`."""
import asyncio
import socket
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side
from fasth2.demo.child import tell
from fasth2.demo.server import end_of_stdin

side.take(sys.argv[1])  # before h2 is imported

from hypercorn.asyncio import serve
from hypercorn.config import Config

from peers.orders import Order, Wrong, body, check_request
from peers.weights import Witness

CHUNK = 50_000  # octets that the application hands over at a time


class Site:
    """The ASGI application. `counts` is a Counter, `wrong` a list of str."""

    def __init__(self):
        self.counts = Counter()
        self.wrong = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(receive, send)
        query = scope["query_string"].decode()
        target = scope["raw_path"].decode() + (f"?{query}" if query else "")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        octets, more = b"", True
        while more:
            event = await receive()
            octets += event.get("body", b"")
            more = event.get("more_body", False)
        self.counts["requests"] += 1
        self.counts["octets received"] += len(octets)
        try:
            check_request(target, headers, octets, [])
        except Wrong as error:
            self.wrong.append(str(error))
        await self.respond(Order.parse(target), receive, send)

    async def respond(self, order, receive, send):
        """Answer `order` (Order)."""
        for headers in order.informational:
            await send({"type": "http.response.early_hint", "links": [value.encode() for _, value in headers]})
        for pushed in order.pushed:
            await send({"type": "http.response.push", "path": pushed.target, "headers": []})
        await send({"type": "http.response.start", "status": 200, "headers": octets_of(order.headers),
                    "trailers": bool(order.trailing)})
        octets = body(order.size)[:order.hold or order.size]
        for start in range(0, len(octets), CHUNK):
            await send({"type": "http.response.body", "body": octets[start:start + CHUNK], "more_body": True})
        while order.hold:
            if (await receive())["type"] == "http.disconnect":
                self.counts["cancelled"] += 1
                return
        await send({"type": "http.response.body"})
        if order.trailing:
            await send({"type": "http.response.trailers", "headers": octets_of(order.trailing)})

    async def lifespan(self, receive, send):
        """Startup and shutdown, with nothing to do for either."""
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return


def octets_of(headers):
    """`headers` (pairs of str) as a list of pairs of bytes."""
    return [(name.encode(), value.encode()) for name, value in headers]


def main(which, folder=None):
    """Serve until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = Config.from_mapping(bind=[f"fd://{listener.fileno()}"], loglevel="ERROR", keep_alive_max_requests=2**31)
    if folder:
        config.certfile, config.keyfile = f"{folder}/certificate.pem", f"{folder}/key.pem"
    site = Site()
    Witness(site.counts)
    tell(port=listener.getsockname()[1])
    asyncio.run(serve(site, config, shutdown_trigger=end_of_stdin, mode="asgi"))
    tell(states=side.states(), counts=site.counts, wrong=site.wrong[:20])
    listener.detach()  # Hypercorn has closed it


if __name__ == "__main__":
    main(*sys.argv[1:])
