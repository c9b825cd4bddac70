"""What is timed and how: contenders in turn, in short rounds, so that drift of the machine hits all alike."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import get_clock_info, perf_counter_ns, thread_time_ns
from typing import Any

from bench.progress import Progress

SUBJECT = "fasth2"  # the contender that the others are compared with
DOUBLED = "fasth2, doubled"  # the same on an input of twice the size
# Processor time of this thread, which other programs do not lengthen; elapsed time where the system counts it in ticks.
clock = thread_time_ns if get_clock_info("thread_time").resolution <= 1e-6 else perf_counter_ns
MAX_PASSES = 60  # in one turn: enough for a steady median


@dataclass(frozen=True)
class Contender:
    """One implementation at one piece of work.

    setup: makes fresh state, outside the clock; run: does the work on it, inside.
    units: how many fields, calls or octets one run handles.
    answer: the results by kind, for comparison between contenders; never timed.
    """

    setup: Callable[[], Any]
    run: Callable[[Any], None]
    units: int
    answer: Callable[[], dict[str, Any]] = dict


@dataclass(frozen=True, eq=False)
class Case:
    """The same work for every contender. A case equals itself alone.

    subject, name: row and table of the report; unit: what `units` counts.
    floors: how many times the time of a contender, per unit, must be of fasth2's.
    ceiling: nanoseconds per unit that fasth2 may take at most.
    growth: how many times the time, in all, of DOUBLED may be of fasth2's.
    at: where the case stands on the axis of its subject, for one that is plotted: a count or a number of octets.
    """

    subject: str
    name: str
    unit: str
    contenders: dict[str, Contender]
    floors: dict[str, float] = field(default_factory=dict)
    ceiling: float | None = None
    growth: float | None = None
    at: int | None = None


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        low, _, high = quantiles([*samples] * 2 if len(samples) == 1 else samples, n=4, method="inclusive")
        return cls(median(samples), low, high)


@dataclass
class Result:
    """Nanoseconds per unit of each contender, one sample a round."""

    case: Case
    samples: dict[str, list[float]]

    def time(self, contender: str) -> Spread:
        """Nanoseconds per unit."""
        return Spread.of(self.samples[contender])

    def ratio(self, rival: str) -> Spread:
        """How many times fasth2's time per unit the rival takes, round by round."""
        pairs = zip(self.samples[rival], self.samples[SUBJECT], strict=True)
        return Spread.of([theirs / ours for theirs, ours in pairs])


def turn(contender: Contender, seconds: float) -> float:
    """Median nanoseconds per unit over as many runs as fit into the given time, at least one.

    The first run brings the caches back after the turn of another contender; it counts only where no other follows.
    """
    passes = []
    deadline = perf_counter_ns() + seconds * 1e9
    while True:
        state = contender.setup()
        start = clock()
        contender.run(state)
        passes.append(clock() - start)
        if perf_counter_ns() >= deadline or len(passes) == MAX_PASSES:
            return median(passes[1:] or passes) / contender.units


def rounds(cases: Sequence[Case], count: int, seconds: float, progress: Progress) -> list[Result]:
    """Time every case `count` times, each contender's turn lasting about `seconds`, the order rotated every round.

    The cyclic garbage collector rests meanwhile, as it does under timeit.
    """
    results = [Result(case, {name: [] for name in case.contenders}) for case in cases]
    enabled = gc.isenabled()
    gc.disable()
    try:
        for number in range(count):
            for done, result in enumerate(results):
                progress(number * len(cases) + done, count * len(cases), f"{result.case.subject}: {result.case.name}")
                names = list(result.samples)
                shift = number % len(names)
                for name in names[shift:] + names[:shift]:
                    result.samples[name].append(turn(result.case.contenders[name], seconds))
            gc.collect()
    finally:
        if enabled:
            gc.enable()
    return results
