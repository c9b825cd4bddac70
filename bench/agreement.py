"""Before anything is timed: all implementations must give the same results."""

from bench.measure import Case


class Disagreement(Exception):
    """Two implementations differ on one case; the text says which, where and how."""


def _first_difference(left, right, path: str = "") -> str:
    """Where two nested results part, in a line of bounded length."""
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            if one != other:
                return _first_difference(one, other, f"{path}[{index}]")
    return f"at {path or 'the top'}: {str(left)[:200]} against {str(right)[:200]}"


def check(case: Case) -> int:
    """Compare the answers of a case, kind by kind; the number of contenders compared. Raises Disagreement."""
    seen: dict[str, tuple[str, object]] = {}
    for name, contender in case.contenders.items():
        for kind, answer in contender.answer().items():
            first, expected = seen.setdefault(kind, (name, answer))
            if answer != expected:
                raise Disagreement(
                    f"{case.subject}, {case.name}: {kind} of {first} and {name} differ "
                    + _first_difference(expected, answer)
                )
    return len(case.contenders)
