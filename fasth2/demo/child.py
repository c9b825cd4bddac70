"""A process of the demo: a module of this package, run with -m, that prints one JSON object a line."""
import json
import os
import subprocess
import sys
import tempfile


class ChildError(RuntimeError):
    """A process of the demo did not do its work. The message is one line for the user."""


class Child:
    """The module fasth2.demo.`name` running with `arguments` (converted by str) in `folder` (a path). A context
    manager: at its end the process is gone, whatever happened.

    Its stdin stays open until `finish()`, so that it can tell when we are gone. It imports from where we do: with a
    search path of its own it could find another fasth2, say the source tree that the user stands in.
    """

    def __init__(self, folder, name, *arguments):
        self.name = name
        self.stderr = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"fasth2.demo.{name}", *map(str, arguments)],
            cwd=folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.stderr):
            stream.close()

    def read(self):
        """The next object that the process prints (dict). Raises ChildError if it ends instead, or prints an error."""
        line = self.process.stdout.readline()
        if not line:
            raise ChildError(f"the {self.name} process died: {self._last_words()}")
        message = json.loads(line)
        if "error" in message:
            raise ChildError(message["error"])
        return message

    def finish(self):
        """Close the process's stdin, the sign to end; returns the last object that it prints."""
        self.process.stdin.close()
        return self.read()

    def has_ended(self):
        """Whether the process ends within a second, unasked."""
        try:
            return self.process.wait(1) is not None
        except subprocess.TimeoutExpired:
            return False

    def _last_words(self):
        """The last line of the process's stderr, or its exit status."""
        status = self.process.wait()
        self.stderr.seek(0)
        lines = self.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else f"exit status {status}"


def tell(**message):
    """In the child: print one object."""
    print(json.dumps(message), flush=True)
