"""The plain h2 client of these tests, for servers of other programs."""
import json
import sys

from peers.drivers.peer import Peer
from peers.orders import Record
from peers.programs import HERE, run


class H2(Peer):
    """`side`: fasth2 or stock. After run(), `report` (dict) is what the process said of itself."""

    def __init__(self, side):
        self.name = f"h2-{side}"
        self.side = side
        self.report = None

    def missing(self):
        return ""

    def run(self, url, requests):
        text = "".join(request.line() + "\n" for request in requests)
        out = run([sys.executable, "-W", "error", HERE / "client.py", self.side, url], text=text)
        *records, self.report = map(json.loads, out.splitlines())
        return [Record(**record) for record in records]


PEERS = [H2("fasth2"), H2("stock")]
