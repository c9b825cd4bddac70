"""``python .ci/requirements.py EXTRA...``: what these extras of pyproject.toml ask for, one requirement a line.

So that an environment can be made ready for fasth2's tests before fasth2 itself is installed. pip finds the TOML
parser that CPython 3.10 has not.
"""

import re
import sys
from pathlib import Path

try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib  # type: ignore[no-redef]

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text("utf-8"))["project"]


def requirements(extra: str) -> list[str]:
    """Those of one extra; ``fasth2[other]`` stands for the other's."""
    found: list[str] = []
    for line in PROJECT["optional-dependencies"][extra]:
        own = re.fullmatch(rf"{PROJECT['name']}\[([\w,-]+)\]", line)
        found += [each for other in own[1].split(",") for each in requirements(other)] if own else [line]
    return found


if __name__ == "__main__":
    print(*dict.fromkeys(line for extra in sys.argv[1:] for line in requirements(extra)), sep="\n")
