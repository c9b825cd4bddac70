"""Whoever type-checks against hpack, hyperframe and h2 gets the same from fasth2's modules of those names.

mypy is run twice: its stubtest holds the stubs against the compiled modules, and one run checks programs in two
worlds, which differ in their import lines alone. The programs are samples/, programs made here that ask for the type
of every name and attribute of upstream's modules, the source of h2, and h2's own typing test.
"""
import ast
import enum
import importlib
import inspect
import json
import os
import re
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import fasth2
from support.sdists import Sdists, or_skip

pytest.importorskip("mypy", reason="mypy checks the types: pip install -e '.[typing]'")
HERE = Path(__file__).parent
SAMPLES = sorted(path.stem for path in (HERE / "samples").glob("h*.py"))
MODULES = (
    "hpack", "hpack.exceptions", "hpack.hpack", "hpack.huffman", "hpack.huffman_constants", "hpack.huffman_table",
    "hpack.struct", "hpack.table", "hyperframe", "hyperframe.exceptions", "hyperframe.flags", "hyperframe.frame",
)
OF_H2 = (
    "h2.config", "h2.connection", "h2.errors", "h2.events", "h2.exceptions", "h2.frame_buffer", "h2.settings",
    "h2.stream", "h2.utilities", "h2.windows",
)
SDISTS = Sdists(HERE.parent / "upstream" / "sdists.txt")
# What upstream's modules import for their own use, and a function that only one of them ever calls, once.
BORROWED = {"annotations", "logging", "TYPE_CHECKING", "Any", "Optional", "deque", "_build_static_table_mapping",
            "binascii", "struct", "Iterable", "Iterator", "MutableSet", "NamedTuple"}


def ours(source):
    """The program `source` with fasth2's modules in the place of upstream's."""
    source = re.sub(r"^( *)from (hpack|hyperframe|h2)\b", r"\1from fasth2.\2", source, flags=re.MULTILINE)
    source = re.sub(r"^import ((?:hpack|hyperframe|h2)\b[.\w]*) as ", r"import fasth2.\1 as ", source,
                    flags=re.MULTILINE)
    return re.sub(r"^import (hpack|hyperframe|h2)$", r"from fasth2 import \1", source, flags=re.MULTILINE)


WORLDS = {"upstream": lambda source: source, "ours": ours}


def environment():
    """os.environ, with a tree that fasth2 is imported from where mypy looks for it."""
    root = Path(fasth2.__file__).parents[1]
    installed = {Path(path) for path in (*site.getsitepackages(), sysconfig.get_path("platlib"))}
    return os.environ | ({} if root in installed else {"MYPYPATH": str(root)})


def run(*arguments, folder):
    """What `python -m ...` says on standard output, a list of lines; AssertionError where the tool itself failed."""
    done = subprocess.run([sys.executable, "-m", *map(str, arguments)], cwd=folder, env=environment(), text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr + done.stdout
    return done.stdout.splitlines()


# --- the programs ---------------------------------------------------------------------------------------------------

def question(name, module):
    """Lines of a program that ask for the type of `name` in the upstream `module`, and of what it has."""
    yield f"reveal_type({name}_module.{name})"
    thing = getattr(module, name)
    if not isinstance(thing, type) or thing.__module__ != module.__name__ or issubclass(thing, enum.Enum):
        return
    yield f"def of_{name}(x: {name}_module.{name}) -> None:"
    yield "    pass"
    for attribute in sorted(attributes(thing)):
        yield f"    reveal_type(x.{attribute})"
        if not attribute.startswith("__"):
            yield f"    x.{attribute} = x.{attribute}  # can it be set?"


def attributes(cls):
    """Names of the attributes of a class of upstream's and of its instances, but for what every object has."""
    found = set(dir(cls))
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] in ("hpack", "hyperframe", "h2"):
            body = ast.parse(inspect.getsource(sys.modules[base.__module__]))
            made = next(node for node in body.body if isinstance(node, ast.ClassDef) and node.name == base.__name__)
            found |= {node.attr for node in ast.walk(made)
                      if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"}
    return found - set(dir(object)) | {"__init__"}


def questions(modules, private=True):
    """A program that asks for all types of upstream's `modules` (their names); those that begin with _ if `private`."""
    lines = []
    for at, path in enumerate(modules):
        module = importlib.import_module(path)
        lines.append(f"import {path} as module_{at}")
        for name in vars(module):
            if not private and (name.startswith("_") or not is_of(module, name)):
                continue
            if (name in BORROWED or (name.startswith("__") and name not in ("__all__", "__version__"))
                    or inspect.ismodule(getattr(module, name))):
                continue
            lines += [line.replace(f"{name}_module.", f"module_{at}.").replace("def of_", f"def of_{at}_")
                      for line in question(name, module)
                      if private or not re.search(r"\bx\._(?!_init__)|__match_args__", line)]
    return "\n".join(lines) + "\n"


def is_of(module, name):
    """Whether `name` was made in that upstream module, and not imported by it."""
    home = getattr(getattr(module, name), "__module__", module.__name__)
    return home in (module.__name__, "builtins")


# --- what mypy says about them --------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with the programs in both worlds."""
    h2 = pytest.importorskip("h2", reason="h2's source is checked against both worlds")
    folder = tmp_path_factory.mktemp("types")
    sources = {f"{name}.py": (HERE / "samples" / f"{name}.py").read_text() for name in SAMPLES}
    sources |= {"questions.py": questions(MODULES), "questions_h2.py": questions(OF_H2, private=False)}
    sources |= {"strict_bytes.py": h2s_own_test(folder), "__init__.py": ""}
    sources |= {f"h2source/{path.name}": path.read_text() for path in Path(h2.__file__).parent.glob("*.py")}
    for world, rewrite in WORLDS.items():
        (folder / world / "h2source").mkdir(parents=True)
        for name, source in sources.items():
            (folder / world / name).write_text(rewrite(source))
    (folder / "assertions.py").write_text((HERE / "samples/assertions.py").read_text())
    return folder


def h2s_own_test(folder):
    """The source of h2's typing test."""
    root = or_skip(SDISTS.unpack, "h2-4.4.1", folder)
    return (root / "tests" / "typing" / "strict_bytes.py").read_text()


@pytest.fixture(scope="module")
def told(workspace):
    """{world: {program: the lines about it, without what tells the worlds apart}}."""
    lines = run("mypy", "--strict", "--strict-bytes", "--follow-imports=silent", "--no-error-summary",
                "--cache-dir", workspace / "cache", "assertions.py", *WORLDS, folder=workspace)
    found = {world: {} for world in WORLDS}
    for line in lines:
        world, program, text = re.fullmatch(r"(\w+)/([\w/]+\.py):(.*)", line).groups()
        if "does not explicitly export" in text and program != "strict_bytes.py":
            continue  # what upstream's modules import is to be found in ours, and most of them export it
        text = text.replace("def (*, ", "def (")  # h2 hides from mypy that its events take keywords alone
        text = re.sub(r'defined in "\w+" is read-only', "is read-only", text)
        text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)
        text = re.sub(r"tuple\[(tuple\[bytes, bytes\])(, \1){60}\]", r"tuple[\1, ...]", text)  # the static table
        found[world].setdefault(program, []).append(text)
    return found


@pytest.mark.parametrize("program", SAMPLES)
@pytest.mark.parametrize("world", WORLDS)
def test_sample(told, world, program):
    assert told[world].get(f"{program}.py", []) == []


def test_every_name_and_attribute_has_upstreams_type(told):
    asked, answered = told["upstream"]["questions.py"], told["ours"]["questions.py"]
    assert sum("Revealed type" in line for line in asked) > 600
    print(*[f"{theirs}\n{own}" for theirs, own in zip(asked, answered, strict=False) if theirs != own], sep="\n")
    assert asked == answered


def test_every_public_name_and_attribute_of_h2_has_upstreams_type(told):
    asked, answered = told["upstream"]["questions_h2.py"], told["ours"]["questions_h2.py"]
    assert sum("Revealed type" in line for line in asked) > 300
    print(*[f"{theirs}\n{own}" for theirs, own in zip(asked, answered, strict=False) if theirs != own], sep="\n")
    assert asked == answered


def test_h2s_own_typing_test(told, workspace):
    """Its imports lead to fasth2; mypy is strict, as h2's own run of it is."""
    for world in WORLDS:
        assert told[world].get("strict_bytes.py", []) == []
        done = subprocess.run([sys.executable, "-c", f"from {world} import strict_bytes as test;"
                               "test.receive_data_accepts_buffer_types(); print(test.H2Connection.__module__)"],
                              cwd=workspace, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              env=environment() | {"PYTHONPATH": ""})
        assert (done.returncode, done.stdout) == (0, "h2.connection\n"), done.stderr
    assert "from fasth2.h2.connection import" in (workspace / "ours" / "strict_bytes.py").read_text()


def test_h2_checks_as_against_upstream(told):
    for name in ("connection", "stream", "utilities"):
        assert "fasth2" in ours((Path(importlib.import_module("h2").__file__).parent / f"{name}.py").read_text())
    programs = {name for world in WORLDS for name in told[world] if name.startswith("h2source/")}
    for name in programs:
        assert told["ours"].get(name, []) == told["upstream"].get(name, [])


def test_samples_in_pyright(workspace):
    pytest.importorskip("pyright", reason="a second opinion, for whoever has pyright installed")
    (workspace / "pyrightconfig.json").write_text(json.dumps({
        "extraPaths": [environment().get("MYPYPATH", ".")], "include": [f"ours/{name}.py" for name in SAMPLES]}))
    said = run("pyright", "--pythonpath", sys.executable, "-p", ".", folder=workspace)
    assert said[-1].startswith("0 errors, 0 warnings"), said


@pytest.mark.parametrize("world", WORLDS)
def test_samples_run(workspace, world):
    """What the samples assert is so at run time, too."""
    for name in SAMPLES:
        done = subprocess.run([sys.executable, "-m", f"{world}.{name}"], cwd=workspace, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, env=environment() | {"PYTHONPATH": ""}, check=False)
        assert (done.returncode, done.stderr) == (0, ""), name


# --- the package itself ---------------------------------------------------------------------------------------------

def test_package_is_typed():
    assert (Path(fasth2.__file__).parent / "py.typed").is_file()


def test_all_compiled_modules_have_a_stub_and_a_pxd():
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    compiled = sorted(Path(fasth2.__file__).parent.rglob(f"*{suffix}"))
    assert compiled
    for path in compiled:
        if path.name.startswith("_"):
            continue  # Cython's own: code that its modules share
        stem = path.name.removesuffix(suffix)
        assert path.with_name(f"{stem}.pyi").is_file() and path.with_name(f"{stem}.pxd").is_file(), path.name


def test_stubtest(tmp_path):
    pytest.importorskip("cryptography", reason="stubtest imports every module, fasth2.demo's too")
    said = run("mypy.stubtest", "fasth2", "--concise", "--ignore-disjoint-bases",  # older type checkers have no such
               "--mypy-config-file", HERE / "mypy.ini", "--allowlist", HERE / "stubtest-allowlist.txt",
               folder=tmp_path)
    assert said == []
