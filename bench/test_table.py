"""The header table."""

from bench import table as subject  # noqa: F401  the cases of the test below


def test_table(timed, case, contender):
    timed(case, contender)
