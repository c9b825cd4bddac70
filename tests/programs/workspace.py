"""A folder, and an environment, in which the commands of docs/recipes.md run."""
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import fasth2
from programs.recipes import FILES, PORTS, command
from programs.report import prove
from programs.traffic import REQUESTS

HOME = str(Path(fasth2.__file__).parents[1])
MIRRORED = {"hpack": "4.2.0", "hyperframe": "6.1.0", "priority": "2.0.0", "h2": "4.4.1"}
PATIENCE = 60  # seconds for anything: a bound, not a measurement


def free_port():
    """A port (int) of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Workspace:
    """A folder in which commands of the page run, with its certificate and its files.

    Its environment finds the fasth2 under test and nothing of the caller's settings; `side` is "fasth2", or "stock"
    for the very same with FASTH2_DISABLE=1. `python` is the interpreter whose programs run. Where `under_run` is set
    to True, commands run under `fasth2 run`."""

    def __init__(self, folder, side="fasth2", python=sys.executable, home=HOME):
        self.folder = folder
        self.side = side
        self.python = python
        self.ports = {}
        self.under_run = False
        others = ("FASTH2", "PYTHON", "PYTEST")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        path = os.pathsep.join([os.path.dirname(python), kept.get("PATH", "")])
        self.environment = {**kept, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": home}
        if side == "stock":
            self.environment["FASTH2_DISABLE"] = "1"

    def port(self, stated="8443"):
        """The port (int) that stands in for that of the page (str)."""
        if stated not in self.ports:
            self.ports[stated] = free_port()
        return self.ports[stated]

    def write(self, *names):
        """Write those files of the page into the folder."""
        for name in names:
            (self.folder / name).write_text(self._with_ports(FILES[name]), encoding="utf-8")

    def write_without_line(self, name):
        """Write that file of the page without its call of install(), for `fasth2 run`."""
        assert FILES[name].count("\nfasth2.install()\n") == 1
        self.write(name)
        path = self.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace("\nfasth2.install()\n", "\n"), encoding="utf-8")

    def poison(self):
        """Put packages before upstream's that look the same to fasth2, and fail when anything loads them."""
        for name, version in MIRRORED.items():
            package = self.folder / name
            package.mkdir()
            lines = f'__version__ = "{version}"', f'raise ImportError("stock {name} was loaded")', ""
            (package / "__init__.py").write_text("\n".join(lines))
        self.environment["PYTHONPATH"] = os.pathsep.join([str(self.folder), self.environment["PYTHONPATH"]])

    def run(self, start):
        """Run the command of the page that starts so, to its end. Returns its standard output (str)."""
        process = self._popen(start, subprocess.PIPE)
        try:
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            end(process)
        if process.returncode:
            raise AssertionError(f"{start}: exit status {process.returncode}\n{out[-4000:]}")
        return out

    def drive(self, script, *arguments, side=None):
        """Run `script` (str) of tests/programs to its end, in the folder, on that side (str; the workspace's own if
        None). Check that it was, and that it has checked all requests. Returns what it printed (dict)."""
        side = side or self.side
        path = Path(__file__).with_name(script)
        line = [self.python, str(path), *map(str, arguments)]
        paths = os.pathsep.join(filter(None, [str(self.folder), self.environment["PYTHONPATH"]]))
        environment = {**self.environment, "PYTHONPATH": paths, "FASTH2_DISABLE": "01"[side == "stock"]}
        done = subprocess.run(line, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=2 * PATIENCE)
        if done.returncode:
            raise AssertionError(f"{script}: exit status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        said = json.loads(done.stdout)
        prove(said["status"], side)
        assert said["checked"] == REQUESTS
        return said

    def start(self, start, stated="8443"):
        """The command of the page that starts so as a `Program`, listening on what stands for that port of the page."""
        return Program(self, start, self.port(stated))

    def _popen(self, start, out):
        """The process of that command, in a group of its own."""
        environment, line = self.line(start)
        return subprocess.Popen(
            line, cwd=self.folder, env=environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )

    def line(self, start):
        """The environment (dict) and that command as a list of str. The words are the page's, but for where the
        programs are."""
        words = shlex.split(self._with_ports(command(start)))
        environment = dict(self.environment)
        if words[0] == "PYTHONPATH=.":
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [".", environment["PYTHONPATH"]]))
            del words[0]
        if words[0] == "fasth2":  # which a tree that was compiled in place has not as a command
            return environment, [self.python, "-m", "fasth2", *words[1:]]
        before = [self.python, "-m", "fasth2", "run"] if self.under_run else []
        return environment, [*before, shutil.which(words[0], path=environment["PATH"]) or words[0], *words[1:]]

    def _with_ports(self, text):
        """`text` (str) with our ports."""
        for stated in PORTS:
            if stated in text:
                text = text.replace(stated, str(self.port(stated)))
        return text


class Program:
    """A running command of the page. A context manager: when it is entered the program listens, at its end nothing
    of it is left. `output()` is what it has printed."""

    def __init__(self, workspace, start, port):
        self.workspace = workspace
        self.start = start
        self.port = port

    def __enter__(self):
        self.log = open(self.workspace.folder / f"{self.port}.log", "w+")
        try:
            self.process = self.workspace._popen(self.start, self.log)
        except BaseException:
            self.log.close()
            raise
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end(self.process)
        self.log.close()

    def output(self):
        """What the program has printed so far (str)."""
        return Path(self.log.name).read_text(errors="replace")

    def _wait(self):
        """Until the program listens, or has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"{self.start}: exit status {self.process.returncode}\n{self.output()[-4000:]}")
            try:
                socket.create_connection(("localhost", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"{self.start}: does not listen\n{self.output()[-4000:]}")


def end(process):
    """Ask the process group of `process` to end, wait a little, and kill what is left of it: a worker may outlive the
    process that has started it."""
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, PATIENCE)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    if process.stdout:
        process.stdout.close()
