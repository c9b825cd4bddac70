"""h2 clients on fasth2 against real programs as servers and as fronts; every response compared octet by octet."""
import shutil
import sys
from importlib.util import find_spec

import pytest

from peers.drivers.curl import Curl
from peers.drivers.h2 import H2
from peers.fronts import Haproxy, Nginx
from peers.orders import FEATURES, Wrong
from peers.programs import HERE, ProgramError, Served, python_server
from peers.tiers import FEWER, FULL, REQUESTS, SIDES

pytestmark = pytest.mark.skipif(find_spec("h2") is None, reason="h2 is not installed")

TLS = pytest.mark.parametrize("tls", [True, False] if FULL else [True], ids=["tls", "clear"][:1 + FULL])
SIDE = pytest.mark.parametrize("side", SIDES)
# Debian's haproxy 2.6 ends a connection to a busy server now and then, in the middle of responses, and passes them on
# as if they were whole: with stock h2 on both of its sides in one run of ten, on a busy machine. So it takes no part
# unless it is asked for, and gets more than one attempt.
ATTEMPTS = 4
HAPROXY_TIER = pytest.mark.skipif(not FULL, reason="haproxy cuts bodies now and then; set FASTH2_PEERS=full")
WITNESSES = ("encoder evictions", "SettingsAcknowledged", "TrailersReceived")
# haproxy 2.6 miscounts bodies after informational responses, ends a response that was reset as if it were whole, and
# does not follow a table that shrinks; so with stock hpack, too. It has no pushes and no fields of 20 kB.
HAPROXY = FEATURES - {"hints", "reset", "table", "push", "long"}
NGINX = FEATURES - {"hints", "table", "goaway", "request trailers"}  # it says GOAWAY by itself, now and then


@SIDE
@TLS
def test_node_as_server(side, tls, certificate, proven):
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    client, folder = H2(side), [certificate] if tls else []
    requests = client.plan(REQUESTS)
    with Served("node", HERE / "drivers" / "server.js", *folder) as served:
        client.check(requests, client.run(served.url(*folder), requests))
        report = served.finish()
    counts = proven(client.report, side, [*WITNESSES, "decoder evictions", "PushedStreamReceived", "StreamReset"])
    assert counts["InformationalResponseReceived"] and report["wrong"] == []
    assert [name for name in ("pushes", "goaways", "cancelled", "trailers") if not report["counts"][name]] == []


@SIDE
@TLS
def test_nginx_as_front(side, tls, certificate, proven):
    if reason := Nginx.missing():
        pytest.skip(reason)
    client, folder = H2(side), certificate if tls else None
    requests = client.plan(REQUESTS, NGINX)
    with Served(sys.executable, HERE / "backend.py") as backend, Nginx(backend.port, folder) as front:
        records = client.run(front.url, requests)
        client.check(requests, records, added=("date", "server", "link"), secrets=None)
        report = backend.finish()
    counts = proven(client.report, side, [*WITNESSES, "PushedStreamReceived", "StreamReset", "ConnectionTerminated"])
    assert counts["connections"] > 1 and report["wrong"] == []


@HAPROXY_TIER
@SIDE
@TLS
def test_haproxy_between_client_and_server(side, tls, certificate, proven):
    if reason := Haproxy.missing():
        pytest.skip(reason)
    client, folder = H2(side), certificate if tls else None
    requests = client.plan(REQUESTS, HAPROXY)

    def attempt():
        with python_server("server.py", side) as served, Haproxy(served.port, folder) as front:
            client.check(requests, client.run(front.url, requests), secrets=None)
            behind = proven(served.finish(), side, ["encoder evictions", "decoder evictions", "cancelled", "goaways"])
        proven(client.report, side, WITNESSES)
        assert behind["requests"] >= len(requests)

    repeatedly(attempt)


@HAPROXY_TIER
@SIDE
def test_haproxy_between_curl_and_server(side, certificate, proven):
    curl = Curl("curl")
    if reason := Haproxy.missing() or curl.missing():
        pytest.skip(reason)
    requests = curl.plan(FEWER, HAPROXY)

    def attempt():
        with python_server("server.py", side) as served, Haproxy(served.port, certificate) as front:
            curl.check(requests, curl.run(front.url, requests), secrets=None)
            proven(served.finish(), side, ["encoder evictions", "decoder evictions", "octets received"])

    repeatedly(attempt)


def repeatedly(attempt):
    """Call `attempt` until it succeeds, ATTEMPTS times at most; the last failure is raised."""
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except (ProgramError, Wrong) as error:
            print("another attempt, after", error)
    return attempt()
