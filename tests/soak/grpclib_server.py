"""grpclib with a service that checks what it gets: `python tests/soak/grpclib_server.py SIDE`. Reports like
hypercorn_server.py."""
import asyncio
import logging
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side
from fasth2.demo.child import tell
from fasth2.demo.server import end_of_stdin

side.take(sys.argv[1])  # before h2 is imported

from grpclib.const import Cardinality, Handler
from grpclib.server import Server

from peers.rpc.codec import BytesCodec
from soak.census import Census
from soak.octets import body


class Soak:
    """The service. `wrong` is a list of str."""

    def __init__(self):
        self.wrong = []

    def __mapping__(self):
        return {"/soak.Soak/Call": Handler(self.call, Cardinality.STREAM_STREAM, bytes, bytes)}

    async def call(self, stream):
        """Two messages there, three back."""
        own = {name: value for name, value in stream.metadata.items() if name.startswith("x-")}
        number, sent, size = (int(own[name]) for name in ("x-number", "x-upload", "x-download"))
        messages = [message async for message in stream]
        if messages != [body(number, sent), body(number + 1, sent // 2)]:
            self.wrong.append(f"call {number} came with messages of {[*map(len, messages)]} octets, for {sent}")
        await stream.send_initial_metadata(metadata=own)
        for part in range(3):
            await stream.send_message(bytes(body(number + part, size)))
        await stream.send_trailing_metadata(metadata={"x-size": str(size)})


async def main():
    """Serve until stdin ends."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of what grpclib writes to clients that are gone
    service = Soak()
    server = Server([service], codec=BytesCodec())
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    await server.start(sock=listener)
    census = Census()
    tell(port=listener.getsockname()[1])
    await end_of_stdin()
    tell(states=side.states(), left=await census.settle(), wrong=service.wrong[:20])
    server.close()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
