"""What a connection of fasth2's h2 may cost: memory that stays flat, state that is bounded, frames refused in time."""
import gc
import importlib
import os
import tracemalloc

import pytest

# As tests/support/implementations.py has it for the codecs: the tests are held against h2 itself, too.
PACKAGE = "h2" if os.environ.get("FASTH2_TEST_SUBJECT") == "hpack" else "fasth2.h2"
connection, config, events, exceptions = (
    importlib.import_module(f"{PACKAGE}.{name}") for name in ("connection", "config", "events", "exceptions"))
INITIAL_WINDOW_SIZE = 4
REQUEST = [(":method", "POST"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")]
PIECE = b"x" * 16384


@pytest.fixture
def pair():
    """A client and a server that have greeted each other, with windows for everything."""
    client, server = (
        connection.H2Connection(config.H2Configuration(client_side=side)) for side in (True, False))
    for each in (client, server):
        each.initiate_connection()
        each.update_settings({INITIAL_WINDOW_SIZE: 2**31 - 1})
        each.increment_flow_control_window(2**30)
    for _ in range(2):
        server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())
    return client, server


class Growth:
    """Octets that Python's allocators have more at the end of the block, and at its worst moment."""

    def __enter__(self):
        gc.collect()
        tracemalloc.start()
        return self

    def __exit__(self, *error):
        gc.collect()
        self.kept, self.most = tracemalloc.get_traced_memory()
        tracemalloc.stop()


def test_memory_is_flat_while_100_mb_pass(pair):
    client, server = pair
    client.send_headers(1, REQUEST)
    server.receive_data(client.data_to_send())
    received = 0
    with Growth() as growth:
        for _ in range(6400):
            client.send_data(1, PIECE)
            for event in server.receive_data(client.data_to_send()):
                if isinstance(event, events.DataReceived):
                    received += len(event.data)
                    server.acknowledge_received_data(event.flow_controlled_length, 1)
            client.receive_data(server.data_to_send())
            event = None
    assert received == 6400 * 16384
    assert growth.most < 400_000 and growth.kept < 20_000


@pytest.mark.parametrize("end", ["answered", "reset by the client", "reset by the server"])
def test_memory_of_streams_that_have_gone_is_bounded(pair, end):
    """65,536 of them are remembered, as in h2; here a subclass remembers 100."""
    client, server = pair
    client._closed_streams._size_limit = server._closed_streams._size_limit = 100

    def one():
        stream = client.get_next_available_stream_id()
        client.send_headers(stream, REQUEST, end_stream=end == "answered")
        (event, *_) = server.receive_data(client.data_to_send())
        assert isinstance(event, events.RequestReceived)
        if end == "answered":
            server.send_headers(stream, [(":status", "200")], end_stream=True)
        elif end == "reset by the server":
            server.reset_stream(stream)
        else:
            client.reset_stream(stream)
            server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())

    for _ in range(300):
        one()
    with Growth() as growth:
        for _ in range(2000):
            one()
    assert growth.kept < 60_000
    for each in pair:
        assert len(each.streams) <= 2 and len(each._closed_streams) == 100


def test_a_small_read_does_not_hold_a_large_buffer(pair):
    """What is kept of a cut frame is that frame's; what was handed over may be changed afterwards."""
    client, server = pair
    client.send_headers(1, REQUEST)
    client.send_data(1, PIECE)
    octets = bytearray(client.data_to_send())
    with Growth() as growth:
        server.receive_data(memoryview(octets)[:-1])
        last = bytes(octets[-1:])
        octets[:] = bytes(len(octets))
        (event,) = server.receive_data(last)
    assert event.data == PIECE
    assert growth.most < 120_000


@pytest.mark.difference("overlong-frame")
@pytest.mark.parametrize("length", [16385, 2**24 - 1])
def test_an_overlong_frame_is_refused_at_its_ninth_octet(pair, length):
    """h2 waits until it has all of it."""
    client, server = pair
    header = length.to_bytes(3, "big") + bytes([0, 0]) + (1).to_bytes(4, "big")
    client.send_headers(1, REQUEST)
    server.receive_data(client.data_to_send() + header[:8])
    with pytest.raises(exceptions.FrameTooLargeError, match=f"Received overlong frame: length {length}, max 16384"):
        server.receive_data(header[8:])
    assert server.data_to_send()[:4] == b"\x00\x00\x08\x07"


def test_a_frame_of_the_greatest_length_is_taken(pair):
    client, server = pair
    client.send_headers(1, REQUEST)
    client.send_data(1, PIECE)
    request, data = server.receive_data(client.data_to_send())
    assert (type(request), type(data)) == (events.RequestReceived, events.DataReceived) and data.data == PIECE
