"""The demo's server process: Hypercorn over TLS on a free loopback port.

Prints {"port"} when it listens and, once stdin ends, {"requests", "cpu", "states"}: requests answered, seconds of CPU
that the process has used since it began to listen, and what fasth2.status() said at the end.
"""
import asyncio
import os
import signal
import socket
import sys
import threading
import time

from fasth2.demo import side, traffic
from fasth2.demo.child import tell


class Site:
    """The ASGI application: answers as traffic.response() says."""

    def __init__(self):
        self.requests = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(receive, send)
        query = scope["query_string"]
        path = scope["raw_path"] + (b"?" + query if query else b"")
        status, headers, body = traffic.response(path, scope["headers"])
        self.requests += 1
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def lifespan(self, receive, send):
        """Startup and shutdown, with nothing to do for either."""
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return


async def end_of_stdin():
    """Return when the parent closes our stdin, or dies."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wait():
        while os.read(0, 1024):  # not sys.stdin: a thread that waits in it can hold its lock at exit
            pass
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True).start()
    await ended.wait()


def main(which):
    """Serve on `which` side (str) until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    side.take(which)
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    listener = socket.create_server(("127.0.0.1", 0))  # ours, so that a client can connect from now on
    config = Config.from_mapping(
        bind=[f"fd://{listener.fileno()}"],
        certfile=traffic.CERTIFICATE,
        keyfile=traffic.KEY,
        loglevel="ERROR",
        keep_alive_max_requests=2**31,  # not a new connection every 1,000 requests
    )
    site = Site()
    before = time.process_time()
    tell(port=listener.getsockname()[1])
    asyncio.run(serve(site, config, shutdown_trigger=end_of_stdin, mode="asgi"))
    tell(requests=site.requests, cpu=time.process_time() - before, states=side.states())
    listener.detach()  # Hypercorn has closed it


if __name__ == "__main__":
    main(*sys.argv[1:])
