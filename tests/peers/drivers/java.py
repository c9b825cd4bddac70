"""Java's HttpClient, an implementation of HTTP/2 and HPACK of its own. It shows neither trailers nor (before 20)
informational responses."""
from pathlib import Path

from peers.drivers.peer import Peer
from peers.orders import FEATURES, Record
from peers.programs import run


class Java(Peer):
    program = "java"
    features = FEATURES - {"request trailers", "hints", "push"}
    sorted_headers = True

    def __init__(self, name, upgrade=False):
        self.name = name
        if upgrade:
            self.features = self.features - {"upload", "goaway"}

    def run(self, url, requests):
        text = "".join(request.line() + "\n" for request in requests)
        options = ["-XX:TieredStopAtLevel=1", "-Djdk.httpclient.hpack.maxheadertablesize=8192"]
        out = run(["java", *options, Path(__file__).with_name("Client.java"), url], text=text)
        return [Record.parse(line) for line in out.splitlines()]


PEERS = [Java("java"), Java("java-upgrade", upgrade=True)]
