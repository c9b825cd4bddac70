"""h2load, nghttp2's load generator. It shows how many responses came, their statuses, and the sum of their bodies; what
it sent the server checks."""
import re
import tempfile
from pathlib import Path

from peers.drivers.peer import Peer
from peers.orders import FEATURES, Order, Request, Wrong, body, fields_digest
from peers.programs import run

STREAMS = 25  # at a time
# Of each process the octets of the requests' bodies, and its options.
PARTS = [(0, ["--header-table-size=300"]), (3_000, ["--encoder-header-table-size=200"]), (0, ["--window-bits=20"])]
STATUSES = re.compile(r"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx")
TRAFFIC = re.compile(r"traffic: .*\((\d+)\) data")


class H2load(Peer):
    name = program = "h2load"

    def plan(self, count, features=FEATURES):
        return [planned(number, PARTS[number * len(PARTS) // count][0]) for number in range(count)]

    def run(self, url, requests):
        """Returns no records, but for every process its requests and what it printed."""
        records = []
        for place, part in enumerate(PARTS):
            mine = [one for number, one in enumerate(requests) if number * len(PARTS) // len(requests) == place]
            records.append((mine, run_part(url, mine, part)))
        return records

    def check(self, requests, records, **server):
        for part, text in records:
            statuses, traffic = STATUSES.search(text), TRAFFIC.search(text)
            if not statuses or int(statuses[1]) != len(part):
                raise Wrong(f"h2load: {text}")
            if not traffic or int(traffic[1]) != sum(request.order.size for request in part):
                raise Wrong(f"h2load: other bodies than {sum(request.order.size for request in part)}: {text}")


def planned(number, up):
    """Request `number` (int) with a body of `up` octets: all of a process have the same fields."""
    headers = [(f"x-load-{count}", f"{count * up} of load" * (count % 9 + 1)) for count in range(1, 20)]
    order = Order(number, size=number % 40 * 500 + number, up=up, trailers=int(number % 3 == 0))
    return Request("POST" if up else "GET", order.target, [*headers, ("x-check", fields_digest(headers))], up)


def run_part(url, requests, part):
    """Send `requests` in one process, on one connection: every connection would ask for the same targets. Returns what
    it prints (str)."""
    up, options = part
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "targets").write_text("".join(f"{url}{request.target}\n" for request in requests))
        options = [*options, *[f"--header={name}: {value}" for name, value in requests[0].headers]]
        if up:
            Path(folder, "body").write_bytes(body(up))
            options.append("--data=body")
        command = ["h2load", "--requests", len(requests), "--clients", 1, "--max-concurrent-streams", STREAMS,
                   "--input-file", "targets", *options]
        return run(command, folder=folder)


PEER = H2load()
