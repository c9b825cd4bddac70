"""`fasth2 run`: what happens in the program and in the Pythons that it starts."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fasth2.launcher import BOOTSTRAP
from support.launch import HOME, ON, PROOF, PYTHON, environment, launch, output, venv

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


@pytest.fixture
def module(tmp_path):
    """Writes a module into a folder of its own; returns the folder, for PYTHONPATH."""

    def write(name, text, folder="modules"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.py").write_text(text)
        return tmp_path / folder

    return write


# -- how children are started

STARTS_ANOTHER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PROOF!r}])"
STARTS = {
    "subprocess": f"subprocess.run([sys.executable, '-c', {PROOF!r}], check=True)",
    "shell": f"""subprocess.run(f'"{{sys.executable}}" -c "{PROOF}"', shell=True, check=True)""",
    "exec": f"os.execv(sys.executable, [sys.executable, '-c', {PROOF!r}])",
    "a safe path": f"subprocess.run([sys.executable, '-s', '-c', {PROOF!r}], check=True, env={{**os.environ, "
                   "'PYTHONSAFEPATH': '1', 'PYTHONNOUSERSITE': '1'})",
    "a child's child": f"subprocess.run([sys.executable, '-c', {STARTS_ANOTHER!r}], check=True)",
    "another directory": f"subprocess.run([sys.executable, '-c', {PROOF!r}], check=True, cwd=os.path.abspath(os.sep))",
}


@pytest.mark.parametrize("how", STARTS)
def test_a_child(how, tmp_path):
    (tmp_path / "parent.py").write_text(f"import os, subprocess, sys\n{STARTS[how]}\n")
    assert output(tmp_path / "parent.py") == ON


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_child_of_multiprocessing(method, tmp_path):
    """It gets sys.path from its parent, in which the bootstrap's folder is no more; the environment brings it in."""
    (tmp_path / "parent.py").write_text(f"""
import multiprocessing, sys
def work(queue):
    import h2, hpack
    queue.put((h2.__name__ + " " + hpack.__name__, sys.path))
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    queue = context.SimpleQueue()
    child = context.Process(target=work, args=(queue,))
    child.start()
    name, path = queue.get()
    child.join()
    print(name)
    assert path == sys.path and child.exitcode == 0
""")
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    assert output(tmp_path / "parent.py") == ON


@posix
def test_a_fork_without_exec():
    assert output("-c", f"import os\nif not os.fork():\n {PROOF}\nelse:\n os.wait()") == ON


# -- nothing else is changed

PROBE = """
import os, sys
print(sys.path, sys.flags, sys.argv, sys.orig_argv, sys.warnoptions)
print({name: value for name, value in os.environ.items() if name != "PYTHONPATH"})
customize = [sys.modules.get(name) for name in ("sitecustomize", "usercustomize")]
print([module and (module.__file__, module.__spec__.origin) for module in customize])
"""


def with_and_without(*words, path, variables=()):
    """What PROBE prints without and under `fasth2 run`, which must be the same."""
    plain = subprocess.run([PYTHON, *words], env=environment(path, **dict(variables)), capture_output=True, text=True,
                           timeout=60)
    ours = launch(PYTHON, *words, path=path, variables=variables)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    return ours


@pytest.mark.parametrize("variables", [
    {}, {"PYTHONSAFEPATH": "1"}, {"PYTHONNOUSERSITE": "1"}, {"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONOPTIMIZE": "2"},
    {"PYTHONWARNINGS": "error", "PYTHONWARNDEFAULTENCODING": "1"},
], ids=lambda variables: "".join(variables))
def test_a_program_sees_what_it_would_see(variables, module):
    with_and_without("-c", PROBE, path=[module("anything", ""), HOME], variables=variables)


def test_pythonpath_grows_once():
    show = "import os; print(os.environ['PYTHONPATH'])"
    assert output("-c", show) == os.pathsep.join([BOOTSTRAP, HOME]) + "\n"
    nested = launch(PYTHON, "-m", "fasth2", "run", PYTHON, "-m", "fasth2", "run", "-c", show)
    assert nested.stdout == os.pathsep.join([BOOTSTRAP, HOME]) + "\n"
    assert output("-c", show, installed=True, path=()) == BOOTSTRAP + "\n"
    assert output("-c", show, installed=True, variables={"PYTHONPATH": ""}) == BOOTSTRAP + "\n"
    # An empty part means the working directory, and goes on to.
    assert output("-c", show, path=["", HOME]) == os.pathsep.join([BOOTSTRAP, "", HOME]) + "\n"


def test_little_is_imported():
    """Every Python that starts pays for it. What install() imports of ours is in test_activation.py."""
    show = "import sys; print(*sys.modules)"
    before = set(subprocess.run([PYTHON, "-c", show], env=environment(), capture_output=True, text=True).stdout.split())
    loaded = {name for name in output("-c", show).split() if not name.startswith("fasth2.activation")} - before
    machinery = {"importlib", "importlib._bootstrap", "importlib._bootstrap_external", "importlib.machinery"}
    assert loaded <= {"fasth2", "warnings", "atexit"} | machinery


@posix
def test_disabled():
    show = "import sys; print('fasth2' in sys.modules)"
    assert output("sh", "-c", f"FASTH2_DISABLE=1 {PYTHON} -c \"{show}\"; {PYTHON} -c \"{show}\"") == "False\nTrue\n"


def test_only():
    show = "import fasth2; print({name: layer.state for name, layer in fasth2.status().layers.items()})"
    expected = "{'hpack': 'upstream', 'hyperframe': 'waiting', 'priority': 'upstream', 'h2': 'upstream'}\n"
    assert output("--only", "hyperframe", "-c", show) == expected
    assert output("--only= hyperframe", "-c", show) == expected
    assert output("-c", show, variables={"FASTH2_ONLY": "hyperframe"}) == expected
    assert output("--only", "hyperframe", *[PYTHON, "-m", "fasth2", "run"], "-c", show) == expected


# -- a sitecustomize that stood there before

THEIRS = """
import hpack, sys
sys.theirs = [*getattr(sys, "theirs", ()), __file__]
sys.theirs_got = hpack.__name__
"""
SHOW_THEIRS = "import sys; print(sys.theirs == [sys.modules['sitecustomize'].__file__], sys.theirs_got, sys.theirs)"


def test_one_on_pythonpath(module):
    """It runs once, after fasth2 is on, and is the one that `import sitecustomize` gives."""
    path = [module("sitecustomize", THEIRS), HOME]
    with_and_without("-c", PROBE, path=path)
    assert output("-c", SHOW_THEIRS, path=path).startswith("True fasth2.hpack")


def test_one_in_site_packages(tmp_path):
    folder = subprocess.run([venv(tmp_path), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                            capture_output=True, text=True).stdout.strip()
    Path(folder, "sitecustomize.py").write_text(THEIRS)
    file = os.path.join(folder, "sitecustomize.py")
    assert output(venv(tmp_path), "-c", SHOW_THEIRS) == f"True fasth2.hpack {[file]}\n"


def test_a_package(module, tmp_path):
    (tmp_path / "modules" / "sitecustomize").mkdir(parents=True)
    (tmp_path / "modules" / "sitecustomize" / "__init__.py").write_text(THEIRS)
    with_and_without("-c", PROBE, path=[tmp_path / "modules", HOME])


@pytest.mark.parametrize("source", [
    "1 / 0", "import no_such_module_at_all", "raise ImportError('sitecustomize')", "def", "raise SystemExit(3)",
    "raise KeyboardInterrupt",
], ids=str)
def test_one_that_fails_fails_as_it_would(source, module):
    """The launcher, a Python too, is kept away from it: only the program sees it."""
    show = [PYTHON, "-c", "print(1)"]
    path = [HOME, module("sitecustomize", source)]
    plain = subprocess.run(show, env=environment(path), capture_output=True, text=True, timeout=60)
    add_to_path = f"import os; os.environ['PYTHONPATH'] += {os.pathsep + str(path[1])!r}; os.execv({PYTHON!r}, {show})"
    ours = launch(PYTHON, "-c", add_to_path)
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout)
    assert without_frames(ours.stderr) == without_frames(plain.stderr)


def without_frames(text):
    """The lines of `text` that are not about where in the source something was: we are one frame more."""
    return [line for line in text.splitlines() if not line.startswith("  ")]


def test_none(tmp_path):
    with_and_without("-c", PROBE, path=[HOME])


CHAINS = """
import os, sys
here = os.path.dirname(__file__)
sys.path.remove(here)
del sys.modules["sitecustomize"]
try:
    import sitecustomize
except ImportError:
    pass
finally:
    sys.path.insert(0, here)
sys.tools = [*getattr(sys, "tools", ()), os.path.basename(here)]
"""
SHOW_TOOLS = "import sys, h2, hpack; print(sys.tools, sys.theirs, h2.__name__, hpack.__name__)"


def test_tools_that_do_the_same(module):
    """As ddtrace-run does, before us and after us on PYTHONPATH: all of them run, and so does the user's own."""
    tools = [module("sitecustomize", CHAINS, folder) for folder in ("first", "second")]
    own = module("sitecustomize", "import sys; sys.theirs = 'own'", "own")
    behind = output("-c", SHOW_TOOLS, path=[*tools, own, HOME])
    assert behind == f"['second', 'first'] own {ON}"
    before = {"PYTHONPATH": os.pathsep.join(map(str, [tools[0], BOOTSTRAP, tools[1], own, HOME]))}
    done = subprocess.run([PYTHON, "-c", SHOW_TOOLS], env=environment(**before), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (behind, "")


def test_usercustomize_is_left_alone(module, tmp_path):
    path = [module("usercustomize", "import sys; sys.theirs = 1"), HOME]
    done = with_and_without("-c", PROBE, path=path, variables={"PYTHONUSERBASE": str(tmp_path)})
    assert "usercustomize" in done.stdout or sys.prefix != sys.base_prefix  # environments may be without user's site


# -- a Python without fasth2, or with another

MODULES = "import sys; print(sorted(sys.modules), sys.path, sys.meta_path)"


def interpreters():
    """The Pythons of other versions on PATH and among pyenv's: version -> path."""
    versions = [f"{major}.{minor}" for major, minors in ((2, [7]), (3, range(6, 16))) for minor in minors]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for version in versions:
        if version == "%d.%d" % sys.version_info[:2]:
            continue
        for path in [*sorted(map(str, root.glob(f"{version}.*/bin/python"))), shutil.which(f"python{version}")]:
            if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:  # not a shim to nowhere
                yield version, path
                break


OTHERS = dict(interpreters())


def test_another_environment(tmp_path):
    """Nothing of it is different there, and it hands fasth2 on to those of its children that have it."""
    plain = subprocess.run([venv(tmp_path), "-c", MODULES], env=environment(()), capture_output=True, text=True).stdout
    assert output(venv(tmp_path), "-c", MODULES, path=(), installed=True) == plain and "fasth2" not in plain
    child = f"import sys; sys.path.insert(1, {HOME!r}); import os; print('PYTHONPATH' in os.environ)"
    assert output(venv(tmp_path), "-c", child, path=(), installed=True) == "True\n"


def test_a_fasth2_of_another_environment_that_is_not_ours(tmp_path, module):
    """An older one, say, which knows nothing of all this."""
    (module("anything", "") / "fasth2").mkdir()
    folder = module("anything", "")
    (folder / "fasth2" / "__init__.py").write_text("__version__ = '0.0'\n")
    show = "import fasth2; print(fasth2.__version__)"
    assert output(venv(tmp_path), "-c", show, installed=True, path=[folder]) == "0.0\n"


@pytest.mark.parametrize("version", [*OTHERS] or [pytest.param("", marks=pytest.mark.skip(reason="no other Python"))])
def test_another_version(version):
    """Whether or not it finds a fasth2 that was not compiled for it, and whatever it understands of its source."""
    show = f"import sys; print('{version}' in sys.version, [name for name in sys.modules if 'sitecustomize' in name])"
    for path, installed in ((), True), ([HOME], False):
        plain = subprocess.run([OTHERS[version], "-c", show], env=environment(path, PYTHONDONTWRITEBYTECODE="1"),
                               capture_output=True, text=True).stdout
        if compiled_for(OTHERS[version]) and path:
            continue
        assert output(OTHERS[version], "-c", show, path=path, installed=installed,
                      variables={"PYTHONDONTWRITEBYTECODE": "1"}) == plain != ""


def compiled_for(python):
    """Whether this fasth2 has been compiled for the interpreter at the path `python`, too."""
    code = "import _imp, os; print([s for s in _imp.extension_suffixes() if os.path.exists(%r + s)])"
    code %= os.path.join(HOME, "fasth2", "codec", "huffman")
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip() not in ("", "[]")


def test_a_sub_interpreter():
    """Compiled modules cannot be loaded in one: it stays on upstream."""
    names = ("_interpreters", "_xxsubinterpreters")
    show = f"""
import importlib, sys
found = [name for name in {names} if importlib.util.find_spec(name)]
interpreters = importlib.import_module(found[0])
code = "import sys; print(any('fasth2' in type(finder).__module__ for finder in sys.meta_path), flush=True)"
print(interpreters.run_string(interpreters.create(), code))
"""
    if sys.version_info < (3, 12):
        pytest.skip("before CPython 3.12 nothing says that an interpreter is a sub-interpreter")
    assert output("-c", "import importlib.util" + show) == "False\nNone\n"


# -- what is told

@pytest.fixture
def old_hpack(tmp_path):
    """A folder with an hpack of another version."""
    (tmp_path / "old" / "hpack").mkdir(parents=True)
    (tmp_path / "old" / "hpack" / "__init__.py").write_text("__version__ = '3.0.0'\n")
    return tmp_path / "old"


def test_another_upstream(old_hpack):
    done = launch("-W", "ignore", "-c", "pass", path=[old_hpack, HOME])
    assert done.returncode == 2
    done = launch("-c", "import hpack; print(hpack.__version__)", path=[old_hpack, HOME])
    assert (done.returncode, done.stdout) == (0, "3.0.0\n")
    assert "RuntimeWarning: fasth2 leaves hpack alone: hpack 3.0.0 is installed" in done.stderr


def test_strict_with_another_upstream(old_hpack):
    done = launch("--strict", "-c", "print(1)", path=[old_hpack, HOME])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("fasth2: process ") and done.stderr.count("\n") == 1
    assert done.stderr.endswith("hpack 3.0.0 is installed, and fasth2 mirrors hpack 4.2.0 only\n")


def test_strict_in_another_environment(tmp_path):
    done = launch("--strict", venv(tmp_path), "-c", "print(1)", path=(), installed=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("fasth2: process ") and "No module named 'fasth2'" in done.stderr


def test_a_mistake_in_the_environment_is_told_and_breaks_nothing():
    done = launch("-c", "print(1)", variables={"FASTH2_ONLY": "h3"})
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert done.stderr.startswith("fasth2: process ") and "is without fasth2: " in done.stderr
    assert "fasth2 has no layer h3" in done.stderr and done.stderr.count("\n") == 1


def test_report():
    parent = f"import os; print(os.getpid(), flush=True); {STARTS_ANOTHER}"
    done = launch("--report", "-c", parent)
    own, proof = done.stdout.splitlines()
    lines = done.stderr.splitlines()
    assert (done.returncode, proof, len(lines)) == (0, ON.strip(), 2)
    assert all(line.startswith("fasth2: process ") for line in lines)
    for layer in "hpack is fasth2.hpack, in place of hpack 4.2.0", "h2 is fasth2.h2, in place of h2 4.4.1":
        assert layer in lines[0]
    assert lines[1].startswith(f"fasth2: process {own}, -c: hpack will be fasth2.hpack at its first import")


def test_report_in_another_environment(tmp_path):
    done = launch("--report", venv(tmp_path), "-c", "print(1)", path=(), installed=True)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert f"{venv(tmp_path)}, is without fasth2: No module named 'fasth2'\n" in done.stderr


@posix
def test_nobody_reads_the_report():
    for redirection in "2>&-", "2>/dev/full":
        assert output("sh", "-c", f"{PYTHON} -c 'print(1)' {redirection}", variables={"FASTH2_REPORT": "1"}) == "1\n"
        assert output("sh", "-c", f"{PYTHON} -c 'print(1)' {redirection}", variables={"FASTH2_ONLY": "h3"}) == "1\n"


def test_status_says_what_the_run_has_done():
    status = [PYTHON, "-m", "fasth2", "status"]
    assert output(*status).startswith("fasth2 ") and " is on\n  hpack       is fasth2.hpack" in output(*status)
    assert output(*status).endswith("This is what `fasth2 run` has made of this process.\n")
    ignored = launch(PYTHON, "-S", "-c", f"import sys; sys.path.append({HOME!r}); from fasth2.__main__ import main; "
                                         "sys.exit(main(['status']))")
    assert ignored.returncode == 1 and " is off\n" in ignored.stdout
    only = launch("--only", "hyperframe", *status)
    assert only.returncode == 1 and "fasth2.install() was not asked to replace it" in only.stdout
