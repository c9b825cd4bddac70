"""What the demo shows while it works."""
import sys


class ProgressLine:
    """One line that is written over on a terminal; elsewhere a line for each step, without its details."""

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.step = ""
        self.width = 0

    def begin(self, step):
        """Begin `step` (str)."""
        self.step = step
        if self.terminal:
            self._write(step)
        else:
            print(step, flush=True)

    def update(self, detail):
        """Say how far the step has come (str)."""
        if self.terminal:
            self._write(f"{self.step}: {detail}"[:79])

    def clear(self):
        """Take the line off the terminal; elsewhere end the list of steps by an empty line."""
        if self.terminal:
            self._write("")
        print(end="\r" if self.terminal else "\n", flush=True)

    def _write(self, text):
        sys.stdout.write("\r" + text.ljust(self.width))
        sys.stdout.flush()
        self.width = len(text)
