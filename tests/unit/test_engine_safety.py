"""Memory safety: what callers, their classes and their finalisers can do to a connection at the worst moment.

Each of these has broken memory once. On a release build a test may pass by luck; .ci/sanitize runs them all.
"""
import contextlib
import gc
import struct
import subprocess
import sys
from types import GeneratorType

import pytest

from fasth2.codec import frametypes
from fasth2.engine import windows
from fasth2.engine.connection import Connection
from fasth2.errors.h2 import FlowControlError, ProtocolError
from fasth2.h2.config import H2Configuration
from fasth2.h2.connection import ConnectionInputs, H2Connection, H2ConnectionStateMachine
from fasth2.h2.frame_buffer import FrameBuffer
from fasth2.h2.settings import Settings
from fasth2.h2.stream import H2Stream, H2StreamStateMachine, StreamInputs
from fasth2.hpack import Decoder, Encoder
from fasth2.hyperframe import frame as frames
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR

REQUEST = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "a")]
PAYLOAD = b"12345678"
NOT_SO = (TypeError, AttributeError)  # what a thing of another kind than it should be is good for


@pytest.fixture
def client():
    """A client with stream 1, and nothing that waits to be sent."""
    connection = H2Connection()
    connection.initiate_connection()
    connection.send_headers(1, REQUEST)
    connection.data_to_send()
    return connection


@pytest.fixture
def server(client):
    """A server that has received the client's request."""
    connection = H2Connection(H2Configuration(client_side=False))
    connection.initiate_connection()
    fresh = H2Connection()
    fresh.initiate_connection()
    fresh.send_headers(1, REQUEST)
    connection.receive_data(fresh.data_to_send())
    connection.data_to_send()
    return connection


class Meddling(int):
    """An int whose comparisons call `then` first."""

    __hash__ = int.__hash__
    then = None

    def met(self):
        if self.then:
            self.then()

    def __eq__(self, other):
        self.met()
        return int(self) == int(other)

    def __gt__(self, other):
        self.met()
        return int(self) > int(other)


# --- padding --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("pad_length", [-59990, -2, -1, 256, 2**31, 2**63, -(2**63) - 1])
def test_stream_with_a_padding_that_no_frame_has(client, pad_length):
    client.streams[1].outbound_flow_control_window = 2**70
    with pytest.raises((struct.error, AssertionError)):
        for frame in client.streams[1].send_data(b"x" * 60000, pad_length=pad_length):
            frame.serialize()


def test_padding_that_compares_as_it_likes(client):
    class Small(int):
        def __lt__(self, other):
            return False

        __gt__ = __lt__

    with pytest.raises(struct.error):
        client.send_data(1, b"x" * 60000, pad_length=Small(-59990))
    assert client.data_to_send() == b""


# --- look-ups that run Python code ----------------------------------------------------------------------------------

def look_up_and_lose(connection, call):
    """Makes the call with an identifier that lets go of all streams while it is looked up."""
    stream_id = Meddling(1)
    stream_id.then = lambda: setattr(connection, "streams", {})
    with contextlib.suppress(KeyError):
        call(stream_id)


@pytest.mark.parametrize("call", [
    lambda client: lambda stream_id: client.reset_stream(stream_id),
    lambda client: lambda stream_id: client.end_stream(stream_id),
    lambda client: lambda stream_id: client.send_data(stream_id, b"x"),
    lambda client: lambda stream_id: client.send_data(stream_id, b""),
    lambda client: lambda stream_id: client.increment_flow_control_window(1, stream_id),
    lambda client: lambda stream_id: client.local_flow_control_window(stream_id),
    lambda client: lambda stream_id: client.acknowledge_received_data(1, stream_id),
    lambda client: lambda stream_id: client._get_stream_by_id(stream_id),
    lambda client: lambda stream_id: client._stream_closed_by(stream_id),
])
def test_streams_that_go_while_one_is_looked_up(client, call):
    look_up_and_lose(client, call(client))
    assert client.streams == {}


def test_stream_that_goes_while_one_is_opened(client):
    """The new one's identifier meets that of another in the dict: both have the hash 3."""
    stream_id = Meddling(3)
    client.streams[Meddling(3)] = client.streams.pop(1)
    client.highest_outbound_stream_id = 1
    stream_id.then = lambda: setattr(client, "streams", {})
    client._begin_new_stream(stream_id, 1)


def test_records_that_go_while_they_are_read(client):
    closed = client._closed_streams
    stream_id = Meddling(1)
    closed[stream_id] = closed.pop(1, None)
    client.streams = {}
    del closed
    stream_id.then = lambda: setattr(client, "_closed_streams", {})
    with contextlib.suppress(KeyError):
        client._stream_closed_by(1)


def test_settings_that_go_while_one_is_looked_up(client):
    settings = client.remote_settings
    code = Meddling(3)
    values = {key: value for key, value in settings._settings.items() if key != 3}
    settings._settings = {**values, code: [5]}
    del values
    code.then = lambda: setattr(settings, "_settings", {1: [4096], 4: [65535], 5: [16384]})
    client.send_headers(3, REQUEST)
    settings._settings = {Meddling(3): [5]}
    next(iter(settings._settings)).then = lambda: setattr(settings, "_settings", {})
    assert settings[3] == 5


def test_codecs_that_go_while_they_are_set(client):
    class Going(Decoder):
        def __setattr__(self, name, value):
            client.decoder = None
            super().__setattr__(name, value)

    client.decoder = Going()
    client.update_settings({1: 100})
    client.receive_data(frames.SettingsFrame(0, flags=["ACK"]).serialize())
    client.receive_data(frames.SettingsFrame(0, flags=["ACK"]).serialize())
    assert client.decoder is None


# --- what waits to be sent ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("meddle", ["data_to_send", "clear_outbound_data_buffer"])
@pytest.mark.parametrize("amount", [1000, 5, -5, 2**70])
def test_amount_that_sends(client, amount, meddle):
    class Amount:
        def __index__(self):
            getattr(client, meddle)()
            client.ping(b"87654321")
            return amount

    for _ in range(100):
        client.ping(PAYLOAD)
    sent = client.data_to_send(Amount())
    rest = client.data_to_send()
    assert sent + rest == frames.PingFrame(0, b"87654321").serialize()
    assert len(sent) == len((sent + rest)[:amount])


def test_finalisers_that_send(client):
    """Up to CPython 3.11, making a slice may run the collector."""
    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            client.clear_outbound_data_buffer()

    before = gc.get_threshold()
    try:
        gc.set_threshold(1)
        for amount in range(100):
            client.ping(PAYLOAD)
            client.ping(PAYLOAD)
            Cycle()
            assert len(client.data_to_send(amount)) <= amount
    finally:
        gc.set_threshold(*before)


@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
@pytest.mark.parametrize("size", [0, 100, 3000, 60000])
def test_without_memory_nothing_is_lost(client, no_collector, size):
    testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")
    expected = b"" if not size else frames.DataFrame(1, bytes(size)).serialize()
    ping = frames.PingFrame(0, PAYLOAD).serialize()
    client.max_outbound_frame_size = 2**24
    failed = 0
    for start in range(20):
        client.clear_outbound_data_buffer()
        client.streams[1].outbound_flow_control_window = client.outbound_flow_control_window = 2**31 - 1
        if size:
            client.send_data(1, bytes(size))
        client.ping(PAYLOAD)
        got = None
        testcapi.set_nomemory(start, 0)
        try:
            got = client.data_to_send()
        except MemoryError:
            pass
        finally:
            testcapi.remove_mem_hooks()
        failed += got is None
        client.ping(PAYLOAD)
        assert (got or b"") + client.data_to_send() == expected + ping + ping
    assert failed


@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
def test_without_memory_to_grow_what_waits_goes_on_waiting(client, no_collector):
    testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")
    ping = frames.PingFrame(0, PAYLOAD).serialize()
    for count in range(1, 100):
        client.clear_outbound_data_buffer()
        sent = 0
        testcapi.set_nomemory(0, 0)
        try:
            for _ in range(count):
                client.ping(PAYLOAD)
                sent += 1
        except MemoryError:
            pass
        finally:
            testcapi.remove_mem_hooks()
        assert client.data_to_send() == ping * sent


# --- what is no stream, no buffer, no octets ------------------------------------------------------------------------

@pytest.mark.parametrize("call", [
    lambda client: client.receive_data(frames.SettingsFrame(0, settings={4: 70000}).serialize()),
    lambda client: client.receive_data(frames.SettingsFrame(0, settings={5: 70000}).serialize()),
    lambda client: client.open_outbound_streams,
    lambda client: client.send_data(99, b""),
    lambda client: client.increment_flow_control_window(1, 99),
    lambda client: client._inbound_flow_control_change_from_settings(0, 1),
])
@pytest.mark.parametrize("thing", [None, "a stream"])
def test_what_is_no_stream(client, call, thing):
    client.streams[99] = thing
    with pytest.raises(NOT_SO):
        call(client)


def test_what_is_no_dict(client):
    with pytest.raises(TypeError):
        client.streams = None
    assert 1 in client.streams


def test_connection_without_a_frame_buffer(client):
    client.incoming_buffer = None
    with pytest.raises(NOT_SO):
        client.receive_data(b"x" * 30)
    with pytest.raises(NOT_SO):
        H2Connection.__new__(H2Connection).receive_data(b"x" * 30)
    del client.incoming_buffer
    with pytest.raises(NOT_SO):
        client.receive_data(b"x" * 30)


def test_frame_buffer_that_was_never_initialised():
    buffer = FrameBuffer.__new__(FrameBuffer)
    assert list(buffer) == []
    buffer.add_data(b"\0")
    assert list(buffer) == []


def test_header_block_that_is_no_bytes(client):
    class Buffer(FrameBuffer):
        def _update_header_buffer(self, f):
            f.data = None
            return f

    client.incoming_buffer = Buffer()
    client.incoming_buffer.max_frame_size = 1 << 14
    with pytest.raises((TypeError, ProtocolError)):
        client.receive_data(frames.HeadersFrame(1, b"\x88").serialize())


@pytest.mark.parametrize("result", [bytearray(500), "text" * 50, None])
def test_frame_that_serialises_to_no_bytes(client, server, monkeypatch, result):
    for name in "AltSvcFrame", "RstStreamFrame", "SettingsFrame", "GoAwayFrame":
        monkeypatch.setattr(getattr(frametypes, name), "serialize", lambda self: result)
    for call in (lambda: server.advertise_alternative_service(b"h2", stream_id=1),
                 lambda: client.reset_stream(1, "no code"), lambda: client.update_settings({4: 1}),
                 client.close_connection):
        with pytest.raises(TypeError):
            call()
    assert client.data_to_send() == server.data_to_send() == b""


# --- header blocks --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [0, None, -5])
def test_frame_size_that_changes_once_the_block_is_there(client, size):
    class Weight(int):
        def __gt__(self, other):
            client.streams[3].max_outbound_frame_size = size
            return False

    with pytest.raises((ValueError, IndexError)):
        client.send_headers(3, REQUEST, priority_weight=Weight(16))
    assert client.data_to_send() == b""


def test_header_list_that_its_decoder_keeps(server):
    """A codec is looked up by the name in `header_encoding`, and may do what it likes."""
    class Keeping(Decoder):
        def decode(self, data, raw=False):
            self.kept = super().decode(data, raw)
            return self.kept

    class Encoding:
        client_side = False
        validate_inbound_headers = normalize_inbound_headers = True
        logger = server.config.logger

        @property
        def header_encoding(self):
            server.decoder.kept.clear()
            server.decoder.kept.extend([None] * 4)
            return "utf-8"

    server.decoder = Keeping()
    server.config = Encoding()
    fresh = H2Connection()
    fresh.initiate_connection()
    fresh.data_to_send()
    fresh.send_headers(3, [*REQUEST, ("cookie", "a"), ("cookie", "b")])
    event = server.receive_data(fresh.data_to_send())[0]
    assert dict(event.headers)["cookie"] == "a; b"
    assert event.headers is not server.decoder.kept


def test_steps_whose_frames_have_gone(client):
    class Logger:
        def debug(self, *args):
            client.data_to_send(5)
            client.data_to_send()

        trace = debug

    class Config(H2Configuration):
        logger = Logger()

    client.config = Config()
    client.ping(PAYLOAD)
    frames_, _ = client._receive_ping_frame(frames.PingFrame(0, PAYLOAD))
    assert all(isinstance(each, frames.Frame) for each in frames_)
    client.config = H2Configuration()
    client.ping(PAYLOAD)
    assert client.data_to_send()[-17:] == frames.PingFrame(0, PAYLOAD).serialize()


# --- frames that were cut -------------------------------------------------------------------------------------------

@pytest.fixture
def frame_class(monkeypatch):
    """Registers a frame class of the type 0xF0 for the time of a test."""
    def register(cls):
        monkeypatch.setitem(frames.FRAMES, 0xF0, cls)

    return register


def test_frame_class_that_goes_on_reading(frame_class):
    buffer = FrameBuffer()
    buffer.max_frame_size = 1 << 14
    seen = []

    class Mine(frames.Frame):
        type = 0xF0
        stream_association = "either"
        defined_flags = []
        is_first = True

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            if Mine.is_first:
                Mine.is_first = False
                next(buffer)

        def parse_body(self, data):
            seen.append(set(bytes(data)))

    frame_class(Mine)
    one, other = (b"\0\x20\0\xf0\0\0\0\0\1" + octet * 0x2000 for octet in (b"A", b"B"))
    buffer.add_data(one + other)
    next(buffer)
    assert seen == [{66}, {65}]


def test_header_block_of_a_class_that_goes_on_reading():
    class Buffer(FrameBuffer):
        def _update_header_buffer(self, f):
            block = super()._update_header_buffer(f)
            return Block(block) if block is not None and not isinstance(block, Block) else block

    class Block(frames.HeadersFrame):
        def __init__(self, block):
            super().__init__(block.stream_id, block.data)
            self.flags.add("END_HEADERS")

        @property
        def depends_on(self):
            list(buffer)
            return 0

        depends_on = depends_on.setter(lambda self, value: None)

    buffer = Buffer()
    buffer.max_frame_size = 1 << 14
    first = frames.HeadersFrame(1, b"\x88" * 3000)
    rest = frames.ContinuationFrame(1, b"\x88" * 3000, flags=["END_HEADERS"])
    buffer.add_data(first.serialize() + rest.serialize() + frames.PingFrame(0, PAYLOAD).serialize())
    assert next(buffer).data == b"\x88" * 6000


# --- windows --------------------------------------------------------------------------------------------------------

UPDATE = frames.WindowUpdateFrame(0, window_increment=1).serialize()


@pytest.mark.parametrize("size", [sys.maxsize, 2**100])
def test_connection_window_without_a_limit(client, size):
    client.outbound_flow_control_window = size
    assert client.outbound_flow_control_window >= 2**60
    client.send_data(1, b"x")
    with pytest.raises(FlowControlError):
        client.receive_data(UPDATE)
    assert client.outbound_flow_control_window > 2**31


@pytest.mark.parametrize("size", [sys.maxsize, 2**100])
def test_stream_window_without_a_limit(client, size):
    stream = client.streams[1]
    stream.outbound_flow_control_window = size
    assert stream.outbound_flow_control_window >= 2**60
    events = client.receive_data(frames.WindowUpdateFrame(1, window_increment=1).serialize())
    assert type(events[0]).__name__ == "StreamReset"
    assert H2Stream(1, H2Configuration(), size, size).inbound_flow_control_window >= 2**60


@pytest.mark.parametrize("size", [sys.maxsize, -sys.maxsize, 2**100, -(2**100)])
def test_numbers_that_no_window_has_add_up(client, size):
    stream = client.streams[1]
    for _ in range(20):
        for call in (lambda: client._flow_control_change_from_settings(0, size),
                     lambda: client._inbound_flow_control_change_from_settings(0, size),
                     lambda: stream._inbound_flow_control_change_from_settings(size),
                     lambda: stream._track_content_length(size, False),
                     lambda: stream.receive_data(b"", False, size),
                     lambda: stream.acknowledge_received_data(size),
                     lambda: client._inbound_flow_control_window_manager.process_bytes(size),
                     lambda: client._inbound_flow_control_window_manager.window_opened(size)):
            try:
                call()
            except (ProtocolError, AssertionError, struct.error):
                pass
    assert abs(stream.outbound_flow_control_window) <= 2**60
    assert abs(stream.inbound_flow_control_window) <= 2**60


# --- what is none ---------------------------------------------------------------------------------------------------

def test_nothing_in_place_of_what_waits(client):
    client._data_to_send = b""
    assert client.data_to_send() == b""
    client.ping(PAYLOAD)
    assert client.data_to_send().endswith(PAYLOAD)


def test_class_that_makes_no_streams():
    with pytest.raises(TypeError, match="stream_class"):
        Connection(H2Configuration(), Settings(), Settings(), Encoder(), Decoder(), FrameBuffer(), {}, GeneratorType)


def test_window_that_is_none(client, monkeypatch):
    class Nothing:
        def __new__(cls):
            return None

    monkeypatch.setattr(windows, "WindowManager", Nothing)
    with pytest.raises(TypeError):
        client.streams[1]._inbound_window_manager


@pytest.mark.parametrize("machine, inputs", [
    (H2StreamStateMachine(1), StreamInputs), (H2ConnectionStateMachine(), ConnectionInputs),
])
@pytest.mark.parametrize("value", [-1, 1000, 10**6])
def test_input_that_somebody_has_made_up(machine, inputs, value):
    made_up = object.__new__(inputs)
    made_up._value_ = value
    with pytest.raises(ValueError, match="Input must be an instance"):
        machine.process_input(made_up)


def test_connection_before_its_public_class_is_there():
    """Some modules of fasth2.h2 are complete, and that of connections has not been imported."""
    subprocess.run([sys.executable, "-c", """if True:
        import fasth2.h2.windows
        from fasth2.engine.configtypes import H2Configuration
        from fasth2.engine.connection import Connection
        from fasth2.engine.settingstypes import Settings
        from fasth2.engine.stream import Stream
        from fasth2.hpack import Decoder, Encoder
        connection = Connection(H2Configuration(), Settings(), Settings(), Encoder(), Decoder(), None, {}, Stream)
        connection.ping(b"12345678")
        assert connection.data_to_send()
    """], check=True)
