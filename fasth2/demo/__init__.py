"""`fasth2 demo`: one server, Hypercorn, on stock packages and on fasth2, under the same load, side by side.

Every round of a side has a server, a client and a codec process of its own; rounds of both sides alternate, so that a
machine that changes its speed changes it for both.
"""
import platform
import signal
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import fasth2
from fasth2.demo.child import Child, ChildError
from fasth2.demo.progress import ProgressLine
from fasth2.demo.report import table, verified
from fasth2.demo.side import SIDES, prove

NEEDS = ("hypercorn", "h2", "hpack", "hyperframe", "cryptography")


def run(requests, connections, streams, rounds):
    """Run the demo with so many requests a round, connections, streams a connection and rounds a side (all int).

    Returns the exit status: 0, 1 where something failed, 2 where something it needs is missing, 130 after Ctrl-C.
    """
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        return complain(f"needs {', '.join(missing)}: pip install 'fasth2[demo]'", 2)
    if fasth2.status().disabled:
        return complain("cannot compare while FASTH2_DISABLE is set in the environment: unset it", 2)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it, too, leaves nothing behind
    line = ProgressLine()
    try:
        print(introduction(requests, connections, streams, rounds), end="\n\n", flush=True)
        results = compare((requests, connections, streams), rounds, line)
    except ChildError as error:
        line.clear()
        return complain(str(error), 1)
    except KeyboardInterrupt:
        line.clear()
        return complain("interrupted", 128 + signal.SIGINT)
    line.clear()
    print("\n".join([*table(results), "", *verified(results)]))
    return 0


def compare(load, rounds, line):
    """Do `rounds` (int) of each side in turn, `load` as in run_round().

    Returns a dict, side -> list of the facts of its rounds."""
    from fasth2.demo.certificate import write_certificate

    results = {name: [] for name in SIDES}
    with tempfile.TemporaryDirectory(prefix="fasth2-demo-") as folder:
        write_certificate(Path(folder))
        for number in range(rounds):
            for name in SIDES:
                line.begin(f"round {number + 1} of {rounds}, {name}")
                results[name].append(run_round(folder, name, load, line))
    for fact in ("digest", "octets"):
        if len({one[fact] for facts in results.values() for one in facts}) != 1:
            raise ChildError(f"stock and fasth2 do not agree ({fact})")
    return results


def run_round(folder, name, load, line):
    """One round of the side `name`: serve `load` (requests, connections, streams), then measure the codec.

    Returns its facts, a dict: what the codec process told, and checked, octets, layers (names of what the server had
    loaded of this side), cpu (seconds a request) and rate (requests a second).
    """
    requests = load[0]
    with Child(folder, "server", name) as server:
        port = server.read()["port"]
        with Child(folder, "client", port, *load) as client:
            done = read_client(client, server, requests, line)
        served = server.finish()
    line.update("measuring encode and decode")
    with Child(folder, "codec", name) as codec:
        measured = codec.read()
    for process, told, its_side in (("server", served, name), ("codec", measured, name), ("client", done, "fasth2")):
        if not prove(its_side, told["states"]):
            raise ChildError(f"the {process} process was to run on {its_side}, but its layers are {told['states']}")
    if not served["requests"] == done["checked"] == requests:
        raise ChildError(f"{done['checked']} of {requests} responses came, and {served['requests']} were sent")
    facts = {"checked": done["checked"], "octets": done["octets"], "layers": list(served["states"])}
    return {**measured, **facts, "cpu": served["cpu"] / requests, "rate": requests / done["seconds"]}


def read_client(client, server, requests, line):
    """Show the client's progress; returns its last message."""
    try:
        while "seconds" not in (message := client.read()):
            line.update(f"{message['checked']:,} of {requests:,} responses checked")
    except ChildError:
        if server.has_ended():
            server.read()  # raises what says more
        raise
    return message


def introduction(requests, connections, streams, rounds):
    """What is going to run, in three lines."""
    return (
        f"Hypercorn {version('hypercorn')} and h2 {version('h2')} over TLS, CPython {platform.python_version()}, "
        f"fasth2 {fasth2.__version__}.\n"
        f"Rounds: {rounds} on stock packages, {rounds} on fasth2, in turn. Each: {requests:,} requests on\n"
        f"{connections} connections with {streams} streams at a time; the client is always on fasth2."
    )


def complain(message, status):
    """Print one line for the user on stderr; returns `status`."""
    print(f"fasth2 demo: {message}", file=sys.stderr)
    return status
