"""All that a run has measured, as JSON: written here, and read back for tables, plots and docs/performance.md."""

import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import fasth2
from bench import imports, launcher, profiles, report, server
from bench.measure import SUBJECT, Case, Result

Everything = dict[str, Any]  # what `collect` gives


_COMPARED = ("fasth2", "hpack", "hyperframe", "h2", "priority", "jh2", "ngh2", "Hypercorn", "Twisted", "grpclib",
             "httpx")


def _versions() -> Iterator[tuple[str, str]]:
    for distribution in _COMPARED:
        with suppress(PackageNotFoundError):
            yield distribution, fasth2.__version__ if distribution == "fasth2" else version(distribution)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "versions": dict(_versions()),
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
    "profiles": profiles.table,
}


def tables(everything: Everything) -> list[report.Table]:
    """All tables of a run."""
    beside = [table(everything[stage]) for stage, table in _TABLES.items() if everything.get(stage)]
    return report.tables(results(everything)) + beside


_MEMORY = {"memory": "memory of codecs", "connections": "memory of connections"}


def _beside(everything: Everything) -> Iterator[tuple[float, str]]:
    """What part of fasth2's memory, import time or server's cost the others need, and what it is about."""
    for stage in ("memory", "connections"):
        for state, by_name in everything.get(stage, {}).items():
            ours = by_name.get(SUBJECT, {}).get("resident")
            for name, figures in by_name.items():
                if ours and figures["resident"] and not name.startswith(SUBJECT):
                    yield figures["resident"] / ours, f"{_MEMORY[stage]}, {state}: {name}"
    times = {statement: median(samples) for statement, samples in everything.get("imports", {}).items()}
    for ours, rivals in imports.RIVALS.items():
        for rival in rivals:
            if ours in times and rival in times:
                yield times[rival] / times[ours], f"`{rival}` against `{ours}`"
    for name, by_side in everything.get("servers", {}).items():
        for unit, (title, _) in server.UNITS.items():
            what = title.removesuffix(", ms").removesuffix(", us")
            yield server.gain(by_side, unit).median, f"{name}, stock: {what}"


def behind(everything: Everything) -> list[tuple[float, str]]:
    """Wherever another implementation is ahead of fasth2: what part of fasth2's cost it has, and a few words on what;
    the largest distance first."""
    timed = [
        (result.ratio(name).median, f"{result.case.subject}, {result.case.name}: {name}")
        for result in results(everything)
        if SUBJECT in result.samples
        for name in result.samples
        if not name.startswith(SUBJECT)
    ]
    return sorted((ratio, what) for ratio, what in [*timed, *_beside(everything)] if ratio < 1)
