"""grpclib, on h2, as a client: `python grpclib_client.py SIDE HOST:PORT COUNT`. Prints {"states", "counts"}: what
fasth2.status() says, and how many calls of which kind were as they are owed; fails at the first that is not."""
import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from fasth2.demo import side

side.take(sys.argv[1])  # before h2 is imported

from grpclib.client import Channel, StreamStreamMethod
from grpclib.exceptions import GRPCError

from peers.orders import body
from peers.rpc.calls import SERVICE, Call, check_messages, check_metadata, check_same
from peers.rpc.codec import BytesCodec

CALLS = 20  # at a time


async def run(channel, call):
    """Make `call` (Call) on `channel`, and check what comes back."""
    method = StreamStreamMethod(channel, SERVICE + call.kind, bytes, bytes)
    status, details, stopped = 0, "", False
    async with method.open(metadata=call.metadata) as stream:
        for size in call.sends:
            await stream.send_message(body(size))
        await stream.end()
        await stream.recv_initial_metadata()
        check_metadata(call, "initial metadata", [*stream.initial_metadata.items()], call.initial)
        messages = []
        while (message := await stream.recv_message()) is not None:
            messages.append(message)
            if call.kind == "hold":
                await stream.cancel()
                stopped = True
                break
        check_messages(call, messages, call.returns[:1] if stopped else call.returns)
        if stopped:
            return
        try:
            await stream.recv_trailing_metadata()
        except GRPCError as error:
            status, details = error.status.value, error.message
        check_metadata(call, "trailing metadata", [*stream.trailing_metadata.items()], call.trailing)
    check_same(call, "status", (status, details), (call.code, call.details))


async def main(address, count):
    """Make `count` (int) calls to `address` (str)."""
    host, port = address.split(":")
    calls = [Call(number) for number in range(count)]
    waiting = iter(calls)

    async def work(channel):
        for call in waiting:
            await asyncio.wait_for(run(channel, call), 100)

    async with Channel(host, int(port), codec=BytesCodec()) as channel:
        await asyncio.gather(*[work(channel) for _ in range(CALLS)])
    print(json.dumps({"states": side.states(), "counts": Counter(call.kind for call in calls)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[2], int(sys.argv[3])))
