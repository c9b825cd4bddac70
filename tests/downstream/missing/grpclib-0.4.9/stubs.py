"""The two ends that grpclib's tests put around its protocol classes; its sdist leaves them out."""
from h2.connection import ConnectionState

from grpclib.protocol import AbstractHandler


class TransportStub:
    """A transport that hands what is written to an h2 connection, and keeps the events for the test."""

    def __init__(self, h2_connection):
        self._h2_connection = h2_connection
        self._closing = False
        self._error = None
        self._events = []

    def __raise_on_write__(self, error):
        self._error = error

    def events(self):
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def process(self, processor):
        """Gives what happened since the last call to grpclib's processor, and returns it."""
        events = self.events()
        for event in events:
            processor.process(event)
        return events

    def write(self, data):
        if self._error is not None:
            raise self._error
        if self._h2_connection.state_machine.state is not ConnectionState.CLOSED:  # who has gone reads no more
            self._events += self._h2_connection.receive_data(data)

    def get_extra_info(self, name):
        return None

    def is_closing(self):
        return self._closing

    def close(self):
        self._closing = True


class DummyHandler(AbstractHandler):
    """Remembers the request that it was given last."""

    stream = headers = release_stream = None

    def accept(self, stream, headers, release_stream):
        self.stream, self.headers, self.release_stream = stream, headers, release_stream

    def cancel(self, stream):
        pass

    def close(self):
        pass
