"""Upstream's source distributions: fetched once by pip, checked against the pinned hash at every use, unpacked."""
import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

PINS = Path(__file__).with_name("sdists.txt")
REPOSITORY = Path(__file__).parents[2]


class Unavailable(Exception):
    """A source distribution could not be had; the text says why."""


def cache():
    """Where the archives are kept: $FASTH2_CACHE, or .cache in the repository."""
    return Path(os.environ.get("FASTH2_CACHE", REPOSITORY / ".cache")) / "sdists"


def pins():
    """{"name-version": sha256} of every pinned archive."""
    found = re.findall(r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", PINS.read_text(), re.MULTILINE)
    return {f"{name}-{version}": digest for name, version, digest in found}


def archive(release):
    """The path of the archive of `release` ("name-version"), downloaded if need be; Unavailable otherwise."""
    path = cache() / f"{release}.tar.gz"
    if not path.exists():
        _download(path.parent)
    if not path.exists():
        raise Unavailable(f"pip left no {path.name} in {path.parent}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != pins()[release]:
        raise RuntimeError(f"{path} is not the pinned archive: sha256 {digest}")
    return path


def unpack(release, folder):
    """Unpacks `release` below `folder` and returns the root of its tree."""
    with tarfile.open(archive(release)) as tar:
        tar.extractall(folder, filter="data")  # refuses absolute paths, `..`, links that lead out, devices
    return Path(folder) / release


def _download(folder):
    folder.mkdir(parents=True, exist_ok=True)
    # A sanitizer's runtime, preloaded into this process, has no business in pip and the compilers below it.
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "PYTHONMALLOC")}
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
               "--requirement", str(PINS), "--dest", str(folder)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise Unavailable(f"pip download failed: {(result.stderr.strip() or 'no message').splitlines()[-1]}")
