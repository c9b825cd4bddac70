"""Header blocks as they grow."""

from bench import curves as subject  # noqa: F401  the cases of the test below


def test_curves(timed, case, contender):
    timed(case, contender)
