"""Cases that call one function again and again with the same arguments, as timeit does."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from bench.implementations import Implementation
from bench.measure import Case, Contender

CALLS = 2_000  # in one run


def case(
    subject: str,
    name: str,
    implementations: Sequence[Implementation],
    prepare: Callable[[Implementation], tuple[Callable, tuple]],
    *,
    floor: float | None = None,
    calls: int = CALLS,
    plain: Callable[[Implementation, Any], Any] = lambda each, result: result,
) -> Case:
    """A case over the given implementations.

    prepare: gives the function of one implementation, on fresh state, and its arguments.
    plain: makes the function's result comparable between implementations.
    """
    return Case(
        subject,
        name,
        "call",
        {each.name: _contender(each, prepare, calls, plain) for each in implementations},
        {"hpack": floor} if floor else {},
    )


def _contender(implementation, prepare, calls, plain) -> Contender:
    def run(state) -> None:
        function, arguments = state
        for _ in repeat(None, calls):
            function(*arguments)

    def answer() -> dict[str, Any]:
        function, arguments = prepare(implementation)
        return {"results": plain(implementation, function(*arguments))}

    return Contender(lambda: prepare(implementation), run, calls, answer)
