"""The mixed load: connections of several kinds side by side, until the time is over."""
import asyncio
import itertools
import time
from collections import Counter
from contextlib import suppress

from h2.settings import SettingCodes

from soak.client import Connection, Ended
from soak.octets import LARGEST

FRAME = {SettingCodes.MAX_FRAME_SIZE: 100_000}  # never raised later: h2 refuses the first frames of the new size
SETTINGS = [  # in turn
    {SettingCodes.HEADER_TABLE_SIZE: 0},
    {SettingCodes.INITIAL_WINDOW_SIZE: 1_000, SettingCodes.HEADER_TABLE_SIZE: 300},
    {SettingCodes.INITIAL_WINDOW_SIZE: 200_000},
    {SettingCodes.HEADER_TABLE_SIZE: 4_096},
    {SettingCodes.INITIAL_WINDOW_SIZE: 65_535, SettingCodes.HEADER_TABLE_SIZE: 16_000},
    {SettingCodes.MAX_FRAME_SIZE: 16_384},
]
HELD = 10  # streams of a connection that a client leaves
CUTS = [None, 0, -1, 1, 20_000]  # octets after which a stream is reset, in turn; see Connection.run


class Load:
    """port: int, of the server; make: an order of a number and the octets of the largest bodies (see orders);
    seconds: how long; kinds: names of methods, for all that runs side by side, each again and again. `counts` is a
    Counter, `wrong` a list of str."""

    def __init__(self, port, make, seconds, kinds):
        self.port = port
        self.make = make
        self.deadline = time.monotonic() + seconds
        self.kinds = kinds
        self.counts = Counter()
        self.wrong = []
        self.numbers = itertools.count()

    async def run(self):
        """Until the time is over, or something was wrong."""
        await asyncio.gather(*[self.repeat(getattr(self, kind)) for kind in self.kinds])

    async def repeat(self, kind):
        while not self.is_over():
            await kind()

    def is_over(self):
        return bool(self.wrong) or time.monotonic() > self.deadline

    async def requests(self, connection, count, streams, largest=LARGEST, cuts=(None,)):
        """Send `count` requests, that many streams at a time."""
        places = iter(range(count))

        async def one_after_the_other():
            for place in places:
                if self.is_over() or connection.left or connection.reading.done():
                    return
                await connection.run(self.make(next(self.numbers), largest), cut=cuts[place % len(cuts)])

        await asyncio.gather(*[one_after_the_other() for _ in range(streams)])

    def connect(self, **how):
        return Connection(self.port, self.counts, self.wrong, **how)

    async def steady(self):
        """Many requests on one connection, none of them large."""
        async with self.connect() as connection:
            await self.requests(connection, 1_000, 20, largest=20_000)

    async def large(self):
        async with self.connect(settings={SettingCodes.INITIAL_WINDOW_SIZE: 300_000}) as connection:
            await self.requests(connection, 200, 3)

    async def slow(self):
        """A reader that lets little through at a time, and takes its time."""
        async with self.connect(settings={SettingCodes.INITIAL_WINDOW_SIZE: 2_500}, pause=0.01) as connection:
            await self.requests(connection, 60, 4, largest=50_000)

    async def cutting(self):
        """Streams that are reset before, in the middle of and after their bodies."""
        async with self.connect() as connection:
            await self.requests(connection, 300, 10, largest=200_000, cuts=CUTS)

    async def talking(self):
        """PING and SETTINGS between the frames of requests."""
        async with self.connect() as connection:
            await connection.change(FRAME)
            sending = asyncio.gather(self.requests(connection, 200, 5, largest=200_000))
            for turn in itertools.count():
                if sending.done() or connection.reading.done():
                    break
                with suppress(Ended):
                    await connection.ping(b"%08d" % turn)
                    await connection.change(SETTINGS[turn % len(SETTINGS)])
                await asyncio.sleep(0.02)
            await sending

    async def brief(self):
        """A connection for three requests."""
        async with self.connect() as connection:
            await self.requests(connection, 3, 3, largest=1_000)

    async def vanishing(self):
        """A client that is gone without a word, when all is answered."""
        async with self.connect() as connection:
            await self.requests(connection, 10, 10, largest=50_000)
            connection.abort()
            self.counts["aborted connections"] += 1

    async def leaving(self):
        """A client that is gone in the middle of its requests."""
        async with self.connect() as connection:
            begun = asyncio.Semaphore(0)
            held = [asyncio.create_task(connection.hold(self.make(next(self.numbers) * 40 + 13, 50_000), begun))
                    for _ in range(HELD)]
            for _ in held:
                await begun.acquire()
            connection.abort()
            await asyncio.wait(held)
            self.counts["aborted connections"] += 1

    async def deserting(self):
        """A client that is gone in the middle of responses."""
        async with self.connect() as connection:
            sending = asyncio.gather(self.requests(connection, 20, 10))
            await asyncio.wait([sending], timeout=0.05)
            connection.abort()
            await sending
            self.counts["aborted connections"] += 1

    async def calling(self):
        """grpclib's own client, that cancels a call now and then."""
        from soak.channel import calls

        await calls(self, 300, 10)
