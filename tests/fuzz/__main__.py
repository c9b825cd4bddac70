"""Differential fuzzing: `python tests/fuzz [--seconds 60 | --count 1000] [--seed 1] [harness...]`.

A harness makes random sessions of operations and does each of them with fasth2 and with upstream. A session in which
they differ is written to a file and ends the run with exit status 1; kept in tests/fuzz/regressions/<harness> it is
replayed by the test suite. With --guided, atheris chooses the sessions by what they reach in upstream's code.
"""
import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz import counts, driver, guided, harnesses


def main(arguments=None):
    chosen = options().parse_args(arguments)
    if chosen.guided:
        return guided.run(chosen.harnesses, chosen.seconds, chosen.seed, chosen.keep)
    from differential import nghttp2

    seed = chosen.seed if chosen.seed is not None else time.time_ns() // 1_000_000 % 2**40
    print(f"seed {seed}; libnghttp2 {'takes part' if nghttp2.library is not None else 'cannot be loaded'}", flush=True)
    for name in chosen.harnesses:
        harness = harnesses.load(name)
        tally = driver.Tally(harness)
        agree = driver.fuzz(harness, seed, chosen.keep, chosen.seconds, chosen.count, tally)
        if chosen.counts:
            counts.add(chosen.counts, name, seed, tally.as_dict())
        if not agree:
            return 1
    return 0


def options():
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description="Differential fuzzing.")
    parser.add_argument("harnesses", nargs="*", metavar="harness", default=["headers"],
                        help=f"which, one after the other: {', '.join(harnesses.MODULES)} (default: headers)")
    parser.add_argument("--seconds", type=float, default=60, help="how long to run, each")
    parser.add_argument("--count", type=int, default=None, help="how many sessions to run instead, each")
    parser.add_argument("--seed", type=int, default=None, help="of the first session; by default from the clock")
    parser.add_argument("--keep", default=".", metavar="FOLDER",
                        help="where a session that shows a difference is written")
    parser.add_argument("--counts", default=None, metavar="FILE", help="JSON file in which the counts of runs add up")
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris")
    return parser


if __name__ == "__main__":
    sys.exit(main())
