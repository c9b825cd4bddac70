"""grpclib, on h2, as a server: `python grpclib_server.py SIDE`. Reports like server.py."""
import asyncio
import socket
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from fasth2.demo import side
from fasth2.demo.child import tell
from fasth2.demo.server import end_of_stdin

side.take(sys.argv[1])  # before h2 is imported

from grpclib.const import Cardinality, Handler, Status
from grpclib.server import Server

from peers.orders import Wrong, body
from peers.rpc.calls import KINDS, SERVICE, called, check_messages, check_metadata
from peers.rpc.codec import BytesCodec


class Service:
    """Answers every call as it is owed. `counts` is a Counter, `wrong` a list of str."""

    def __init__(self):
        self.counts = Counter()
        self.wrong = []

    def __mapping__(self):
        handler = Handler(self.answer, Cardinality.STREAM_STREAM, bytes, bytes)
        return {SERVICE + kind: handler for kind in KINDS}

    async def answer(self, stream):
        """One call, on grpclib's server `stream`."""
        call = called(stream.metadata.items())
        self.counts["requests"] += 1
        try:
            check_metadata(call, "metadata", [*stream.metadata.items()], call.metadata)
            messages = [message async for message in stream]
            check_messages(call, messages, call.sends)
        except Wrong as error:
            self.wrong.append(str(error))
        await stream.send_initial_metadata(metadata=call.initial)
        for size in call.returns:
            await stream.send_message(body(size))
            if call.kind == "hold":
                await self.cancellation()
        await stream.send_trailing_metadata(
            status=Status(call.code), status_message=call.details or None, metadata=call.trailing,
        )

    async def cancellation(self):
        """Wait for the client to cancel."""
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.counts["cancelled"] += 1
            raise


async def main():
    """Serve until stdin ends."""
    service = Service()
    server = Server([service], codec=BytesCodec())
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    await server.start(sock=listener)
    tell(port=listener.getsockname()[1])
    await end_of_stdin()
    server.close()
    await server.wait_closed()
    tell(states=side.states(), counts=service.counts, wrong=service.wrong[:20])


if __name__ == "__main__":
    asyncio.run(main())
