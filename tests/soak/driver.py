"""A soak of one server: `python tests/soak/driver.py NAME SIDE OWN_SIDE SECONDS`.

NAME is hypercorn or grpclib, SIDE (fasth2 or stock) is its own, and OWN_SIDE that of the client in this process. Prints
what was done, what was wrong, what is left, and the resident memory of both processes (KiB): a sample every hundredth
of the time, and the medians of the second and of the last fifth.
"""
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fasth2.demo import side

side.take(sys.argv[3])  # before h2 is imported

from peers.programs import ProgramError, python_server
from soak import orders
from soak.census import Census
from soak.load import Load

SAMPLES = 100
# Of glibc, for the server: what is freed goes back at once, so that resident memory is what is in use.
MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
PAGE = os.sysconf("SC_PAGE_SIZE")
COMMON = ["steady", "steady", "large", "slow", "cutting", "talking", "brief", "vanishing"]
SERVERS = {
    # Not the kinds whose clients go in the middle of a body: Hypercorn 0.18 waits forever for the rest.
    "hypercorn": (orders.web, COMMON),
    "grpclib": (orders.call, [*COMMON, "leaving", "deserting", "calling"]),
}


def resident(pid):
    """The resident memory of a process (KiB, int)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE >> 10


async def soak(load, pid, seconds):
    """Run the load. Returns the samples of memory of that process and of this one, and what this one has left."""
    samples = {"server": [], "client": []}
    census = Census()

    async def watch():
        while True:
            for name, each in (("server", pid), ("client", os.getpid())):
                samples[name].append(resident(each))
            await asyncio.sleep(seconds / SAMPLES)

    watching = asyncio.create_task(watch())
    await load.run()
    watching.cancel()
    await asyncio.wait([watching])
    return samples, await census.settle()


def middle(samples, start, end):
    """The median of the samples from `start` to `end` (parts of the whole, float)."""
    return int(median(samples[int(start * len(samples)):int(end * len(samples))]))


def main(name, its_side, own_side, seconds):
    """Run it, print a report as JSON."""
    os.environ |= MALLOC
    with python_server(f"../soak/{name}_server.py", its_side) as served:
        make, kinds = SERVERS[name]
        load = Load(served.port, make, float(seconds), kinds)
        begun = time.monotonic()
        samples, left = asyncio.run(soak(load, served.process.pid, float(seconds)))
        took = time.monotonic() - begun
        if load.wrong:
            print(*load.wrong[:20], sep="\n", file=sys.stderr)
        try:
            report = served.finish()
        except ProgramError as error:
            report = served.report
            load.wrong.append(str(error))
    print(json.dumps({
        "seconds": round(took), "counts": load.counts, "wrong": [*load.wrong, *report["wrong"]][:20],
        "left": {"server": report["left"], "client": left},
        "states": {"server": report["states"], "client": side.states()},
        "resident": {name: [middle(each, 0.2, 0.4), middle(each, 0.8, 1)] for name, each in samples.items()},
        "samples": samples,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
