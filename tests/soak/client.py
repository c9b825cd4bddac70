"""One connection of a client on h2 that does what ill-mannered clients do, and checks every octet that it gets."""
import asyncio
from contextlib import suppress

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    PingAckReceived,
    ResponseReceived,
    SettingsAcknowledged,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error
from h2.settings import Settings

PATIENCE = 60  # seconds for any exchange: a bound, not a measurement


class Ended(Exception):
    """The server has ended the connection, while something was to be acknowledged."""


class Exchange:
    """One stream: what came of it, and `ended` (asyncio.Future, with a word on how)."""

    def __init__(self):
        self.headers = []
        self.octets = bytearray()
        self.trailers = []
        self.ended = asyncio.get_running_loop().create_future()

    def end(self, word):
        if not self.ended.done():
            self.ended.set_result(word)


class Connection:
    """An asynchronous context manager.

    port: int; counts: Counter; wrong: list of str. `settings`: {code: value} to begin with. `pause`: seconds between
    two reads, and before what was read is acknowledged.
    """

    def __init__(self, port, counts, wrong, settings=None, pause=0):
        self.port = port
        self.counts = counts
        self.wrong = wrong
        self.settings = settings
        self.pause = pause
        self.left = self.closing = False
        self.exchanges = {}
        self.waiting = {}  # what is acknowledged: PING's octets, or "settings" -> Future
        self.h2 = H2Connection(H2Configuration(header_encoding=None))

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**17)
        self.room = asyncio.Event()
        if self.settings:
            self.h2.local_settings = Settings(client=True, initial_values=self.settings)
        self.h2.initiate_connection()
        self.reading = asyncio.create_task(self.read())
        self.counts["connections"] += 1
        await self.acknowledged("settings")  # h2 takes every acknowledgement for one of all that it has announced
        return self

    async def __aexit__(self, *_):
        """Say goodbye, and wait for the server to end the connection, unless that was left without a word."""
        if not self.left:
            self.h2.close_connection()
            self.flush()
            self.closing = True
            with suppress(OSError):
                self.writer.write_eof()
            await asyncio.wait([self.reading], timeout=PATIENCE)
        self.abort()
        await asyncio.wait([self.reading])

    def abort(self):
        """Leave without a word; what is under way stays unanswered."""
        self.left = True
        self.reading.cancel()
        self.writer.transport.abort()

    def flush(self):
        if not self.writer.is_closing():
            self.writer.write(self.h2.data_to_send())

    async def read(self):
        """Take in what comes, until the server ends."""
        try:
            while data := await self.reader.read(2**16):
                if self.closing:
                    continue  # h2 refuses what was under way when it said GOAWAY
                for event in self.h2.receive_data(data):
                    self.take(event)
                self.flush()
                if self.pause:
                    await asyncio.sleep(self.pause)
        except OSError:
            pass
        except H2Error as error:
            self.wrong.append(f"the server broke the protocol: {error!r}")
        finally:
            self.room.set()
            for exchange in self.exchanges.values():
                exchange.end("the connection is closed")
            for waiting in self.waiting.values():
                waiting.set_exception(Ended())

    def take(self, event):
        exchange = self.exchanges.get(getattr(event, "stream_id", None))
        if isinstance(event, DataReceived):
            self.counts["octets received"] += len(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if exchange:
                exchange.octets += event.data
        elif isinstance(event, ResponseReceived) and exchange:
            exchange.headers = event.headers
        elif isinstance(event, TrailersReceived) and exchange:
            exchange.trailers = event.headers
        elif isinstance(event, StreamEnded) and exchange:
            exchange.end("whole")
        elif isinstance(event, StreamReset) and exchange:
            exchange.end(f"reset by the server: {event.error_code!r}")
        elif isinstance(event, PingAckReceived):
            self.waiting.pop(event.ping_data).set_result(None)
        elif isinstance(event, SettingsAcknowledged) and "settings" in self.waiting:
            self.waiting.pop("settings").set_result(None)
        elif isinstance(event, ConnectionTerminated):
            self.counts["goaways"] += 1
        self.room.set()

    async def run(self, order, *, cut=None):
        """Carry `order` (Order) out, and check what comes back. `cut`: after how many octets of the response's body
        the stream is reset (0: before there is any, -1: before there is any of the request's; None: not at all)."""
        await self.within(order, self.carry_out, cut)

    async def hold(self, order, begun):
        """Send half of what `order` has to send, tell `begun` (asyncio.Semaphore), and wait for the connection's end.
        """
        await self.within(order, self.begin, begun)

    async def within(self, order, work, how):
        stream = self.h2.get_next_available_stream_id()
        self.exchanges[stream] = exchange = Exchange()
        self.h2.send_headers(stream, order.headers, end_stream=not order.upload)
        self.flush()
        try:
            await asyncio.wait_for(work(stream, exchange, order, how), PATIENCE)
        except asyncio.TimeoutError:
            self.wrong.append(f"request {order.number}: {len(exchange.octets)} of {len(order.owed_body)} octets "
                              f"within {PATIENCE} s")
        finally:
            del self.exchanges[stream]

    async def carry_out(self, stream, exchange, order, cut):
        if cut != -1:
            await self.send(stream, exchange, order.upload, len(order.upload))
        if cut is not None:
            await self.cut(stream, exchange, cut)
        else:
            self.check(order, exchange, await exchange.ended)

    async def begin(self, stream, exchange, order, begun):
        await self.send(stream, exchange, order.upload, len(order.upload) // 2)
        begun.release()
        await exchange.ended

    async def send(self, stream, exchange, octets, end):
        """Send a body up to `end` as the windows let it through, unless the server has answered already."""
        start = 0
        while start < end and not exchange.ended.done():
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, end - start)
            if size <= 0:
                self.room.clear()
                await self.room.wait()
                continue
            self.h2.send_data(stream, octets[start:start + size], end_stream=start + size == len(octets))
            self.counts["octets sent"] += size
            start += size
            self.flush()
            with suppress(ConnectionError):
                await self.writer.drain()

    async def cut(self, stream, exchange, after):
        """Reset a stream in the middle of its response."""
        while len(exchange.octets) < after and not exchange.ended.done():
            self.room.clear()
            await self.room.wait()
        if not exchange.ended.done():
            self.h2.reset_stream(stream, ErrorCodes.CANCEL)
            self.flush()
            self.counts["resets"] += 1

    def check(self, order, exchange, word):
        if self.left:
            self.counts["left"] += 1
            return
        self.counts["requests"] += 1
        if word != "whole":
            self.wrong.append(f"request {order.number}: {word}")
        elif reason := order.wrong(exchange.headers, exchange.octets, exchange.trailers):
            self.wrong.append(reason)

    async def ping(self, octets):
        """Send PING with those eight octets; return when they are back."""
        self.h2.ping(octets)
        await self.acknowledged(octets)
        self.counts["pings"] += 1

    async def change(self, settings):
        """Change `settings` ({code: value}); return when the server has acknowledged that."""
        self.h2.update_settings(settings)
        await self.acknowledged("settings")
        self.counts["settings"] += 1

    async def acknowledged(self, what):
        self.waiting[what] = asyncio.get_running_loop().create_future()
        self.flush()
        await asyncio.wait_for(self.waiting[what], PATIENCE)
