"""docs/recipes.md has no file and no command that the tests leave out."""
import ast
import re
from pathlib import Path

from programs import needs
from programs.recipes import COMMANDS, FILES, PAGE
from support.processes import python

DONE_OTHERWISE = ("pip install", "curl", "cat")  # by the extra, by curl.py, by the test of mitmproxy


def stated():
    """All strings that stand in the tests of this folder (set of str)."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


def test_every_block_is_a_file_or_commands():
    assert PAGE.count("\n```") == 2 * (len(FILES) + PAGE.count("\n```sh\n") + PAGE.count("\n```text\n"))
    assert len(FILES) >= 20 and len(COMMANDS) >= 20


def test_every_file_is_run():
    assert set(FILES) - stated() == set()


def test_every_command_is_run():
    commands = [line.removeprefix("PYTHONPATH=. ") for line in COMMANDS if not line.startswith(DONE_OTHERWISE)]
    starts = tuple(text for text in stated() if len(text) >= len("mitmdump"))
    assert [line for line in commands if not line.startswith(starts)] == []


@needs.modules("h2")
def test_the_report_that_the_page_shows():
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
    said = python("import fasth2; fasth2.install(); import h2.connection; print(fasth2.status())").splitlines()
    assert shown[1:] == said[1:]
    for line in shown[0], said[0]:
        assert re.fullmatch(r"fasth2 \S+ is on", line)
