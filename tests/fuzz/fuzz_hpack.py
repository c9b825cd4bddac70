"""Differential fuzzer for header blocks: fasth2 against hpack and, where it can be loaded, libnghttp2.

    python tests/fuzz/fuzz_hpack.py --seconds 60 --seed 1

Random connections (see fuzz.operations): encodes, decodes of sound and broken blocks, resizes, new limits; after each
operation results, error classes, messages and tables must agree. A session that shows a difference is written to a
file and ends the run with exit status 1; kept in tests/fuzz/regressions it is replayed by the test suite.
"""
import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from differential import nghttp2
from fuzz.operations import LENGTH, next_operation
from fuzz.sessions import Disagreement, Session, replay


class Tally:
    """What a run has met so far."""

    def __init__(self):
        self.sessions = self.operations = self.blocks = self.accepted = self.octets = 0
        self.errors = Counter()

    def count(self, operation, result):
        self.operations += 1
        if operation[0] == "decode":
            self.blocks += 1
            self.octets += len(operation[1]) // 2
            if result[0] == "returned":
                self.accepted += 1
            else:
                self.errors[f"{result[1]}: {re.sub('[0-9]+', 'N', result[2])}"] += 1

    @property
    def share(self):
        return self.accepted / max(1, self.blocks)

    def __str__(self):
        return (f"{self.sessions} sessions, {self.operations} operations, {self.blocks} blocks of {self.octets} octets,"
                f" {self.share:.0%} accepted")


def run_session(seed, tally, session=None):
    """One random session; raises Disagreement, with the operations that led to it in its `operations`."""
    rng = random.Random(seed)
    session = session or Session()
    operations = []
    for _ in range(LENGTH):
        operation, _ = next_operation(rng, session)
        operations.append(operation)
        try:
            tally.count(operation, session.run(operation))
        except Disagreement as error:
            error.operations = operations
            raise
    tally.sessions += 1


def smaller(operations):
    """The shortest session that still shows a difference, by leaving out one operation after the other."""
    at = 0
    while at < len(operations):
        shorter = operations[:at] + operations[at + 1:]
        try:
            replay(shorter)
        except Disagreement:
            operations = shorter
        else:
            at += 1
    return operations


def keep(error, seed, folder):
    path = Path(folder) / f"difference-{seed}.json"
    story = {"difference": str(error)[:2000], "operations": smaller(error.operations)}
    path.write_text(json.dumps(story, indent=1) + "\n")
    return path


def fuzz(seconds, seed, folder, report=print):
    """Runs sessions with the seeds `seed`, `seed` + 1, ... for that long. The exit status."""
    tally, start = Tally(), time.monotonic()
    shown = start
    while (now := time.monotonic()) - start < seconds:
        if now - shown >= 10:
            shown = now
            report(f"{now - start:5.0f} s: {tally}", flush=True)
        try:
            run_session(seed + tally.sessions, tally)
        except Disagreement as error:
            report(f"DIFFERENCE with seed {seed + tally.sessions}: {str(error)[:2000]}")
            report(f"kept in {keep(error, seed + tally.sessions, folder)}")
            return 1
    report(f"{tally}; no difference (seeds {seed} to {seed + tally.sessions - 1})")
    for error, count in tally.errors.most_common():
        report(f"{count:8} {error}")
    return 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Differential fuzzing of header blocks.")
    parser.add_argument("--seconds", type=float, default=60, help="how long to run")
    parser.add_argument("--seed", type=int, default=None, help="of the first session; by default from the clock")
    parser.add_argument("--keep", default=".", metavar="FOLDER",
                        help="where a session that shows a difference is written")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else time.time_ns() // 1_000_000 % 2**40
    print(f"seed {seed}; libnghttp2 {'takes part' if nghttp2.library is not None else 'cannot be loaded'}", flush=True)
    return fuzz(chosen.seconds, seed, chosen.keep)


if __name__ == "__main__":
    sys.exit(main())
