"""What a hostile peer can do to a connection: it ends, with an error code that says why, or costs what it is worth.

Each holds for h2 as well, and is held against it."""
import gc
import importlib
import os
import tracemalloc

import pytest

PACKAGE = "h2" if os.environ.get("FASTH2_TEST_SUBJECT") == "hpack" else "fasth2.h2"
connection, config, events, exceptions = (
    importlib.import_module(f"{PACKAGE}.{name}") for name in ("connection", "config", "events", "exceptions"))

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, _, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS, PADDED = 0x4, 0x8
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, ENHANCE_YOUR_CALM = 1, 3, 5, 11
GET = bytes.fromhex("82 84 86 41 01 61")  # :method, :path, :scheme; :authority: a, indexed
GET_AGAIN = bytes.fromhex("82 84 86 be")


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))


def request(stream, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, GET if stream == 1 else GET_AGAIN)


@pytest.fixture
def server():
    """A server that has had its peer's preface."""
    made = connection.H2Connection(config.H2Configuration(client_side=False))
    made.initiate_connection()
    made.receive_data(PREFACE + frame(SETTINGS))
    made.data_to_send()
    return made


def code_of_goaway(octets):
    """The error code of the GOAWAY that is all of `octets`."""
    assert octets[:9] == frame(GOAWAY, 0, 0, bytes(8))[:3] + bytes([GOAWAY, 0, 0, 0, 0, 0]) and len(octets) == 17
    return int.from_bytes(octets[13:], "big")


@pytest.mark.parametrize("size", [0, 1, 100])
def test_continuation_flood(server, size):
    """64 frames of any size are kept, so that a block has at most 64 times the largest frame."""
    server.receive_data(frame(HEADERS, 0, 1, GET))
    for _ in range(63):
        assert server.receive_data(frame(CONTINUATION, 0, 1, bytes(size))) == []
    with pytest.raises(exceptions.ProtocolError):
        server.receive_data(frame(CONTINUATION, 0, 1, bytes(size)))
    assert code_of_goaway(server.data_to_send()) == PROTOCOL_ERROR


@pytest.mark.parametrize("cut", [None, 7])
def test_reset_flood(server, cut):
    """Rapid reset: each request is told of and so is its end, in order; afterwards nothing is open."""
    octets = b"".join(request(stream) + frame(RST_STREAM, 0, stream, bytes(4)) for stream in range(1, 2001, 2))
    told = []
    for begin in range(0, len(octets), cut or len(octets)):
        told += server.receive_data(octets[begin:begin + (cut or len(octets))])
    assert [(type(event).__name__, event.stream_id) for event in told] == [
        (name, stream) for stream in range(1, 2001, 2) for name in ("RequestReceived", "StreamReset")]
    assert server.open_inbound_streams == 0 and not server.streams
    assert server.data_to_send() == b""


def test_streams_beyond_the_limit(server):
    server.update_settings({3: 100})
    server.receive_data(frame(SETTINGS, ACK))
    server.receive_data(b"".join(map(request, range(1, 201, 2))))
    assert server.open_inbound_streams == 100
    server.data_to_send()
    with pytest.raises(exceptions.TooManyStreamsError):
        server.receive_data(request(201))
    assert code_of_goaway(server.data_to_send()) == PROTOCOL_ERROR
    assert len(server.streams) <= 101


FLOODS = {
    "ping": (frame(PING, 0, 0, b"12345678"), frame(PING, ACK, 0, b"12345678")),
    "acknowledged ping": (frame(PING, ACK, 0, b"12345678"), b""),
    "settings": (frame(SETTINGS, 0, 0, b"\0\3\0\0\0\5"), frame(SETTINGS, ACK)),
    "empty settings": (frame(SETTINGS), frame(SETTINGS, ACK)),
    "priority": (frame(PRIORITY, 0, 9, b"\0\0\0\7\1"), b""),
    "window update": (window_update(0, 1), b""),
    "window update of a stream": (window_update(1, 1), b""),
    "empty data": (frame(DATA, 0, 1), b""),
    "unknown": (frame(0xF0, 0xFF, 1, b"?"), b""),
}


@pytest.mark.parametrize("name", FLOODS)
def test_flood_leaves_nothing_behind(server, name):
    """What is answered is answered once each; once taken, a thousand frames leave what ten have left."""
    octets, answer = FLOODS[name]
    server.receive_data(request(1))
    for _ in range(3):
        server.receive_data(octets * 10)
        assert server.data_to_send() == answer * 10
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(100):
            server.receive_data(octets * 10)
            server.data_to_send()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 4000
    finally:
        tracemalloc.stop()


def test_padding_counts_for_the_window(server):
    """DATA of padding alone uses up the windows; octets beyond them end the connection."""
    server.receive_data(request(1))
    padded = frame(DATA, PADDED, 1, bytes([255]) + bytes(255))
    for _ in range(65535 // 256):
        (event,) = server.receive_data(padded)
        assert (event.data, event.flow_controlled_length) == (b"", 256)
    with pytest.raises(exceptions.FlowControlError):
        server.receive_data(padded)
    assert code_of_goaway(server.data_to_send()) == FLOW_CONTROL_ERROR


@pytest.mark.parametrize("octets, code", [
    (window_update(0, 2**31 - 1), FLOW_CONTROL_ERROR),
    (window_update(0, 0), PROTOCOL_ERROR),
    (frame(SETTINGS, 0, 0, b"\0\4\x80\0\0\0"), FLOW_CONTROL_ERROR),
    (window_update(1, 1) + frame(SETTINGS, 0, 0, b"\0\4\x7f\xff\xff\xff"), FLOW_CONTROL_ERROR),
], ids=["update of the connection", "update of nothing", "setting", "setting with an open stream"])
def test_windows_do_not_overflow(server, octets, code):
    server.receive_data(request(1))
    with pytest.raises(exceptions.ProtocolError) as error:
        server.receive_data(octets)
    assert error.value.error_code == code
    assert code_of_goaway(server.data_to_send()[-17:]) == code


def test_stream_window_that_overflows_resets_the_stream(server):
    server.receive_data(request(1))
    (event,) = server.receive_data(window_update(1, 2**31 - 1))
    assert (type(event).__name__, event.error_code) == ("StreamReset", FLOW_CONTROL_ERROR)
    assert server.data_to_send() == frame(RST_STREAM, 0, 1, FLOW_CONTROL_ERROR.to_bytes(4, "big"))


def test_data_for_a_stream_that_was_reset(server):
    """It is answered by a reset and gives its octets back to the connection's window, so that this cannot run out."""
    server.receive_data(request(1))
    server.reset_stream(1)
    server.data_to_send()
    for _ in range(40):
        assert server.receive_data(frame(DATA, 0, 1, bytes(16384))) == []
        server.data_to_send()
    assert server.inbound_flow_control_window > 0


@pytest.mark.parametrize("fields", [
    [(b"x", b"a\r\nb: c")], [(b"x", b"a\0b")], [(b"X", b"1")], [(b"host", b"b")], [(b"connection", b"close")],
    [(b"transfer-encoding", b"chunked")], [(b":path", b"/")], [(b"x y", b"1")], [(b"", b"1")], [(b"x", b" 1")],
], ids=lambda fields: repr(fields[0]))
def test_smuggled_fields(server, fields):
    """What an HTTP/1.1 server behind this one could read as another request (CVE-2025-57804, CVE-2026-71554)."""
    block = GET + b"".join(b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)
    with pytest.raises(exceptions.ProtocolError):
        server.receive_data(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
    assert code_of_goaway(server.data_to_send()) == PROTOCOL_ERROR


def test_header_list_that_is_too_large(server):
    """A block of references to one large entry: ended where it exceeds 64 KiB, with the code that asks to calm down."""
    entry = b"\x40\x01x\x7f" + bytes([0x80 | (3000 - 127) & 0x7F, (3000 - 127) >> 7]) + b"y" * 3000
    with pytest.raises(exceptions.DenialOfServiceError):
        server.receive_data(frame(HEADERS, END_HEADERS, 1, GET + entry + b"\xbe" * 100))
    assert code_of_goaway(server.data_to_send()) == ENHANCE_YOUR_CALM


def test_nothing_is_read_after_the_end(server):
    """After an error, octets are refused and change nothing."""
    with pytest.raises(exceptions.ProtocolError):
        server.receive_data(frame(DATA, 0, 0, b"x"))
    server.data_to_send()
    for octets in (request(1), frame(PING, 0, 0, bytes(8)), frame(SETTINGS, 0, 0, b"\0\3\0\0\0\1")):
        with pytest.raises(exceptions.ProtocolError):
            server.receive_data(octets)
    assert not server.streams and server.remote_settings.max_concurrent_streams > 2**31
