"""Python code of the caller's in the middle of a call of h2's, fasth2's h2 beside stock h2: loggers that call the
connection, or raise."""
import pytest

from fuzz.connections import Log
from fuzz.framewriter import DATA, PING, wire
from support import h2s
from support.h2state import connection_state, first_difference, outcome

STOCK, OWN, ON_CODECS = h2s.stock(), h2s.own(), h2s.on_codecs()
REQUEST = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"a")]


def same(found, expected, what=""):
    assert found == expected, f"{first_difference(found, expected)}; {what}"


class Meddler(Log):
    """A logger that does something with the first line that begins with `text` (str), once."""

    def __init__(self, text, action):
        super().__init__()
        self.text, self.action, self.came = text, action, []

    def debug(self, text, *arguments):
        super().debug(text, *arguments)
        self.meddle(text)

    def trace(self, text, *arguments):
        super().trace(text, *arguments)
        self.meddle(text)

    def meddle(self, text):
        if self.action and text.startswith(self.text):
            action, self.action = self.action, None
            self.came.append(outcome(action))


def client_of(h2, log=None):
    """A client that has greeted, with stream 1 open."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(logger=log))
    client.initiate_connection()
    client.send_headers(1, REQUEST)
    client.data_to_send()
    return client


PINGS = [wire(PING, 0, 0, bytes([number]) * 8) for number in range(4)]


@pytest.mark.parametrize("cut", range(18))
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_octets_that_a_logger_receives_come_after_those_that_wait(cut, kind):
    """There is one order of octets: what is left of the outer call, then what the inner one brings."""
    results = []
    for h2 in (OWN, STOCK):
        log = Meddler("Received frame", lambda: client.receive_data(kind(PINGS[2] + PINGS[3][:cut])))
        client = client_of(h2, log)
        log.came += [outcome(client.receive_data, kind(PINGS[0] + PINGS[1] + PINGS[2][:5])) for _ in range(1)]
        log.came += [outcome(client.receive_data, kind(PINGS[2][5:] + PINGS[3][cut:]))]
        results.append([log.came, log.lines, connection_state(client), client.data_to_send(),
                        bytes(client.incoming_buffer._data)])
    same(*results)


def test_a_logger_sees_what_has_been_received_and_iterates_over_it():
    results = []
    for h2 in (OWN, STOCK):
        def look():
            waiting = bytes(client.incoming_buffer._data)
            return [waiting, repr(next(client.incoming_buffer)), bytes(client.incoming_buffer._data)]

        log = Meddler("Received frame", look)
        client = client_of(h2, log)
        log.came.append(outcome(client.receive_data, b"".join(PINGS)[:-3]))
        log.came.append(outcome(client.receive_data, PINGS[3][-3:]))
        results.append([log.came, connection_state(client), client.data_to_send()])
    same(*results)


def test_a_logger_says_how_long_frames_may_be():
    results = []
    for h2 in (OWN, STOCK):
        log = Meddler("Received frame", lambda: setattr(client.incoming_buffer, "max_frame_size", 7))
        client = client_of(h2, log)
        log.came.append(outcome(client.receive_data, PINGS[0] + wire(DATA, 0, 1, b"12345678")))
        results.append([log.came, connection_state(client), client.data_to_send()])
    same(*results)


class Failure(Exception):
    pass


def fail():
    raise Failure


class Raiser(Meddler):
    """A logger that raises."""

    def meddle(self, text):
        if self.action and text.startswith(self.text):
            self.action()


@pytest.mark.parametrize("logs", [Raiser, Meddler])
@pytest.mark.parametrize("text", ["Ack received data", "Acknowledge received data"])
def test_window_updates_are_written_together(logs, text):
    """Of the connection and of the stream: with a logger that raises, or that takes what is to be sent, in between."""
    results = []
    for h2 in (OWN, STOCK):
        log = logs(text, None)
        client = client_of(h2, log)
        client.receive_data(wire(1, 4, 1, b"\x88") + wire(DATA, 0, 1, bytes(16384)) * 3)
        log.action = fail if logs is Raiser else client.data_to_send
        came = outcome(client.acknowledge_received_data, 3 * 16384, 1)
        results.append([came, connection_state(client), client.data_to_send()])
    same(*results)


@pytest.mark.parametrize("logs", [Raiser, Meddler])
@pytest.mark.parametrize("text", ["Received DATA frame on closed", "Stream %s already CLOSED"])
def test_what_answers_data_on_a_closed_stream_is_written_together(logs, text):
    results = []
    for h2 in (OWN, STOCK):
        log = logs(text, None)
        client = client_of(h2, log)
        client.receive_data(wire(1, 4, 1, b"\x88") + wire(DATA, 0, 1, bytes(16384)))
        client.reset_stream(1)
        client.open_outbound_streams  # it leaves the streams
        client.data_to_send()
        log.action = fail if logs is Raiser else client.data_to_send
        came = outcome(client.receive_data, wire(DATA, 0, 1, bytes(16384)) * 2)
        results.append([came, log.came, connection_state(client), client.data_to_send()])
    same(*results)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("failing", range(5))
def test_streams_that_have_closed_are_found_after_an_exception(count, failing):
    class Dict(dict):
        def __setitem__(self, number, value):
            if len(self) == failing:
                raise Failure(number)
            super().__setitem__(number, value)

    results = []
    for h2 in (OWN, STOCK):
        client = client_of(h2)
        for number in range(3, 3 + 2 * count, 2):
            client.send_headers(number, REQUEST)
        for number in range(1 + 2 * count, 1, -2):
            client.reset_stream(number)
        client._closed_streams = Dict()
        came = [outcome(getattr, client, "open_outbound_streams")]
        client._closed_streams = {}
        came.append(outcome(getattr, client, "open_outbound_streams"))
        results.append([came, connection_state(client)])
    same(*results)
