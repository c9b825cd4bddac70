"""A pytest plugin that runs inside upstream's suites and writes down which implementation they had.

The path of the JSON file to write comes in $FASTH2_WITNESS.
"""
import importlib
import json
import os
import sys


def pytest_sessionfinish(session):
    used = {
        f"{item.module.__name__}.{name}":
            getattr(importlib.import_module(value.__module__), value.__qualname__, None) is value
        for item in session.items
        for name, value in vars(item.module).items()
        if isinstance(value, type) and value.__module__.partition(".")[0] in ("hpack", "hyperframe", "priority")
    }
    modules = {
        name: {"module": module.__name__, "file": getattr(module, "__file__", None)}
        for name, module in sorted(sys.modules.items())
        if module is not None and name.partition(".")[0] in ("hpack", "hyperframe", "priority", "h2", "fasth2")
    }
    with open(os.environ["FASTH2_WITNESS"], "w") as out:
        json.dump({"modules": modules, "classes": used}, out)
