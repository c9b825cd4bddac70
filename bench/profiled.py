"""Hypercorn with bench.served's pages, in one process under Python's profiler, for bench.profiles:
``python -m bench.profiled FILE``. When it ends, FILE gets the seconds that each package took, as JSON.
"""

import asyncio
import cProfile
import json
import pstats
import signal
import socket
import sys
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from bench.served import app, keep_alive_max_requests

PACKAGES = ("h2", "hpack", "hyperframe", "priority", "hypercorn", "asyncio", "bench")
REST = "the rest"
_spec = find_spec("fasth2")  # not imported: the server is without it in every other round
OWN = Path(_spec.origin).parent if _spec and _spec.origin else None
_Function = tuple[str, int, str]


def package(function: _Function) -> str | None:
    """Whose that function is: one of PACKAGES, "fasth2", REST, or None for what the interpreter has compiled in."""
    path, _, name = function
    if path == "~":
        return "fasth2" if "fasth2." in name else None
    if OWN in Path(path).resolve().parents:
        return "fasth2"
    parts = Path(path).parts
    return next((each for each in PACKAGES if each in parts), REST)


def by_package(stats: dict[_Function, tuple[Any, ...]]) -> Counter[str]:
    """Seconds by package. What is compiled in counts as its callers', but for the wait for sockets, which is nobody's.
    """
    seconds: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in stats.items():
        if "'poll' of 'select." in function[2]:
            continue
        whose = package(function)
        if whose:
            seconds[whose] += own
            continue
        for caller, (_, _, part, _) in callers.items():
            seconds[package(caller) or REST] += part
    return seconds


async def run() -> None:
    """Serve until SIGTERM."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = Config.from_mapping(
        bind=[f"fd://{listener.fileno()}"], loglevel="ERROR", keep_alive_max_requests=keep_alive_max_requests
    )
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print(f"Running on http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    await serve(app, config, shutdown_trigger=ended.wait)
    listener.detach()  # Hypercorn has closed it


def main(file: str) -> None:
    """Serve, and write the file."""
    profile = cProfile.Profile(time.thread_time)
    profile.runcall(asyncio.run, run())
    Path(file).write_text(json.dumps(by_package(pstats.Stats(profile).stats)))


if __name__ == "__main__":
    main(sys.argv[1])
