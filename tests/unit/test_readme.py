"""What README.md shows works: every Python sample, in a fresh interpreter."""
import re
from pathlib import Path

import pytest

from support.processes import python

README = Path(__file__).parents[2] / "README.md"
SAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_samples():
    assert len(SAMPLES) >= 3


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.split()[1] + str(at) for at, sample in enumerate(SAMPLES)])
def test_sample_runs(sample):
    python(sample)


@pytest.mark.parametrize("before", ["", "import h2.connection, hpack\n"], ids=["before h2", "after h2"])
def test_what_install_promises(before):
    sample = next(sample for sample in SAMPLES if "install()" in sample)
    python(before + sample + "import h2.connection, hpack, fasth2.hpack\n"
                             "assert hpack is fasth2.hpack and h2.connection.Encoder is fasth2.hpack.Encoder\n")
