"""Sends all requests with a client of docs/recipes.md: `drive_clients.py KIND PORT`, in the folder of its file.

Prints {"checked": requests, "octets": of bodies, "status": fasth2.status() in this process}.
"""
import asyncio
import json
import sys

from traffic import HUGE, Response, exchanges

import fasth2

FRAME = 16_384  # octets: urllib3 sends a body in one DATA frame, and fails where it does not fit


def with_httpx(base, exchange, client):
    """The Response to `exchange` through an httpx.Client."""
    answer = client.request(exchange.method, base + exchange.path, headers=exchange.fields, content=exchange.body)
    assert answer.http_version == "HTTP/2", answer.http_version
    return Response(answer.status_code, answer.headers.multi_items(), answer.content)


def with_httpcore(base, exchange, pool):
    """The Response to `exchange` through an httpcore.ConnectionPool."""
    answer = pool.request(exchange.method, base + exchange.path, headers=exchange.fields, content=exchange.body)
    assert answer.extensions["http_version"] == b"HTTP/2", answer.extensions
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
    return Response(answer.status, fields, answer.content)


def with_urllib3(base, exchange, pool):
    """The Response to `exchange` through a urllib3.PoolManager."""
    fields, body = dict(exchange.fields), exchange.body or None
    answer = pool.request(exchange.method, base + exchange.path, headers=fields, body=body)
    assert answer.version == 20, answer.version
    return Response(answer.status, list(answer.headers.items()), answer.data)


async def with_async_httpx(base, wanted, client):
    """Check all of `wanted` through an httpx.AsyncClient, eight at a time over one connection."""
    octets, places = 0, asyncio.Semaphore(8)

    async def one(exchange):
        nonlocal octets
        async with places:
            answer = await client.request(
                exchange.method, base + exchange.path, headers=exchange.fields, content=exchange.body
            )
        exchange.check(Response(answer.status_code, answer.headers.multi_items(), answer.content))
        assert answer.http_version == "HTTP/2", answer.http_version
        octets += len(answer.content)

    async with client:
        await asyncio.gather(*map(one, wanted))
    return octets


def main(kind, port):
    """Send them with the client of that kind (str) to a server on `port` (str)."""
    base, wanted, octets = f"https://localhost:{port}", exchanges(largest=FRAME if kind == "urllib3" else HUGE), 0
    if kind == "httpx-async":
        from httpx_client import httpx, ssl

        context = ssl.create_default_context(cafile="cert.pem")
        octets = asyncio.run(with_async_httpx(base, wanted, httpx.AsyncClient(http2=True, verify=context)))
    else:
        if kind == "httpx":
            from httpx_client import client as make
        elif kind == "httpcore":
            from httpcore_client import pool as make
        else:
            from urllib3_client import pool as make
        send = {"httpx": with_httpx, "httpcore": with_httpcore, "urllib3": with_urllib3}[kind]
        with make() as client:
            for exchange in wanted:
                response = send(base, exchange, client)
                exchange.check(response)
                octets += len(response.body)
    print(json.dumps({"checked": len(wanted), "octets": octets, "status": str(fasth2.status())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
