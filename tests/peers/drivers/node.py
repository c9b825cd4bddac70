"""node's http2 module, which is nghttp2 below and JavaScript above."""
from pathlib import Path

from peers.drivers.peer import Peer
from peers.orders import Record
from peers.programs import run


class Node(Peer):
    name = program = "node"

    def run(self, url, requests, *streams):
        """As Peer.run(); `streams`: how many at a time (int), if not client.js's own number."""
        text = "".join(request.line() + "\n" for request in requests)
        out = run(["node", Path(__file__).with_name("client.js"), url, *streams], text=text)
        return [Record.parse(line) for line in out.splitlines()]


PEER = Node()
