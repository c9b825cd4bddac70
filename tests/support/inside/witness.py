"""A pytest plugin that runs inside other projects' suites: writes down each outcome, and which codecs were in use.

The path of the JSON file to write comes in $FASTH2_WITNESS. Nothing else is in this folder, since the suite finds all
of it on its path.
"""
import importlib
import json
import os
import sys
from types import ModuleType

CODECS = ("hpack", "hyperframe", "priority")
outcomes = {}


def pytest_runtest_logreport(report):
    """Keeps the worst outcome of setup, call and teardown; a test expected to fail says so."""
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xfailed" if report.skipped else "xpassed"
    elif report.failed and report.when != "call":
        outcome = f"error in {report.when}"
    if outcome != "passed" or report.when == "call":
        outcomes[report.nodeid] = outcome


def pytest_collectreport(report):
    if report.failed:
        outcomes[report.nodeid] = "error in collection"
    elif report.skipped:
        outcomes[report.nodeid] = "skipped"


def pytest_sessionfinish(session):
    """The modules of the codecs, and for all that hold one of them or of their classes whether it is in use."""
    holders = {id(module): module for module in sys.modules.values() if hasattr(module, "__dict__")}
    holders |= {id(item.module): item.module for item in session.items if hasattr(item, "module")}
    used = {
        f"{holder.__name__}.{name}": in_use(value)
        for holder in list(holders.values())
        for name, value in list(vars(holder).items())
        if package(home(value)) in (*CODECS, "h2") and package(holder.__name__) not in ("fasth2", *CODECS)
    }
    modules = {
        name: {"module": module.__name__, "file": getattr(module, "__file__", None)}
        for name, module in sorted(sys.modules.items())
        if module is not None and package(name) in (*CODECS, "h2", "fasth2")
    }
    with open(os.environ["FASTH2_WITNESS"], "w") as out:
        json.dump({"outcomes": outcomes, "modules": modules, "classes": used}, out)


def package(name):
    return name.partition(".")[0]


def home(value):
    """The name of a module, fasth2's under upstream's; the name of the module of a class; or nothing."""
    if isinstance(value, ModuleType):
        return value.__name__.removeprefix("fasth2.")
    return str(value.__module__) if isinstance(value, type) else ""


def in_use(value):
    """Whether an import would give that module or class."""
    found = importlib.import_module(home(value))
    return (found if isinstance(value, ModuleType) else getattr(found, value.__qualname__, None)) is value
