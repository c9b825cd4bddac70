"""A new connection's codecs: one Encoder and one Decoder, made and dropped."""

from collections.abc import Iterator, Sequence
from itertools import repeat

from bench.implementations import Implementation
from bench.measure import Case, Contender

PAIRS = 500  # in one run


def _contender(each: Implementation) -> Contender:
    def run(classes) -> None:
        encoder, decoder = classes
        for _ in repeat(None, PAIRS):
            encoder(), decoder()

    return Contender(lambda: (each.Encoder, each.Decoder), run, PAIRS)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """No slower than upstream's."""
    contenders = {each.name: _contender(each) for each in implementations}
    yield Case("creation", "Encoder() and Decoder()", "pair", contenders, {"hpack": 1.0})
