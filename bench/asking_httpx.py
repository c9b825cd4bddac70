"""httpx over HTTP/2, for bench.server: ``python -m bench.asking_httpx URL WARM_UP REQUESTS STREAMS``. Prints its CPU per
request, requests a second and latency, the keys of bench.server.UNITS, and whether it ran on fasth2's engine.
"""

import asyncio
import json
import sys
import time
from statistics import median, quantiles

import httpx

from bench.served import BODY
from bench.server import BROWSER


async def ask(client: httpx.AsyncClient, url: str, requests: int, streams: int) -> list[float]:
    """Send them, that many at a time; the milliseconds that each took."""
    took = []
    places = iter(range(requests))

    async def one_after_the_other() -> None:
        for _ in places:
            begun = time.perf_counter()
            answer = await client.get(url, headers=BROWSER)
            took.append((time.perf_counter() - begun) * 1e3)
            if answer.content != BODY or answer.http_version != "HTTP/2":
                raise SystemExit(f"httpx was not answered: {answer}")

    await asyncio.gather(*[one_after_the_other() for _ in range(streams)])
    return took


async def main(url: str, warm_up: int, requests: int, streams: int) -> None:
    """Ask, and print."""
    async with httpx.AsyncClient(http1=False, http2=True) as client:
        await ask(client, url, warm_up, streams)
        begun, before = time.perf_counter(), time.process_time()
        took = await ask(client, url, requests, streams)
        spent, passed = time.process_time() - before, time.perf_counter() - begun
    print(json.dumps({
        "cpu": spent / requests * 1e6, "rate": requests / passed, "p50": median(took),
        "p99": quantiles(took, n=100, method="inclusive")[98],
        "engine": "fasth2.engine.connection" in sys.modules,
    }))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
