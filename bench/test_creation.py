"""A new connection's codecs."""

from bench import creation as subject  # noqa: F401  the cases of the test below


def test_creation(timed, case, contender):
    timed(case, contender)
