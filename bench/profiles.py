"""Where the time of a Hypercorn process goes, as it is and under `fasth2 run`: ``python -m bench.profiles``.

Microseconds of a request in each package, by Python's own profiler (cProfile), which makes calls of Python functions
longer than they are: what h2 takes is more than it is without the profiler. Needs Linux and h2load.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.progress import Progress, clear, progress
from bench.report import Table, as_text, number
from bench.served import OCTETS, PLAIN
from bench.server import SIDES, WARM_UP, Load, Program, chosen, missing, prove, server

LOAD = Load(requests=2000, connections=4, streams=20)
PROGRAM = "Hypercorn, 4 x 20 streams, 1 KiB"  # of bench.server: the same load, without the profiler
ROWS = {  # package of bench.profiled -> what the table calls it
    "fasth2": "fasth2, in place of h2 and all below it",
    "h2": "h2",
    "hpack": "hpack",
    "hyperframe": "hyperframe",
    "priority": "priority",
    "hypercorn": "Hypercorn",
    "asyncio": "asyncio, sockets included",
    "bench": "the application",
    "the rest": "the rest",
}
Profiles = dict[str, list[dict[str, float]]]  # side -> microseconds a request by package, one a round


def profile(side: str, load: Load, folder: str) -> dict[str, float]:
    """Of one server."""
    file = Path(folder, "profile.json")
    program = Program(
        ("hypercorn",), ("-m", "bench.profiled", str(file)), "http://127.0.0.1:{}" + PLAIN, {}, len(OCTETS)
    )
    with server(program, side, folder) as (pid, port):
        load.run(program, port, WARM_UP, folder)
        prove(side, pid)
        load.run(program, port, load.requests, folder)
    seconds = json.loads(file.read_text())
    return {name: each / (WARM_UP + load.requests) * 1e6 for name, each in seconds.items()}


def measure(rounds: int, load: Load = LOAD, tell: Progress = progress) -> Profiles:
    """Both sides in turn, the one that begins changing every round."""
    samples: Profiles = {side: [] for side in SIDES}
    turns = [side for number in range(rounds) for side in [*SIDES][:: -1 if number % 2 else 1]]
    with TemporaryDirectory() as folder:
        for done, side in enumerate(turns):
            tell(done, len(turns), f"profile of Hypercorn, {side}")
            samples[side].append(profile(side, load, folder))
    return samples


def rows(samples: Profiles) -> list[tuple[str, list[str]]]:
    """Of each package the microseconds a request on both sides, and their part of all (medians of the rounds)."""
    middle = {
        side: {name: median(each.get(name, 0.0) for each in rounds) for name in ROWS}
        for side, rounds in samples.items()
    }
    found = [(title, [_cell(middle[side], name) for side in SIDES]) for name, title in ROWS.items()]
    return [*found, ("all", [number(sum(middle[side].values())) for side in SIDES])]


def _cell(microseconds: dict[str, float], name: str) -> str:
    part = microseconds[name] / sum(microseconds.values())
    return f"{number(microseconds[name])} ({part:.0%})" if microseconds[name] else ""


def table(samples: Profiles) -> Table:
    """For the report."""
    columns = ["us a request, by package", *SIDES]
    return Table("profile of Hypercorn", columns, [(name, [*cells]) for name, cells in rows(samples)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiles", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of each side (3)")
    parser.add_argument("--requests", type=int, default=LOAD.requests, metavar="N", help="requests a round")
    options = parser.parse_args()
    if PROGRAM not in chosen():
        raise SystemExit("\n".join(missing()))
    samples = measure(options.rounds, replace(LOAD, requests=options.requests))
    clear()
    print(as_text(table(samples)))


if __name__ == "__main__":
    main()
