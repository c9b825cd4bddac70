"""A guard against regressions that a loaded machine cannot fool: how many instructions each kernel executes.

``python -m bench.instructions`` lets callgrind (of valgrind) count them, the interpreter's own included, and compares
with `instructions.json`; 1 where a kernel executes more than ALLOWED times as many. ``--renew`` writes that file anew.

The counts of a build are nearly the same in every run: where the interpreter's objects happen to stand moves some by up
to 4 per cent, so that what looks worse is counted once more. Those of another interpreter, compiler or C library are
not, so that they are compared only where all that FILE's "made with" says is so here; elsewhere the differences are
shown, and 0.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import fasth2
from bench.kernels import END, START, TIMES
from bench.processes import ROOT

FILE = Path(__file__).with_name("instructions.json")
ALLOWED = 1.05
SHOWN = 10  # differences, where they are not compared

_MADE_BY = {
    "compiler": rb"GCC: \([^)\0]*\) [0-9.]+|clang version [^\0]+",
    "Cython": rb"(?<=_cython_)[0-9]+_[0-9]+_[0-9a-z]+",
}


def _of_the_build() -> dict[str, str]:
    """What the compiled modules say of themselves."""
    modules = sorted(Path(fasth2.__file__).parent.rglob("*.so"))
    octets = b"".join(path.read_bytes() for path in modules)
    return {
        what: ", ".join(sorted({found.decode() for found in re.findall(pattern, octets)}))
        for what, pattern in _MADE_BY.items()
    }


def _of_the_processor() -> str:
    """The extensions that libc and fasth2 choose code by: valgrind offers what the processor has."""
    try:
        words = set(Path("/proc/cpuinfo").read_text("utf-8").split())
    except OSError:
        return "unknown"
    return " ".join(each for each in ("sse4_2", "avx", "avx2", "bmi2") if each in words)


def made_with() -> dict[str, str]:
    """What the counts depend on besides fasth2's sources."""
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "Python": sys.version,
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "processor": _of_the_processor(),
        "valgrind": valgrind,
        **_of_the_build(),
    }


def count() -> dict[str, float]:
    """Instructions per unit of each kernel, in one run under callgrind."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FASTH2"))}
    settings = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path), "PYTHONHASHSEED": "0",
                "FASTH2_CORPUS": os.devnull}
    with TemporaryDirectory() as folder:
        settings["PYTHONPYCACHEPREFIX"] = folder
        counts = Path(folder, "counts")
        callgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={counts}",
                     f"--zero-before={START}", f"--dump-before={END}"]
        for below in [], callgrind:  # at first without: a run that writes bytecode allocates otherwise
            done = subprocess.run([*below, sys.executable, "-m", "bench.kernels"], cwd=ROOT, env=clean | settings,
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"the kernels did not run:\n{done.stderr}")
        units = json.loads(done.stdout)
        dumps = [Path(f"{counts}.{number}").read_text("utf-8") for number in range(1, TIMES * len(units) + 1)]
    totals = [int(re.search(r"^totals: (\d+)", dump, re.MULTILINE)[1]) for dump in dumps]
    least = [min(totals[first : first + TIMES]) for first in range(0, len(totals), TIMES)]
    return {name: round(total / units[name], 2) for name, total in zip(units, least, strict=True)}


def differences(recorded: dict[str, float], counted: dict[str, float]) -> list[tuple[float, str]]:
    """How many times as many instructions as recorded, and a line for people: worst first."""
    both = [(counted[name] / was, name, was) for name, was in recorded.items() if name in counted]
    return [
        (ratio, f"{100 * (ratio - 1):+6.1f} %  {name}: {was:,.1f} -> {counted[name]:,.1f} instructions")
        for ratio, name, was in sorted(both, reverse=True)
    ]


def judge(recorded: dict[str, float], counted: dict[str, float]) -> tuple[int, list[str]]:
    """The exit status and what to print, for two runs of the same making."""
    found = differences(recorded, counted)
    slower = [line for ratio, line in found if ratio > ALLOWED]
    faster = [line for ratio, line in found if ratio < 1 / ALLOWED]
    gone, new = sorted(recorded.keys() - counted), sorted(counted.keys() - recorded)
    lines = []
    if slower:
        lines += [f"{len(slower)} kernels execute more instructions than {FILE.name} allows:", *slower]
    if gone:
        lines += ["recorded, but no longer there:", *gone]
    if faster:
        lines += [f"{len(faster)} kernels execute fewer; --renew holds them to it:", *faster]
    if new:
        lines += ["not recorded yet; --renew does it:", *new]
    lines.append(f"{len(found)} kernels compared, {len(slower)} worse by more than {100 * (ALLOWED - 1):.0f} %")
    return int(bool(slower or gone)), lines


def main() -> int:
    """Count, and compare or write."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__.splitlines()[0])
    parser.add_argument("--renew", action="store_true", help=f"write {FILE.name} anew instead of comparing")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        print("SKIPPED: valgrind, which counts the instructions, is not installed")
        return 2 if arguments.renew else 0
    here, counted = made_with(), count()
    if arguments.renew:
        FILE.write_text(json.dumps({"made with": here, "instructions per unit": counted}, indent=1) + "\n", "utf-8")
        print(f"{len(counted)} kernels written to {FILE}")
        return 0
    recorded = json.loads(FILE.read_text("utf-8"))
    there = recorded["made with"]
    if here != there:
        other = [f"{what}: {there.get(what)} there, {here.get(what)} here" for what in {**there, **here}
                 if there.get(what) != here.get(what)]
        print(f"NOT COMPARED: {FILE.name} was made with something else.", *other, sep="\n  ")
        print("The largest differences, for the curious:")
        print(*[line for _, line in differences(recorded["instructions per unit"], counted)[:SHOWN]], sep="\n")
        return 0
    status, lines = judge(recorded["instructions per unit"], counted)
    if status:
        again = count()
        counted = {name: min(number, again.get(name, number)) for name, number in counted.items()}
        status, lines = judge(recorded["instructions per unit"], counted)
    print(*lines, sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
