"""Hypercorn with an application that checks what it gets: `python tests/soak/hypercorn_server.py SIDE`.

Prints {"port"}, and once stdin ends {"states", "left", "wrong"}: what fasth2.status() says, what is left (Census), and
what was not right.
"""
import asyncio
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side
from fasth2.demo.child import tell
from fasth2.demo.server import end_of_stdin

side.take(sys.argv[1])  # before h2 is imported

from hypercorn.asyncio import serve
from hypercorn.config import Config

from soak.census import Census
from soak.octets import body

CHUNK = 50_000  # octets that the application hands over at a time


class Site:
    """The ASGI application. `wrong` is a list of str."""

    def __init__(self):
        self.wrong = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        own = [field for field in scope["headers"] if field[0].startswith(b"x-")]
        number, sent, size = (int(dict(own)[name]) for name in (b"x-number", b"x-upload", b"x-download"))
        octets, more = bytearray(), True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            octets += event["body"]
            more = event["more_body"]
        if octets != body(number, sent):
            self.wrong.append(f"request {number} came with a wrong body of {len(octets)} octets for {sent}")
        headers = [*own, (b"x-size", b"%d" % size), (b"content-length", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for start in range(0, size, CHUNK):
            part = bytes(body(number, size)[start:start + CHUNK])
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})


async def main():
    """Serve until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = Config.from_mapping(bind=[f"fd://{listener.fileno()}"], loglevel="ERROR", keep_alive_max_requests=2**31)
    site = Site()

    async def all_is_over():
        census = Census()
        tell(port=listener.getsockname()[1])
        await end_of_stdin()
        tell(states=side.states(), left=await census.settle(), wrong=site.wrong[:20])
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # what is left is told, and cancelled now

    await serve(site, config, shutdown_trigger=all_is_over, mode="asgi")
    listener.detach()  # Hypercorn has closed it


if __name__ == "__main__":
    asyncio.run(main())
