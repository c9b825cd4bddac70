"""Work for a fresh interpreter: what one process can measure only once."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def result_of(module: str, *arguments: str) -> Any:
    """Run `python -m module arguments` at the root of the repository; what it prints, as JSON."""
    command = [sys.executable, "-m", module, *arguments]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
