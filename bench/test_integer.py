"""Prefix integers."""

from bench import integer as subject  # noqa: F401  the cases of the test below


def test_integer(timed, case, contender):
    timed(case, contender)
