"""How far a run is, on the standard error stream: one line rewritten on a terminal, a line now and then elsewhere."""

import sys
from time import monotonic

_SECONDS = 5  # between two lines where they are kept
_next = 0.0


def progress(done: int, total: int, what: str) -> None:
    """Tell that `done` of `total` turns are over and what comes next."""
    global _next
    if sys.stderr.isatty():
        print(f"\r{_percent(done, total)}  {what:70.70}", end="", file=sys.stderr, flush=True)
    elif monotonic() >= _next:
        _next = monotonic() + _SECONDS
        print(f"{_percent(done, total)}  {what}", file=sys.stderr, flush=True)


def clear() -> None:
    """Take the line away again."""
    if sys.stderr.isatty():
        print(f"\r{'':78}\r", end="", file=sys.stderr, flush=True)


def _percent(done: int, total: int) -> str:
    return f"{100 * done // max(1, total):3d} %"
