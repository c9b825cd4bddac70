"""Other programs, started and ended: clients that run to their end, and servers that serve until they are told to stop.
Nothing that was started here outlives the code that started it."""
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 120  # seconds; a program that takes longer hangs


class ProgramError(RuntimeError):
    """A program did not do its work. The message holds its last words."""


def environment():
    """The environment of a program: ours, but for fasth2's switches, and with our import path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FASTH2")}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))}


def run(command, *, text="", folder=None, binary=False, patience=PATIENCE):
    """The standard output (str, bytes if `binary`) of `command` (list), run in `folder` (a path) with `text` (str) on
    stdin. Raises ProgramError if it fails, or takes more than `patience` seconds."""
    process = subprocess.Popen(
        [*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=folder, env=environment(), start_new_session=True,
    )
    try:
        out, errors = process.communicate(text.encode(), timeout=patience)
    except subprocess.TimeoutExpired:
        end_group(process)
        out, errors = process.communicate()
        raise ProgramError(f"{command[0]} hangs: {(out + errors)[-4000:]!r}") from None
    finally:
        end_group(process)
    if process.returncode:
        raise ProgramError(f"{command[0]}: exit status {process.returncode}: {errors[-4000:].decode()}")
    return out if binary else out.decode()


def end_group(process):
    """Kill whatever is left of the process group of `process` (subprocess.Popen, a leader of its own)."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Served:
    """A server of these tests, running: `command` (list), which prints {"port"} when it listens and a report when its
    stdin has ended. A context manager; `port` is an int."""

    def __init__(self, *command, folder=None):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            cwd=folder, env=environment(), start_new_session=True,
        )

    def __enter__(self):
        try:
            self.port = self._read()["port"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end_group(self.process)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            stream.close()

    def finish(self):
        """Close the server's stdin. Returns its report (dict), once it has ended; where it has written to stderr,
        ProgramError is raised, and the report is in `report`."""
        self.process.stdin.close()
        report = self.report = self._read()
        self.process.wait(PATIENCE)
        self.errors.seek(0)
        if errors := self.errors.read().decode(errors="replace"):
            raise ProgramError(f"{self.process.args[0]} wrote to stderr: {errors[-4000:]}")
        return report

    def url(self, folder=None):
        """Where the server is (str), by TLS if it was given the `folder` of a certificate."""
        return f"https://localhost:{self.port}" if folder else f"http://127.0.0.1:{self.port}"

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(PATIENCE)
            self.errors.seek(0)
            raise ProgramError(f"{self.process.args}: {self.errors.read().decode(errors='replace')[-4000:]}")
        return json.loads(line)


def python_server(script, *arguments):
    """A Served of the Python program `script` (str, in this folder)."""
    return Served(sys.executable, "-W", "error", HERE / script, *arguments)
