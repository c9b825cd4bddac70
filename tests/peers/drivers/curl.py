"""curl, which is nghttp2 below, many requests a process. It can neither cancel a response nor take pushes.

No GOAWAY among the rest: with it, curl 7.88 loses the end of a body of unknown length that trailers follow, though it
came. In clear text it asks for an upgrade: curl 7.88 with prior knowledge fails at the second request of a connection.
"""
import json
import tempfile
from pathlib import Path

from peers.drivers.peer import Peer
from peers.orders import FEATURES, Record, body, digest
from peers.programs import run

STREAMS = 40  # at a time
MANY = 500  # requests a process: curl opens all its files at once


class Curl(Peer):
    """`upgrade`: whether URLs are in clear text; a request that asks for an upgrade cannot have a body here."""

    program = "curl"
    features = FEATURES - {"push", "hold", "request trailers", "goaway"}

    def __init__(self, name, upgrade=False):
        self.name = name
        if upgrade:
            self.features = self.features - {"upload"}

    def run(self, url, requests):
        records = []
        for first in range(0, len(requests), MANY):
            records += self.run_some(url, requests[first:first + MANY])
        return records

    def run_some(self, url, requests):
        """run() in one process."""
        with tempfile.TemporaryDirectory() as folder:
            config = "next\n".join(self.section(url, request, folder) for request in requests)
            Path(folder, "config").write_text(config)
            command = ["curl", "--disable", "--parallel", "--parallel-max", STREAMS, "--config", "config"]
            out = run(["sh", "-c", '"$@" || [ $? = 92 ]', "sh", *command], folder=folder)  # 92: a stream was reset
            told = {line["url_effective"]: line for line in map(json.loads, out.splitlines())}
            return [read_record(request, told[url + request.target], folder) for request in requests]

    def section(self, url, request, folder):
        """The lines (str) of the configuration for one request."""
        number = request.order.number
        lines = ["silent", "show-error", "insecure", "http2", f"url = {url}{request.target}", f"output = {number}.body",
                 f"dump-header = {number}.head", r'write-out = "%{json}\n"']
        if request.up:
            Path(folder, f"{number}.up").write_bytes(body(request.up))
            lines += [f"data-binary = @{number}.up", "header = content-type: application/octet-stream"]
            if number % 2:
                lines.append("header = expect: 100-continue")
        lines += [f"header = {quoted(f'{name}: {value}')}" for name, value in request.headers]
        return "\n".join(lines) + "\n"


def quoted(text):
    """`text` (str) as curl's configuration takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_record(request, told, folder):
    """The Record of one request, from what curl `told` (dict) and left in `folder`."""
    number = request.order.number
    record = Record(request.target, informational=[])
    head, _, trailers = Path(folder, f"{number}.head").read_bytes().decode("latin-1").rpartition("\r\n\r\n")
    for block in filter(None, head.split("\r\n\r\n")):
        line, *fields = block.split("\r\n")
        fields = [field.split(": ", 1) for field in fields]
        version, status = line.split()[:2]
        if version != "HTTP/2" and status != "101":
            record.failure = f"answered in {version}"
        record.status = int(status)
        if record.status >= 200:
            record.headers = fields
        elif status == "103":
            record.informational.append(fields)
    # None where there are none: curl 7.88 does not always show trailers that come together with the end of the body.
    record.trailers = [line.split(": ", 1) for line in trailers.splitlines()] or None
    path = Path(folder, f"{number}.body")
    octets = path.read_bytes() if path.exists() else b""
    record.octets, record.sha256 = len(octets), digest(octets)
    if told["exitcode"]:
        record.failure = f"curl: {told['exitcode']}: {told['errormsg']}"
    return record


PEERS = [Curl("curl"), Curl("curl-upgrade", upgrade=True)]
