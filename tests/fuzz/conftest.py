"""The native targets, compiled once for all tests that use them."""
import subprocess

import pytest

from fuzz.native import build, targets


@pytest.fixture(scope="session")
def native(tmp_path_factory):
    """{name: capsule} of the native targets, with the flags that fasth2 itself was compiled with."""
    reason = build.why_not()
    if reason:
        pytest.skip(f"native targets cannot be compiled: {reason}")
    folder = tmp_path_factory.mktemp("native")
    try:
        build.modules(folder, build.flags())
    except subprocess.CalledProcessError as error:
        pytest.fail(f"native targets: {error.stdout[-3000:]}")
    return targets.load(folder)
