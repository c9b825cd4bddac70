"""Header blocks: decode to bytes, decode to str, encode."""

from bench import block as subject  # noqa: F401  the cases of the test below


def test_block(timed, case, contender):
    timed(case, contender)
