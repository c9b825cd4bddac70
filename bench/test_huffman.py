"""Huffman coding."""

from bench import huffman as subject  # noqa: F401  the cases of the test below


def test_huffman(timed, case, contender):
    timed(case, contender)
