"""The calls of connections: fasth2.h2."""
import codecs

from fasth2.h2.config import H2Configuration
from fasth2.h2.connection import H2Connection
from fasth2.hpack.hpack import Decoder, Encoder
from fasth2.hyperframe import frame as frames
from support.calls import Call
from support.state import decoder_state, encoder_state

BIG = 1 << 30  # an int that takes memory
REQUEST = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"example.com")]
LONG = [*REQUEST, ("x-name", "a value of its own"), (b"cookie", b"a=b"), (b"cookie", b"c=d; e=f")]
FIELDS = ("highest_inbound_stream_id", "highest_outbound_stream_id", "outbound_flow_control_window",
          "inbound_flow_control_window", "max_outbound_frame_size", "max_inbound_frame_size")
OF_STREAMS = ("stream_id", "closed_by", "request_method", "outbound_flow_control_window",
              "inbound_flow_control_window", "_expected_content_length", "_actual_content_length", "_authority")


class EncoderInPython(Encoder):
    """The parts of a connection as functions in Python, of which CPython may lose the exception."""

    def encode(self, headers, huffman=True):
        return super().encode([(name, value) for name, value in headers], huffman)


class DecoderInPython(Decoder):
    def decode(self, data, raw=False):
        return [(name, value) for name, value in super().decode(data, raw)]


class LoggerInPython:
    def debug(self, text, *things):
        return str(text) % things

    trace = debug


def decode_in_python(octets, errors="strict"):
    return "".join([chr(octet) for octet in bytes(octets)]), len(octets)


CODEC = codecs.CodecInfo(None, decode_in_python, name="in_python_for_tests")
codecs.register(lambda name: CODEC if name == CODEC.name else None)


def preface(client_side):
    connection = H2Connection(H2Configuration(client_side=client_side))
    connection.initiate_connection()
    return connection.data_to_send()


PREFACES = {side: preface(side) for side in (True, False)}


def requests():
    """What a client sends, by name."""
    client = H2Connection()
    client.initiate_connection()
    client.data_to_send()
    wires = {}
    client.send_headers(1, LONG)
    wires["HEADERS"] = client.data_to_send()
    client.send_data(1, b"x" * 600, pad_length=5)
    wires["DATA"] = client.data_to_send()
    return wires


def answers():
    """What a server sends to the request on stream 1, by name."""
    server = with_request()
    server.push_stream(1, 2, REQUEST)
    return {"PUSH_PROMISE": server.data_to_send()}


def client():
    """A client with three streams and something that waits, whose server has said what it says first."""
    connection = H2Connection()
    connection.initiate_connection()
    connection.receive_data(PREFACES[False])
    for stream_id in 1, 3, 5:
        connection.send_headers(stream_id, REQUEST)
    return connection


def new(client_side=True):
    return H2Connection(H2Configuration(client_side=client_side))


def server():
    connection = new(False)
    connection.initiate_connection()
    connection.receive_data(PREFACES[True])
    connection.data_to_send()
    return connection


WIRES = requests()


def with_request():
    connection = server()
    connection.receive_data(WIRES["HEADERS"])
    return connection


WIRES.update(answers())


def without_request():
    """A server that has reset the stream and forgotten it."""
    connection = with_request()
    connection.reset_stream(1)
    assert connection.open_inbound_streams == 0  # which forgets it
    return connection


def in_python(make, encoder=None, decoder=None, **options):
    """Makes what `make` makes, with these parts (classes) and options of its configuration."""

    def made():
        connection = make()
        for name, part in ("encoder", encoder), ("decoder", decoder):
            if part is not None:
                setattr(connection, name, part())
        for name, value in options.items():
            setattr(connection.config, name, value)
        return connection

    return made


def shown(result):
    """Events by their text."""
    return [repr(event) for event in result] if isinstance(result, list) else result


def looked(connection):
    """All that can be seen of a connection and is of use to a later call."""
    return (
        {name: getattr(connection, name) for name in FIELDS}, connection.state_machine.state,
        bytes(connection._data_to_send), bytes(connection.incoming_buffer._data),
        dict(connection.local_settings), dict(connection.remote_settings),
        {number: [getattr(stream, name) for name in OF_STREAMS] + [stream.state_machine.state]
         for number, stream in connection.streams.items()},
        dict(connection._closed_streams), encoder_state(connection.encoder), decoder_state(connection.decoder),
    )


def begun_anew(connection):
    connection.__init__(connection.config)


def call(name, act, make, **options):
    """A step that fails for want of memory may have been taken in part, as upstream's: the object is whole, and good
    for a new beginning."""
    return Call(f"H2Connection.{name}", make, act, shown, looked, kept=False, mend=begun_anew, **options)


SENT = {
    "send_headers": lambda connection: connection.send_headers(7, LONG, end_stream=True),
    "send_headers, priority": lambda connection: connection.send_headers(7, REQUEST, priority_weight=17),
    "send_headers, refused": lambda connection: connection.send_headers(7, [(b"x", b"y")]),
    "send_data": lambda connection: connection.send_data(1, b"x" * 5000, end_stream=True),
    "send_data, padded": lambda connection: connection.send_data(1, memoryview(b"x" * 600), pad_length=10),
    "send_data, too much": lambda connection: connection.send_data(1, b"x" * 70000),
    "end_stream": lambda connection: connection.end_stream(1),
    "increment_flow_control_window": lambda connection: connection.increment_flow_control_window(BIG),
    "increment_flow_control_window, stream": lambda connection: connection.increment_flow_control_window(BIG, 1),
    "ping": lambda connection: connection.ping(b"12345678"),
    "reset_stream": lambda connection: connection.reset_stream(3, 8),
    "close_connection": lambda connection: connection.close_connection(2, b"text", BIG),
    "update_settings": lambda connection: connection.update_settings({4: BIG, 3: BIG}),
    "prioritize": lambda connection: connection.prioritize(1, 17, 3, True),
    "data_to_send": lambda connection: connection.data_to_send(),
    "data_to_send, some": lambda connection: connection.data_to_send(20),
    "clear_outbound_data_buffer": lambda connection: connection.clear_outbound_data_buffer(),
    "get_next_available_stream_id": lambda connection: connection.get_next_available_stream_id(),
    "local_flow_control_window": lambda connection: connection.local_flow_control_window(1),
    "remote_flow_control_window": lambda connection: connection.remote_flow_control_window(1),
    "open_outbound_streams": lambda connection: connection.open_outbound_streams,
    "open_inbound_streams": lambda connection: connection.open_inbound_streams,
    "inbound_flow_control_window": lambda connection: connection.inbound_flow_control_window,
    "acknowledge_received_data": lambda connection: connection.acknowledge_received_data(40000, 1),
}
WRONG = {
    "a name in upper case": (b"X", b"y"),
    "no length": (b"content-length", b"x"),
}
RECEIVED_BY_CLIENTS = {
    "SETTINGS": frames.SettingsFrame(0, settings={1: 100, 3: BIG, 4: BIG, 5: 20000, 6: BIG}).serialize(),
    "SETTINGS, ACK": frames.SettingsFrame(0, flags=["ACK"]).serialize(),
    "WINDOW_UPDATE": frames.WindowUpdateFrame(0, BIG).serialize(),
    "WINDOW_UPDATE, stream": frames.WindowUpdateFrame(1, BIG).serialize(),
    "RST_STREAM": frames.RstStreamFrame(1, BIG).serialize(),
    "PING": frames.PingFrame(0, b"12345678").serialize(),
    "PING, ACK": frames.PingFrame(0, b"12345678", flags=["ACK"]).serialize(),
    "GOAWAY": frames.GoAwayFrame(0, BIG, BIG, b"text").serialize(),
    "PRIORITY": frames.PriorityFrame(1, BIG, 5, True).serialize(),
    "ALTSVC": frames.AltSvcFrame(0, b"origin", b"field").serialize(),
    "an unknown frame": b"\0\0\4\xf0\0\0\0\0\1body",
    "HEADERS": frames.HeadersFrame(1, b"\x88\x40\1a\1b", flags=["END_HEADERS"]).serialize(),
    "HEADERS, cut": frames.HeadersFrame(1, b"\x88", flags=[]).serialize()
    + frames.ContinuationFrame(1, b"\x40\1a\1b", flags=["END_HEADERS"]).serialize(),
    "HEADERS, no block": frames.HeadersFrame(1, b"\xff\xff", flags=["END_HEADERS"]).serialize(),
    "PUSH_PROMISE": WIRES["PUSH_PROMISE"],
    "a wrong frame": b"\0\0\1\6\0\0\0\0\1x",
    **{f"HEADERS, {name}": frames.HeadersFrame(1, Encoder().encode([(b":status", b"200"), line]),
                                               flags=["END_HEADERS"]).serialize() for name, line in WRONG.items()},
    "a cut frame": frames.PingFrame(0, b"12345678").serialize()[:12],
}
RECEIVED_BY_SERVERS = {"HEADERS": (server, WIRES["HEADERS"]), "DATA": (with_request, WIRES["DATA"]),
                       "HEADERS of a stream that was reset": (without_request, WIRES["HEADERS"])}
ANSWERED = {
    "send_headers, response": lambda connection: connection.send_headers(1, [(":status", "200"), ("x", "y" * 200)]),
    "push_stream": lambda connection: connection.push_stream(1, 2, REQUEST),
    "advertise_alternative_service": lambda connection: connection.advertise_alternative_service(b"h2", b"origin"),
}
SENT_IN_PYTHON = {
    "an encoder in Python": (in_python(client, encoder=EncoderInPython), SENT["send_headers"]),
    "an encoder in Python, push_stream": (in_python(with_request, encoder=EncoderInPython), ANSWERED["push_stream"]),
    "a logger in Python, send_headers": (in_python(client, logger=LoggerInPython()), SENT["send_headers"]),
}
RECEIVED_IN_PYTHON = {
    "HEADERS, a decoder in Python": (in_python(server, decoder=DecoderInPython), WIRES["HEADERS"]),
    "no block, a decoder in Python": (in_python(client, decoder=DecoderInPython),
                                      RECEIVED_BY_CLIENTS["HEADERS, no block"]),
    "HEADERS, a logger in Python": (in_python(server, logger=LoggerInPython()), WIRES["HEADERS"]),
    "DATA, a logger in Python": (in_python(with_request, logger=LoggerInPython()), WIRES["DATA"]),
    "PUSH_PROMISE, a logger in Python": (in_python(client, logger=LoggerInPython()), WIRES["PUSH_PROMISE"]),
    "unknown frame, a logger in Python": (in_python(client, logger=LoggerInPython()),
                                          RECEIVED_BY_CLIENTS["an unknown frame"]),
    "HEADERS, a codec in Python": (in_python(server, header_encoding=CODEC.name), WIRES["HEADERS"]),
}

CALLS = [
    call("initiate_connection", lambda connection: connection.initiate_connection(), new),
    call("initiate_upgrade_connection", lambda connection: connection.initiate_upgrade_connection(), new),
    call("initiate_upgrade_connection, server",
         lambda connection: connection.initiate_upgrade_connection(b"AAMAAABkAAQAAP__"), lambda: new(False)),
    *(call(name, act, client) for name, act in SENT.items()),
    *(call(name, act, with_request) for name, act in ANSWERED.items()),
    *(call(f"receive_data, {name}", lambda connection, wire=wire: connection.receive_data(wire), client)
      for name, wire in RECEIVED_BY_CLIENTS.items()),
    *(call(f"receive_data of a server, {name}", lambda connection, wire=wire: connection.receive_data(wire), make)
      for name, (make, wire) in RECEIVED_BY_SERVERS.items()),
    *(call(f"receive_data, {name}", lambda connection, wire=wire: connection.receive_data(wire), make)
      for name, (make, wire) in RECEIVED_IN_PYTHON.items()),
    *(call(name, act, make) for name, (make, act) in SENT_IN_PYTHON.items()),
]
