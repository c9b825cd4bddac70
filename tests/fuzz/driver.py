"""Runs a harness: random sessions by seed, counted; one in which two implementations differ is made small and kept.

A harness has a session class, whose `run(operation)` does one operation with every implementation, raises Disagreement
where they differ and returns what upstream came to; and a generator of operations. Operations are JSON-able lists
[name, argument, ...], so that a kept session can be replayed.
"""
import json
import random
import re
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple


class Disagreement(AssertionError):
    """Two implementations differ."""


class Harness(NamedTuple):
    """`session()` is a fresh session; `next_operation(rng, session)` gives (operation, fault built into it or None);
    `length` operations make a session; those in `judged` take octets that may be refused."""

    name: str
    session: type
    next_operation: object
    length: int
    judged: frozenset


class Tally:
    """What runs of one harness have met so far."""

    def __init__(self, harness):
        self.harness = harness
        self.sessions = self.accepted = self.octets = 0
        self.operations, self.errors, self.differences = Counter(), Counter(), Counter()

    def count(self, operation, result):
        name, *arguments = operation
        self.operations[name] += 1
        if name in self.harness.judged:
            self.octets += sum(len(part) // 2 for part in arguments if isinstance(part, str))
            if result[0] == "returned":
                self.accepted += 1
            else:
                self.errors[verdict(result)] += 1

    @property
    def judged(self):
        return sum(self.operations[name] for name in self.harness.judged)

    @property
    def share(self):
        return self.accepted / max(1, self.judged)

    def __str__(self):
        operations = ", ".join(f"{count} {name}" for name, count in sorted(self.operations.items()))
        return (f"{self.harness.name}: {self.sessions} sessions, {self.judged} inputs of {self.octets} octets,"
                f" {self.share:.0%} accepted ({operations})")

    def as_dict(self):
        return {"sessions": self.sessions, "inputs": self.judged, "accepted": self.accepted, "octets": self.octets,
                "operations": dict(self.operations), "errors": dict(self.errors),
                "differences": dict(self.differences)}

    def add(self, counts):
        """Adds what as_dict() gave."""
        self.sessions += counts["sessions"]
        self.accepted += counts["accepted"]
        self.octets += counts["octets"]
        for name in ("operations", "errors", "differences"):
            getattr(self, name).update(counts[name])


def verdict(result):
    """A raised outcome as "class: message" without its numbers and octets."""
    return re.sub(r"b'.*'|b\".*\"", "OCTETS", f"{result[1]}: {re.sub('[0-9]+', 'N', result[2])}")


def run_session(harness, rng, tally, session=None):
    """One session from `rng`; raises Disagreement, with the operations that led to it in its `operations`."""
    session = session or harness.session()
    operations = []
    for _ in range(harness.length):
        step(harness, rng, tally, session, operations)
    tally.sessions += 1
    tally.differences.update(getattr(session, "met", ()))


def step(harness, rng, tally, session, operations):
    """The next operation, put behind `operations` (list)."""
    operation, _ = harness.next_operation(rng, session)
    operations.append(operation)
    try:
        result = session.run(operation)
    except Exception as error:
        if not isinstance(error, Disagreement):  # of an implementation or of the harness: as bad
            error = Disagreement(f"{type(error).__name__}: {error}").with_traceback(error.__traceback__)
        error.operations = operations
        raise error
    tally.count(operation, result)


def replay(harness, operations):
    """Runs a kept session; Disagreement if the implementations still differ."""
    session = harness.session()
    for operation in operations:
        session.run(operation)


def smaller(harness, operations):
    """The shortest session that still shows a difference, by leaving out one operation after the other."""
    at = 0
    while at < len(operations):
        shorter = operations[:at] + operations[at + 1:]
        try:
            replay(harness, shorter)
        except Exception:
            operations = shorter
        else:
            at += 1
    return operations


def keep(harness, error, name, folder):
    """Writes the session of a Disagreement to difference-<harness>-<name>.json in `folder`; the path."""
    path = Path(folder) / f"difference-{harness.name}-{name}.json"
    story = {"difference": str(error)[:2000], "operations": smaller(harness, error.operations)}
    path.write_text(json.dumps(story, indent=1) + "\n")
    return path


def fuzz(harness, seed, folder, seconds=None, count=None, tally=None, report=print):
    """Sessions with the seeds `seed`, `seed` + 1, ... for that long, or that many. Whether all agree."""
    tally = tally or Tally(harness)
    start = shown = time.monotonic()
    number = seed
    while number - seed < count if count is not None else time.monotonic() - start < seconds:
        if (now := time.monotonic()) - shown >= 10:
            shown = now
            report(f"{now - start:5.0f} s: {tally}", flush=True)
        try:
            run_session(harness, random.Random(number), tally)
        except Disagreement as error:
            report(f"DIFFERENCE with seed {number}: {str(error)[:2000]}")
            report(f"kept in {keep(harness, error, number, folder)}")
            return False
        number += 1
    report(f"{tally}; no difference (seeds {seed} to {number - 1})")
    for each in (tally.errors, tally.differences):
        for name, met in each.most_common():
            report(f"{met:8} {name}")
    return True
