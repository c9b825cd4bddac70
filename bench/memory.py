"""Memory of one connection: its codecs, Encoder and Decoder, idle and with full tables of 4 KiB; and both ends of whole
connections, greeted and after requests.

``python -m bench.memory NAME STATE`` measures one implementation in this process and prints JSON:

- `traced`: bytes for each pair as Python's allocators count them (tracemalloc); allocations that go past them, such as
  those of a Rust extension, are not in it.
- `resident`: bytes for each pair by the growth of the resident set over many pairs, whoever allocates; None where the
  system does not tell.
"""

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import stacks
from bench.exchange import browsing
from bench.implementations import Implementation, load, upstream
from bench.stacks import Pair, Stack

STATES = {"idle": (2_000, 20_000), "full": (100, 1_000)}  # pairs for tracemalloc, pairs for the resident set
# The same, of whole connections; and of one stream more on both ends of one.
CONNECTIONS = {"greeted": (50, 500), "after 20 requests": (20, 200), "an open stream more": (1_000, 10_000)}
_STATM = Path("/proc/self/statm")
_PAGE = 4096


def _headers(encoder_number: int) -> list[tuple[bytes, bytes]]:
    """60 fields, 4 KiB by RFC 7541 section 4.1; every object new, as from a connection of its own."""
    return [(b"x-field-%02d" % field, b"%06d of a header, %02d" % (encoder_number, field)) for field in range(60)]


def _pairs(each: Implementation, state: str, count: int) -> Iterator[tuple]:
    reference = upstream().Encoder
    for number in range(count):
        encoder, decoder = each.Encoder(), each.Decoder()
        if state == "full":
            encoder.encode(each.fields(_headers(number)))
            decoder.decode(reference().encode(_headers(number)), raw=True)
        yield encoder, decoder


def _connections(each: Stack, state: str, count: int) -> Iterator[Pair]:
    batches = [[exchange] for exchange in browsing()[:20]]
    for number in range(count):
        if state != "an open stream more" or number % 1_000 == 0:
            pair = each.pair()
        if state == "an open stream more":
            pair.open(batches[number % len(batches)][0])
        elif state != "greeted":
            pair.drive(batches)
        yield pair


def _resident() -> int | None:
    if not _STATM.exists():
        return None
    return int(_STATM.read_text().split()[1]) * _PAGE


def _growth(pairs: Iterator, count: int, used: Callable[[], int | None]) -> float | None:
    """Bytes for each pair, once a tenth of the pairs has brought pools and caches up."""
    kept: list = [next(pairs) for _ in range(count // 10)]
    kept.extend([None] * (count - len(kept)))  # the list's own memory is not the pairs'
    gc.collect()
    before = used()
    for number in range(count // 10, count):
        kept[number] = next(pairs)
    gc.collect()
    after = used()
    return None if before is None or after is None else (after - before) / (count - count // 10)


def measure(pairs: Callable[[int], Iterator], traced_pairs: int, resident_pairs: int) -> dict[str, float | None]:
    """Both figures, the resident one first: tracing costs memory too. `pairs`: makes so many."""
    resident = _growth(pairs(resident_pairs), resident_pairs, _resident)
    tracemalloc.start()
    traced = _growth(pairs(traced_pairs), traced_pairs, lambda: tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return {"traced": traced, "resident": resident}


def main(name: str, state: str) -> None:
    """Print the figures of one implementation."""
    if state in CONNECTIONS:
        stack = stacks.contenders()[name]
        figures = measure(lambda count: _connections(stack, state, count), *CONNECTIONS[state])
    else:
        (codecs,) = [each for each in load()[0] if each.name == name]
        figures = measure(lambda count: _pairs(codecs, state, count), *STATES[state])
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
