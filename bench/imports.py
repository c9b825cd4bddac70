"""Import time in fresh interpreters, beyond `logging` and `collections`, which every program has loaded already.

``python -m bench.imports MODULE`` prints one sample in nanoseconds.
"""

import collections  # noqa: F401  not timed
import importlib
import logging  # noqa: F401  not timed
import sys
from time import perf_counter_ns


def main(module: str) -> None:
    """Time one import."""
    start = perf_counter_ns()
    importlib.import_module(module)
    print(perf_counter_ns() - start)


if __name__ == "__main__":
    main(sys.argv[1])
