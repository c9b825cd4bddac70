"""Real programs as clients of h2-based servers: every response compared octet by octet, every request checked by the
server, and proof that tables filled and evicted, streams were pushed, reset and cancelled, connections ended in order.
"""
from importlib.util import find_spec

import pytest

from peers.drivers import PEERS
from peers.orders import Order, request
from peers.programs import python_server
from peers.tiers import FEWER, FULL, REQUESTS, SIDES

pytestmark = pytest.mark.skipif(find_spec("h2") is None, reason="h2 is not installed")

TABLES = ("encoder evictions", "SettingsAcknowledged")
USUAL = (*TABLES, "cancelled", "goaways", "octets received")
# (peer, by TLS) -> what the server must have seen, in its own counts or as events of h2's.
WITNESSES = {
    ("curl", True): (*TABLES, "decoder evictions", "octets received"),
    ("curl-upgrade", False): (*TABLES, "decoder evictions", "upgrades"),
    ("nghttp", False): (*TABLES, "decoder entries", "upgrades", "goaways", "pushes", "padding", "PriorityUpdated",
                        "TrailersReceived", "octets received"),
    ("h2load", False): ("encoder evictions", "octets received"),
    ("node", False): (*USUAL, "decoder evictions", "pushes", "PriorityUpdated", "TrailersReceived", "never indexed"),
    ("java", True): USUAL,  # Java's encoder puts nothing into tables
    ("chromium", True): (*USUAL, "decoder evictions", "PriorityUpdated"),
    ("h2-fasth2", False): (*USUAL, "decoder evictions", "pushes", "PriorityUpdated", "TrailersReceived"),
}
if FULL:
    WITNESSES |= {
        ("nghttp", True): tuple(name for name in WITNESSES["nghttp", False] if name != "upgrades"),
        ("java-upgrade", False): (*TABLES, "upgrades", "cancelled"),
        ("node", True): WITNESSES["node", False],
        ("h2-fasth2", True): WITNESSES["h2-fasth2", False],
        ("h2-stock", True): WITNESSES["h2-fasth2", False],
    }
# What Hypercorn lets an application do, of orders.FEATURES; all requests say that they take trailers.
HYPERCORN = {"upload", "hints", "push", "hold", "long"}
ON_HYPERCORN = [("curl", True), ("nghttp", False), ("h2load", False), ("node", False)]
ON_HYPERCORN += [("java", True), ("h2-fasth2", True), ("h2-stock", True)] if FULL else []


def present(name):
    """The Peer `name` (str); skips where its program is absent."""
    peer = PEERS[name]
    if reason := peer.missing():
        pytest.skip(reason)
    return peer


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name, tls", WITNESSES)
def test_plain_h2_server(name, tls, side, certificate, proven):
    peer = present(name)
    requests = peer.plan(FEWER if name.endswith("upgrade") else REQUESTS)
    folder = [certificate] if tls else []
    with python_server("server.py", side, *folder) as served:
        peer.check(requests, peer.run(served.url(*folder), requests))
        counts = proven(served.finish(), side, WITNESSES[name, tls])
    assert counts["requests"] >= len(requests)
    if name == "chromium":
        assert counts["most files of a connection"] > 300  # the page and its images


@pytest.mark.parametrize("side", SIDES)
def test_curl_after_goaway(side, certificate, proven):
    """curl, whose plan has no GOAWAY, finishes what is in flight. GOAWAY answers a long upload that began last: curl
    7.88 fails if it comes while a request begins."""
    peer = present("curl")
    requests = [request(Order(number, size=number * 3_000)) for number in range(30)]
    requests.append(request(Order(30, up=3_000_000, goaway=1)))
    with python_server("server.py", side, certificate) as served:
        peer.check(requests, peer.run(served.url(certificate), requests))
        assert proven(served.finish(), side, ["encoder evictions"])["goaways"] == 1


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name, tls", ON_HYPERCORN)
def test_hypercorn(name, tls, side, certificate, proven):
    if find_spec("hypercorn") is None:
        pytest.skip("Hypercorn is not installed")
    peer = present(name)
    requests = [with_trailers(one) for one in peer.plan(FEWER, HYPERCORN)]
    folder = [certificate] if tls else []
    with python_server("asgi.py", side, *folder) as served:
        records = peer.run(served.url(*folder), requests)
        peer.check(requests, records, added=("date", "server"), secrets=None)
        counts = proven(served.finish(), side, ["octets received"])
    assert counts["requests"] >= len(requests)


def with_trailers(one):
    """The orders.Request `one`, saying that it takes trailers: Hypercorn asks for that."""
    one.headers.append(("te", "trailers"))
    return one
