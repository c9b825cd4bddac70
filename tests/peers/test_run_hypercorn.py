"""`fasth2 run hypercorn`: the process that serves is a child that multiprocessing has spawned, and it is on fasth2."""
import json
import os
import re
import signal
import socket
import subprocess

import pytest

from support.launch import HOME, PYTHON, environment, launcher

for needed in "hypercorn", "h2", "hpack", "hyperframe":
    pytest.importorskip(needed, reason=f"{needed} is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends the server by a signal")

APP = """
import fasth2, h2.connection, json, os, sys

async def app(scope, receive, send):
    own = sys.modules.get("fasth2.h2.connection")
    facts = {
        "pid": os.getpid(), "parent": os.getppid(), "version": scope["http_version"],
        "engine": own is not None and h2.connection.H2Connection is own.H2Connection,
        "states": [layer.state for layer in fasth2.status().layers.values()],
    }
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(facts).encode()})
"""


@pytest.fixture
def hypercorn(tmp_path):
    """Starts Hypercorn, in its default set-up, by a function of its command's words; returns process and port."""
    (tmp_path / "served.py").write_text(APP)
    started = []

    def start(words):
        process = subprocess.Popen(
            [*words, "-m", "hypercorn", "--bind", "127.0.0.1:0", "served:app"], cwd=tmp_path, text=True,
            env=environment(path=[HOME, tmp_path]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        for line in process.stderr:
            if found := re.search(r"Running on http://127\.0\.0\.1:([1-9][0-9]*)", line):
                return process, int(found[1])
        raise AssertionError(f"Hypercorn did not start: exit status {process.wait()}")

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def get(port):
    """The body (bytes) that a server on the loopback `port` gives over HTTP/2 with prior knowledge, by stock h2."""
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import DataReceived, StreamEnded

    connection = H2Connection(H2Configuration(header_encoding="utf-8"))
    connection.initiate_connection()
    fields = {":method": "GET", ":scheme": "http", ":authority": f"127.0.0.1:{port}", ":path": "/"}
    connection.send_headers(1, list(fields.items()), end_stream=True)
    body = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
        peer.sendall(connection.data_to_send())
        while True:
            events = connection.receive_data(peer.recv(65536))
            body += b"".join(event.data for event in events if isinstance(event, DataReceived))
            if any(isinstance(event, StreamEnded) for event in events):
                return body


@pytest.mark.parametrize("words, on", [(launcher(), True), ([PYTHON], False)], ids=["fasth2 run", "without"])
def test_the_serving_child(hypercorn, words, on):
    process, port = hypercorn(words)
    for _ in range(2):
        facts = json.loads(get(port))
        assert facts["parent"] == process.pid != facts["pid"], "the test is about a spawned worker"
        assert (facts["version"], facts["engine"]) == ("2", on)
        assert facts["states"] == ["fasth2" if on else "upstream"] * len(facts["states"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
