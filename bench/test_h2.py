"""One side of a connection: requests and bodies, by a server and by a client."""

from bench import h2 as subject  # noqa: F401  the cases of the test below


def test_h2(timed, case, contender):
    timed(case, contender)
