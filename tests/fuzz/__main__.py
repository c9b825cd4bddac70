"""Fuzzing: `python tests/fuzz [--seconds 60 | --count 1000] [--seed 1] [harness...]`.

A harness makes random sessions of operations and does each of them with fasth2 and with upstream. A session in which
they differ is written to a file and ends the run with exit status 1; kept in tests/fuzz/regressions/<harness> it is
replayed by the test suite. With --guided, atheris chooses the sessions by what they reach in upstream's code.

Native targets (tests/fuzz/native) are compiled first. They run at the speed of C, against libnghttp2 and the RFCs.
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz import counts, harnesses
from fuzz.native import targets


def main(arguments=None):
    chosen = options().parse_args(arguments)
    if chosen.guided:
        from fuzz import guided

        (name,) = chosen.harnesses
        return guided.run(name, chosen.seconds, chosen.seed, chosen.keep)
    from differential import nghttp2

    seed = chosen.seed if chosen.seed is not None else time.time_ns() // 1_000_000 % 2**40
    print(f"seed {seed}; libnghttp2 {'takes part' if nghttp2.library is not None else 'cannot be loaded'}", flush=True)
    built = built_targets(chosen.build) if set(chosen.harnesses) & set(targets.MODULES) else {}
    for name in chosen.harnesses:
        first = counts.next_seed(chosen.counts, name, seed) if chosen.counts else seed
        agree, found = run(name, built.get(name), first, chosen)
        if chosen.counts:
            counts.add(chosen.counts, name, first, found)
        if not agree:
            return 1
    return 0


def run(name, capsule, seed, chosen):
    """(whether all is well, counts) of one harness."""
    if capsule is not None:
        from fuzz.native import sweeps

        return sweeps.fuzz(name, capsule, seed, chosen.keep, chosen.seconds, chosen.count)
    from fuzz import driver

    tally = driver.Tally(harnesses.load(name))
    return driver.fuzz(tally.harness, seed, chosen.keep, chosen.seconds, chosen.count, tally), tally.as_dict()


def built_targets(folder):
    """{name: capsule}, compiled in `folder` if they are not there yet, or in a temporary one."""
    from fuzz.native import build

    if folder is None:
        with tempfile.TemporaryDirectory() as folder:
            build.modules(folder)
            return targets.load(folder)
    if not list(Path(folder).glob("blocks.*.*")):
        build.modules(folder)
    return targets.load(folder)


def options():
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description="Fuzzing of fasth2 against upstream.")
    names = [*harnesses.MODULES, *targets.MODULES]
    parser.add_argument("harnesses", nargs="*", metavar="harness", default=["headers"],
                        help=f"which, one after the other: {', '.join(names)} (default: headers)")
    parser.add_argument("--seconds", type=float, default=60, help="how long to run, each")
    parser.add_argument("--count", type=int, default=None,
                        help="how many sessions instead, or inputs of native targets")
    parser.add_argument("--seed", type=int, default=None, help="of the first session; by default from the clock")
    parser.add_argument("--keep", default=".", metavar="FOLDER", help="where what shows a difference is written")
    parser.add_argument("--counts", default=None, metavar="FILE",
                        help="JSON file in which the counts of runs add up; each goes on where the last one ended")
    parser.add_argument("--build", default=None, metavar="FOLDER", help="where native targets are compiled, and stay")
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris; one harness")
    return parser


if __name__ == "__main__":
    sys.exit(main())
