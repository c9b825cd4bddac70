"""The fixed work whose instructions `bench.instructions` counts: cases of the benchmarks, fasth2's side of them alone.

``python -m bench.kernels`` plays each once between two calls into libc that nothing else here makes: at START callgrind
begins to count anew, at END it writes down what it has counted. Printed are names and units, as JSON.

The work is done TIMES times, and the least counts: the first time warms up; and where a pool of Python's allocator
happens to be all but full, every pass over that brim costs dozens of instructions. Ballast moves the brims in between.
"""

import gc
import json
import os
from collections.abc import Iterator

from bench import block, creation, frames, h2, huffman, integer, overhead, priority, table, workloads
from bench.implementations import fasth2
from bench.measure import SUBJECT, Contender

SUBJECTS = (block, overhead, creation, integer, huffman, table, frames, priority, h2)
START, END = "ctermid", "getppid"
TIMES = 5
LEFT_OUT = (
    "print a frame",  # for people, who do not read that fast
    "one side, many streams",  # twice the work of others
)
PASS = 100_000  # block.PASS of the kernels: callgrind is fifty times slower than the processor


def _ballast(count: int) -> list[bytes]:
    """So many objects of every size that Python's own allocator serves."""
    return [bytes(size) for size in range(0, 512 - 40, 16) for _ in range(count)]


def kernels() -> Iterator[tuple[str, Contender]]:
    """Name and work of each, in a fixed order; less of it than in the benchmarks."""
    block.PASS = PASS
    h2.REQUESTS, h2.AT_ONCE, h2.MANY, h2.PIECES = 10, (1, 100), 1, 20
    for subject in SUBJECTS:
        for case in subject.cases([fasth2()]):
            if case.subject not in LEFT_OUT:
                yield f"{case.subject}: {case.name}", case.contenders[SUBJECT]


def main() -> None:
    """Play all kernels. The collector rests: when it runs depends on what was allocated before."""
    gc.disable()
    workloads.writer = fasth2  # the same octets as hpack's, in a hundredth of the instructions
    units, kept = {}, []
    for name, contender in kernels():
        for number in range(TIMES):
            kept.append(_ballast(1 + number))
            state = contender.setup()
            getattr(os, START)()
            contender.run(state)
            getattr(os, END)()
        units[name] = contender.units
    print(json.dumps(units))


if __name__ == "__main__":
    main()
