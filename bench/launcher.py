"""What `fasth2 run` costs: in every Python that starts under it, and once to start the program.

``python -m bench.launcher`` prints processor time and elapsed time of whole processes, in turn, as medians.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from bench.processes import ROOT
from bench.progress import Progress, clear, progress
from bench.report import Table, Verdict, as_text
from fasth2.launcher import BOOTSTRAP

NOTHING = [sys.executable, "-c", "pass"]
PLAIN, UNDER, INSTALL, RUN, MODULE = (
    "a Python that does nothing",
    "the same under `fasth2 run`",
    "the same with `import fasth2; fasth2.install()`",
    "`fasth2 run python -c pass`",
    "`python -m fasth2 run python -c pass`",
)
CONSOLE = "import sys; from fasth2.__main__ import main; sys.exit(main())"  # what a console script does
COMMANDS = {
    PLAIN: NOTHING,
    UNDER: NOTHING,
    INSTALL: [sys.executable, "-c", "import fasth2; fasth2.install()"],
    RUN: [sys.executable, "-c", CONSOLE, "run", *NOTHING],
    MODULE: [sys.executable, "-m", "fasth2", "run", *NOTHING],
}
CHILD_MS, LAUNCHER_MS = 3.0, 5.0


def sample(name: str, environment: dict[str, str]) -> tuple[float, float]:
    """Milliseconds of processor time and of elapsed time of one process."""
    if name == UNDER:
        environment = {**environment, "PYTHONPATH": os.pathsep.join([BOOTSTRAP, environment["PYTHONPATH"]])}
    start = perf_counter_ns()
    process = subprocess.Popen(COMMANDS[name], env=environment, cwd=environment["HOME"], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = perf_counter_ns() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name}: exit status {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1e3, elapsed / 1e6


def measure(count: int, tell: Progress = progress) -> dict[str, list[tuple[float, float]]]:
    """`count` samples of each command, the order rotated every round. All bytecode is there beforehand."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FASTH2"))}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": folder, "HOME": folder}
        for name in samples:
            sample(name, environment)
        for number in range(count):
            tell(number, count, "starting Pythons")
            names = [*samples]
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                samples[name].append(sample(name, environment))
    return samples


def table(samples: dict[str, list[tuple[float, float]]]) -> Table:
    """The medians, and what is beyond the Pythons that start anyway: compared round by round."""

    def beyond(name: str, others: Sequence[str], kind: int) -> float:
        rounds = zip(samples[name], *(samples[other] for other in others), strict=True)
        return median(first[kind] - sum(rest[kind] for rest in others_) for first, *others_ in rounds)

    own = {UNDER: [PLAIN], INSTALL: [PLAIN], RUN: [PLAIN, UNDER], MODULE: [PLAIN, UNDER]}
    limits = {UNDER: CHILD_MS, RUN: LAUNCHER_MS, MODULE: LAUNCHER_MS}
    beyond_title = "beyond the Pythons in it, processor"
    result = Table("fasth2 run", ["ms a process", "processor", "elapsed", beyond_title, "elapsed"])
    for name, times in samples.items():
        cells: list[str | Verdict] = [f"{median(time[kind] for time in times):.2f}" for kind in (0, 1)]
        if name in own:
            processor, elapsed = (beyond(name, own[name], kind) for kind in (0, 1))
            cells += [Verdict.at_most(processor, limits.get(name), f"{processor:+.2f}"), f"{elapsed:+.2f}"]
        else:
            cells += ["", ""]
        result.rows.append((name, cells))
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.launcher", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="how many times each command gets its turn (50)")
    samples = measure(parser.parse_args().rounds)
    clear()
    print(as_text(table(samples)))


if __name__ == "__main__":
    main()
