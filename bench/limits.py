"""What hostile input costs in memory, and through h2: ``python -m bench.limits``, ten seconds; 1 where a limit is
missed. What it costs in time is `hostile`'s: ``python -m bench --only hostile``.

Four tables, each measured in a fresh interpreter:

- heap: what decoding a block of each family allocates, as Python's allocators count it, per octet of the block: what
  lives on (header list and table), and the most at a time. The limits on header lists and size updates are lifted.
- encoder: its table and the sizes to be told, when the peer announces 4 GiB, and a flood of sizes.
- resident: the growth of the resident set over a million operations, failing ones included, between the first quarter,
  which brings pools and caches up, and the end.
- h2: the same families in blocks of 1 MiB, the longest that h2 collects, received by a server of h2 on fasth2.
"""

import argparse
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import thread_time_ns
from typing import Any

from bench.hostile import FAMILIES, OCTETS_LONG, Family, lifted
from bench.processes import result_of
from bench.progress import clear, progress
from bench.report import Table, Verdict, as_text, summary

OCTETS_HEAP = 256 * 1024  # of a block
LIVE = 40.0  # octets of heap per octet of a block
LIVE_REFERENCES = 12.0
PEAK = 1.3  # times what lives on, or times LIVE_REFERENCES where that is more
ANNOUNCED = 2**32 - 1
TABLE = 64 * 1024  # RFC octets
TOLD = 2  # sizes in a block
OPERATIONS = 1_000_000
GROWTH = 1_000_000  # octets
MILLISECONDS = 50.0
FRAME = 16 * 1024  # octets of a frame's payload


# --- heap -----------------------------------------------------------------------------------------------------------

def heap(octets: int = OCTETS_HEAP) -> dict[str, tuple[float, float]]:
    """Family -> (what lives on, the most at a time), in octets per octet of a block of about so many."""
    from fasth2 import hpack

    figures = {}
    for family in FAMILIES:
        block, decoder, decoded = family.block(octets), lifted(hpack.Decoder()), None
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        with suppress(hpack.HPACKError):
            decoded = decoder.decode(block, raw=family.raw)
        live, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del decoded
        figures[family.name] = (live - before) / len(block), (peak - before) / len(block)
    return figures


def heap_table(figures: dict[str, tuple[float, float]]) -> Table:
    table = Table("heap of a hostile block", ["octets per octet of the block", "live", "peak", "peak / live"])
    for name, (live, peak) in figures.items():
        limit = LIVE_REFERENCES if name.startswith("references") else LIVE
        most = PEAK * max(live, LIVE_REFERENCES)
        ratio = f"{peak / live:.2f}" if live > 1 else ""
        table.rows.append((name, [Verdict.at_most(live, limit, f"{live:.2f}"),
                                  Verdict.at_most(peak, most, f"{peak:.2f}"), ratio]))
    return table


# --- encoder --------------------------------------------------------------------------------------------------------

def encoder() -> dict[str, float]:
    """What an encoder holds after 200,000 distinct fields under an announcement of 4 GiB, and what a flood leaves."""
    from fasth2 import hpack

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sender = hpack.Encoder()
    sender.header_table_size = ANNOUNCED
    for start in range(0, 200_000, 50):
        sender.encode([(b"x-%d" % number, b"") for number in range(start, start + 50)])
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    octets = sender.header_table._current_size
    for size in (4096, 100, 2**20, 60) * 250_000:
        sender.header_table_size = size
    return {"RFC octets in its table": octets, "octets of heap": held,
            "sizes to be told after a million of SETTINGS": len(sender.table_size_changes)}


def encoder_table(figures: dict[str, float]) -> Table:
    table = Table("encoder", ["4 GiB announced, 200,000 distinct fields", "fasth2"])
    limits = dict(zip(figures, (TABLE, None, TOLD)))
    table.rows += [(name, [Verdict.at_most(value, limits[name], f"{value:,.0f}")]) for name, value in figures.items()]
    return table


# --- resident set ---------------------------------------------------------------------------------------------------

def _operations() -> Iterator[Callable[[], Any]]:
    """Endless: good and bad blocks, headers and frames, for codecs that are replaced after every hundredth."""
    from fasth2 import hpack
    from fasth2.hyperframe.frame import Frame, SettingsFrame

    blocks = [family.block(200) for family in FAMILIES]
    headers = [[(b":method", b"GET"), (b":path", b"/%d" % number), (b"x-field-%d" % number, b"v" * number),
                (b"cookie", b"secret %d" % number, True)] for number in range(40)]
    bad_headers: list[Any] = [[(b"name",)], [None], [(b"name", b"value"), ("\ud800", "x")], 5]
    frames = [SettingsFrame(0, settings={1: 4096}).serialize(), b"\x00\x00\x03\x04\x00\x00\x00\x00\x00abc",
              b"\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678", b"\x00\x00\x01\x00\x08\x00\x00\x00\x01\x05",
              b"\x00\x00\x04\x08\x00\x00\x00\x00\x01\x00\x00\x00\x00", b"\x00\x00\x02\xee\x00\x00\x00\x00\x01ab"]

    def parse(octets: bytes) -> None:
        frame, length = Frame.parse_frame_header(memoryview(octets)[:9])
        frame.parse_body(memoryview(octets)[9:9 + length])
        frame.serialize()

    number = 0
    while True:
        sender, receiver = hpack.Encoder(), hpack.Decoder((2000, 2**16)[number // 20 % 2])
        for _ in range(20):
            number += 1
            yield lambda: receiver.decode(blocks[number % len(blocks)], raw=number % 2 == 0)
            yield lambda: receiver.decode(sender.encode(headers[number % len(headers)]))
            yield lambda: sender.encode(bad_headers[number % len(bad_headers)])
            yield lambda: setattr(sender, "header_table_size", number * 997 % 5000)
            yield lambda: parse(frames[number % len(frames)])


def resident(operations: int = OPERATIONS) -> int | None:
    """Octets by which the resident set grows over the last three quarters; None where the system does not tell."""
    statm, before = Path("/proc/self/statm"), 0
    if not statm.exists():
        return None
    for number, operation in zip(range(operations), _operations()):
        with suppress(Exception):
            operation()
        if number == operations // 4:
            gc.collect()
            before = int(statm.read_text().split()[1])
    gc.collect()
    return (int(statm.read_text().split()[1]) - before) * 4096


def resident_table(growth: int | None) -> Table:
    table = Table("resident set", ["octets", "growth"])
    table.rows.append(("codecs and frames, good and bad input", ["not told" if growth is None
                                             else Verdict.at_most(growth, GROWTH, f"{growth:,}")]))
    return table


# --- through h2 -----------------------------------------------------------------------------------------------------

def _frames(family: Family) -> list[bytes]:
    """A header block of 64 frames, the most that h2 takes."""
    block = family.block(OCTETS_LONG)[:OCTETS_LONG]
    parts = [block[start:start + FRAME] for start in range(0, len(block), FRAME)]
    wire = []
    for number, part in enumerate(parts):
        kind = b"\x09" if number else b"\x01"
        flags = bytes([(number == len(parts) - 1) * 0x04 | (number == 0) * 0x01])  # END_HEADERS, END_STREAM
        wire.append(len(part).to_bytes(3, "big") + kind + flags + b"\x00\x00\x00\x01" + part)
    return wire


def through_h2() -> dict[str, float]:
    """Family -> milliseconds of processor time, the least of three."""
    import fasth2

    fasth2.install()
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.exceptions import ProtocolError

    figures = {}
    for family in FAMILIES:
        wire, times = _frames(family), []
        for _ in range(3):
            server = H2Connection(H2Configuration(client_side=False))
            server.initiate_connection()
            server.receive_data(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
            start = thread_time_ns()
            with suppress(ProtocolError):
                for frame in wire:
                    server.receive_data(frame)
            times.append((thread_time_ns() - start) / 1e6)
        figures[family.name] = min(times)
    return figures


def h2_table(figures: dict[str, float]) -> Table:
    table = Table("through h2", ["ms of processor time, 1 MiB", "h2 on fasth2"])
    table.rows += [(name, [Verdict.at_most(value, MILLISECONDS, f"{value:.2f}")]) for name, value in figures.items()]
    return table


PARTS = {"heap": (heap, heap_table), "encoder": (encoder, encoder_table), "resident": (resident, resident_table),
         "h2": (through_h2, h2_table)}


def main() -> int:
    """Measure, print; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits", description="What hostile input costs in memory.")
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="for the resident set (a million)")
    parser.add_argument("--part", choices=PARTS, help="print the figures of one table alone, as JSON")
    arguments = parser.parse_args()
    if arguments.part:
        measure = PARTS[arguments.part][0]
        print(json.dumps(measure(arguments.operations) if measure is resident else measure()))
        return 0
    tables = []
    for done, (name, (_, as_table)) in enumerate(PARTS.items()):
        progress(done, len(PARTS), name)
        figures = result_of("bench.limits", "--part", name, "--operations", str(arguments.operations))
        tables.append(as_table(figures))
    clear()
    print(*map(as_text, tables), summary(tables), sep="\n\n")
    return 1 if any(table.missed() for table in tables) else 0


if __name__ == "__main__":
    sys.exit(main())
