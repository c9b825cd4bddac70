"""Connections of other implementations, recorded from their sockets (tests/corpus/recorded), taken apart.

Frames are cut here by hand, so that neither fasth2 nor upstream has a say in what the recordings hold. A sender is
"client" or "server".
"""
import base64
import json
import struct
from collections import deque
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "corpus" / "recorded"
FILES = sorted(FOLDER.glob("*.json"))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
ACK = END_STREAM = 0x1
END_HEADERS, PADDED, PRIORITIZED = 0x4, 0x8, 0x20
HEADER_TABLE_SIZE = 0x1
OTHER = {"client": "server", "server": "client"}


@dataclass(frozen=True)
class Frame:
    """A frame as it was sent: `octets` is all of it. The first frame of a header block has all of `header_block`, and
    `headers`, the list of its fields."""

    sender: str
    type: int
    flags: int
    stream: int
    octets: bytes
    header_block: bytes | None = None
    headers: list | None = None

    @property
    def content(self):
        """The payload without padding."""
        payload = self.octets[9:]
        if self.flags & PADDED and self.type in (DATA, HEADERS, PUSH_PROMISE):
            return payload[1:len(payload) - payload[0]]
        return payload

    @property
    def fragment(self):
        """The part of a header block in it (RFC 9113 sections 6.2, 6.6, 6.10)."""
        skipped = {HEADERS: 5 if self.flags & PRIORITIZED else 0, PUSH_PROMISE: 4, CONTINUATION: 0}
        return self.content[skipped[self.type]:]

    @property
    def settings(self):
        """[(identifier, value), ...] of a SETTINGS frame."""
        return list(struct.iter_unpack(">HI", self.octets[9:]))


@dataclass(frozen=True)
class Connection:
    """A recorded connection: the names of both programs, `segments` [(sender, octets), ...] in the order in which they
    passed by, and `headers` {sender: [header list, ...]}, whose fields are (name, value) or (name, value, True)."""

    client: str
    server: str
    segments: list
    headers: dict

    def octets(self, sender):
        """All that the sender said."""
        return b"".join(octets for side, octets in self.segments if side == sender)

    def frames(self):
        """Every Frame in the order in which their last octets passed by, CONTINUATION frames included."""
        unread = {"client": b"", "server": b""}
        blocks = {"client": [], "server": []}
        lists = {sender: iter(headers) for sender, headers in self.headers.items()}
        begun = False
        for sender, octets in self.segments:
            unread[sender] += octets
            if sender == "client" and not begun and len(unread[sender]) >= len(PREFACE):
                assert unread[sender].startswith(PREFACE)
                unread[sender], begun = unread[sender][len(PREFACE):], True
            while (frame := _first_frame(sender, unread[sender])) is not None:
                unread[sender] = unread[sender][len(frame.octets):]
                if frame.type not in (HEADERS, PUSH_PROMISE, CONTINUATION):
                    yield frame
                    continue
                blocks[sender].append(frame)
                if frame.flags & END_HEADERS:
                    whole, blocks[sender] = blocks[sender], []
                    yield from _with_block(whole, next(lists.get(sender, iter(())), None))

    def compression(self):
        """What both header codecs of the connection go through: ("block", sender, Frame), and ("limit", sender, octets)
        when the sender has acknowledged how large its encoder's table may be."""
        announced = {"client": deque(), "server": deque()}
        for frame in self.frames():
            if frame.header_block is not None:
                yield "block", frame.sender, frame
            elif frame.type == SETTINGS and not frame.flags & ACK:
                announced[frame.sender].append(dict(frame.settings).get(HEADER_TABLE_SIZE))
            elif frame.type == SETTINGS and (limit := announced[OTHER[frame.sender]].popleft()) is not None:
                yield "limit", frame.sender, limit


def _first_frame(sender, octets):
    if len(octets) < 9:
        return None
    length = int.from_bytes(octets[:3], "big")
    if len(octets) < 9 + length:
        return None
    kind, flags, stream = struct.unpack_from(">BBI", octets, 3)
    return Frame(sender, kind, flags, stream & 0x7FFFFFFF, octets[:9 + length])


def _with_block(frames, headers):
    first, *others = frames
    block = b"".join(frame.fragment for frame in frames)
    yield Frame(first.sender, first.type, first.flags, first.stream, first.octets, block, headers)
    yield from others


def load(path):
    """The whole JSON document of a recording, and its [Connection, ...]."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    connections = [
        Connection(one["client"], one["server"],
                   [(sender, base64.b64decode(octets)) for sender, octets in one["segments"]],
                   {sender: [[tuple(field) for field in fields] for fields in one["headers"][sender]]
                    for sender in OTHER})
        for one in document["connections"]]
    return document, connections


def decode_all(connection, decoders):
    """{sender: [what the sender's decoder makes of each of its blocks, ...]}. `decoders` is {sender: Decoder}."""
    found = {"client": [], "server": []}
    for what, sender, value in connection.compression():
        if what == "limit":
            decoders[sender].max_allowed_table_size = value
        else:
            found[sender].append(decoders[sender].decode(value.header_block, raw=True))
    return found
