"""The benchmarks of `fasth2 run` run, and print what they should."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
compiled_here = pytest.mark.skipif(
    not any(ROOT.glob("fasth2/codec/huffman.*.*")), reason="the benchmarks run on the tree, which is not compiled"
)


def bench(*words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FASTH2")}
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@compiled_here
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs os.wait4")
def test_launcher():
    lines = bench("bench.launcher", "--rounds", "1")
    assert len(lines) == 6 and all(len(line.split()) > 4 for line in lines)


def with_h2load(test):
    for needed, reason in (
        (shutil.which("h2load"), "h2load is not installed"),
        (Path("/proc/self/schedstat").exists(), "needs Linux's /proc"),
    ):
        test = pytest.mark.skipif(not needed, reason=reason)(test)
    return compiled_here(test)


@with_h2load
@pytest.mark.parametrize(
    ("program", "needed"),
    [("Hypercorn, TLS", ["hypercorn"]), ("Twisted", ["twisted", "OpenSSL", "priority"]), ("grpclib", ["grpclib"]),
     ("httpx", ["httpx", "hypercorn"])],
)
def test_server(program, needed):
    for module in *needed, "h2", "cryptography":
        pytest.importorskip(module, reason=f"{module} is not installed")
    lines = bench("bench.server", "--rounds", "1", "--requests", "40", "--connections", "2", "--only", program)
    rows = [line for line in lines if line.startswith(program)]
    assert len(rows) == 4 and all("×" in line for line in rows)


@with_h2load
def test_profiles():
    for module in "hypercorn", "h2", "cryptography":
        pytest.importorskip(module, reason=f"{module} is not installed")
    lines = bench("bench.profiles", "--rounds", "1", "--requests", "40")
    names = ("fasth2, in place of", "hpack", "Hypercorn")
    rows = {name: line for line in lines for name in names if line.startswith(name)}
    assert [rows[name].count("%)") for name in rows] == [1, 1, 2]  # on one side; on the other one; on both


@compiled_here
def test_limits():
    pytest.importorskip("h2", reason="h2 is not installed")
    command = [sys.executable, "-m", "bench.limits", "--operations", "20000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr  # 1 where a limit is missed: a figure of h2's is of time
    for title in "HEAP OF A HOSTILE BLOCK", "ENCODER", "RESIDENT SET", "THROUGH H2", "limits are kept":
        assert title in done.stdout
