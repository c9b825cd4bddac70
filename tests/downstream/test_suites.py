"""The suites of programs that stand on hpack and hyperframe: run on the stock codecs, then on fasth2, test by test.

Heavy (a virtual environment for each), so only where FASTH2_DOWNSTREAM=1 is set. FASTH2_DOWNSTREAM_PYTHON names an
interpreter with everything installed already, to be used instead of the environments.
"""
import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

import fasth2
from downstream.environments import interpreter
from downstream.suites import SUITES
from support.sdists import Sdists, or_skip

HERE = Path(__file__).parent
INSIDE = HERE.parent / "support" / "inside"
SDISTS = Sdists(HERE / "sdists.txt")
SECONDS = 900

heavy = pytest.mark.skipif(os.environ.get("FASTH2_DOWNSTREAM", "0") in ("", "0"),
                           reason="takes minutes and a virtual environment for each suite: set FASTH2_DOWNSTREAM=1")


def environment_of(python, folder, *, on_fasth2):
    """The environment in which that interpreter finds the witness and, if wanted, the running fasth2."""
    path = [INSIDE]
    if on_fasth2:
        (folder / "path").mkdir(exist_ok=True)  # with fasth2 in it and nothing else of this environment
        if not (folder / "path" / "fasth2").exists():
            (folder / "path" / "fasth2").symlink_to(Path(fasth2.__file__).parent, target_is_directory=True)
        path.append(folder / "path")
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "FASTH2_", "PYTHON", "VIRTUAL_ENV")) and name != "LD_PRELOAD"}
    return kept | {
        "CI": "true",  # hypothesis then runs without deadlines and the same examples each time
        "PATH": os.pathsep.join((str(Path(python).parent), os.environ.get("PATH", os.defpath))),
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONHASHSEED": "0",  # the same order of sets on both sides
        "FASTH2_WITNESS": str(folder / "witness.json"),
    }


def run(suite, python, root, folder, tests, *, on_fasth2):
    """Runs tests of the suite from its root in a process of its own; returns what the witness wrote, and the output."""
    options = ["-p", "witness", "-p", "no:cacheprovider", *suite.selection()]
    if on_fasth2:
        options = ["-p", "fasth2.pytest_plugin", *options]
    (folder / "witness.json").unlink(missing_ok=True)
    output = finish([str(python), "-m", "pytest", "-q", *options, *tests], root,
                    environment_of(python, folder, on_fasth2=on_fasth2))
    if not (folder / "witness.json").exists():
        pytest.fail(f"{suite} did not run:\n{output[-4000:]}")
    return json.loads((folder / "witness.json").read_text()), output


def finish(command, root, environment):
    """The output of `command`; its whole process group is ended after SECONDS, and whatever it leaves behind."""
    with subprocess.Popen(command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True) as child:
        try:
            return child.communicate(timeout=SECONDS)[0]
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def bare_name(test):
    """The name of a test function or method, of its node (str)."""
    return test.rpartition("::")[2].partition("[")[0]


def differences(stock, ours):
    """{test: (outcome on stock, on fasth2)} where they are not the same."""
    pairs = {test: (stock.get(test), ours.get(test)) for test in stock | ours}
    return {test: pair for test, pair in pairs.items() if pair[0] != pair[1]}


@heavy
@pytest.mark.parametrize("suite", SUITES, ids=str)
def test_suite_has_the_same_results(suite, tmp_path, capsys):
    if suite.by_hand and not (SDISTS.folder / f"{suite.release}.tar.gz").exists():
        pytest.skip(f"no {suite.release}.tar.gz in {SDISTS.folder}: {suite.by_hand}")
    root = or_skip(SDISTS.unpack, suite.release, tmp_path)
    for stand_in in (HERE / "missing" / suite.release).glob("*.*"):
        shutil.copy(stand_in, root / "tests")
    python = os.environ.get("FASTH2_DOWNSTREAM_PYTHON") or or_skip(interpreter, suite, SDISTS.archive(suite.release))

    def both(tests):
        stock, _ = run(suite, python, root, tmp_path, tests, on_fasth2=False)
        ours, output = run(suite, python, root, tmp_path, tests, on_fasth2=True)
        return stock, ours, output

    stock, ours, output = both(suite.tests)
    assert_ran_on_upstream(stock)
    assert_ran_on_fasth2(ours, suite.layers)
    counts = Counter(ours["outcomes"].values())
    meant = {test for test in stock["outcomes"] if bare_name(test) in suite.differs}
    assert {bare_name(test) for test in meant} == {*suite.differs}
    found = {test: (stock["outcomes"].pop(test), ours["outcomes"].pop(test)) for test in meant}
    assert {*found.values()} <= {("passed", "failed")}, f"no longer as {suite.differs} say: {found}"
    different = differences(stock["outcomes"], ours["outcomes"])
    with capsys.disabled():
        print(f"\n{suite}: {dict(counts.most_common())}", f"run again: {different}" if different else "")
    # A test of theirs that depends on time fails now and then on either side: what differs gets a second chance.
    for _ in range(3):
        if different and None not in chain(*different.values()):
            stock, ours, output = both(list(different))
            different = differences(stock["outcomes"], ours["outcomes"])
    assert not different, f"(on stock, on fasth2): {different}\n{output[-8000:]}"
    assert counts["passed"] >= suite.passed, output[-8000:]


def assert_ran_on_upstream(witness):
    assert witness["classes"], "the suite used no class of hpack or hyperframe"
    assert "fasth2" not in witness["modules"]


def assert_ran_on_fasth2(witness, layers):
    ours = Path(fasth2.__file__).parent.resolve()
    found = {name: module["file"] for name, module in witness["modules"].items()}
    assert {*layers} <= found.keys()
    strangers = {name: file for name, file in found.items() if not Path(file).resolve().is_relative_to(ours)}
    assert not strangers, f"modules that are not fasth2's: {strangers}"
    assert witness["classes"], "the suite used no class of hpack or hyperframe"
    strangers = [name for name, identical in witness["classes"].items() if not identical]
    assert not strangers, f"classes that are not the installed ones: {strangers}"


def test_differences_that_are_meant_stand_in_the_docs():
    page = (HERE.parents[1] / "docs" / "compatibility.md").read_text(encoding="utf-8")
    rows = [row for suite in SUITES for row in suite.differs.values()]
    assert [row for row in rows if f"| `{row}` |" not in page] == []


def test_pins_name_every_suite():
    assert set(SDISTS.digests()) == {suite.release for suite in SUITES}
