"""What the demo shows while it works."""
import sys


class ProgressLine:
    """One line that is written over on a terminal; elsewhere a line for each step, without counts."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stdout
        self.terminal = self.stream.isatty()
        self.step = ""
        self.width = 0

    def begin(self, step):
        """Begin `step` (str)."""
        self.step = step
        if self.terminal:
            self.update("")
        else:
            print(step, file=self.stream, flush=True)

    def update(self, count):
        """Say how far the step has come (str)."""
        if self.terminal:
            self._write(f"{self.step}{', ' if count else ''}{count}"[:79])

    def clear(self):
        """Take the line off the terminal."""
        if self.terminal:
            self._write("")

    def _write(self, text):
        self.stream.write("\r" + text.ljust(self.width) + "\r" + text)
        self.stream.flush()
        self.width = len(text)
