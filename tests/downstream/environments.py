"""A virtual environment for each suite, kept beside the archives: the distribution, what its tests want, h2, pytest."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from support.sdists import CACHE, Unavailable, run_pip

STOCK = ("h2==4.4.1", "hpack==4.2.0", "hyperframe==6.1.0", "pytest")


def requirements(suite, archive):
    extras = f"[{','.join(suite.extras)}]" if suite.extras else ""
    name = suite.release.rpartition("-")[0]
    return [f"{name}{extras} @ {archive.as_uri()}", *STOCK, *suite.requires]


def interpreter(suite, archive):
    """The path of the Python of the suite's environment, made if need be; Unavailable if pip refuses.

    It has the version of the running Python, so that it can load the running fasth2. It is made anew when the
    requirements change.
    """
    tag = f"{suite.release}-{sys.implementation.cache_tag}"
    folder = CACHE / "environments" / tag
    stamp = folder / "requirements.json"
    wanted = requirements(suite, archive)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not stamp.exists() or json.loads(stamp.read_text()) != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdin=subprocess.DEVNULL)
        run_pip(str(python), "install", *wanted)
        stamp.write_text(json.dumps(wanted))
    return python
