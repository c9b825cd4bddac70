"""The priority tree."""

from bench import priority as subject  # noqa: F401  the cases of the test below


def test_priority(timed, case, contender):
    timed(case, contender)
