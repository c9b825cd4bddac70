"""Header blocks that an attacker would send."""

from bench import hostile as subject  # noqa: F401  the cases of the test below


def test_hostile(timed, case, contender):
    timed(case, contender)
