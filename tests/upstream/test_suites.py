"""Upstream's own test suites, unmodified, on fasth2: every test of theirs, counted exactly."""
import importlib.util
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from support.sdists import Sdists, or_skip

HERE = Path(__file__).parent
INSIDE = HERE.parent / "support" / "inside"
SDISTS = Sdists(HERE / "sdists.txt")


@dataclass(frozen=True)
class Suite:
    release: str             # "name-version" of the source distribution
    layers: tuple            # the upstream packages in whose place it must find fasth2; its own, or those below it
    passed: int
    skipped: int = 0
    folder: str = "tests"    # of the tests, from the archive's root
    python: tuple = ()       # interpreter options that upstream's own configuration runs it with
    only: str = ""           # what install() is to replace, with commas between; empty is all

    def __str__(self):
        return self.release


H2 = Suite("h2-4.4.1", ("hpack", "hyperframe", "h2"), passed=1662, python=("-bb",))
DERIVED = replace(H2, layers=("hpack", "hyperframe"))
CODECS = replace(DERIVED, only="hpack,hyperframe")
SUITES = [
    Suite("hpack-4.2.0", ("hpack",), passed=88, only="hpack"),
    Suite("hyperframe-6.1.0", ("hyperframe",), passed=108, skipped=1, only="hyperframe"),
    H2,
    Suite("priority-2.0.0", ("priority",), passed=170, folder="test", only="priority"),
]


def run(suite, root, results, activation):
    """Runs the suite from its own root in a process of its own, where the pytest plugin `activation` installs fasth2;
    returns (outcome counts, witness, output)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "FASTH2_"))}
    environment |= {
        "CI": "true",  # hypothesis then runs without deadlines and the same examples each time
        "PYTHONPATH": str(INSIDE),
        "FASTH2_ONLY": suite.only,
        "FASTH2_WITNESS": str(results / "witness.json"),
    }
    report = results / "report.xml"
    command = [sys.executable, *suite.python, "-m", "pytest", "-q", "-p", activation, "-p", "witness",
               "-p", "no:cacheprovider", f"--junitxml={report}", suite.folder]
    done = subprocess.run(command, cwd=root, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not report.exists():
        pytest.fail(f"{suite} did not run:\n{done.stdout[-4000:]}")
    counts = ElementTree.parse(report).getroot().find("testsuite").attrib
    counts = {name: int(counts[name]) for name in ("tests", "failures", "errors", "skipped")}
    return counts, json.loads((results / "witness.json").read_text()), done.stdout


RUNS = [
    *(pytest.param(suite, "fasth2.pytest_plugin", id=str(suite)) for suite in SUITES),
    pytest.param(CODECS, "fasth2.pytest_plugin", id=f"{CODECS} on fasth2's codecs"),
    pytest.param(H2, "step_by_step", id=f"{H2} step by step"),
    pytest.param(H2, "late", id=f"{H2} after a late install"),
    pytest.param(DERIVED, "derived", id=f"{H2} on a class derived before a late install", marks=pytest.mark.skipif(
        "FASTH2_EXHAUSTIVE" not in os.environ, reason="takes long; FASTH2_EXHAUSTIVE=1 runs it")),
]


@pytest.mark.parametrize("suite, activation", RUNS)
def test_suite_passes_whole(suite, activation, tmp_path):
    root = or_skip(SDISTS.unpack, suite.release, tmp_path)
    counts, witness, output = run(suite, root, tmp_path, activation)

    expected = {"tests": suite.passed + suite.skipped, "failures": 0, "errors": 0, "skipped": suite.skipped}
    assert counts == expected, output[-8000:]
    assert_ran_on_fasth2(suite, witness)


def assert_ran_on_fasth2(suite, witness):
    modules = witness["modules"]
    for layer in suite.layers:
        assert layer in modules, f"the suite never imported {layer}"
        for name, found in modules.items():
            if name.partition(".")[0] == layer:
                ours = importlib.util.find_spec(f"fasth2.{name}")
                assert ours is not None, f"{name} is none of fasth2's modules: {found}"
                assert found["file"] == ours.origin, f"{name} came from {found['file']}"
    # A class of upstream's that was imported before the switch would be found here under a name that is not its own.
    assert witness["classes"], "the suite used no class of the replaced packages"
    strangers = [name for name, identical in witness["classes"].items() if not identical]
    assert not strangers, f"classes that are not the installed ones: {strangers}"


def test_pins_name_every_suite():
    assert set(SDISTS.digests()) == {suite.release for suite in SUITES}


def test_archive_with_another_hash_is_refused(tmp_path):
    (tmp_path / "hpack-4.2.0.tar.gz").write_bytes(b"not the archive")
    with pytest.raises(RuntimeError, match="not the pinned archive"):
        Sdists(SDISTS.pins, tmp_path).archive("hpack-4.2.0")
