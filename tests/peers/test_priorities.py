"""A hundred streams at a time under servers that ask a priority tree before every frame: Hypercorn, and Twisted, which
uses priority 1.3.0. The clients say the weights and dependencies (nghttp and node; h2load can say none)."""
import shutil
import sys
from importlib.util import find_spec

import pytest

from peers.drivers.nghttp import read_log
from peers.drivers.node import PEER as NODE
from peers.orders import Order, check_records, request
from peers.programs import HERE, Served, run

STREAMS = 100
SIZE = 70_000  # octets of a body: more than a window of 65,535, so that all streams wait at one time or another


def by_nghttp(url, requests):
    """One process with all requests at once, each with a weight of its own."""
    weights = [f"--weight={1 + number * 37 % 256}" for number in range(len(requests))]
    targets = [url + one.target for one in requests]
    log = run(["nghttp", "--verbose", "--no-verify-peer", *weights, *targets], binary=True)
    return read_log({}, log.replace(b"The negotiated protocol: h2\n", b"", 1))


def by_node(url, requests):
    """Weights, and streams that depend on others, some of them exclusively."""
    return NODE.run(url, requests, STREAMS)


CLIENTS = {"nghttp": (by_nghttp, []), "node": (by_node, ["dependencies", "exclusive"])}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("script, modules", [
    pytest.param("asgi.py", ["h2", "hypercorn", "priority"], id="hypercorn"),
    pytest.param("web.py", ["h2", "twisted", "OpenSSL", "service_identity", "priority"], id="twisted"),
])
def test_hundred_streams_of_mixed_weights(script, modules, client, certificate, proven):
    if absent := [name for name in modules if find_spec(name) is None]:
        pytest.skip(f"{absent[0]} is not installed")
    if not shutil.which(client):
        pytest.skip(f"{client} is not installed")
    send, witnesses = CLIENTS[client]
    requests = [request(Order(number, size=SIZE + number)) for number in range(STREAMS + 30)]
    with Served(sys.executable, HERE / script, "fasth2", certificate) as served:
        records = send(served.url(certificate), requests)
        report = served.finish()
    check_records(requests, records, added=("date", "server"), secrets=None, sorted_headers=True)
    counts = proven(report, "fasth2", witnesses)
    assert report["states"]["priority"] == "fasth2"
    assert counts["requests"] == len(requests)
    assert counts["most streams"] >= STREAMS and counts["weights"] >= STREAMS
