"""A client and a server that go through all that a connection can do, and what of it can be seen.

Both sides are of one implementation of h2's API. Steps of theirs can be watched or changed meanwhile: `Taps` keeps what
it sees as plain values that are the same for every implementation.
"""
import re
import types

from hyperframe import frame as frames

from support.h2state import connection_state, event_portrait, outcome, plain

_ADDRESS = re.compile(r" at 0x\w+")
REQUEST = [(":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", "/")]
HEAD = [(":method", "HEAD"), *REQUEST[1:]]
RESPONSE = [(":status", "200"), ("content-length", "10"), ("set-cookie", "a=b"), ("x-long", "v" * 300)]


class Conversation:
    """`make(h2, client_side)` makes a connection. What the calls come to is in `log`, with the octets they lead to."""

    def __init__(self, h2, make=None, prepared=None):
        self.h2 = h2
        make = make or make_connection
        self.client, self.server = make(h2, True), make(h2, False)
        self.log = []
        if prepared is not None:
            prepared(self.client, self.server)

    def call(self, side, name, *arguments, **options):
        connection = getattr(self, side)
        self.log.append((side, name, outcome(getattr(connection, name), *arguments, **options)))

    def read(self, side, name):
        self.log.append((side, name, outcome(getattr, getattr(self, side), name)))

    def give(self, side, *given):
        """Octets from nowhere, or those of frames."""
        octets = [each if isinstance(each, bytes) else each.serialize() for each in given]
        self.call(side, "receive_data", b"".join(octets))

    def deliver(self, side, size=None):
        """What waits on the other side, in pieces."""
        other = self.server if side == "client" else self.client
        octets = other.data_to_send()
        self.log.append((side, "is given", octets))
        for at in range(0, len(octets), size or max(len(octets), 1)):
            self.call(side, "receive_data", octets[at:at + size] if size else octets)

    def exchange(self, size=None):
        self.deliver("server", size)
        self.deliver("client", size)

    def state(self):
        """The state of both, or what looking at it raises."""
        return [self._state(side) for side in (self.client, self.server)]

    @staticmethod
    def _state(connection):
        try:
            return connection_state(connection)
        except Exception as error:
            return type(error).__name__, str(error)


def make_connection(h2, client_side, cls=None):
    config = h2.config.H2Configuration(client_side=client_side, header_encoding="utf-8" if client_side else None)
    return (cls or h2.connection.H2Connection)(config)


def opening(talk):
    for side in ("client", "server"):
        talk.call(side, "initiate_connection")
        talk.call(side, "get_next_available_stream_id")
    talk.exchange(7)
    talk.exchange()


def requests(talk):
    talk.call("client", "send_headers", 1, REQUEST, priority_weight=20, priority_exclusive=True)
    talk.call("client", "send_headers", 3, [*HEAD, ("cookie", "a=b; c=d")], end_stream=True)
    talk.call("client", "send_headers", 5, [*REQUEST, ("content-length", "4")])
    talk.call("client", "send_headers", 2, REQUEST)
    talk.call("client", "prioritize", 5, weight=256, depends_on=1)
    talk.call("client", "prioritize", 5, depends_on=5)
    talk.exchange()
    talk.call("server", "prioritize", 1)
    talk.call("server", "send_headers", 1, [(":status", "103"), ("link", "x")])
    talk.call("server", "send_headers", 1, RESPONSE)
    talk.call("server", "send_headers", 3, RESPONSE, end_stream=True)
    talk.call("server", "send_headers", 5, RESPONSE, priority_weight=3)
    talk.exchange(11)
    for side in ("client", "server"):
        talk.read(side, "open_inbound_streams")
        talk.read(side, "open_outbound_streams")


def bodies(talk):
    talk.call("client", "send_data", 5, b"body", pad_length=3)
    talk.call("client", "send_data", 5, memoryview(b""), end_stream=True)
    talk.call("client", "send_data", 1, b"x" * 40000)
    talk.call("client", "send_data", 99, b"x")
    talk.call("server", "send_data", 1, b"12345")
    talk.exchange()
    for side in ("client", "server"):
        talk.call(side, "local_flow_control_window", 1)
        talk.call(side, "remote_flow_control_window", 1)
        talk.call(side, "acknowledge_received_data", 5, 1)
        talk.call(side, "acknowledge_received_data", 40000, 1)
        talk.call(side, "acknowledge_received_data", 1, 77)
        talk.call(side, "increment_flow_control_window", 1000, 1)
        talk.call(side, "increment_flow_control_window", 2000)
        talk.call(side, "increment_flow_control_window", 0)
        talk.call(side, "ping", b"12345678")
        talk.read(side, "inbound_flow_control_window")
    talk.exchange()
    talk.call("server", "send_data", 1, b"67890")
    talk.call("server", "send_headers", 1, [("trailer", "yes")], end_stream=True)
    talk.call("client", "send_headers", 1, [("trailer", "yes")], end_stream=True)
    talk.exchange()
    talk.call("client", "end_stream", 1)
    talk.call("server", "end_stream", 3)


def pushes(talk):
    talk.call("client", "send_headers", 11, REQUEST)
    talk.exchange()
    talk.call("server", "advertise_alternative_service", b"h2=\":1\"", stream_id=11)
    talk.call("server", "advertise_alternative_service", b"h2=\":2\"", origin=b"example.com")
    talk.call("server", "push_stream", 11, 2, REQUEST)
    talk.call("server", "push_stream", 2, 4, REQUEST)
    talk.call("server", "send_headers", 2, RESPONSE[:1])
    talk.call("server", "end_stream", 2)
    talk.exchange()
    talk.call("client", "reset_stream", 11, 8)
    talk.call("server", "push_stream", 11, 6, REQUEST)
    talk.call("server", "send_data", 11, b"late")
    talk.exchange()
    talk.call("client", "update_settings", {1: 100, 4: 70000, 5: 20000, 6: 3000, 3: 5})
    talk.call("server", "update_settings", {1: 200, 4: 30000, 99: 1})
    talk.exchange()
    talk.exchange()


def odds(talk):
    """Frames that a peer of h2 would not send, on a connection that can take them."""
    talk.call("client", "send_headers", 13, [*REQUEST, ("x-huge", "v" * 30000)])
    talk.exchange(4001)
    talk.give("server", b"\0\0\7\xfa\7\0\0\0\runknown", frames.PriorityFrame(13, depends_on=5),
              frames.WindowUpdateFrame(13, 10), frames.WindowUpdateFrame(0, 10), frames.PingFrame(0, b"00000000"),
              frames.DataFrame(13, b"dd", flags=["PADDED"], pad_length=2))
    talk.give("server", frames.WindowUpdateFrame(13, 2**31 - 1))
    talk.give("server", frames.DataFrame(13, b"after the reset"))
    talk.give("client", frames.AltSvcFrame(0, b"example.org", b"h2"), frames.AltSvcFrame(13, b"", b"h2"),
              frames.RstStreamFrame(13, 2), frames.RstStreamFrame(13, 2))
    talk.exchange()


def late(talk):
    """Frames for streams that have closed and left, and a refused push."""
    talk.call("client", "send_headers", 15, REQUEST)
    talk.call("client", "send_headers", 17, [*REQUEST, ("content-length", "2")])
    talk.exchange()
    talk.call("client", "reset_stream", 15)
    talk.read("client", "open_outbound_streams")
    promise = frames.PushPromiseFrame(15, 8, bytes(talk.server.encoder.encode(REQUEST)), flags=["END_HEADERS"])
    talk.give("client", promise, frames.DataFrame(15, b"late"), frames.WindowUpdateFrame(15, 4))
    talk.give("server", frames.RstStreamFrame(17, 99), frames.DataFrame(17, b"late"))
    talk.exchange()


def closing(talk):
    talk.call("client", "send_headers", 19, REQUEST)
    talk.exchange()
    talk.give("server", frames.HeadersFrame(5, bytes(talk.client.encoder.encode(REQUEST)), flags=["END_HEADERS"]))
    talk.give("server", frames.ContinuationFrame(19, b"", flags=["END_HEADERS"]))
    talk.give("client", frames.GoAwayFrame(0, 17, 11, b"so long"))
    talk.call("client", "close_connection", 2, b"bye")
    talk.call("server", "close_connection", last_stream_id=5)
    talk.deliver("client")
    talk.call("client", "send_headers", 21, REQUEST)


CHAPTERS = [opening, requests, bodies, pushes, odds, late, closing]


def whole(talk):
    """Everything, with the errors that callers and peers make."""
    for chapter in CHAPTERS:
        chapter(talk)
    return talk


def upgrade(talk):
    """From HTTP/1.1."""
    value = outcome(talk.client.initiate_upgrade_connection)
    talk.log.append(value)
    talk.call("server", "initiate_upgrade_connection", b"AAMAAABkAAQAAP__")
    talk.exchange()
    talk.call("server", "send_headers", 1, RESPONSE[:1], end_stream=True)
    talk.exchange()
    return talk


def invalid(talk):
    """A peer that breaks off the connection by what it sends, in each of several ways on connections of their own."""
    opening(talk)
    talk.call("client", "send_headers", 1, REQUEST)
    talk.exchange()
    talk.give("server", frames.DataFrame(1, b"", flags=["END_STREAM"]), frames.DataFrame(1, b"more"))
    talk.deliver("client")
    return talk


# ---- watching ------------------------------------------------------------------------------------------------------

def seen(value, connections=()):
    """An argument or a result, as a plain value."""
    name = type(value).__name__
    if isinstance(value, (types.GeneratorType, map, filter)) or "Iterator" in name:
        return "iterator"
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [name, *(seen(each) for each in value)]
    if isinstance(value, dict):
        return {"of": [(seen(key), seen(each)) for key, each in value.items()]}
    if isinstance(value, BaseException):
        return name, str(value)
    if hasattr(value, "serialize_body"):
        return name, value.stream_id, sorted(value.flags), repr(value)
    if any(cls.__name__ == "Event" for cls in type(value).__mro__):
        name, text, fields = event_portrait(value)
        return name, _ADDRESS.sub("", text), fields
    if name in ("H2Stream", "H2Configuration", "Encoder", "Decoder", "H2Connection", "FrameBuffer", "Settings",
                "H2StreamStateMachine", "H2ConnectionStateMachine", "WindowManager", "SizeLimitDict"):
        return name, repr(value) if name == "H2Stream" else ""
    if isinstance(value, (memoryview, bytes, bytearray)):
        return bytes(value)
    return plain(value)


class Taps:
    """Steps that are watched, and changed: `change(call, *arguments)` stands before each call of the first `after`."""

    def __init__(self, change=None):
        self.calls = []
        self.change = change

    def function(self, name, original):
        """A function in the place of `original`, which takes the object first if it is a method."""
        def tapped(*arguments, **options):
            self.calls.append((name, [seen(each) for each in arguments],
                               {key: seen(each) for key, each in options.items()}))
            try:
                if self.change is None:
                    result = original(*arguments, **options)
                else:
                    result = self.change(len(self.calls), original, *arguments, **options)
            except BaseException as error:
                self.calls.append((name, "raises", type(error).__name__, str(error)))
                raise
            self.calls.append((name, "gives", seen(result)))
            return result

        tapped.__name__ = name
        return tapped

    def attribute(self, name, original):
        """A property in the place of a descriptor, or a function in that of a method."""
        if callable(original):
            return self.function(name, original)
        return property(self.function(name, original.__get__), self.function(f"{name}=", original.__set__)
                        if hasattr(original, "__set__") else None)
