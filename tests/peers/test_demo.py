"""`fasth2 demo` as a user runs it: a small load, the facts of its report (not its timings), its ways to fail."""
import os
import re
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

import fasth2
from fasth2.activation.layers import LAYERS
from fasth2.demo import NEEDS
from fasth2.demo.child import Child, ChildError

MISSING = [name for name in NEEDS if find_spec(name) is None]
HOME = str(Path(fasth2.__file__).parents[1])
COMMAND = [sys.executable, "-m", "fasth2", "demo"]

needs_extra = pytest.mark.skipif(bool(MISSING), reason=f"fasth2[demo] lacks {', '.join(MISSING)}")
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the demo's processes in /proc")


@pytest.fixture
def environment(monkeypatch):
    """The environment in which the demo, and everything it starts, finds the fasth2 under test."""
    monkeypatch.setenv("PYTHONPATH", HOME)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    for name in [name for name in os.environ if name.startswith("FASTH2")]:
        monkeypatch.delenv(name)


@pytest.fixture
def started(environment, tmp_path):
    """Starts the demo in a process group of its own; at the end of the test nothing of it is left."""
    processes = []

    def start(*options):
        process = subprocess.Popen(
            [*COMMAND, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, start_new_session=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if is_running(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def demo(*options, cwd, before=""):
    """Run the demo with `options` to its end, after the code `before` in its main process."""
    code = f"{before}\nimport sys; from fasth2.__main__ import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "demo"] if before else COMMAND
    return subprocess.run([*command, *options], capture_output=True, text=True, cwd=cwd, timeout=120)


def is_running(group):
    """Whether any process of the process group `group` (int) is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_end(group):
    """Wait until no process of `group` is left: one that was being started when the demo ended may end by itself."""
    for _ in range(100):
        if not is_running(group):
            return
        time.sleep(0.1)
    raise AssertionError("processes are left behind")


def children(pid):
    """The processes that the process `pid` has started: command line (str) by pid (int)."""
    pids = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return {child: Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in pids}


@needs_extra
def test_the_report(environment, tmp_path):
    done = demo("--requests", "50", "--connections", "3", "--streams", "4", "--rounds", "1", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Hypercorn ") and lines[0].endswith(f"fasth2 {fasth2.__version__}.")
    steps = [line for line in lines if line.startswith("round ")]
    assert steps == ["round 1 of 1, stock", "round 1 of 1, fasth2"]
    head = next(number for number, line in enumerate(lines) if line.split()[-3:] == ["stock", "fasth2", "gain"])
    rows = {}
    for line in lines[head + 1:head + 5]:
        title, stock, own, gain = re.fullmatch(r"(.+?) {2,}([\d,]+) +([\d,]+) +([\d.]+)x", line).groups()
        assert int(stock.replace(",", "")) > 0 and int(own.replace(",", "")) > 0 and float(gain) > 0
        rows[title] = gain
    assert list(rows) == [
        "server CPU per request, us", "requests per second",
        "encode, per header field, ns", "decode, per header field, ns",
    ]
    assert "100 responses checked: status, headers and body;" in done.stdout
    assert "header fields encode to the same octets on both sides and decode back" in done.stdout
    assert f"in place of {' and '.join(LAYERS)}." in lines[-1]


@needs_extra
def test_more_connections_than_requests(environment, tmp_path):
    done = demo("--requests", "1", "--connections", "3", "--streams", "100", "--rounds", "1", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n2 responses checked" in done.stdout


@pytest.mark.parametrize("module", NEEDS)
def test_a_missing_piece(environment, tmp_path, module):
    hide = f"""
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name == {module!r} else self.finder.find_spec(name, path, target)
sys.meta_path[:] = map(Without, sys.meta_path)
"""
    done = demo("--requests", "1", cwd=tmp_path, before=hide)
    assert done.returncode == 2
    assert re.fullmatch(rf"fasth2 demo: needs .*\b{module}\b.*: pip install 'fasth2\[demo\]'\n", done.stderr)


@needs_extra
def test_disabled(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("FASTH2_DISABLE", "1")
    done = demo("--requests", "1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fasth2 demo: cannot compare while FASTH2_DISABLE is set")


@needs_extra
def test_a_server_on_the_wrong_side_is_found_out(environment, tmp_path):
    lie = """
import fasth2.demo
fasth2.demo.SIDES = ["fasth2"]
fasth2.demo.prove = lambda side, states, honest=fasth2.demo.prove: honest("stock", states)
"""
    done = demo("--requests", "1", "--rounds", "1", cwd=tmp_path, before=lie)
    assert done.returncode == 1
    assert done.stderr.startswith("fasth2 demo: the server process was to run on fasth2, but its layers are {'hpack': ")


@needs_extra
@needs_proc
@pytest.mark.parametrize("name", ["server", "client"])
def test_a_process_that_dies(started, name):
    process = started("--requests", "1000000")
    while "round 1" not in process.stdout.readline():
        pass
    victims = {}
    while not victims:
        time.sleep(0.01)
        victims = {pid: line for pid, line in children(process.pid).items() if f"fasth2.demo.{name}" in line}
    os.kill(*victims, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors == f"fasth2 demo: the {name} process died: exit status {-signal.SIGKILL}\n"
    wait_for_end(process.pid)


@needs_extra
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt(started, tmp_path, number):
    process = started("--requests", "1000000")
    while "round 1" not in process.stdout.readline():
        pass
    while len(children(process.pid)) < 2:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()), "the test looks for left-overs in the wrong place"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (128 + signal.SIGINT, "fasth2 demo: interrupted\n")
    wait_for_end(process.pid)
    assert not list(tmp_path.iterdir())


@needs_extra
@needs_proc
def test_nothing_outlives_a_demo_that_is_killed(started):
    process = started("--requests", "1000000")
    while "round 1" not in process.stdout.readline():
        pass
    while len(children(process.pid)) < 2:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    wait_for_end(process.pid)


@needs_extra
def test_another_fasth2_in_the_working_directory(environment, tmp_path):
    """As in a clone, after `pip install .`: the tree has no compiled modules."""
    decoy, script = tmp_path / "clone", tmp_path / "bin" / "run.py"
    (decoy / "fasth2").mkdir(parents=True)
    (decoy / "fasth2" / "__init__.py").write_text("raise ImportError('not this one')\n")
    script.parent.mkdir()
    script.write_text("import sys; from fasth2.__main__ import main; sys.exit(main())\n")
    command = [sys.executable, script, "demo", "--requests", "1", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=decoy, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_that_cannot_start(environment, tmp_path):
    with Child(tmp_path, "server") as child:
        with pytest.raises(ChildError, match=r"^the server process died: TypeError: main\(\) missing"):
            child.read()
    assert child.process.poll() is not None


@needs_extra
@pytest.mark.parametrize("change", [
    'exchange.headers[0] = (b":status", b"500")',
    'exchange.headers[3] = (exchange.headers[3][0], b"*")',
    'exchange.headers.append((b"x-other", b"1"))',
    'del exchange.headers[-1]',
    'exchange.headers.reverse()',
    'exchange.body[-1] ^= 1',
    'exchange.body += b"!"',
    'del exchange.body[:]',
    'exchange.fields[-1] = (b"priority", b"u=2, i")',
    'exchange.fields[15:19] = exchange.fields[16:19] + exchange.fields[15:16]',
])
def test_the_client_sees_every_difference(environment, tmp_path, change):
    code = f"""
from fasth2.demo import traffic
from fasth2.demo.client import Exchange, Wrong
exchange = Exchange(traffic.request(b"localhost:1", 1, 8))
status, headers, body = traffic.response(b"/articles/1000008", exchange.fields)
exchange.headers = [(b":status", b"%d" % status), *headers, (b"date", b"now"), (b"server", b"hypercorn-h2")]
exchange.body = bytearray(body)
assert exchange.check() == len(body) > 9000
{change}
try:
    exchange.check()
except Wrong as error:
    assert str(error).startswith("/articles/1000008: "), error
else:
    raise AssertionError("not seen")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
