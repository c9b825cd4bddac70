"""Work for a fresh interpreter: what one process can measure only once."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def result_of(module: str, *arguments: str, bytecode: str | None = None) -> Any:
    """Run `python -m module arguments` at the root of the repository; what it prints, as JSON.

    bytecode: a folder that takes the compiled modules of everything that is imported, written and read whatever the
        environment says, so that all implementations stand there as an installer leaves them.
    """
    environment = dict(os.environ)
    if bytecode:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = bytecode
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
