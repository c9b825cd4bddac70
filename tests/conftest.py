"""Settings of the whole suite: hypothesis profiles, signals, and the mark for documented differences from upstream."""
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# No deadlines: no test may depend on how fast the machine is.
COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("default", max_examples=200, **COMMON)
settings.register_profile("ci", max_examples=200, derandomize=True, print_blob=True, **COMMON)
settings.register_profile("full", max_examples=2000, stateful_step_count=100, print_blob=True, **COMMON)
settings.load_profile(os.environ.get("FASTH2_HYPOTHESIS", "ci" if os.environ.get("CI") else "default"))


def pytest_configure(config):
    # What a shell runs in the background ignores Ctrl-C, and so would every process that the tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line(
        "markers",
        "difference(name): asserts a behaviour in which fasth2 differs from upstream on purpose; `name` is the"
        " heading's anchor in docs/compatibility.md",
    )


def pytest_collection_modifyitems(items):
    if os.environ.get("FASTH2_TEST_SUBJECT") != "hpack":
        return
    for item in items:
        for mark in item.iter_markers("difference"):
            item.add_marker(pytest.mark.xfail(strict=True, reason=f"documented difference: {mark.args[0]}"))
