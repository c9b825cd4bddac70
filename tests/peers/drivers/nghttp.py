"""nghttp, nghttp2's own client. Its options set what no other program lets a caller set: table sizes of both sides,
padding, header blocks in many frames, priorities. All requests of a process have the same fields and the same body."""
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from peers.drivers.peer import Peer
from peers.orders import FEATURES, TRAILER_CHECK, Record, Request, body, digest, fields_digest
from peers.programs import run

BATCH = 100  # requests a process
# Of every process the octets of the requests' bodies, and its options. A table size that is given twice would go into
# one SETTINGS frame twice; hyperframe, and so fasth2, reads just the last, and nghttp misses the first.
BATCHES = [
    (0, ["--header-table-size=0"]),
    (0, ["--header-table-size=64K", "--no-dep", "--weight=256", "--weight=1"]),
    (5_000, ["--padding=255", "--encoder-header-table-size=100"]),
    (0, ["--header-table-size=100", "--continuation"]),
    (100, ["--expect-continue", "--header-table-size=2000"]),
    (0, ["--encoder-header-table-size=0", "--no-push"]),
    (70_000, ["--window-bits=10", "--connection-window-bits=12", "--padding=9"]),
    (0, ["--upgrade", "--header-table-size=300"]),
]
ENTRY = re.compile(rb"\[ *\d+\.\d{3}\] (?P<line>[^\n]*)\n(?P<more>(?: {10}[^\n]*\n)*)")
FIELD = re.compile(rb"recv \(stream_id=(\d+)(, sensitive)?\) (:?[^:]+): (.*)")
FRAME = re.compile(rb"(send|recv) ([A-Z_]+) frame <length=(\d+), flags=0x(..), stream_id=(\d+)>")


class Nghttp(Peer):
    name = program = "nghttp"
    features = FEATURES - {"upload", "hold"}

    def plan(self, count, features=FEATURES):
        return [batched(request.order) for request in super().plan(count, features)]

    def run(self, url, requests):
        records = []
        while requests:
            batch, requests = first_batch(requests)
            records += run_batch(url, batch)
        return records


def batched(order):
    """The Request for `order` (Order) in the terms of its batch."""
    batch = order.number // BATCH
    up = BATCHES[batch % len(BATCHES)][0]
    headers = [(f"x-batch-{count}", f"{batch * count} " * 10) for count in range(30)]
    headers = [(name, value.strip()) for name, value in headers]
    order = replace(order, up=up)
    return Request("POST" if up else "GET", order.target, [*headers, ("x-check", fields_digest(headers))], up, bool(up))


def first_batch(requests):
    """The requests (list) of the first process, and the rest: a process ends after GOAWAY."""
    batch = requests[0].order.number // BATCH
    for place, request in enumerate(requests):
        if request.order.number // BATCH != batch:
            return requests[:place], requests[place:]
        if request.order.goaway:
            return requests[:place + 1], requests[place + 1:]
    return requests, []


def run_batch(url, requests):
    """Send `requests` in one process. Returns a list of Record."""
    with tempfile.TemporaryDirectory() as folder:
        up, options = BATCHES[requests[0].order.number // BATCH % len(BATCHES)]
        for name, value in requests[0].headers:
            options = [*options, f"--header={name}: {value}"]
        if up:
            Path(folder, "body").write_bytes(body(up))
            options += ["--data=body", f"--trailer={TRAILER_CHECK}: {digest(body(up))}"]
        command = ["nghttp", "--verbose", "--no-verify-peer", *options, *[url + one.target for one in requests]]
        log = run(command, folder=folder, binary=True)
    streams = {}
    log = log.replace(b"The negotiated protocol: h2\n", b"", 1)  # by TLS
    upgrade, success, rest = log.partition(b"HTTP Upgrade success\n")
    if success:
        streams[b"1"] = (Record(requests[0].target, informational=[], trailers=[]), bytearray())
    return read_log(streams, rest if success else upgrade)


def read_log(streams, log):
    """The records (list) in what nghttp printed (bytes): lines of its log, and between them the octets of bodies.
    `streams` has those that are open already: by number (bytes) a Record and its body (bytearray)."""
    fields, secrets, octets, end = {}, {}, b"", 0
    for entry in ENTRY.finditer(log):
        octets += log[end:entry.start()]
        end = entry.end()
        if field := FIELD.fullmatch(entry["line"]):
            stream, sensitive, name, value = field.groups()
            if sensitive:
                secrets.setdefault(stream, []).append(name.decode())
            fields.setdefault(stream, []).append([name.decode(), value.decode()])
        elif frame := FRAME.fullmatch(entry["line"]):
            direction, kind, length, _, stream = frame.groups()
            if (direction, kind) == (b"send", b"HEADERS") and stream not in streams:
                path = re.search(rb":path: (.*)", entry["more"])[1].decode()
                streams[stream] = (Record(path, informational=[], trailers=[]), bytearray())
            elif direction == b"recv":
                receive(streams, kind, stream, fields, entry["more"])
                if kind == b"DATA":
                    if len(octets) != int(length):
                        raise ValueError(f"{len(octets)} octets before {entry['line']}")
                    streams[stream][1].extend(octets)
                    octets = b""
    for stream, (record, octets) in streams.items():
        record.never_indexed = secrets.get(stream, [])
        record.octets, record.sha256 = len(octets), digest(octets)
    return [record for record, _ in streams.values()]


def receive(streams, kind, stream, fields, more):
    """Take in a frame of `kind` (bytes) on `stream` (bytes), whose `fields` were listed before, and what the log says
    `more` (bytes) of it."""
    if kind == b"PUSH_PROMISE":
        promised = re.search(rb"promised_stream_id=(\d+)", more)[1]
        target = dict(fields.pop(stream))[":path"]
        streams[promised] = (Record(target, informational=[], trailers=[], pushed=True), bytearray())
    elif kind == b"HEADERS":
        record = streams[stream][0]
        got = fields.pop(stream)
        if record.status == 200:
            record.trailers = got
        elif (status := dict(got)[":status"]) != "100":
            record.status, record.headers = int(status), got[1:]
            if status == "103":
                record.informational.append(got[1:])
    elif kind == b"RST_STREAM":
        streams[stream][0].failure = re.search(rb"error_code=(\S+)\)", more)[1].decode()


PEER = Nghttp()
