"""What a call costs whatever the block holds."""

from bench import overhead as subject  # noqa: F401  the cases of the test below


def test_overhead(timed, case, contender):
    timed(case, contender)
