"""The command line: `fasth2` and `python -m fasth2`."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fasth2
from fasth2.__main__ import parser

HOME = str(Path(fasth2.__file__).parents[1])


@pytest.fixture
def command(tmp_path):
    """Runs `python -m fasth2` with arguments in a fresh interpreter."""

    def run(*arguments, path=(), **env):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FASTH2")}
        search = os.pathsep.join([*map(str, path), HOME])
        return subprocess.run(
            [sys.executable, "-m", "fasth2", *arguments],
            env={**inherited, "PYTHONPATH": search, **env}, cwd=tmp_path, text=True, capture_output=True, timeout=60,
        )

    return run


def test_version(command):
    done = command("--version")
    assert (done.returncode, done.stdout) == (0, f"fasth2 {fasth2.__version__}\n")


def test_help_names_the_commands(command):
    done = command("--help")
    assert done.returncode == 0
    assert "demo" in done.stdout and "status" in done.stdout
    assert max(map(len, command("demo", "--help").stdout.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [
    (), ("nonsense",), ("status", "extra"), ("demo", "--requests", "0"), ("demo", "--rounds", "-1"),
    ("demo", "--connections", "x"), ("demo", "--streams", "101"),
])
def test_wrong_usage(command, arguments):
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: fasth2") and "Traceback" not in done.stderr


def test_demo_defaults():
    options = parser().parse_args(["demo"])
    assert (options.connections, options.streams, options.rounds) == (4, 25, 3)
    assert options.requests >= 1000


def test_status_on(command):
    done = command("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"fasth2 {fasth2.__version__} is on\n")
    assert "is fasth2.hpack, in place of hpack 4.2.0" in done.stdout


def test_status_disabled(command):
    done = command("status", FASTH2_DISABLE="1")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"fasth2 {fasth2.__version__} is off\n")
    assert "FASTH2_DISABLE is set" in done.stdout


def test_status_with_another_upstream(command, tmp_path):
    (tmp_path / "site" / "hpack").mkdir(parents=True)
    (tmp_path / "site" / "hpack" / "__init__.py").write_text("__version__ = '9.9'\n")
    done = command("status", path=[tmp_path / "site"])
    assert (done.returncode, done.stderr) == (1, "")
    assert "is upstream's 9.9: hpack 9.9 is installed, and fasth2 mirrors hpack 4.2.0 only" in done.stdout


def test_status_with_an_upstream_that_does_not_load(command, tmp_path):
    (tmp_path / "site" / "hpack").mkdir(parents=True)
    (tmp_path / "site" / "hpack" / "__init__.py").write_text("__version__ = '9.9'\nimport not_there_at_all\n")
    done = command("status", path=[tmp_path / "site"])
    assert (done.returncode, done.stderr) == (1, "fasth2: No module named 'not_there_at_all'\n")


def test_a_source_tree_without_compiled_modules(command, tmp_path):
    shutil.copytree(Path(fasth2.__file__).parent, tmp_path / "fasth2", ignore=shutil.ignore_patterns("*.so", "*.pyd"))
    for arguments in ("status",), ("demo", "--requests", "1"):
        done = command(*arguments, path=[tmp_path])
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"fasth2: {tmp_path / 'fasth2'} has no compiled modules")
        assert done.stderr.count("\n") == 1
