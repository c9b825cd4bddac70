"""Fixtures: fresh interpreters, packages of upstream's names, a collector that rests."""
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fasth2

HOME = str(Path(fasth2.__file__).parents[1])
TESTS = str(Path(__file__).parents[1])


@pytest.fixture
def python(tmp_path):
    """Runs code in a fresh interpreter that finds fasth2, upstream and `support`; returns what it printed, stripped."""

    def run(code, *options, path="", **env):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FASTH2")}
        search = os.pathsep.join(filter(None, [str(path), HOME, TESTS]))
        done = subprocess.run(
            [sys.executable, *options, "-c", code],
            env={**inherited, "PYTHONPATH": search, **env}, cwd=tmp_path, text=True, capture_output=True, timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def package(tmp_path):
    """Makes a package of upstream's name, as pip would install it; returns the folder to put on the path. Without a
    version it has no metadata."""

    def make(name="hpack", source='__version__ = "3.0.0"\n', version="3.0.0"):
        site = tmp_path / "site"
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text(source)
        (site / name / "struct.py").write_text("HeaderTuple = tuple\n")
        if version:
            metadata = site / f"{name}-{version}.dist-info"
            metadata.mkdir()
            (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        return site

    return make


@pytest.fixture
def no_collector():
    """For tests without memory: what others hang into the collector, as hypothesis does, would be without it too."""
    gc.disable()
    yield
    gc.enable()
