"""A recorded connection once more, through h2: `python replay.py SIDE FILE...`, SIDE being stock or fasth2.

h2 plays one end, then the other. It receives what was sent to that end, and is told to send what that end sent. Prints
{file name: [log of each part, ...]}: events, octets out, errors. In a process of its own, since h2 binds the classes
that it imports.
"""
import hashlib
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    if sys.argv[1] == "fasth2":
        import fasth2

        fasth2.install(strict=True)

from support import h2s, recorded
from support.h2state import event_portrait


def as_headers(struct, fields):
    """Recorded fields as header tuples of the module `struct`."""
    kinds = struct.HeaderTuple, struct.NeverIndexedHeaderTuple
    return [kinds[bool(sensitive)](name.encode("latin-1"), value.encode("latin-1"))
            for name, value, *sensitive in fields]


def priority(octets):
    """The fields of RFC 7540 section 6.3 as h2 takes them."""
    depends_on = int.from_bytes(octets[:4], "big")
    return {"priority_weight": octets[4] + 1, "priority_depends_on": depends_on & 0x7FFFFFFF,
            "priority_exclusive": bool(depends_on >> 31)}


def known(settings):
    """{identifier: value} without private identifiers, which upstream writes as others (docs/compatibility.md, B7)."""
    return {setting: value for setting, value in settings if setting < 0x100}


def number(octets):
    return int.from_bytes(octets, "big") & 0x7FFFFFFF


def send(connection, frame, struct):
    """Has h2 send what that frame says. What h2 sends by itself is left to it, and so are frames it does not know."""
    content, stream = frame.content, frame.stream
    ended = bool(frame.flags & recorded.END_STREAM)
    if frame.type == recorded.DATA:
        padding = frame.octets[9] if frame.flags & recorded.PADDED else None
        connection.send_data(stream, content, end_stream=ended, pad_length=padding)
    elif frame.type == recorded.HEADERS:
        prioritized = priority(content) if frame.flags & recorded.PRIORITIZED else {}
        connection.send_headers(stream, as_headers(struct, frame.headers), ended, **prioritized)
    elif frame.type == recorded.PUSH_PROMISE:
        connection.push_stream(stream, number(content[:4]), as_headers(struct, frame.headers))
    elif frame.type == recorded.PRIORITY:
        connection.prioritize(stream, **{name.removeprefix("priority_"): value
                                         for name, value in priority(content).items()})
    elif frame.type == recorded.RST_STREAM:
        connection.reset_stream(stream, number(content))
    elif frame.type == recorded.SETTINGS and not frame.flags & recorded.ACK:
        connection.update_settings(known(frame.settings))
    elif frame.type == recorded.PING and not frame.flags & recorded.ACK:
        connection.ping(content)
    elif frame.type == recorded.GOAWAY:
        connection.close_connection(number(content[4:8]), content[8:] or None, number(content[:4]))
    elif frame.type == recorded.WINDOW_UPDATE:
        connection.increment_flow_control_window(number(content), stream or None)


class Part:
    """h2 in the place of one end, `role` ("client" or "server"), of a recorded connection. Whether it validates what
    comes in: two ends of gRPC's C core send each other binary values that h2 refuses (TRUE_BINARY).

    h2: support.h2s.H2; pieces: it receives so many octets at a time, or frame by frame."""

    def __init__(self, role, validate, h2, pieces=None):
        self.role, self.struct, self.pieces = role, h2.struct, pieces
        self.log = []
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=role == "client", header_encoding=None, validate_inbound_headers=validate))

    def begin(self, frame):
        """Start with the settings of that end's first frame."""
        for setting, value in known(frame.settings).items():
            self.connection.local_settings[setting] = value
        self.connection.local_settings.acknowledge()
        # As h2 does when the other end has acknowledged; until then that end keeps to the smaller size by itself.
        self.connection.decoder.max_allowed_table_size = max(4096, self.connection.local_settings.header_table_size)
        self.connection.initiate_connection()

    def play(self, frames):
        """Go through the frames of both ends. Returns the log."""
        self.begin(next(frame for frame in frames if frame.sender == self.role))
        self.tell()
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" if self.role == "server" else b""
        begun = False
        for frame in frames:
            if frame.sender == recorded.OTHER[self.role]:
                octets, preface = preface + frame.octets, b""
                pieces = self.pieces or len(octets)
                for start in range(0, len(octets), pieces):
                    self.attempt(self.connection.receive_data, octets[start:start + pieces])
            elif begun and frame.type != recorded.CONTINUATION:
                self.attempt(send, self.connection, frame, self.struct)
            begun = begun or frame.sender == self.role
            self.tell()
        return self.log

    def attempt(self, call, *arguments):
        """h2 may refuse: what one end sent crossed with what the other sent, or the program has other rules."""
        try:
            events = call(*arguments) or ()
            self.log += [f"{type(event).__name__} {event_portrait(event, events)}" for event in events]
        except Exception as error:
            self.log.append(f"{type(error).__name__}: {error}")

    def tell(self):
        if sent := self.connection.data_to_send():
            self.log.append(f"sent {len(sent)} octets, {hashlib.sha256(sent).hexdigest()}")


def validates(connection):
    """Whether h2 is to validate what comes in on that recorded connection."""
    return (connection.client, connection.server) != ("grpcio", "grpcio")


def main(paths):
    h2 = h2s.H2("h2", "h2", "hpack")  # whosever they are in this process
    logs = {}
    for path in paths:
        logs[Path(path).name] = [
            Part(role, validates(connection), h2).play([*connection.frames()])
            for connection in recorded.load(path)[1] for role in recorded.OTHER]
    logs["frames of"] = sys.modules["hyperframe.frame"].__file__
    json.dump(logs, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[2:])
