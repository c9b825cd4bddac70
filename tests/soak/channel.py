"""grpclib's client, on the service of grpclib_server.py."""
import asyncio

from grpclib.client import Channel, StreamStreamMethod

from peers.rpc.codec import BytesCodec
from soak.client import PATIENCE
from soak.octets import body
from soak.orders import own_fields, sizes

LARGEST = 200_000  # octets of a message


async def calls(load, count, width):
    """Make `count` (int) calls on one channel to the server of `load` (Load), that many at a time."""
    places = iter(range(count))
    async with Channel("127.0.0.1", load.port, codec=BytesCodec()) as channel:
        method = StreamStreamMethod(channel, "/soak.Soak/Call", bytes, bytes)
        load.counts["connections"] += 1

        async def one_after_the_other():
            for place in places:
                if load.is_over():
                    return
                number = next(load.numbers)
                try:
                    await asyncio.wait_for(call(load, method, number, cancels=place % 5 == 4), PATIENCE)
                except asyncio.TimeoutError:
                    load.wrong.append(f"call {number}: not answered within {PATIENCE} s")

        await asyncio.gather(*[one_after_the_other() for _ in range(width)])


async def call(load, method, number, cancels):
    """One call; or the first half of one."""
    sent, received = sizes(number, LARGEST)
    own = {name.decode(): value.decode() for name, value in own_fields(number) if value}
    own |= {"x-upload": str(sent), "x-download": str(received)}
    async with method.open(metadata=own) as stream:
        await stream.send_message(bytes(body(number, sent)))
        if cancels:
            await stream.cancel()
            load.counts["resets"] += 1
            return
        await stream.send_message(bytes(body(number + 1, sent // 2)), end=True)
        messages = [message async for message in stream]
        await stream.recv_trailing_metadata()
    load.counts["requests"] += 1
    load.counts["octets sent"] += sent + sent // 2
    load.counts["octets received"] += sum(map(len, messages))
    if messages != [body(number + part, received) for part in range(3)]:
        load.wrong.append(f"call {number}: messages of {[*map(len, messages)]} octets for {received}")
    came = {name: value for name, value in stream.initial_metadata.items() if name.startswith("x-")}
    if came != own or stream.trailing_metadata.get("x-size") != str(received):
        load.wrong.append(f"call {number}: metadata {came}, {dict(stream.trailing_metadata)}")
