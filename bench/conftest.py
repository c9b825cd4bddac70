"""Runs the cases of each subject one by one under pytest-benchmark: ``python -m pytest bench``."""

import sys
from functools import lru_cache
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))  # last, so that an installed fasth2 stays first

from bench import agreement
from bench.implementations import load

_agree = lru_cache(agreement.check)


def pytest_generate_tests(metafunc):
    """A test that asks for `case` and `contender` runs for every case of its module's `subject`."""
    if {"case", "contender"} <= set(metafunc.fixturenames):
        implementations, _ = load()
        metafunc.parametrize(
            ("case", "contender"),
            [
                pytest.param(case, name, id=f"{case.subject}, {case.name}, {name}")
                for case in metafunc.module.subject.cases(implementations)
                for name in case.contenders
            ],
        )


@pytest.fixture
def timed(benchmark):
    """Times one contender of a case once all of them agree; the time for each unit stands in `extra_info`."""

    def run(case, name):
        _agree(case)
        contender = case.contenders[name]
        benchmark.group = f"{case.subject}: {case.name}"
        benchmark.pedantic(
            contender.run, setup=lambda: ((contender.setup(),), {}), rounds=10, iterations=1, warmup_rounds=1
        )
        benchmark.extra_info["units"] = contender.units
        if benchmark.stats:  # none under --benchmark-disable
            benchmark.extra_info[f"ns per {case.unit}"] = benchmark.stats.stats.median * 1e9 / contender.units

    return run
