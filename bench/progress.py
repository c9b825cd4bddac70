"""How far a run is and how long it still takes, on the standard error stream: one line rewritten on a terminal, a line
now and then elsewhere."""

import sys
from collections.abc import Callable, Sequence
from time import monotonic

Progress = Callable[[int, int, str], None]  # how many turns are done, of how many, and what is next

_SECONDS = 5  # between two lines where they are kept
_next = 0.0


def progress(done: int, total: int, what: str, left: float | None = None) -> None:
    """Tell that `done` of `total` turns are over and what comes next; `left`: in how many seconds all is over."""
    global _next
    line = f"{100 * done // max(1, total):3d} %"
    if left is not None:
        line += f"  {left // 60:2.0f}:{left % 60:02.0f} left"
    if sys.stderr.isatty():
        print(f"\r{line}  {what:60.60}", end="", file=sys.stderr, flush=True)
    elif monotonic() >= _next:
        _next = monotonic() + _SECONDS
        print(f"{line}  {what}", file=sys.stderr, flush=True)


def clear() -> None:
    """Take the line away again."""
    if sys.stderr.isatty():
        print(f"\r{'':78}\r", end="", file=sys.stderr, flush=True)


class Stages:
    """The stages of a run with the seconds that each may take: known once it runs, guessed before."""

    def __init__(self, guesses: Sequence[float]) -> None:
        self._guesses = list(guesses)
        self._all = sum(guesses)
        self._begun = self._stage = monotonic()

    def next(self) -> Progress:
        """The next stage begins: what it is to tell its progress to."""
        guess = self._guesses.pop(0)
        self._stage = monotonic()

        def tell(done: int, total: int, what: str) -> None:
            spent = monotonic() - self._stage
            whole = spent * total / done if done and spent > 1 else max(guess, spent)
            left = whole - spent + sum(self._guesses)
            passed = monotonic() - self._begun
            progress(int(1000 * passed / max(1e-3, passed + left)), 1000, what, left)

        return tell
