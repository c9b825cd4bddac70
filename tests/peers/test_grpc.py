"""grpcio (gRPC's C core) against grpclib (h2 on fasth2), each as client and as server: calls of every shape, metadata
both ways, binary too, statuses with details, cancelled calls, five sizes of tables, messages of a megabyte."""
import json
import sys
from importlib.util import find_spec

import pytest

from peers.programs import HERE, Served, python_server, run
from peers.rpc.calls import KINDS
from peers.tiers import REQUESTS, SIDES

MISSING = [name for name in ("grpc", "grpclib") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; pip install '.[peers]'")


@pytest.mark.parametrize("side", SIDES)
def test_grpcio_calls_grpclib(side, proven):
    client = HERE / "rpc" / "grpcio_client.py"
    with python_server("rpc/grpclib_server.py", side) as served:
        calls = json.loads(run([sys.executable, client, f"127.0.0.1:{served.port}", REQUESTS]))
        counts = proven(served.finish(), side, ["cancelled"])
    assert sum(calls.values()) == counts["requests"] == REQUESTS and {*calls} == {*KINDS}


@pytest.mark.parametrize("side", SIDES)
def test_grpclib_calls_grpcio(side, proven):
    client = HERE / "rpc" / "grpclib_client.py"
    with Served(sys.executable, HERE / "rpc" / "grpcio_server.py") as served:
        report = json.loads(run([sys.executable, client, side, f"127.0.0.1:{served.port}", REQUESTS]))
        answered = served.finish()
    calls = proven(report, side, KINDS)
    assert answered["wrong"] == [] and sum(calls.values()) == answered["counts"]["requests"] == REQUESTS
