"""Builds the native targets: `python build.py FOLDER [COMPILER]`. With a compiler (clang) also `fuzzer`, for libFuzzer.

What fasth2 was compiled with goes in CFLAGS and LDFLAGS, as for any extension; what links `fuzzer` is added here.
"""
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = ("setup.py", "choices.pxd", "runner.pyx", "strings.pyx", "frames.pyx", "blocks.pyx")


def modules(folder, environment=None):
    """Copies the sources to `folder` and builds them there; raises CalledProcessError, with what was said."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        shutil.copy(HERE / name, folder)
    subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, check=True, text=True,
                   env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT)


def flags():
    """CFLAGS and LDFLAGS, with the sanitizers where fasth2 has them (see .ci/sanitize)."""
    sanitizers = " -fsanitize=address,undefined" if "FASTH2_SANITIZED" in os.environ else ""
    return {"CFLAGS": os.environ.get("CFLAGS", "-O1") + sanitizers,
            "LDFLAGS": os.environ.get("LDFLAGS", "") + sanitizers}


def why_not():
    """Why nothing can be built here (str), or None."""
    try:
        import Cython  # noqa: F401
        import setuptools  # noqa: F401
    except ImportError as error:
        return f"{error.name} is not installed"
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "this interpreter has no Python.h"
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    return None if os.name == "nt" or shutil.which(compiler) else "there is no C compiler"


def fuzzer(folder, compiler):
    """The program `fuzzer` in `folder`: libFuzzer around an embedded interpreter."""
    variable = sysconfig.get_config_var
    library = variable("LIBDIR")
    subprocess.run([
        *shlex.split(compiler), "-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-rdynamic",
        f"-I{sysconfig.get_path('include')}", str(HERE / "main.c"), "-o", str(Path(folder, "fuzzer")),
        f"-L{library}", f"-Wl,-rpath,{library}", f"-lpython{variable('LDVERSION')}",
        *shlex.split(variable("LIBS") or ""), "-lm",
    ], check=True)


if __name__ == "__main__":
    modules(sys.argv[1])
    if len(sys.argv) > 2:
        fuzzer(*sys.argv[1:])
