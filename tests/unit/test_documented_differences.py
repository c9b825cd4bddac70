"""docs/compatibility.md and the tests agree on where fasth2 differs from upstream: no difference without its line
there, no line without its tests."""
import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "compatibility.md"

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="docs/compatibility.md is not part of this tree")


def marked():
    """{name of a difference: the files that mark a test with it}."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "difference":
                found.setdefault(ast.literal_eval(node.args[0]), set()).add(path.name)
    return found


def documented():
    """{name: the last cell of its row, which names its tests} of every row that begins with a name in code."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| ([^|]*) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def test_each_difference_is_documented():
    assert marked()
    assert set(marked()) - set(documented()) == set()


def test_each_documented_difference_has_tests():
    text = "".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    for name, cell in documented().items():
        named = re.findall(r"`([^`]+)`", cell)
        assert named, f"{name} names no test"
        for test in named:
            if "/" in test:
                assert (TESTS.parent / test.partition("::")[0]).exists(), f"{name}: no file {test}"
            for function in re.findall(r"\btest_\w+$", test):
                assert f"def {function}(" in text, f"{name}: no test {function}"
