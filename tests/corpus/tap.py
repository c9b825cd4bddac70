"""A tap: stands between a client and a server of HTTP/2 on loopback, and keeps what both say, in order."""
import asyncio
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Tap:
    """A context manager. `port` (int) is where the client goes; `connections` is a list of lists of (sender, octets).

    target: the server's port. inward: an ssl.SSLContext where the client speaks TLS; outward, where the server does.
    A sender is "client" or "server". What begins with anything else than HTTP/2's preface is passed on, not kept.
    """

    def __init__(self, target, inward=None, outward=None):
        self.target, self.inward, self.outward = target, inward, outward
        self.connections = []
        self._tasks = set()

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.inward))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _end(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, client_reader, client_writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        segments, writers = [], [client_writer]
        try:
            server_reader, server_writer = await asyncio.open_connection(
                "127.0.0.1", self.target, ssl=self.outward, server_hostname="localhost" if self.outward else None)
            writers.append(server_writer)
            await asyncio.gather(self._pass_on("client", client_reader, server_writer, segments),
                                 self._pass_on("server", server_reader, client_writer, segments))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for writer in writers:
                writer.transport.abort()
            if b"".join(octets for sender, octets in segments if sender == "client").startswith(PREFACE):
                self.connections.append(segments)
            self._tasks.discard(task)

    async def _pass_on(self, sender, reader, writer, segments):
        while octets := await reader.read(65536):
            if segments and segments[-1][0] == sender:
                segments[-1] = (sender, segments[-1][1] + octets)
            else:
                segments.append((sender, octets))
            writer.write(octets)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
