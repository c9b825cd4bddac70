"""Twisted's web server with bench.served's page, for bench.server: ``python -m bench.served_twisted FOLDER``, in which
lies a certificate. Twisted speaks HTTP/2 over TLS alone.
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.web.resource import Resource
from twisted.web.server import Site

from bench.served import BODY, HEADERS


class Page(Resource):
    """The same page at every path."""

    isLeaf = True

    def render_GET(self, request) -> bytes:
        """Twisted calls it for each request."""
        for name, value in HEADERS:
            request.responseHeaders.addRawHeader(name, value)
        return BODY


def main(folder: str) -> None:
    """Serve until SIGTERM."""
    where = f"ssl:port=0:interface=127.0.0.1:privateKey={folder}/key.pem:certKey={folder}/certificate.pem"
    listening = serverFromString(reactor, where).listen(Site(Page()))
    listening.addCallback(
        lambda port: print(f"Running on https://127.0.0.1:{port.getHost().port}", file=sys.stderr, flush=True)
    )
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1])
