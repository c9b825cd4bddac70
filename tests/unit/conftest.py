"""Fixtures of more than one file."""
import os
import subprocess
import sys

import pytest


@pytest.fixture
def venv(tmp_path):
    """Makes a virtual environment without pip, once a test; returns the path of its interpreter."""

    def make():
        folder = tmp_path / "venv"
        python = folder / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
        return python

    return make
