"""Whole servers and a client, as they are and under `fasth2 run`: CPU per request, throughput, latency.

``python -m bench.server`` starts Hypercorn, grpclib and Twisted in turn, each round anew, loads them with h2load, lets
httpx ask a Hypercorn, and prints medians. It needs Linux and h2load (of nghttp2). The CPU is that of the program's
processes alone, those that it spawns included.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import Spread
from bench.processes import ROOT
from bench.progress import Progress, clear, progress
from bench.report import Table, Verdict, as_text, number
from bench.served import BODY, MESSAGE, METHOD, OCTETS, PLAIN

SIDES = {"stock": [sys.executable], "fasth2": [sys.executable, "-m", "fasth2", "run"]}
WARM_UP = 400  # requests that do not count
BROWSER = {  # h2load sends its own pseudo-fields besides
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "accept-language": "en-GB,en;q=0.7,de;q=0.3",
    "accept-encoding": "gzip, deflate, br, zstd",
    "referer": "https://localhost/articles/1",
    "cookie": "session=0123456789abcdef0123456789abcdef; consent=essential",
    "upgrade-insecure-requests": "1",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "same-origin",
    "priority": "u=0, i",
}


GRPC = {"content-type": "application/grpc", "te": "trailers", "user-agent": "grpc-python-bench/1"}
UNITS = {  # what a round tells: as people read it, and whether more is better
    "cpu": ("CPU per request, us", False),
    "rate": ("requests a second", True),
    "p50": ("latency, median, ms", False),
    "p99": ("latency, 99th percentile, ms", False),
}


Figures = dict[str, float]  # by the keys of UNITS


@dataclass(frozen=True)
class Program:
    """One server.

    needs: the modules without which it cannot run.
    command: its arguments after the interpreter; FOLDER stands for a folder with certificate and key.
    url: what is asked of it, without the port; fields: with which header fields.
    upload: the body of each request; octets: of the body of each response.
    shape: connections, and streams at a time in each, where they are not those of the run.
    floors: how many times better fasth2 must be, by the keys of UNITS.
    """

    needs: tuple[str, ...]
    command: tuple[str, ...]
    url: str
    fields: dict[str, str]
    octets: int
    upload: bytes = b""
    shape: tuple[int, int] | None = None
    floors: dict[str, float] = field(default_factory=dict)

    def round(self, side: str, load: "Load", folder: str) -> Figures:
        """One round on that side."""
        own = load if self.shape is None else Load(load.requests, *self.shape)
        with server(self, side, folder) as (pid, port):
            own.run(self, port, WARM_UP, folder)
            prove(side, pid)
            before = cpu(pid)
            figures = own.run(self, port, load.requests, folder)
            return {"cpu": (cpu(pid) - before) / load.requests * 1e6, **figures}


@dataclass(frozen=True)
class Client:
    """One client, which asks `program`, a server under `fasth2 run`.

    needs, floors: as of a Program. module: what runs; it gets the URL, how many requests warm up and how many count.
    It prints the figures, and whether h2 was fasth2's, as JSON.
    """

    needs: tuple[str, ...]
    module: str
    program: str
    floors: dict[str, float] = field(default_factory=dict)

    def round(self, side: str, load: "Load", folder: str) -> Figures:
        """One round on that side."""
        program = PROGRAMS[self.program]
        with server(program, "fasth2", folder) as (_, port):
            words = [self.module, program.url.format(port), WARM_UP, load.requests]
            done = subprocess.run([*SIDES[side], "-m", *map(str, words)], env=environment(), check=True, text=True,
                                  stdout=subprocess.PIPE, timeout=600)
        figures = json.loads(done.stdout)
        prove_side(side, figures.pop("engine"))
        return figures


_HYPERCORN = ("-m", "hypercorn", "-b", "127.0.0.1:0", "-c", "python:bench.served")
_CERTIFICATE = ("--certfile", "FOLDER/certificate.pem", "--keyfile", "FOLDER/key.pem")
_PLAIN = "http://127.0.0.1:{}" + PLAIN
PROGRAMS: dict[str, Program | Client] = {
    "Hypercorn, clear text": Program(
        ("hypercorn",), (*_HYPERCORN, "bench.served:app"), "http://127.0.0.1:{}/articles/1", BROWSER, len(BODY)
    ),
    "Hypercorn, 4 x 20 streams, 1 KiB": Program(
        ("hypercorn",), (*_HYPERCORN, "bench.served:app"), _PLAIN, {}, len(OCTETS), shape=(4, 20), floors={"rate": 1.6}
    ),
    "Hypercorn, 4 x 100 streams, 1 KiB": Program(
        ("hypercorn",), (*_HYPERCORN, "bench.served:app"), _PLAIN, {}, len(OCTETS), shape=(4, 100),
        floors={"rate": 2.0},
    ),
    "Hypercorn, TLS": Program(
        ("hypercorn",), (*_HYPERCORN, *_CERTIFICATE, "bench.served:app"), "https://127.0.0.1:{}/articles/1", BROWSER,
        len(BODY),
    ),
    "Twisted, TLS": Program(
        ("twisted", "OpenSSL", "service_identity", "priority"), ("-m", "bench.served_twisted", "FOLDER"),
        "https://127.0.0.1:{}/articles/1", BROWSER, len(BODY),
    ),
    "grpclib, clear text": Program(
        ("grpclib",), ("-m", "bench.served_grpclib"), "http://127.0.0.1:{}" + METHOD, GRPC, 5 + len(MESSAGE),
        b"\0" + len(MESSAGE).to_bytes(4, "big") + MESSAGE, floors={"rate": 1.5},
    ),
    "httpx, 1 KiB": Client(
        ("httpx", "hypercorn"), "bench.asking_httpx", "Hypercorn, 4 x 20 streams, 1 KiB", floors={"cpu": 1.5}
    ),
}


@dataclass
class Load:
    """What h2load does: so many requests a round, connections, streams at a time in each."""

    requests: int
    connections: int
    streams: int

    def run(self, program: Program, port: int, requests: int, folder: str) -> Figures:
        """Send `requests` to that port; every one must succeed, with a whole body. Throughput and latency, the latter
        without the first request of each stream."""
        log = Path(folder, "log")
        log.unlink(missing_ok=True)
        command = ["h2load", "-n", requests, "-c", self.connections, "-m", self.streams, f"--log-file={log}",
                   *[f"-H{name}: {value}" for name, value in program.fields.items()]]
        if program.upload:
            upload = Path(folder, "upload")
            upload.write_bytes(program.upload)
            command += ["-d", upload]
        command.append(program.url.format(port))
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True, timeout=600)
        told = done.stdout
        bodies = re.search(r"\((\d+)\) data$", told, re.MULTILINE)
        if f": {requests} 2xx," not in told or not bodies or int(bodies[1]) != requests * program.octets:
            raise SystemExit(f"h2load was not answered:\n{told}{done.stderr}")
        answers = sorted(tuple(map(int, line.split())) for line in log.read_text("ascii").splitlines())
        first = self.connections * self.streams  # they wait for handshakes too
        times = [microseconds / 1e3 for _, _, microseconds in answers[first:] or answers]
        return {
            "rate": float(re.search(r"([0-9.]+) req/s", told)[1]),
            "p50": median(times),
            "p99": quantiles(times, n=100, method="inclusive")[98],
        }


def environment() -> dict[str, str]:
    """That of every process: none of fasth2's switches, and our tree."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FASTH2", "PYTHONPATH"))}
    return {**inherited, "PYTHONPATH": str(ROOT)}


@contextmanager
def server(program: Program, side: str, folder: str) -> Iterator[tuple[int, int]]:
    """A server of one side while the block runs: the process and the port."""
    words = [word.replace("FOLDER", folder) for word in program.command]
    process = subprocess.Popen(
        [*SIDES[side], *words], env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    try:
        found = (re.search(r"Running on https?://127\.0\.0\.1:([1-9][0-9]*)", line) for line in process.stderr)
        listening = next(filter(None, found), None)
        if listening is None:
            raise SystemExit(f"the server did not start ({side}): {' '.join(words)}")
        yield process.pid, int(listening[1])
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def family(pid: int) -> list[Path]:
    """The folders in /proc of a process and all that it has started."""
    below = [each for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()]
    return [Path(f"/proc/{pid}"), *(folder for child in below for folder in family(int(child)))]


def cpu(pid: int) -> float:
    """Seconds that a process and all that it has started have run so far."""
    threads = [thread for folder in family(pid) for thread in (folder / "task").iterdir()]
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def prove(side: str, pid: int) -> None:
    """Stop unless the serving process has fasth2's compiled engine loaded, or has nothing of it."""
    prove_side(side, any("/fasth2/engine/" in (folder / "maps").read_text() for folder in family(pid)))


def prove_side(side: str, loaded: bool) -> None:
    """Stop unless fasth2's engine was `loaded` just where that is the side."""
    if loaded != (side == "fasth2"):
        raise SystemExit(f"the program was to run on {side}, and does not")


def missing() -> list[str]:
    """Why there is nothing to measure, or not all: one line each."""
    lines = []
    if not shutil.which("h2load"):
        lines.append("servers are left out: h2load is not installed; it comes with nghttp2 (nghttp2-client in Debian)")
    if not Path("/proc/self/schedstat").exists():
        lines.append("servers are left out: this system does not tell the processor time of others as Linux does")
    for name, program in PROGRAMS.items():
        if absent := [module for module in (*program.needs, "h2", "cryptography") if find_spec(module) is None]:
            lines.append(f"{name} is left out: {', '.join(absent)} is not installed (pip install 'fasth2[bench]')")
    return lines


def chosen(only: str = "") -> dict[str, Program | Client]:
    """The programs that can be measured here, and whose names contain that text."""
    reasons = missing()
    if any(reason.startswith("servers") for reason in reasons):
        return {}
    absent = {reason.partition(" is left out")[0] for reason in reasons}
    return {name: each for name, each in PROGRAMS.items() if only.lower() in name.lower() and name not in absent}


Samples = dict[str, dict[str, list[Figures]]]  # program -> side -> figures, one a round


def measure(programs: dict[str, Program | Client], load: Load, rounds: int, tell: Progress = progress) -> Samples:
    """All programs in turn, the side that begins changing every round."""
    from fasth2.demo.certificate import write_certificate

    samples: Samples = {name: {side: [] for side in SIDES} for name in programs}
    turns = [
        (name, side)
        for number in range(rounds)
        for name in programs
        for side in [*SIDES][:: -1 if number % 2 else 1]
    ]
    with TemporaryDirectory() as folder:
        write_certificate(Path(folder))
        for done, (name, side) in enumerate(turns):
            tell(done, len(turns), f"{name}, {side}")
            samples[name][side].append(programs[name].round(side, load, folder))
    return samples


def gain(by_side: dict[str, list[Figures]], unit: str) -> Spread:
    """Round by round, how many times better one of UNITS is under `fasth2 run`."""
    pairs = [(stock[unit], ours[unit]) for stock, ours in zip(by_side["stock"], by_side["fasth2"], strict=True)]
    return Spread.of([ours / stock if UNITS[unit][1] else stock / ours for stock, ours in pairs])


def table(samples: Samples) -> Table:
    """Medians of the rounds, and the ratios round by round: above 1, fasth2 is ahead."""
    result = Table("servers", ["median of the rounds", *SIDES, "gain"])
    for name, by_side in samples.items():
        for unit, (title, _) in UNITS.items():
            values = [median(each[unit] for each in rounds) for rounds in by_side.values()]
            cells: list[Any] = [number(value) for value in values]
            floor = PROGRAMS[name].floors.get(unit) if name in PROGRAMS else None
            result.rows.append((f"{name}: {title}", [*cells, Verdict.at_least(gain(by_side, unit), floor)]))
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.server", description=__doc__.splitlines()[0])
    for option, default, meaning in (
        ("--rounds", 7, "rounds of each side"), ("--requests", 2000, "requests a round"),
        ("--connections", 16, "connections"), ("--streams", 10, "streams at a time in each"),
    ):
        parser.add_argument(option, type=int, default=default, metavar="N", help=f"{meaning} ({default})")
    parser.add_argument("--only", metavar="TEXT", default="", help="only programs whose names contain TEXT")
    options = parser.parse_args()
    load = Load(options.requests, options.connections, options.streams)
    programs = chosen(options.only)
    print(*missing(), sep="\n")
    if not programs:
        raise SystemExit("there is nothing to measure")
    print(f"{load.requests} requests a round on {load.connections} connections, {load.streams} streams at a time in "
          f"each; {options.rounds} rounds of each side.\n")
    samples = measure(programs, load, options.rounds)
    clear()
    print(as_text(table(samples)))


if __name__ == "__main__":
    main()
