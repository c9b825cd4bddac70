"""`pytest -p fasth2.pytest_plugin`: runs another library's suite on fasth2.

It installs fasth2 when pytest loads it, which is before conftest files, collected modules and the plugins of other
distributions. It is strict: a suite never runs on upstream in silence. The header says what will be replaced, the
summary what was.
"""
import pytest

import fasth2

try:
    fasth2.install(strict=True)
except fasth2.ActivationError as error:
    raise pytest.UsageError(f"fasth2.pytest_plugin: {error}") from None


def pytest_report_header():
    """The status before collection."""
    return str(fasth2.status()).splitlines()


def pytest_terminal_summary(terminalreporter):
    """The status after the run: what was in use."""
    for line in str(fasth2.status()).splitlines():
        terminalreporter.write_line(line)
