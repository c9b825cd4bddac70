"""Frames."""

from bench import frames as subject  # noqa: F401  the cases of the test below


def test_frames(timed, case, contender):
    timed(case, contender)
