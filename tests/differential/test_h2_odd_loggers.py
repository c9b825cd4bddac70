"""Each line that a connection logs is the moment at which its logger does something to the connection, or raises:
fasth2's h2 beside h2 on the same codecs. The same results, octets and state afterwards.

The default run takes every seventh case; FASTH2_EXHAUSTIVE=1 takes all."""
import os
from functools import partial

import pytest

from differential.test_h2_meddlers import Failure, Meddler, fail, same
from differential.test_h2_parts import prepared
from fuzz.framewriter import (
    ALTSVC,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    wire,
)
from support import h2s
from support.h2state import connection_state, outcome

OWN, ON_CODECS = h2s.own(), h2s.on_codecs()
EVERY = 1 if "FASTH2_EXHAUSTIVE" in os.environ else 7
REQUEST = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"a")]
RESPONSE = [(b":status", b"200")]
BLOCK = b"\x82\x84\x87\x41\x01a"  # a request, without an entry for the dynamic table but the last
ANSWER = b"\x88"


def receives(octets):
    return lambda connection: connection.receive_data(octets)


# By whom: {what happens: how}. Streams are those of `prepared`.
SENT = {
    "response": lambda c: c.send_headers(3, RESPONSE), "request": lambda c: c.send_headers(9, REQUEST, end_stream=True),
    "data": lambda c: c.send_data(5, b"data", end_stream=True, pad_length=3), "end": lambda c: c.end_stream(5),
    "window": lambda c: c.increment_flow_control_window(5, 3), "windows": lambda c: c.increment_flow_control_window(5),
    "push": lambda c: c.push_stream(3, 2, REQUEST), "ping": lambda c: c.ping(b"12345678"),
    "reset": lambda c: c.reset_stream(5), "close": lambda c: c.close_connection(),
    "settings": lambda c: c.update_settings({3: 5}), "service": lambda c: c.advertise_alternative_service(b"h2", stream_id=3),
    "acknowledgement": lambda c: c.acknowledge_received_data(40000, 5),
    "next": lambda c: c.get_next_available_stream_id(), "upgrade": lambda c: c.initiate_upgrade_connection(),
    "greeting": lambda c: c.initiate_connection(),
}
RECEIVED = {
    "request": wire(HEADERS, END_HEADERS, 9, BLOCK), "response": wire(HEADERS, END_HEADERS, 3, ANSWER),
    "trailers": wire(HEADERS, END_HEADERS | END_STREAM, 5, b"\x00\x01a\x01b"),
    "priority": wire(HEADERS, END_HEADERS | 0x20, 9, bytes(5) + BLOCK) + wire(PRIORITY, 0, 3, bytes(5)),
    "data": wire(DATA, END_STREAM, 5, b"data"), "late data": wire(DATA, 0, 1, bytes(16384)) * 3,
    "early data": wire(DATA, 0, 99, b"x"), "reset": wire(RST_STREAM, 0, 5, bytes(4)),
    "late reset": wire(RST_STREAM, 0, 7, bytes(4)), "windows": wire(WINDOW_UPDATE, 0, 0, b"\0\0\0\5"),
    "window": wire(WINDOW_UPDATE, 0, 5, b"\x7f\xff\xff\xff"), "ping": wire(PING, 0, 0, bytes(8)),
    "settings": wire(SETTINGS, 0, 0, b"\0\4\0\0\0\5\0\1\0\0\0\0"), "acknowledged": wire(SETTINGS, 1, 0, b""),
    "promise": wire(PUSH_PROMISE, END_HEADERS, 3, b"\0\0\0\2" + BLOCK), "close": wire(GOAWAY, 0, 0, bytes(8)),
    "late promise": wire(PUSH_PROMISE, END_HEADERS, 7, b"\0\0\0\2" + BLOCK),
    "service": wire(ALTSVC, 0, 5, b"\0\0h2") + wire(ALTSVC, 0, 0, b"\0\1ah2"),
    "continuation": wire(CONTINUATION, END_HEADERS, 5, b""), "unknown": wire(0xF0, 0, 5, b"what"),
    "block of two": wire(HEADERS, 0, 9, BLOCK[:3]) + wire(CONTINUATION, END_HEADERS, 9, BLOCK[3:]),
    "late request": wire(HEADERS, END_HEADERS, 1, BLOCK) + wire(PING, 0, 0, bytes(8)),
}
EVENTS = {**{f"sends {name}": act for name, act in SENT.items()},
          **{f"receives {name}": receives(octets) for name, octets in RECEIVED.items()}}
MEDDLINGS = {
    "raises": None, "sends": lambda c: c.data_to_send(), "sends some": lambda c: c.data_to_send(5),
    "forgets": lambda c: c.clear_outbound_data_buffer(), "pings": lambda c: c.ping(b"abcdefgh"),
    "receives a ping": receives(wire(PING, 0, 0, b"x" * 8)), "receives half a ping": receives(wire(PING, 0, 0, b"x" * 8)[:9]),
    "receives what is wrong": receives(wire(DATA, 0, 0, b"")), "opens": lambda c: c.send_headers(11, REQUEST),
    "answers": lambda c: c.send_headers(3, RESPONSE), "sends data": lambda c: c.send_data(5, b"more"),
    "resets 3": lambda c: c.reset_stream(3), "resets 5": lambda c: c.reset_stream(5), "ends": lambda c: c.end_stream(5),
    "closes": lambda c: c.close_connection(), "counts": lambda c: (c.open_inbound_streams, c.open_outbound_streams),
    "clears the streams": lambda c: c.streams.clear(), "sets": lambda c: c.update_settings({4: 100}),
    "encodes": lambda c: c.encoder.encode([(b"x", b"y")]), "shrinks": lambda c: setattr(c, "max_outbound_frame_size", 2),
    "closes windows": lambda c: setattr(c, "outbound_flow_control_window", 0),
    "changes sides": lambda c: setattr(c.config, "client_side", not c.config.client_side),
}


class Nth(Meddler):
    """A logger whose line number `number` is the moment."""

    def __init__(self, number, action):
        super().__init__("", action)
        self.number = number

    def meddle(self, text):
        if len(self.lines) == self.number and self.action is not None:
            action, self.action = self.action, None
            if action is fail:
                raise Failure
            self.came.append(outcome(action))


def happened(h2, who, event, number, meddling):
    """What comes of an event in whose line `number` the logger meddles; the number of lines."""
    connection = prepared(h2).ends[who]
    action = MEDDLINGS.get(meddling)
    log = Nth(number, partial(action, connection) if action else fail if meddling == "raises" else None)
    with h2:
        connection.config.logger = log
        came = [outcome(EVENTS[event], connection), *log.came]
        connection.config.logger = h2.config.DummyLogger()
        came += [outcome(fact) for fact in (
            partial(connection_state, connection), connection.data_to_send,
            lambda: (connection.open_inbound_streams, connection.open_outbound_streams),
            partial(connection.receive_data, wire(PING, 0, 0, bytes(8))), connection.data_to_send,
            lambda: bytes(connection.incoming_buffer._data))]
    return [*came, log.lines], len(log.lines)


def cases(who, event):
    lines = happened(ON_CODECS, who, event, 0, None)[1]
    return [(number, meddling) for number in range(1, lines + 1) for meddling in MEDDLINGS]


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("event", EVENTS)
def test_loggers_at_every_line(who, event):
    chosen = cases(who, event)[list(EVENTS).index(event) % EVERY::EVERY]
    for number, meddling in chosen:
        (found, _), (expected, _) = (happened(h2, who, event, number, meddling) for h2 in (OWN, ON_CODECS))
        if "Received overlong frame" not in str(found):  # row overlong-frame
            same(found, expected, f"{meddling} at line {number}: {expected[-1][number - 1]}")


@pytest.mark.parametrize("h2", [OWN, ON_CODECS], ids=str)
def test_a_call_goes_on_with_the_logger_that_it_began_with(h2):
    connection = prepared(h2).ends["client"]
    log = Nth(1, lambda: setattr(connection.config, "logger", h2.config.DummyLogger()))
    connection.config.logger = log
    with h2:
        connection.send_data(5, b"data")
        connection.ping(bytes(8))
    assert len(log.lines) == (3 if h2 is OWN else 1)
