"""Environments of their own, for programs that do not go with the others.

`FASTH2_PROGRAMS` names the folder in which they are made, once. `requirements/NAME.txt` is what goes into one.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = os.environ.get("FASTH2_PROGRAMS", "")
VERSIONS = ("3.13", "3.12")  # of Python, best first


class Unavailable(Exception):
    """The environment cannot be had. The message says why."""


def environment(name):
    """The interpreter (str) of the environment `name` (str), which has fasth2 compiled from this tree. Raises
    Unavailable."""
    if not FOLDER:
        raise Unavailable(f"{name} needs an environment of its own; FASTH2_PROGRAMS=FOLDER makes one")
    home = Path(FOLDER).absolute() / name
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        subprocess.run([interpreter(), "-m", "venv", "--clear", home], check=True)
        tree = home / "tree"  # of its own: compiling leaves files
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "build", "*.so", "*.egg-info", "__pycache__"))
        requirements = Path(__file__).with_name("requirements") / f"{name}.txt"
        done = subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements, tree],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Unavailable(f"{name} cannot be installed: {done.stdout[-2000:]}")
        (home / "complete").touch()
    return str(python)


def interpreter():
    """A Python (str) of one of VERSIONS: this one, on PATH, or among pyenv's. Raises Unavailable."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        here = [sys.executable] if sys.version.startswith(f"{version}.") else []
        installed = sorted(map(str, pyenv.glob(f"{version}.*/bin/python")), reverse=True)
        for candidate in [*here, f"python{version}", *installed]:
            if runs(candidate):
                return candidate
    raise Unavailable(f"there is no Python {' or '.join(reversed(VERSIONS))}")


def runs(python):
    """Whether the command `python` (str) runs and can make environments (a shim may lead nowhere)."""
    try:
        return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0
    except OSError:
        return False
