"""`fasth2 demo`: one server, Hypercorn, on stock codecs and on fasth2, under the same load, side by side.

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
from fasth2.demo.side import SIDES, expected_states

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
    line = ProgressLine()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it, too, leaves nothing behind
    try:
        print(introduction(requests, connections, streams, rounds), end="\n\n", flush=True)
        results = {name: [] for name in SIDES}
        with tempfile.TemporaryDirectory(prefix="fasth2-demo-") as folder:
            from fasth2.demo.certificate import write_certificate

            certificate = write_certificate(Path(folder))
            for number in range(rounds):
                for name in SIDES:
                    step = f"round {number + 1} of {rounds}, {name:6}"
                    results[name].append(run_round(name, certificate, (requests, connections, streams), line, step))
        check_same(results)
    except ChildError as error:
        line.clear()
        return complain(str(error), 1)
    except KeyboardInterrupt:
        line.clear()
        return complain("interrupted", 128 + signal.SIGINT)
    line.clear()
    print("\n".join(["", *table(results), "", *verified(results)]))
    return 0


def run_round(name, certificate, load, line, step):
    """One round of the side `name`: serve, then measure the codec. Returns its facts (dict)."""
    requests, connections, streams = load
    with Child("server", name, *certificate) as server:
        port = server.read()["port"]
        with Child("client", port, certificate[0], requests, connections, streams) as client:
            line.begin(f"{step}: {requests:,} requests")
            done = read_client(client, server, line)
        served = server.finish()
    line.begin(f"{step}: encode and decode")
    with Child("codec", name) as codec:
        measured = codec.read()
    for process, states, expected in (
        ("server", served["states"], name), ("codec", measured["states"], name), ("client", done["states"], "fasth2")
    ):
        if states != expected_states(expected):
            raise ChildError(f"the {process} process was to be on {expected}, and fasth2.status() there says {states}")
    if not served["requests"] == done["checked"] == requests:
        raise ChildError(f"{done['checked']} of {requests} responses checked, {served['requests']} sent")
    return {
        **measured, "checked": done["checked"], "octets": done["octets"],
        "cpu": served["cpu"] / requests, "rate": requests / done["seconds"],
    }


def read_client(client, server, line):
    """Show the client's progress; returns its last message."""
    try:
        while "seconds" not in (message := client.read()):
            line.update(f"{message['checked']:,} checked")
    except ChildError:
        if server.has_ended():
            server.read()  # raises what says more
        raise
    return message


def check_same(results):
    """Raise ChildError unless both sides encoded to the same octets and sent the same bodies."""
    for fact in ("digest", "octets"):
        if len({measured[fact] for rounds in results.values() for measured in rounds}) != 1:
            raise ChildError(f"stock and fasth2 do not agree ({fact})")


def introduction(requests, connections, streams, rounds):
    """What is going to run, in three lines."""
    return (
        f"Hypercorn {version('hypercorn')} and h2 {version('h2')} over TLS on CPython {platform.python_version()}: "
        f"{requests:,}\nrequests a round, on {connections} connections with {streams} streams each; "
        f"{rounds} rounds each of\nstock and fasth2 {fasth2.__version__}, in turn"
    )


def complain(message, status):
    """Print one line for the user on stderr; returns `status`."""
    print(f"fasth2 demo: {message}", file=sys.stderr)
    return status
