"""All that a run has measured, as JSON: written here, and read back for tables, plots and docs/performance.md."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from typing import Any

from bench import launcher, report, server
from bench.implementations import Implementation
from bench.measure import Case, Result
from bench.stacks import Stack

Everything = dict[str, Any]  # what `collect` gives


def machine(implementations: Sequence[Implementation], connections: Sequence[Stack]) -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "versions": {each.name: each.version for each in [*connections, *implementations]},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def collect(about: dict[str, Any], results: Sequence[Result], beside: dict[str, Any]) -> Everything:
    """The samples are nanoseconds per unit, one a round, of four digits; `beside`: what the other stages gave."""
    cases = [
        {
            "subject": result.case.subject,
            "name": result.case.name,
            "unit": result.case.unit,
            "floors": result.case.floors,
            "ceiling": result.case.ceiling,
            "growth": result.case.growth,
            "at": result.case.at,
            "samples": {name: [float(f"{each:.4g}") for each in times] for name, times in result.samples.items()},
        }
        for result in results
    ]
    return {"machine": about, "cases": cases, **beside}


def text(everything: Everything) -> str:
    """As JSON with a line for each case, which version control can compare."""
    def lines(value: Any) -> str:
        if isinstance(value, list):
            return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
        return json.dumps(value)

    return "{\n" + ",\n".join(f"{json.dumps(key)}: {lines(value)}" for key, value in everything.items()) + "\n}\n"


def results(everything: Everything) -> list[Result]:
    """The results again, without the work behind them."""
    made = []
    for each in everything["cases"]:
        limits = {key: each[key] for key in ("floors", "ceiling", "growth", "at")}
        made.append(Result(Case(each["subject"], each["name"], each["unit"], {}, **limits), each["samples"]))
    return made


_TABLES = {  # stage -> its table
    "memory": lambda figures: report.memory_table("memory", "an Encoder and a Decoder", figures, "hpack"),
    "connections": lambda figures: report.memory_table(
        "memory of connections", "both ends of a connection", figures, ""
    ),
    "imports": report.imports_table,
    "activation": report.activation_table,
    "launcher": launcher.table,
    "servers": server.table,
}


def tables(everything: Everything) -> list[report.Table]:
    """All tables of a run."""
    beside = [table(everything[stage]) for stage, table in _TABLES.items() if everything.get(stage)]
    return report.tables(results(everything)) + beside
