"""All cases of all subjects."""

from collections.abc import Sequence

from bench import block, creation, curves, exchange, frames, h2, hostile, huffman, integer, overhead, priority, table
from bench.implementations import Implementation
from bench.measure import Case

SUBJECTS = (block, exchange, h2, overhead, creation, integer, huffman, table, curves, hostile, frames, priority)


def cases(implementations: Sequence[Implementation]) -> list[Case]:
    """In the order of the report."""
    return [case for subject in SUBJECTS for case in subject.cases(implementations)]
