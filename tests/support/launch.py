"""Runs `fasth2 run` as a user would, in an environment that holds nothing of this one's fasth2 settings."""
import os
import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir

import fasth2

PYTHON = os.path.abspath(sys.executable)
HOME = str(Path(fasth2.__file__).parents[1])
ELSEWHERE = gettempdir()  # not the tree, where `python -m fasth2` would find fasth2 without being told
PROOF = "import h2, hpack; print(h2.__name__, hpack.__name__)"
ON = "fasth2.h2 fasth2.hpack\n"

# The launcher where PYTHONPATH leads to no fasth2: not first in sys.path, as an installed one is not.
INSTALLED = f"import sys; sys.path.insert(1, {HOME!r}); from fasth2.__main__ import main; sys.exit(main())"


def environment(path=(HOME,), **variables):
    """A copy of this process's environment without fasth2's variables. `path`: the folders on PYTHONPATH; `variables`:
    set in it; None takes one out."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FASTH2", "PYTHON"))}
    changed = {**inherited, "PYTHONPATH": os.pathsep.join(map(str, path)) or None, **variables}
    return {name: value for name, value in changed.items() if value is not None}


def launcher(*arguments, installed=False):
    """The words (list of str) of `fasth2 run` with `arguments`."""
    start = ["-c", INSTALLED] if installed else ["-m", "fasth2"]
    return [PYTHON, *start, "run", *map(str, arguments)]


def launch(*arguments, path=(HOME,), installed=False, cwd=ELSEWHERE, text=True, variables=(), **options):
    """What became of `fasth2 run` with `arguments`: a subprocess.CompletedProcess. `path` and `variables` (dict) as in
    environment(); `options` are subprocess.run()'s."""
    return subprocess.run(
        launcher(*arguments, installed=installed), env=environment(path, **dict(variables)), cwd=cwd, text=text,
        **{"capture_output": True, "stdin": subprocess.DEVNULL, "timeout": 60, **options},
    )


def output(*arguments, **options):
    """The standard output of a launch() that ends with status 0 and writes nothing to stderr."""
    done = launch(*arguments, **options)
    assert (done.returncode, done.stderr) == (0, "" if options.get("text", True) else b"")
    return done.stdout


def venv(folder):
    """The interpreter (pathlib.Path) of a virtual environment without pip in `folder` (pathlib.Path), made once."""
    home = folder / "venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", home], check=True, timeout=120)
    return python
