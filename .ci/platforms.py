"""``python .ci/platforms.py``: README.md's table of platforms is what cibuildwheel says it will build.

A row of the table: system, architectures as cibuildwheel names them, wheels for which CPython. Needs cibuildwheel.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"\| (Linux|macOS|Windows)[^|]*\| ([^|]+)\| ([^|]+)\|")
LIBRARIES = {"Linux": ("manylinux", "musllinux"), "macOS": ("macosx",), "Windows": ("win",)}


def promised() -> set[str]:
    """Build identifiers that the rows of the table stand for."""
    found: set[str] = set()
    for system, architectures, versions in ROW.findall((ROOT / "README.md").read_text("utf-8")):
        first, last = (int(each) for each in re.findall(r"3\.(\d+)", versions)[:2])
        tags = [f"cp3{minor}" for minor in range(first, last + 1)]
        tags += [f"cp3{minor}t" for minor in re.findall(r"3\.(\d+)t", versions)]
        for library in LIBRARIES[system]:
            found |= {f"{tag}-{library}_{each}" for tag in tags for each in re.findall(r"`(\w+)`", architectures)}
    return found


def built() -> set[str]:
    """Build identifiers that cibuildwheel gives for every architecture of the table."""
    found: set[str] = set()
    text = (ROOT / "README.md").read_text("utf-8")
    for system in LIBRARIES:
        rows = [architectures for name, architectures, _ in ROW.findall(text) if name == system]
        wanted = ",".join(re.findall(r"`(\w+)`", " ".join(rows)))
        names = {"amd64": "AMD64", "arm64": "ARM64"}
        wanted = ",".join(names[each] for each in wanted.split(",")) if system == "Windows" else wanted
        command = [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers", "--platform", system.lower()]
        done = subprocess.run([*command, "--archs", wanted], cwd=ROOT, capture_output=True, text=True, check=True)
        found |= set(done.stdout.split())
    return found


def main() -> int:
    """1 where the table and cibuildwheel differ."""
    table, real = promised(), built()
    for name in sorted(table - real):
        print(f"README.md promises a wheel that is not built: {name}")
    for name in sorted(real - table):
        print(f"README.md does not name a wheel that is built: {name}")
    print(f"platforms: {len(real)} wheels, {len(table)} in the table")
    return int(table != real or not table)


if __name__ == "__main__":
    sys.exit(main())
