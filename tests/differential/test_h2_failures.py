"""What a call leaves that fails in the middle, by what callers give or replace: header lists, codecs, configurations,
settings, data. fasth2's h2 beside h2 on the same codecs."""
from functools import partial
from types import SimpleNamespace

import pytest

from differential.test_h2_meddlers import Failure, same
from differential.test_h2_parts import prepared
from fuzz.framewriter import DATA, END_HEADERS, HEADERS, PING, PUSH_PROMISE, SETTINGS, wire
from support import h2s
from support.h2state import connection_state, outcome

OWN, ON_CODECS = h2s.own(), h2s.on_codecs()
REQUEST = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"a"), (b"x", b"y")]
BLOCK = b"\x82\x84\x87\x41\x01a"


def compared(change, act, who, skip=()):
    """`change(h2, connection)` is made, `act(connection)` called, and what is left compared."""
    results = []
    for h2 in (OWN, ON_CODECS):
        connection = prepared(h2).ends[who]
        with h2:
            before = connection.encoder, connection.decoder, connection.config, connection.remote_settings
            undo = change(h2, connection)
            came = outcome(act, connection)
            if undo:
                undo()
            connection.encoder, connection.decoder, connection.config, connection.remote_settings = before
            state = connection_state(connection)
            for name in skip:
                del state[name]
            wording = 2 if came[:2] == ("raised", "TypeError") else 3  # that of Python is not h2's
            results.append([came[:wording], state, *map(outcome, (
                connection.data_to_send, partial(connection.receive_data, wire(PING, 0, 0, bytes(8))),
                connection.data_to_send))])
    same(*results)


def raising(headers, count, error):
    """The headers, up to the one of this number, and then an exception."""
    yield from headers[:count]
    raise error


@pytest.mark.parametrize("count", range(len(REQUEST) + 1))
@pytest.mark.parametrize("error", [Failure, StopIteration, ValueError, KeyError])
def test_header_lists_that_raise(count, error):
    act = {"client": lambda c: c.send_headers(9, raising(REQUEST, count, error("here")), end_stream=True),
           "server": lambda c: c.push_stream(3, 2, raising(REQUEST, count, error("here")))}
    for who in ("client", "server"):
        compared(lambda h2, connection: None, act[who], who)


RESULTS = [None, b"", b"\x88", bytearray(b"\x88"), memoryview(b"\x88"), 5, b"x" * 40000]


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("result", [*RESULTS, Failure("here"), ValueError("here")], ids=lambda value: str(value)[:20])
def test_encoders_that_fail_or_give_what_is_no_block(who, result):
    def encode(headers, huffman=True):
        if isinstance(result, Exception):
            raise result
        return result

    act = {"client": lambda c: c.send_headers(9, REQUEST, end_stream=True),
           "server": lambda c: c.push_stream(3, 2, REQUEST)}[who]
    compared(lambda h2, c: setattr(c, "encoder", SimpleNamespace(encode=encode, header_table_size=4096)), act, who)


def errors_of(h2):
    return [Failure, ValueError, KeyError, IndexError, TypeError, h2.exceptions.ProtocolError,
            h2.exceptions.StreamClosedError, h2.exceptions.FlowControlError, h2.exceptions.StreamIDTooLowError,
            partial(UnicodeDecodeError, "utf-8", b"x", 0, 1), h2.connection.HPACKError,
            h2.connection.OversizedHeaderListError, h2.connection.InvalidPaddingError]


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("number", range(13))
@pytest.mark.parametrize("octets", [wire(HEADERS, END_HEADERS, 9, BLOCK), wire(HEADERS, END_HEADERS, 3, b"\x88"),
                                    wire(PUSH_PROMISE, END_HEADERS, 3, b"\0\0\0\2" + BLOCK)], ids=["9", "3", "push"])
def test_decoders_that_raise(who, number, octets):
    def change(h2, connection):
        def decode(block, raw=False):
            error = errors_of(h2)[number]
            raise error(5, 7) if number == 8 else error(5) if number == 6 else error() if number == 9 else error("here")

        connection.decoder = SimpleNamespace(decode=decode)

    compared(change, lambda c: c.receive_data(octets + wire(PING, 0, 0, bytes(8))), who)


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("result", [None, [], 5, "text", [None], [(b"a",)], [(b":status", b"200")],
                                    [(":status", "200")], ((b":status", b"200"),), {b":status": b"200"},
                                    [(b":status", None)], [[b":status", b"200"]]], ids=str)
def test_decoders_that_give_what_is_no_header_list(who, result):
    def change(h2, connection):
        connection.decoder = SimpleNamespace(decode=lambda block, raw=False: result)

    compared(change, lambda c: c.receive_data(wire(HEADERS, END_HEADERS, 3, b"\x88")), who)


OPTIONS = ["client_side", "header_encoding", "validate_outbound_headers", "normalize_outbound_headers",
           "split_outbound_cookies", "validate_inbound_headers", "normalize_inbound_headers", "logger"]
CALLS = {
    "request": lambda c: c.send_headers(9, REQUEST), "data": lambda c: c.send_data(5, b"data", end_stream=True),
    "push": lambda c: c.push_stream(3, 2, REQUEST), "next": lambda c: c.get_next_available_stream_id(),
    "receives": lambda c: c.receive_data(wire(HEADERS, END_HEADERS, 9, BLOCK) + wire(PING, 0, 0, bytes(8))),
    "receives data": lambda c: c.receive_data(wire(DATA, 0, 5, b"data")), "resets": lambda c: c.reset_stream(5),
    "receives settings": lambda c: c.receive_data(wire(SETTINGS, 0, 0, b"\0\4\0\0\0\5")),
    "counts": lambda c: (c.open_inbound_streams, c.open_outbound_streams), "prioritises": lambda c: c.prioritize(5, 7),
}


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("call", CALLS)
def test_configurations_that_raise(who, name, call):
    """Of a caller's class: one option raises whenever it is asked for."""
    def change(h2, connection):
        plain = connection.config
        values = {each: getattr(plain, each) for each in OPTIONS}
        failing = property(lambda self: values[name] if self.off else fail_of(name))
        config = type("Config", (), {**values, name: failing, "off": False})()
        connection.config = config
        for stream in connection.streams.values():
            stream.config = config
        return lambda: setattr(config, "off", True)

    compared(change, CALLS[call], who)


def fail_of(name):
    raise Failure(name)


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("name", ["max_concurrent_streams", "initial_window_size", "enable_push", "max_frame_size"])
@pytest.mark.parametrize("call", CALLS)
def test_settings_that_raise(who, name, call):
    def change(h2, connection):
        cls = type("Settings", (h2.settings.Settings,), {name: property(lambda self: fail_of(name))})
        connection.remote_settings = cls(client=who != "client")

    compared(change, CALLS[call], who)
