"""Calls the service of docs/recipes.md with its client: `drive_grpclib.py PORT`, in the folder of their files.

Prints {"checked": calls, "octets": of messages, "status": fasth2.status() in this process}.
"""
import asyncio
import json
import sys

from grpc_client import Channel, EchoStub, Octets
from traffic import Wrong, exchanges

import fasth2

CALLS = 8  # at a time
PARTS = 3  # messages of a call: the body of its exchange, in as many parts


async def call(stub, exchange):
    """One call with the fields and the body of `exchange` (Exchange). Returns the octets that came back."""
    fields = [field for field in exchange.fields if field[0] != "cookie" and field[1]]
    size = len(exchange.body) // PARTS + 1
    sent = [exchange.body[at:at + size] for at in range(0, len(exchange.body), size)] or [b""]
    came = []
    async with stub.repeat.open(metadata=fields, timeout=60) as stream:
        await stream.send_request()
        for number, part in enumerate(sent):
            await stream.send_message(part, end=number == len(sent) - 1)
            came.append(await stream.recv_message())
        assert await stream.recv_message() is None
        await stream.recv_trailing_metadata()
    if came != sent:
        raise Wrong(f"{exchange}: messages of {list(map(len, came))} octets where {list(map(len, sent))} are right")
    owed = [field for field in exchange.echoed() if field[1]]
    compare(exchange, "initial metadata", stream.initial_metadata, owed)
    compare(exchange, "trailing metadata", stream.trailing_metadata, [*owed, ("x-octets", str(len(exchange.body)))])
    return len(exchange.body)


def compare(exchange, what, metadata, owed):
    """Raise Wrong unless the `metadata` (multidict) holds just the pairs `owed` (list)."""
    found = [(name, value) for name, value in metadata.items() if name.startswith("x-")]
    if sorted(found) != sorted(owed):
        raise Wrong(f"{exchange}: {what} {found!r} where {owed!r} is right")


async def main(port):
    """All calls; then ask the server for its status."""
    places = asyncio.Semaphore(CALLS)
    wanted = exchanges()

    async def one(exchange):
        async with places:
            return await call(stub, exchange)

    async with Channel("localhost", port, codec=Octets()) as channel:
        stub = EchoStub(channel)
        octets = sum(await asyncio.gather(*map(one, wanted)))
        server = (await stub.status(b"")).decode()
    print(json.dumps({"checked": len(wanted), "octets": octets, "status": str(fasth2.status()), "server": server}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
