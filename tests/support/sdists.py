"""Source distributions of other projects: fetched once by pip, checked against a pinned hash at every use, unpacked."""
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CACHE = Path(os.environ.get("FASTH2_CACHE", REPOSITORY / ".cache"))


class Unavailable(Exception):
    """A source distribution could not be had; the text says why."""


class Sdists:
    """The archives that one file of pins names.

    pins: path of a requirements file whose lines are `name==version --hash=sha256:...`.
    folder: where the archives are kept; by default below $FASTH2_CACHE, or .cache in the repository.
    """

    def __init__(self, pins, folder=CACHE / "sdists"):
        self.pins = Path(pins)
        self.folder = Path(folder)

    def digests(self):
        """{"name-version": sha256} of every pinned archive."""
        found = re.findall(r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", self.pins.read_text(), re.MULTILINE)
        return {f"{name}-{version}": digest for name, version, digest in found}

    def archive(self, release):
        """The path of the archive of `release` ("name-version"), downloaded if need be; Unavailable otherwise."""
        path = self.folder / f"{release}.tar.gz"
        if not path.exists():
            self._download(release)
        if not path.exists():
            raise Unavailable(f"pip left no {path.name} in {path.parent}")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != self.digests()[release]:
            raise RuntimeError(f"{path} is not the pinned archive: sha256 {digest}")
        return path

    def unpack(self, release, folder):
        """Unpacks `release` below `folder` and returns the root of its tree."""
        with tarfile.open(self.archive(release)) as tar:
            tar.extractall(folder, filter="data")  # refuses absolute paths, `..`, links that lead out, devices
        return Path(folder) / release

    def _download(self, release):
        self.folder.mkdir(parents=True, exist_ok=True)
        name, _, version = release.rpartition("-")
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "requirements.txt"
            wanted.write_text(f"{name}=={version} --hash=sha256:{self.digests()[release]}\n")
            run_pip(sys.executable, "download", "--no-deps", "--no-binary", name, "--require-hashes",
                    "--requirement", str(wanted), "--dest", str(self.folder))


def run_pip(python, *arguments):
    """Runs pip of the interpreter `python`; Unavailable, with pip's last line, if it fails."""
    # A sanitizer's runtime, preloaded into this process, has no business in pip and the compilers below it.
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "PYTHONMALLOC")}
    result = subprocess.run([python, "-m", "pip", arguments[0], "--quiet", *arguments[1:]], env=environment,
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise Unavailable(f"pip {arguments[0]} failed: {(result.stderr.strip() or 'no message').splitlines()[-1]}")


def or_skip(call, *arguments):
    """What the call returns; where it is Unavailable the test is skipped, or fails on CI."""
    try:
        return call(*arguments)
    except Unavailable as error:
        if any(os.environ.get(name, "") not in ("", "0", "false") for name in ("CI", "FASTH2_REQUIRE_UPSTREAM")):
            pytest.fail(str(error))
        pytest.skip(str(error))
