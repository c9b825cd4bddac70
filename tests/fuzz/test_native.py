"""The native targets: kept findings, a fixed stretch of random inputs, every Huffman string of up to three octets."""
import os
from pathlib import Path

import pytest

from fuzz.native import sweeps, targets

KEPT = sorted((Path(__file__).parent / "regressions").glob("*/*.bin"))
EXHAUSTIVE = bool(os.environ.get("FASTH2_EXHAUSTIVE"))

# Inputs of each target, and the statuses that they must reach: of fasth2.codec.decoder, integer and frameheader, and
# which of its two errors a Huffman string has.
STRETCH = {"huffman": 60_000, "integers": 300_000, "cursor": 300_000, "bulk": 20_000, "decoder": 60_000,
           "round-trips": 20_000}
STATUSES = {"huffman": {1, 2}, "integers": {1, 2}, "cursor": {0, 1, 2, 3, 4, 5}, "bulk": set(),
            "decoder": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13}, "round-trips": set()}


def test_every_target_has_its_stretch():
    assert set(STRETCH) == set(STATUSES) == set(targets.MODULES)
    assert {path.parent.name for path in KEPT} <= set(targets.MODULES)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_kept_input(native, path):
    import runner

    assert runner.check(native[path.parent.name], path.read_bytes()) is None


@pytest.mark.parametrize("name", STRETCH)
def test_stretch_of_random_inputs(native, tmp_path, name):
    sound, counts = sweeps.fuzz(name, native[name], 1, tmp_path, count=STRETCH[name])
    assert sound
    assert counts["accepted"] >= counts["inputs"] / 2
    assert {int(status) for status in counts["verdicts"]} >= STATUSES[name]


@pytest.mark.parametrize("name", STRETCH)
def test_shortest_inputs(native, name):
    import runner

    for octets in (b"", *(bytes([first]) for first in range(256))):
        assert runner.check(native[name], octets) is None


@pytest.mark.parametrize("length", [1, 2, 3, pytest.param(4, marks=pytest.mark.skipif(
    not EXHAUSTIVE, reason="4.3 billion strings: FASTH2_EXHAUSTIVE=1"))])
def test_every_huffman_string(native, length):
    """Against the code of RFC 7541 Appendix B, walked bit by bit."""
    import strings

    assert strings.all_coded(length, 0, 256**length) is None


def test_difference_is_kept(native, tmp_path):
    """With two codes of the reference exchanged, at the first string that has them."""
    import strings

    code = list(targets.huffman_code())
    code[97], code[101] = code[101], code[97]
    strings.plant(code)
    try:
        assert strings.all_coded(1, 0, 256) is not None
        said = []
        sound, _ = sweeps.fuzz("huffman", native["huffman"], 1, tmp_path, count=60_000,
                               report=lambda line, **options: said.append(line))
        assert not sound and "DIFFERENCE: Huffman" in said[0]
        assert len(list(tmp_path.glob("difference-huffman-*.bin"))) == 1
    finally:
        strings.plant(targets.huffman_code())
