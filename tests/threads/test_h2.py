"""Connections under threads.

Connections of one's own give what they give without threads. A connection that several threads use makes each call as
a whole, in some order: what it sends is whole frames, and what it counts adds up. Nothing breaks, whatever they call.
"""
import random

import pytest

from fasth2.codec.frame import parse_frames
from fasth2.h2.config import H2Configuration
from fasth2.h2.connection import H2Connection
from fasth2.h2.events import DataReceived, RequestReceived
from fasth2.h2.exceptions import ProtocolError
from fasth2.h2.frame_buffer import FrameBuffer
from fasth2.h2.settings import SettingCodes
from fasth2.h2.stream import StreamInputs
from fasth2.h2.windows import WindowManager
from fasth2.hyperframe import frame as frames
from support.threads import hammer

THREADS = 4
REQUEST = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")]
# What a connection raises when another thread was there first: a stream that it has reset, a window that it has used.
# A dict that is walked says that it was changed.
ALLOWED = (ProtocolError, KeyError, ValueError, AssertionError, RuntimeError)


def begun(client_side=True, streams=0):
    connection = H2Connection(H2Configuration(client_side=client_side))
    connection.initiate_connection()
    connection.data_to_send()
    for number in range(streams):
        connection.send_headers(2 * number + 1, REQUEST)
    return connection


def preface():
    """What a client sends first."""
    client = H2Connection()
    client.initiate_connection()
    return client.data_to_send()


def exchange(worker, requests):
    """What a client and a server of one's own send and see."""
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    seen = []
    client.initiate_connection()
    server.initiate_connection()
    for number in range(requests):
        stream_id = 2 * number + 1
        client.send_headers(stream_id, [*REQUEST, ("x-worker", f"{worker}-{number}")])
        client.send_data(stream_id, b"%d" % worker * 100, end_stream=True)
        wire = client.data_to_send()
        events = server.receive_data(wire)
        server.send_headers(stream_id, [(":status", "200")], end_stream=True)
        answer = server.data_to_send()
        client.receive_data(answer)
        seen.append((wire, answer, [repr(event) for event in events]))
    return seen, client.open_outbound_streams, server.open_inbound_streams


def test_connections_of_their_own_give_what_they_give_without_threads():
    expected = [exchange(worker, 10) for worker in range(THREADS)]
    results = hammer(*[lambda _, worker=worker: exchange(worker, 10) for worker in range(THREADS)], rounds=20)
    assert results == [[once] * 20 for once in expected]


def test_what_several_threads_send_is_whole_frames():
    connection = begun(streams=3)
    connection.data_to_send()
    connection.outbound_flow_control_window = 2**31 - 1
    jobs = [
        lambda number: connection.ping(b"%08d" % number),
        lambda number: connection.send_data(1, b"x" * (number % 50), pad_length=number % 5),
        lambda number: connection.increment_flow_control_window(1 + number % 3, 3),
        lambda number: connection.data_to_send(number % 40 or None),
        lambda number: connection.data_to_send(),
    ]
    for stream in connection.streams.values():
        stream.outbound_flow_control_window = 2**31 - 1
    hammer(*jobs, rounds=2000)
    connection.data_to_send()
    jobs = jobs[:3]
    hammer(*jobs, rounds=500)
    wire = connection.data_to_send()
    parsed, consumed = parse_frames(wire, 1 << 24)
    assert consumed == len(wire) and len(parsed) == 1500
    assert sorted(int(each.opaque_data) for each in parsed if isinstance(each, frames.PingFrame)) == list(range(500))


def test_each_octet_of_a_stream_of_pings_is_received_once():
    connection = begun(client_side=False)
    connection.receive_data(preface())
    connection.data_to_send()
    chunk = b"".join(frames.PingFrame(0, b"%08d" % number).serialize() for number in range(10))
    results = hammer(*[lambda _: connection.receive_data(chunk)] * THREADS, rounds=200)
    events = [event for thread in results for call in thread for event in call]
    assert len(events) == THREADS * 200 * 10
    assert len(connection.data_to_send()) == 17 * len(events)


def test_a_connection_stands_whatever_threads_do_to_it():
    """Streams come and go, and are looked at, and looked into, all at once."""
    connection = begun(streams=20)
    update = frames.WindowUpdateFrame(0, window_increment=1).serialize()
    settings = frames.SettingsFrame(0, settings={4: 70000, 3: 1000}).serialize()

    def change(number):
        rng = random.Random(number)
        stream_id = rng.randrange(1, 80, 2)
        what = rng.randrange(12)
        if what == 0:
            connection.send_headers(connection.get_next_available_stream_id(), REQUEST)
        elif what == 1:
            connection.reset_stream(stream_id)
        elif what == 2:
            connection.send_data(stream_id, b"data", end_stream=rng.random() < 0.3)
        elif what == 3:
            connection.receive_data(rng.choice([update, settings]))
        elif what == 4:
            return connection.open_outbound_streams
        elif what == 5:
            connection.streams[stream_id].state_machine.process_input(StreamInputs.SEND_RST_STREAM)
        elif what == 6:
            stream = connection.streams[stream_id]
            stream.request_method = b"%d" % number
            return stream.request_method, stream.closed_by, repr(stream)
        elif what == 7:
            connection.streams[stream_id].end_stream()
        elif what == 8:
            connection.local_settings = type(connection.local_settings)(client=True)
        elif what == 9:
            connection.streams = dict(connection.streams)
        elif what == 10:
            connection.remote_settings._settings = dict(connection.remote_settings._settings)
        else:
            return connection.data_to_send(rng.randrange(100))

    hammer(*[lambda number, worker=worker: change(number * THREADS + worker) for worker in range(THREADS)],
           rounds=1500, allowed=ALLOWED)
    is_open = [stream for stream_id, stream in connection.streams.items() if stream.open]
    assert connection.open_outbound_streams == len(is_open)


def test_requests_reach_a_server_that_others_look_at():
    server = begun(client_side=False)
    server.receive_data(preface())
    client = begun()
    wires = []
    for number in range(300):
        client.send_headers(2 * number + 1, [*REQUEST, ("x-number", str(number))])
        client.send_data(2 * number + 1, b"x" * 50, end_stream=True)
        wires.append(client.data_to_send())

    def receive(number):
        events = server.receive_data(wires[number])
        server.acknowledge_received_data(50, 2 * number + 1)
        server.send_headers(2 * number + 1, [(":status", "200")], end_stream=True)
        return events

    others = [lambda _: server.open_inbound_streams, lambda _: server.data_to_send(), lambda _: repr(server.streams)]
    received, *_ = hammer(receive, *others, rounds=300, allowed=(RuntimeError,))
    kinds = [type(event) for events in received for event in events]
    assert kinds.count(RequestReceived) == kinds.count(DataReceived) == 300
    assert server.open_inbound_streams == 0 and not server.streams


def test_a_frame_buffer_that_several_threads_read():
    buffer = FrameBuffer()
    buffer.max_frame_size = 1 << 14
    ping = frames.PingFrame(0, b"12345678").serialize()
    jobs = [lambda _: buffer.add_data(ping * 3), lambda _: list(buffer), lambda _: list(buffer)]
    _, *read = hammer(*jobs, rounds=1000)
    found = [frame for results in read for frames_ in results for frame in frames_] + list(buffer)
    assert len(found) == 3000
    assert {frame.opaque_data for frame in found} == {b"12345678"}


def test_a_window_adds_up():
    window = WindowManager(2**30)
    jobs = [lambda _: window.window_consumed(3)] * 3 + [lambda _: window.window_opened(2)] * 2
    hammer(*jobs, rounds=2000)
    assert window.current_window_size == 2**30 - 2000 * (9 - 4)


@pytest.mark.parametrize("side", ["local_settings", "remote_settings"])
def test_settings_that_change_while_they_are_read(side):
    connection = begun()
    settings = getattr(connection, side)

    def write(number):
        settings[SettingCodes.INITIAL_WINDOW_SIZE] = 1000 + number % 10
        return settings.acknowledge()

    def begin(_):
        stream = connection._begin_new_stream(connection.get_next_available_stream_id(), 1)
        return stream.inbound_flow_control_window, stream.outbound_flow_control_window

    _, begun_with = hammer(write, begin, rounds=1000, allowed=ALLOWED)
    assert {size for sizes in begun_with for size in sizes} <= {65535, *range(1000, 1010)}
