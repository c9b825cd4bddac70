"""CPU per request of a server: Hypercorn as it is, and Hypercorn under `fasth2 run`, both loaded by h2load.

``python -m bench.server`` starts the two in turn, each round anew, and prints medians. It needs Linux, h2load (of
nghttp2) and the extra `demo`. The CPU is that of Hypercorn's processes alone, the worker that it spawns included.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.measure import Spread
from bench.processes import ROOT
from bench.progress import clear, progress
from bench.report import Table, Verdict, as_text

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


@dataclass
class Load:
    """What h2load does: so many requests a round, connections, streams at a time in each."""

    requests: int
    connections: int
    streams: int

    def run(self, url: str, requests: int) -> float:
        """Send `requests` to `url`; every one must succeed. Requests a second."""
        fields = [f"-H{name}: {value}" for name, value in BROWSER.items()]
        command = ["h2load", "-n", requests, "-c", self.connections, "-m", self.streams, *fields, url]
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True, timeout=600)
        if f" {requests} succeeded, 0 failed" not in done.stdout or f": {requests} 2xx," not in done.stdout:
            raise SystemExit(f"h2load was not answered:\n{done.stdout}{done.stderr}")
        return float(re.search(r"([0-9.]+) req/s", done.stdout)[1])


@contextmanager
def server(side: str, options: list[str]) -> Iterator[tuple[int, int]]:
    """Hypercorn of one side while the block runs: the process and the port."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FASTH2", "PYTHONPATH"))}
    command = [*SIDES[side], "-m", "hypercorn", "-b", "127.0.0.1:0", "-c", "python:bench.served", *options]
    process = subprocess.Popen(
        [*command, "bench.served:app"],
        env={**inherited, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )
    try:
        found = (re.search(r"Running on https?://127\.0\.0\.1:([1-9][0-9]*)", line) for line in process.stderr)
        listening = next(filter(None, found), None)
        if listening is None:
            raise SystemExit(f"Hypercorn did not start ({side})")
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
    """Stop unless the serving process has fasth2's compiled modules loaded, or has none of them."""
    loaded = any("/fasth2/codec/" in (folder / "maps").read_text() for folder in family(pid))
    if loaded != (side == "fasth2"):
        raise SystemExit(f"Hypercorn was to run on {side}, and does not")


def one_round(side: str, load: Load, folder: str | None) -> tuple[float, float]:
    """Microseconds of CPU per request, and requests a second, by TLS where there is a `folder` with a certificate."""
    options = ["--certfile", f"{folder}/certificate.pem", "--keyfile", f"{folder}/key.pem"] if folder else []
    with server(side, options) as (pid, port):
        url = f"{'https' if folder else 'http'}://127.0.0.1:{port}/articles/1"
        load.run(url, WARM_UP)
        prove(side, pid)
        before = cpu(pid)
        rate = load.run(url, load.requests)
        return (cpu(pid) - before) / load.requests * 1e6, rate


def measure(load: Load, rounds: int) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Transport -> side -> what one_round() gave, the side that begins changing every round."""
    from fasth2.demo.certificate import write_certificate

    with TemporaryDirectory() as folder:
        write_certificate(Path(folder))
        transports = {"clear text": None, "TLS": folder}
        samples = {transport: {side: [] for side in SIDES} for transport in transports}
        for number in range(rounds):
            for transport, where in transports.items():
                for side in [*SIDES][:: -1 if number % 2 else 1]:
                    progress(number, rounds, f"{transport}, {side}")
                    samples[transport][side].append(one_round(side, load, where))
    clear()
    return samples


def table(samples: dict[str, dict[str, list[tuple[float, float]]]]) -> Table:
    """Medians of the rounds, and the ratios round by round."""
    result = Table("Hypercorn under h2load", ["median of the rounds", *SIDES, "gain"])
    for transport, by_side in samples.items():
        for kind, name in enumerate(("CPU per request, us", "requests a second")):
            values = {side: [each[kind] for each in rounds] for side, rounds in by_side.items()}
            ratios = [stock / ours for stock, ours in zip(values["stock"], values["fasth2"], strict=True)]
            gain = Spread.of([1 / ratio for ratio in ratios] if kind else ratios)
            cells = [f"{median(each):,.0f}" for each in values.values()]
            result.rows.append((f"{transport}: {name}", [*cells, Verdict.at_least(gain, None)]))
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.server", description=__doc__.splitlines()[0])
    for option, default, meaning in (
        ("--rounds", 7, "rounds of each side"), ("--requests", 4000, "requests a round"),
        ("--connections", 4, "connections"), ("--streams", 20, "streams at a time in each"),
    ):
        parser.add_argument(option, type=int, default=default, metavar="N", help=f"{meaning} ({default})")
    options = parser.parse_args()
    if not shutil.which("h2load"):
        raise SystemExit("h2load is not installed: it comes with nghttp2 (Debian's package nghttp2-client)")
    if not Path("/proc/self/schedstat").exists():
        raise SystemExit("this system does not tell the processor time of other processes as Linux does")
    load = Load(options.requests, options.connections, options.streams)
    print(f"Hypercorn {version('hypercorn')}, h2 {version('h2')}, CPython {sys.version.split()[0]}, {os.cpu_count()} "
          f"cores. Rounds: {options.rounds} of each side, {load.requests} requests on {load.connections} connections, "
          f"{load.streams} streams at a time in each.\n")
    print(as_text(table(measure(load, options.rounds))))


if __name__ == "__main__":
    main()
