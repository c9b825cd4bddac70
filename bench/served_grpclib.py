"""A gRPC service on grpclib, for bench.server: ``python -m bench.served_grpclib``. Its one method sends every message
back. Messages are octets, so that nothing of protobuf is measured.
"""

import asyncio
import socket
import sys
from typing import Any

from grpclib.const import Cardinality, Handler
from grpclib.encoding.base import CodecBase
from grpclib.server import Server

from bench.served import METHOD


class Octets(CodecBase):
    """A message is what it is."""

    __content_subtype__ = "proto"

    def encode(self, message: bytes, message_type: Any) -> bytes:
        """grpclib calls it with what the service sends."""
        return message

    def decode(self, data: bytes, message_type: Any) -> bytes:
        """grpclib calls it with what came."""
        return bytes(data)


class Echo:
    """The service."""

    async def call(self, stream: Any) -> None:
        """Unary."""
        await stream.send_message(await stream.recv_message())

    def __mapping__(self) -> dict[str, Handler]:
        return {METHOD: Handler(self.call, Cardinality.UNARY_UNARY, bytes, bytes)}


async def main() -> None:
    """Serve until SIGTERM."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio asks: TCP_NODELAY
    listening.bind(("127.0.0.1", 0))
    server = Server([Echo()], codec=Octets())
    await server.start(sock=listening)
    print(f"Running on http://127.0.0.1:{listening.getsockname()[1]}", file=sys.stderr, flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
