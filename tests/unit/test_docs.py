"""README.md, docs/ and .github/SECURITY.md say what is so.

Every fenced block of theirs is run: here, or by a test that ELSEWHERE names. Every test and file that they name is
there, every link leads somewhere.

  python              a program, run here in a fresh interpreter and an empty folder
  console             commands after "$ " and what they print, "..." standing for the rest of a line: run here
  sh, toml, ...       what ELSEWHERE names, by page and command
  text, no language   what ELSEWHERE names, by page and first line
"""
import ast
import functools
import os
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pytest

import fasth2

ROOT = Path(__file__).parents[2]
if not (ROOT / "docs").is_dir():
    pytest.skip("this tree has no docs/", allow_module_level=True)
POLICY = ROOT / ".github" / "SECURITY.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *([POLICY] if POLICY.exists() else [])]
of_the_repository = pytest.mark.skipif(not POLICY.exists(), reason="this tree is a part of the repository: no .github/")

FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BY_HAND = "no test: a tool for whoever profiles, whose output is for reading"
OWN_SCRIPT = "test_another_test_runs_it: the script is there and can be executed"

# (page, command or first line of the block; "*" stands for anything) -> the tests and scripts that run just that.
ELSEWHERE = {
    ("docs/recipes.md", "*"): "tests/programs/test_recipes.py",  # which finds the test of each block
    ("docs/c-interface.md", "*"): "tests/cinterface/test_c_interface.py::test_example_of_the_page",
    ("README.md", 'python3 -m venv .venv && .venv/bin/pip install ".[demo]" && .venv/bin/fasth2 demo'):
        "tests/peers/test_demo.py::test_the_report",
    ("README.md", "median of the rounds *"): "tests/peers/test_demo.py::test_the_report",
    ("README.md", 'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/pytest'): ".ci/run",
    ("*", "fasth2 run hypercorn app:app"): "tests/peers/test_run_hypercorn.py::test_the_serving_child",
    ("docs/run.md", "fasth2 run [--only LAYERS] *"): "tests/unit/test_run.py::test_help",
    ("docs/getting-started.md", "pip install ."): ".ci/run",
    ("docs/getting-started.md", "pytest -p fasth2.pytest_plugin"):
        "tests/unit/test_activation.py::test_plugin_runs_a_suite_on_fasth2",
    ("docs/performance.md", "pip install -e *"): ".ci/run",  # with other extras
    ("docs/performance.md", "python -m bench.server"): "tests/unit/test_bench_run.py::test_server",
    ("docs/performance.md", "python -m bench.profiles"): "tests/unit/test_bench_run.py::test_profiles",
    ("docs/performance.md", "python -m bench.launcher"): "tests/unit/test_bench_run.py::test_launcher",
    ("docs/performance.md", "python -m bench --*"):
        "tests/unit/test_bench.py::test_the_command_prints_and_writes_what_it_measured",
    ("docs/performance.md", "python -m bench"): ".ci/bench",
    ("docs/performance.md", ".ci/bench *"): OWN_SCRIPT,
    ("docs/performance.md", "python -m bench.page *"):
        "tests/unit/test_bench.py::test_the_page_is_what_the_samples_say",
    ("docs/performance.md", "python -m bench.instructions"): ".ci/run",
    ("docs/performance.md", "python -m bench.instructions --renew"):
        "tests/unit/test_bench.py::test_every_kernel_is_recorded",
    ("docs/design.md", "fasth2/__init__.py *"): "tests/unit/test_docs.py::test_the_house_is_as_it_is_drawn",
    ("docs/*.md", "{include} ../.github/SECURITY.md"): "tests/unit/test_docs.py::test_every_link_leads_somewhere",
    ("docs/index.md", "{toctree}"): "tests/unit/test_docs.py::test_every_page_is_in_the_index",
    ("docs/contributing.md", "python3 -m venv .venv"): ".ci/run",
    ("docs/contributing.md", ".venv/bin/pip install *"): ".ci/run",
    ("docs/contributing.md", ".venv/bin/python setup.py build_ext --inplace"): ".ci/sanitize",
    ("docs/contributing.md", ".venv/bin/pytest*"): ".ci/run",
    ("docs/contributing.md", ".venv/bin/python tests/fuzz *"): ".ci/fuzz",
    ("docs/contributing.md", ".venv/bin/python tests/faults *"): ".ci/run",
    ("docs/contributing.md", ".venv/bin/python -m bench *"):
        "tests/unit/test_bench.py::test_the_command_prints_and_writes_what_it_measured",
    ("docs/performance.md", "python -m bench.limits"): "tests/unit/test_bench_run.py::test_limits",
    ("docs/contributing.md", ".venv/bin/python -m bench.instructions *"): ".ci/run",
    ("docs/contributing.md", ".ci/*"): OWN_SCRIPT,
    ("docs/contributing.md", ".venv/bin/cython -a *"): BY_HAND,
    ("docs/contributing.md", "CFLAGS=*"): BY_HAND,
    ("docs/contributing.md", "valgrind *"): BY_HAND,
    ("docs/contributing.md", "callgrind_annotate *"): BY_HAND,
}


class Block(NamedTuple):
    """One fenced block: where it stands (str, path of the page and line), and what is in it (str)."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def blocks():
    """All fenced blocks of PAGES."""
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for match in FENCED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(path.relative_to(ROOT).as_posix(), line, match[1], match[2]))
    return found


BLOCKS = blocks()


def claims(page, what):
    """What ELSEWHERE names for `what` (str) on `page` (str)."""
    return [test for (pages, start), test in ELSEWHERE.items() if fnmatchcase(page, pages) and matches(what, start)]


def matches(what, start):
    """fnmatch, but for brackets, which stand for themselves."""
    return fnmatchcase(what, start.replace("[", "[[]"))


def parts(block):
    """What of a block has to be run, one by one: the commands of a shell's block, else its first line."""
    if block.language == "sh":
        return block.text.splitlines()
    return [block.language if block.language.startswith("{") else block.text.partition("\n")[0]]


HERE = [block for block in BLOCKS if block.language == "python" and not claims(block.page, "")]
CONSOLE = [block for block in BLOCKS if block.language == "console"]
NOT_HERE = [block for block in BLOCKS if block not in HERE and block not in CONSOLE]


@pytest.mark.parametrize("block", HERE, ids=str)
def test_python_runs(block, tmp_path):
    run([sys.executable, "-c", block.text], tmp_path)


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_console_prints_what_it_shows(block, tmp_path):
    commands = re.findall(r"^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", block.text, re.MULTILINE)
    assert commands, "no line begins with $"
    for command, shown in commands:
        words = shlex.split(command)
        variables = dict(words.pop(0).split("=", 1) for word in words[:] if re.match(r"[A-Z0-9_]+=", word))
        words[0:1] = {"fasth2": [sys.executable, "-m", "fasth2"], "python": [sys.executable]}[words[0]]
        words = [sys.executable if word == "python" else word for word in words]
        printed = run(words, tmp_path, **variables)
        pattern = ".*".join(map(re.escape, alike(shown).split("...")))
        assert re.fullmatch(pattern, alike(printed)), printed


def alike(printed):
    """What a command prints, with the same version of fasth2 and the same number of every process."""
    return re.sub(r"(?m)(^fasth2 |\bprocess )[0-9]\S*?(?=,| |$)", r"\1N", printed.rstrip("\n"))


def run(command, folder, **variables):
    """What `command` prints, on either stream, in an environment in which nothing of ours is set but `variables`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FASTH2_")}
    done = subprocess.run(
        command, cwd=folder, env={**inherited, "PYTHONPATH": str(Path(fasth2.__file__).parents[1]), **variables},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip
    assert not done.returncode, done.stdout
    return done.stdout


@pytest.mark.parametrize("block", NOT_HERE, ids=str)
def test_another_test_runs_it(block):
    for part in parts(block):
        tests = claims(block.page, part)
        assert tests, f"nothing runs {part!r}: say in ELSEWHERE what does, or make it a console block"
        if OWN_SCRIPT in tests and POLICY.exists():
            assert os.access(ROOT / part.split()[0], os.X_OK), part


@of_the_repository
@pytest.mark.parametrize("claim", ELSEWHERE, ids=str)
def test_what_is_claimed_is_so(claim):
    """The block stands on its page, and the test is there. (A test that runs something else, only a reader sees.)"""
    pages, start = claim
    assert any(fnmatchcase(block.page, pages) and matches(part, start) for block in NOT_HERE for part in parts(block))
    path, _, name = ELSEWHERE[claim].partition("::")
    if ELSEWHERE[claim] not in (BY_HAND, OWN_SCRIPT):
        assert (ROOT / path).exists()
        assert not name or name in functions()


def test_what_install_promises(tmp_path):
    block = next(block for block in HERE if block.page == "README.md" and "install()" in block.text)
    run([sys.executable, "-c", block.text + "import h2.connection, hpack, fasth2.hpack\n"
         "assert hpack is fasth2.hpack and h2.connection.Encoder is fasth2.hpack.Encoder\n"], tmp_path)


# -- names and links


FOLDERS = ("tests/", "bench/", "docs/", *((".ci/", ".github/") if POLICY.exists() else ()))


@functools.cache
def functions():
    """The names of all tests (set of str)."""
    found = set()
    for path in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("test_*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.lower().startswith("test"):
                found.add(node.name)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.add(node.targets[0].id)  # a state machine's TestCase
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_test_and_file_that_is_named_is_there(path):
    prose = FENCED.sub("", path.read_text(encoding="utf-8"))
    known = functions()
    for code in re.findall(r"`([^`\n]+)`", prose):
        file, _, name = code.partition("::")
        if re.fullmatch(r"test_\w+", name or code):
            assert (name or code) in known, f"no test {code}"
        if file.startswith(FOLDERS) and not re.search(r"[*<>\s]", file):
            assert (ROOT / file).exists(), f"no file {file}"


def anchors(path):
    """The anchors of a page's headings, as code hosts make them (set of str)."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"\{include\} (\S+)", text)
    for link in links:
        if link.startswith("https://") or (".github/" in link and not POLICY.exists()):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"no {link}"
        assert not anchor or anchor in anchors(target), f"no heading {link}"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    trees = [text for language, text in FENCED.findall(index) if language == "{toctree}"]
    listed = {name for tree in trees for name in re.findall(r"^[\w-]+$", tree, re.MULTILINE)}
    pages = {path.stem for path in (ROOT / "docs").iterdir() if path.suffix in (".md", ".rst")}
    assert listed == pages - {"index"}


def test_the_house_is_as_it_is_drawn():
    """Every module of fasth2 has its place in docs/design.md, and every folder there is in the tree."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    drawing = next(text for language, text in FENCED.findall(design) if language == "text")
    package = Path(fasth2.__file__).parent
    for path in re.findall(r"^(\S+/)", drawing, re.MULTILINE):
        assert (ROOT / path).is_dir() or (package.parent / path).is_dir(), path
    faces = ("hpack", "hyperframe", "h2", "priority", "errors", "demo", "launcher")
    for path in [*package.rglob("*.py"), *package.rglob("*.pyx"), *package.rglob("*.pxd")]:
        inside = path.relative_to(package)
        if inside.parts[0] not in faces and path.stem != "__init__":
            assert re.search(rf"\b{path.stem}\b", drawing), f"{inside} is not in the house"
