"""The table of calls (support.calls) over and over, for what shows in a process as a whole.

    python tests/faults --operations 1000000    resident memory must not grow
    python tests/faults --rounds 20             each call so often, and then, on a build with AddressSanitizer,
                                                LeakSanitizer looks for what nobody points to any more

Both end with status 1 if they find something. Calls that end in an exception are among them.
"""
import argparse
import ctypes
import gc
import itertools
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.calls import all_calls

MOST_GROWTH = 1 << 20  # octets, between a quarter of the operations and all of them
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident():
    """Octets of memory that the process occupies (int). Linux."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


def soak(operations):
    """Resident memory at each quarter of `operations` (int) calls, made in turn; whether it stays as it is (bool)."""
    calls = itertools.cycle(all_calls())
    begun, marks = time.perf_counter(), []
    for quarter in range(4):
        for call in itertools.islice(calls, operations // 4):
            call.outcome(call.make())
        marks.append(resident())
    grown = max(marks[1:]) - marks[0]
    print(f"{operations} operations in {time.perf_counter() - begun:.0f} s; resident at each quarter, KiB:",
          *(mark >> 10 for mark in marks))
    print("flat" if grown <= MOST_GROWTH else f"GROWN by {grown >> 10} KiB")
    return grown <= MOST_GROWTH


def find_leaks(rounds):
    """Each call `rounds` (int) times; whether LeakSanitizer, if it is there, finds nothing (bool)."""
    calls = all_calls()
    for _ in range(rounds):
        for call in calls:
            call.outcome(call.make())
    gc.collect()
    check = getattr(ctypes.CDLL(None), "__lsan_do_recoverable_leak_check", None)
    if check is None:
        print(f"{len(calls)} calls, {rounds} times each; no LeakSanitizer in this process")
        return True
    found = check()
    print(f"{len(calls)} calls, {rounds} times each:", "LEAKS" if found else "no leak")
    return not found


def main():
    parser = argparse.ArgumentParser(prog="python tests/faults", description=__doc__.partition("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--operations", type=int, help="calls in all, while resident memory is watched")
    what.add_argument("--rounds", type=int, help="rounds of all calls, before leaks are looked for")
    arguments = parser.parse_args()
    good = soak(arguments.operations) if arguments.operations else find_leaks(arguments.rounds)
    sys.stdout.flush()
    os._exit(0 if good else 1)  # what the interpreter leaves behind at its end is not fasth2's


if __name__ == "__main__":
    main()
