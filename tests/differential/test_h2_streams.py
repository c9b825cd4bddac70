"""Recorded connections through fasth2's h2 and through stock h2, in one process: whole, cut at random, octet by octet.

What a connection is told and what it says are compared as tests/fuzz/connections.py compares them: events, octets,
exceptions, and the state at the end. The streams of ../shared/corpus are what clients have sent; the project's own
recordings (tests/corpus/recorded) are played from both ends.
"""
import random

import pytest

from differential.test_streams import CORPUS, PREFACE, made_streams
from support import h2s, recorded
from support.h2state import connection_state, first_difference, outcome
from support.replay import Part, validates

STREAMS = sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.name != "COPYING")
# Where fasth2's frames differ from hyperframe's, the oracle is h2 on fasth2's frames. test_streams.py has the rows.
MADE = {name: (PREFACE + bytes.fromhex(octets), row) for name, (octets, row) in made_streams().items()}


@pytest.fixture(scope="module")
def h2_of():
    """{name: H2} of fasth2's h2, and of the oracles."""
    return {"own": h2s.own(), "stock": h2s.stock(), "codecs": h2s.on_codecs()}


class Server:
    """A server that answers, and what it comes to. It goes on after an error, as careless programs do."""

    def __init__(self, h2, **config):
        self.h2, self.log = h2, []
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, **config))
        self.connection.initiate_connection()

    def receive(self, octets):
        with self.h2:
            came = outcome(self.connection.receive_data, octets)
            self.log.append(came)
            for name, _, fields in came[1] if came[0] == "returned" else ():
                self.answer(name, dict(fields))
            self.log.append(self.connection.data_to_send())

    def answer(self, name, fields):
        """What a plain server does, so that frames are sent as well."""
        connection = self.connection
        stream = fields["stream_id"][1] if "stream_id" in fields else 0
        if name == "RequestReceived":
            self.log.append(outcome(connection.send_headers, stream, [(":status", "200"), ("server", "replay")]))
            self.log.append(outcome(connection.send_data, stream, b"hello", pad_length=3))
            self.log.append(outcome(connection.send_data, stream, memoryview(b"world"), end_stream=True))
        elif name == "DataReceived":
            size = fields["flow_controlled_length"][1]
            self.log.append(outcome(connection.acknowledge_received_data, size, stream))

    def state(self):
        return connection_state(self.connection)


def pieces_of(octets, how):
    """`octets` cut: not at all, at random places (`how` is a random.Random), or after each octet."""
    if how == "whole":
        return [octets]
    if how == "octets":
        return [octets[at:at + 1] for at in range(len(octets))]
    cuts = sorted(how.randrange(len(octets) + 1) for _ in range(how.randint(1, 8)))
    return [octets[start:end] for start, end in zip([0, *cuts], [*cuts, len(octets)])]


def agree(own, oracle, octets, how, **config):
    servers = Server(own, **config), Server(oracle, **config)
    for piece in pieces_of(octets, how):
        for server in servers:
            server.receive(piece)
        found, expected = (server.log for server in servers)
        assert found == expected, first_difference(found, expected)
        for server in servers:
            server.log.clear()
    found, expected = (server.state() for server in servers)
    assert found == expected, first_difference(found, expected)


CUTS = ["whole", "octets", "random"]


def cut(how, name):
    return random.Random(name) if how == "random" else how


@pytest.mark.parametrize("name, how", [
    (name, how) for name in MADE for how in CUTS if how == "whole" or name != "an overlong frame"  # overlong-frame
])
def test_made_streams(h2_of, name, how):
    octets, row = MADE[name]
    agree(h2_of["own"], h2_of["codecs" if row else "stock"], octets, cut(how, name))


@pytest.mark.parametrize("how", CUTS)
def test_streams_of_the_corpus(h2_of, how):
    if not STREAMS:
        pytest.skip(f"no recorded streams in {CORPUS}; set FASTH2_STREAMS to a folder of them")
    for path in STREAMS:
        octets = path.read_bytes()
        if not holds_overlong_frame(octets):
            agree(h2_of["own"], h2_of["stock"], octets, cut(how, path.name))
            agree(h2_of["own"], h2_of["codecs"], octets, cut(how, path.name), header_encoding="latin-1",
                  validate_inbound_headers=False)


def holds_overlong_frame(octets):
    """Whether a frame in it is longer than a server allows: it is refused at its ninth octet (overlong-frame)."""
    at = len(PREFACE)
    while at + 9 <= len(octets):
        length = int.from_bytes(octets[at:at + 3], "big")
        if length > 16384:
            return True
        at += 9 + length
    return False


def each_connection():
    for path in recorded.FILES:
        for place, connection in enumerate(recorded.load(path)[1]):
            yield pytest.param(connection, id=f"{path.stem}-{place}-{connection.client}-{connection.server}")


@pytest.mark.parametrize("pieces", [None, 1, 7], ids=["frames", "octets", "sevens"])
@pytest.mark.parametrize("connection", [*each_connection()])
def test_recorded_connections(h2_of, connection, pieces):
    """h2 in the place of either end."""
    frames = [*connection.frames()]
    if pieces == 1:
        frames = frames[:200]  # what comes after them is of the same kinds, and time is short
    for role in recorded.OTHER:
        ours, theirs = (Part(role, validates(connection), h2_of[name], pieces) for name in ("own", "stock"))
        found, expected = ours.play(frames), theirs.play(frames)
        assert found == expected, first_difference(found, expected)
        found, expected = (connection_state(part.connection) for part in (ours, theirs))
        assert found == expected, first_difference(found, expected)


def test_the_streams_do_something(h2_of):
    """The answering server is asked, and the recordings are taken in, so that there is something to compare."""
    server = Server(h2_of["stock"])
    server.receive(MADE["a body"][0])
    events = server.log[0][1]
    assert [name for name, *_ in events] == ["RemoteSettingsChanged", "RequestReceived", "DataReceived", "DataReceived",
                                             "StreamEnded"]
    assert all(each == ("returned", ("NoneType", None)) for each in server.log[1:4])
