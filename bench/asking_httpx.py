"""httpx over HTTP/2, for bench.server: ``python -m bench.asking_httpx URL WARM_UP REQUESTS``.

One request after the other with httpx's own header fields. Prints its CPU per request, requests a second and latency,
by the keys of bench.server.UNITS, and whether it ran on fasth2's engine.
"""

import json
import sys
import time
from statistics import median, quantiles

import httpx

from bench.served import OCTETS


def ask(client: httpx.Client, url: str, requests: int) -> list[float]:
    """Send that many; the milliseconds that each took."""
    took = []
    for _ in range(requests):
        begun = time.perf_counter()
        answer = client.get(url)
        took.append((time.perf_counter() - begun) * 1e3)
        if answer.content != OCTETS or answer.http_version != "HTTP/2":
            raise SystemExit(f"httpx was not answered: {answer}")
    return took


def main(url: str, warm_up: int, requests: int) -> None:
    """Ask, and print."""
    with httpx.Client(http1=False, http2=True) as client:
        ask(client, url, warm_up)
        begun, before = time.perf_counter(), time.process_time()
        took = ask(client, url, requests)
        spent, passed = time.process_time() - before, time.perf_counter() - begun
    print(json.dumps({
        "cpu": spent / requests * 1e6, "rate": requests / passed, "p50": median(took),
        "p99": quantiles(took, n=100, method="inclusive")[98],
        "engine": "fasth2.engine.connection" in sys.modules,
    }))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
