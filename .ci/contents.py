"""``python .ci/contents.py FILE...``: each sdist and wheel holds what it should, nothing else, and is small enough.

What it should hold is read off the tree that this file is in. Needs only the standard library.
"""

import re
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Octets, deflated: of the engine and its faces, and of all the rest.
LARGEST = {"the engine": 400 * 1024, "the codecs": 500 * 1024}
ENGINE = ("fasth2/engine/", "fasth2/h2/")
SOURCE_ONLY = {".pyx", ".c"}  # and of the tests, bench, docs nothing is in a wheel
SHARED = "fasth2/codec/_cyutility"  # generated: what all compiled modules need


def tree() -> set[str]:
    """The files of the project, by path from its root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0 and listed.stdout:
        return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    made = re.compile(r"(^|/)(__pycache__|build|dist|[^/]*\.egg-info|PKG-INFO|setup\.cfg|.*\.(so|pyd))(/|$)")
    found = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return {name for name in found if not made.search(name)}


def wheel_problems(path: Path, project: set[str]) -> list[str]:
    """What is wrong with a wheel."""
    package = {name for name in project if name.startswith("fasth2/")}
    sources = {name for name in package if Path(name).suffix in SOURCE_ONLY}
    expected = Counter([*(package - sources), SHARED, *(str(Path(name).with_suffix("")) for name in sources)])
    found: Counter[str] = Counter()
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if not name.endswith("/")]
        weights = Counter(dict.fromkeys(LARGEST, 0))
        for item in wheel.infolist():
            weights["the engine" if item.filename.startswith(ENGINE) else "the codecs"] += item.compress_size
        metadata = next(wheel.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    for name in names:
        if re.match(r"fasth2-[^/]+\.dist-info/", name):
            continue
        compiled = re.fullmatch(r"(.+?)\.(cpython-|cp)[\w-]+\.(so|pyd)", name)
        found[compiled[1] if compiled else name] += 1
    problems = [f"should not be in it: {name}" for name in sorted(found - expected)]
    problems += [f"is missing: {name}" for name in sorted(expected - found)]
    if not any(name.endswith("/licenses/LICENSE") for name in names):
        problems.append("is missing: the license")
    needed = re.findall(r"^Requires-Dist: (?!.*extra ==).*$", metadata, re.MULTILINE)
    problems += [f"needs another package at run time: {line}" for line in needed]
    problems += [f"{part}: {size:,} octets, more than {LARGEST[part]:,}" for part, size in weights.items()
                 if size > LARGEST[part]]
    return problems


def sdist_problems(path: Path, project: set[str]) -> list[str]:
    """What is wrong with an sdist."""
    made = re.compile(r"PKG-INFO|setup\.cfg|fasth2\.egg-info/[^/]+")
    with tarfile.open(path) as archive:
        found = {member.name.partition("/")[2] for member in archive if member.isfile()}
    found = {name for name in found if not made.fullmatch(name)}
    expected = {name for name in project if not name.startswith(".git")}
    return [f"should not be in it: {name}" for name in sorted(found - expected)] + [
        f"is missing: {name}" for name in sorted(expected - found)
    ]


def main() -> int:
    """1 where something is wrong, 2 where there is nothing to look at."""
    files = [Path(name) for name in sys.argv[1:]]
    if not files:
        print("usage: contents.py FILE...", file=sys.stderr)
        return 2
    project = tree()
    wrong = 0
    for path in files:
        problems = (wheel_problems if path.suffix == ".whl" else sdist_problems)(path, project)
        about = f"{path.name}: {path.stat().st_size:,} bytes, {len(problems) or 'no'} problem(s)"
        print(about, *problems, sep="\n    ")
        wrong += len(problems)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
