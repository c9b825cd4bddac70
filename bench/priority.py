"""The priority tree, driven as Hypercorn 0.18 drives it (its calls were written down while h2load ran): a stream is
inserted and blocked, unblocked with the parts of its response, served, and removed at its end.

The contenders are fasth2's tree and priority 2.0.0.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from bench.implementations import Implementation
from bench.measure import Case, Contender

MODULES = {"fasth2": "fasth2.priority", "priority": "priority"}
ROUND = 100  # responses in one run, at least


def modules() -> dict[str, Any]:
    """The package of each contender that can be imported, fasth2 first."""
    found = {}
    for name, module in MODULES.items():
        try:
            found[name] = import_module(module)
        except ImportError:
            continue
    if found.get("priority") is not None and found["priority"].PriorityTree is found["fasth2"].PriorityTree:
        raise ImportError("`import priority` means fasth2 here; run the benchmarks without fasth2.install()")
    return found


def _one_by_one(package: Any, tree: Any) -> list[int]:
    """Each stream has its response before the next one comes; twice a response, nothing is to be sent."""
    deadlock = package.DeadlockError
    served = []
    for stream_id in range(1, 2 * ROUND, 2):
        tree.insert_stream(stream_id)
        tree.block(stream_id)
        tree.unblock(stream_id)
        tree.unblock(stream_id)
        served.append(next(tree))
        tree.remove_stream(stream_id)
        try:
            next(tree)
        except deadlock:
            pass
        try:
            next(tree)
        except deadlock:
            pass
    return served


def _together(count: int) -> Callable[[Any, Any], list[int]]:
    """`count` streams at once, each with one response, again and again."""

    def drive(package: Any, tree: Any) -> list[int]:
        served = []
        for first in range(1, 2 * max(count, ROUND), 2 * count):
            ids = range(first, first + 2 * count, 2)
            for stream_id in ids:
                tree.insert_stream(stream_id)
                tree.block(stream_id)
            for stream_id in ids:
                tree.unblock(stream_id)
                tree.unblock(stream_id)
            for _ in ids:
                stream_id = next(tree)
                tree.remove_stream(stream_id)
                served.append(stream_id)
        return served

    return drive


def _mostly_blocked(package: Any, tree: Any) -> list[int]:
    """Pieces of ten streams, while 990 wait for their windows."""
    return [next(tree) for _ in range(100)]


def _empty_tree(package: Any) -> Any:
    return package.PriorityTree(1100)


def _blocked_tree(package: Any) -> Any:
    tree = package.PriorityTree(1100)
    for stream_id in range(1, 2000, 2):
        tree.insert_stream(stream_id)
        if stream_id > 20:
            tree.block(stream_id)
    return tree


def _case(name: str, tree: Callable[[Any], Any], drive: Callable, units: int, floor: float, unit: str) -> Case:
    contenders = {}
    for contender, package in modules().items():
        contenders[contender] = Contender(
            lambda package=package: tree(package),
            lambda state, package=package: drive(package, state) and None,
            units,
            lambda package=package: {"order": drive(package, tree(package))},
        )
    floors = {"priority": floor} if "priority" in contenders else {}
    return Case("priority tree", f"{name}, a {unit}", "call or response", contenders, floors)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Trees of 1 to 1,000 streams; `implementations` (of HPACK) have no say here."""
    yield _case("1 stream after the other", _empty_tree, _one_by_one, ROUND, 8.0, "response")
    for count, floor in ((2, 1.0), (10, 1.0), (100, 100.0), (1000, 100.0)):
        yield _case(f"{count:,} streams together", _empty_tree, _together(count), max(count, ROUND), floor, "response")
    yield _case("1,000 streams, 990 blocked", _blocked_tree, _mostly_blocked, 100, 500.0, "next()")
