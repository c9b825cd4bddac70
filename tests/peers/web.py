"""Twisted's web server, in a process of its own, which answers orders: `python tests/peers/web.py SIDE FOLDER`. Reports
like server.py. By TLS, for Twisted speaks HTTP/2 only where ALPN has chosen it."""
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side
from fasth2.demo.child import tell

side.take(sys.argv[1])  # before h2 is imported

from twisted.internet import endpoints, reactor, stdio
from twisted.internet.protocol import Protocol
from twisted.web.resource import Resource
from twisted.web.server import Site

from peers.orders import Order, body
from peers.weights import Witness


class Orders(Resource):
    isLeaf = True

    def __init__(self, counts):
        super().__init__()
        self.counts = counts

    def render_GET(self, request):
        order = Order.parse(request.uri.decode())
        self.counts["requests"] += 1
        for name, value in order.headers:
            request.responseHeaders.addRawHeader(name.encode(), value.encode())
        return body(order.size)


class UntilEnd(Protocol):
    """Reads stdin."""

    def connectionLost(self, reason):
        if reactor.running:
            reactor.stop()


def main(which, folder):
    """Serve until stdin ends."""
    counts = Counter()
    Witness(counts)
    listening = []
    text = f"ssl:0:interface=127.0.0.1:privateKey={folder}/key.pem:certKey={folder}/certificate.pem"
    endpoints.serverFromString(reactor, text).listen(Site(Orders(counts))).addCallback(listening.append)
    stdio.StandardIO(UntilEnd())
    reactor.callWhenRunning(lambda: tell(port=listening[0].getHost().port))
    reactor.run()
    tell(states=side.states(), counts=counts, wrong=[])


if __name__ == "__main__":
    main(*sys.argv[1:])
