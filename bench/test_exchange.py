"""Whole exchanges: by workload, by streams at a time, by size of the body."""

from bench import exchange as subject  # noqa: F401  the cases of the test below


def test_exchange(timed, case, contender):
    timed(case, contender)
