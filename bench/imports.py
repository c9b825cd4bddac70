"""Import time in fresh interpreters, beyond `logging` and `collections`, which every program has loaded already.

``python -m bench.imports STATEMENT`` prints one sample in nanoseconds of processor time.
"""

import collections  # noqa: F401  not timed
import logging  # noqa: F401  not timed
import sys
from importlib.util import find_spec
from time import process_time_ns

_ON_FASTH2 = "import fasth2; fasth2.install(); import h2.connection"
STATEMENTS = {  # what is timed -> a module without which it cannot be
    "import fasth2": "fasth2",
    "import fasth2.hpack": "fasth2",
    "import hpack": "hpack",
    "import jh2._hazmat": "jh2",
    "import fasth2.hyperframe.frame": "fasth2",
    "import hyperframe.frame": "hyperframe",
    "import fasth2.priority": "fasth2",
    "import priority": "priority",
    _ON_FASTH2: "h2",
    "import h2.connection": "h2",
    "import jh2.connection": "jh2",
    "import ngh2": "ngh2",
}
RIVALS = {  # what each of fasth2's is compared with
    "import fasth2.hpack": ("import hpack", "import jh2._hazmat"),
    "import fasth2.hyperframe.frame": ("import hyperframe.frame",),
    "import fasth2.priority": ("import priority",),
    _ON_FASTH2: ("import h2.connection", "import jh2.connection", "import ngh2"),
}


def statements() -> list[str]:
    """Those that can run here."""
    return [statement for statement, module in STATEMENTS.items() if find_spec(module) is not None]


def main(statement: str) -> None:
    """Time one."""
    code = compile(statement, "imports", "exec")
    start = process_time_ns()
    exec(code, {})
    print(process_time_ns() - start)


if __name__ == "__main__":
    main(sys.argv[1])
