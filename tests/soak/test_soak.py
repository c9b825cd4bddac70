"""Hypercorn and grpclib on fasth2's engine under a mixed load of many kinds of clients, for a long time: every octet is
checked, memory stays flat, and no task is left. FASTH2_SOAK=600 says for how many seconds."""
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from peers.programs import run

SECONDS = int(os.environ.get("FASTH2_SOAK") or 0)
DRIVER = Path(__file__).with_name("driver.py")
GROWTH = 1.05, 4 << 20  # of resident memory: times, and octets
# What must have happened, at least once in 30 seconds.
WITNESSES = ("requests", "resets", "pings", "settings", "connections", "aborted connections")

pytestmark = [
    pytest.mark.skipif(not SECONDS, reason="takes minutes: set FASTH2_SOAK to the seconds that each soak may take"),
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc"),
]


# What the programs themselves keep: grpclib looks at every tenth connection only which of its handlers have ended.
# Tasks of Hypercorn 0.18 are allowed to wait in its own code for room in a connection that is gone: 3 of 1,097
# connections were left so in ten minutes. Stock h2 was not tried for as long.
@pytest.mark.parametrize("name, client, kept", [("hypercorn", "stock", 0), ("grpclib", "fasth2", 20)])
def test_soak(name, client, kept, capsys):
    missing = [module for module in (name, "h2") if find_spec(module) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    said = json.loads(run([sys.executable, DRIVER, name, "fasth2", client, SECONDS], patience=SECONDS + 120))
    with capsys.disabled():
        print(f"\n{name}: {said['counts']}; resident, KiB: {said['resident']}")
    assert said["wrong"] == []
    assert {*said["states"]["server"].values()} == {"fasth2"} and said["states"]["server"]["h2"] == "fasth2"
    assert {*said["states"]["client"].values()} == {"fasth2" if client == "fasth2" else "upstream"}
    assert all(said["counts"].get(what) for what in WITNESSES), said["counts"]
    server, asked = said["left"]["server"], said["left"]["client"]
    assert [task for task in server["tasks"] if f"/{name}/" not in task] == asked["tasks"] == []
    assert server["connections"] <= kept + said["counts"]["connections"] // 100, server
    assert asked["connections"] == asked["streams"] == 0
    if SECONDS >= 120:  # before that it is not warm
        for warm, end in said["resident"].values():
            assert end <= warm * GROWTH[0] + (GROWTH[1] >> 10), said["samples"]
