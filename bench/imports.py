"""Import time in fresh interpreters, beyond `logging` and `collections`, which every program has loaded already.

``python -m bench.imports MODULE`` prints one sample in nanoseconds of processor time.
"""

import collections  # noqa: F401  not timed
import importlib
import logging  # noqa: F401  not timed
import sys
from time import process_time_ns


def main(module: str) -> None:
    """Time one import."""
    start = process_time_ns()
    importlib.import_module(module)
    print(process_time_ns() - start)


if __name__ == "__main__":
    main(sys.argv[1])
