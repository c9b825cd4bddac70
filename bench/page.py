"""docs/performance.md is made from a report: what stands there between ``<!-- bench: NAME -->`` and ``<!-- /bench -->``
is written here, from the samples in docs/performance/, and never by hand.

``python -m bench.page FOLDER`` takes the samples and the plots of a report over and writes the page;
``python -m bench.page`` writes it again from the samples that it has.
"""

import argparse
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median

from bench import plots, profiles, raw
from bench.book import runs
from bench.launcher import PLAIN, UNDER
from bench.measure import DOUBLED, SUBJECT, Result, Spread
from bench.processes import ROOT
from bench.report import number, times
from bench.server import UNITS, gain
from bench.stacks import OVER_CODECS

PAGE = ROOT / "docs" / "performance.md"
SAMPLES = ROOT / "docs" / "performance"
_SECTION = re.compile(r"(<!-- bench: ([\w ]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)

Runs = Sequence[raw.Everything]  # by version of Python, the oldest first; most sections are of the first


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _by_subject(run: raw.Everything) -> dict[str, list[Result]]:
    return {subject: list(group) for subject, group in groupby(raw.results(run), lambda each: each.case.subject)}


def _ratio(result: Result | None, rival: str) -> str:
    return "" if result is None or rival not in result.samples else _spread(result.ratio(rival))


def _spread(spread: Spread) -> str:
    return f"{times(spread.median)} ({number(spread.low)} to {number(spread.high)})"


def _machine(found: Runs) -> str:
    lines = []
    for run in found:
        about = run["machine"]
        versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
        lines.append(f"- CPython {about['python']} with {versions}; {about['load']} processes at work when it began.")
    about = found[0]["machine"]
    return f"{about['cores']} cores, {about['processor']}, {about['system']}:\n\n" + "\n".join(lines)


_HEADLINE = (  # subject, rival, what it is
    ("decode to bytes", "hpack", "decode a header block, against hpack"),
    ("decode to bytes", "jh2", "decode a header block, against jh2"),
    ("encode", "hpack", "encode a header block, against hpack"),
    ("encode", "jh2", "encode a header block, against jh2"),
    ("parse a frame", "hyperframe", "parse a frame, against hyperframe"),
    ("serialise a frame", "hyperframe", "serialise a frame, against hyperframe"),
    ("priority tree", "priority", "a step of the priority tree, against priority"),
    ("whole exchanges", "h2", "a whole exchange, client and server, against h2"),
)


def _range(what: str, ratios: Sequence[float]) -> list[str]:
    return [what, str(len(ratios)), *(times(each) for each in (min(ratios), median(ratios), max(ratios)))]


def _headline(found: Runs) -> str:
    subjects = _by_subject(found[0])
    rows = [
        _range(what, [each.ratio(rival).median for each in subjects[subject]])
        for subject, rival, what in _HEADLINE
        if rival in subjects[subject][0].samples
    ]
    if found[0].get("servers"):
        gains = [gain(by_side, "cpu").median for by_side in found[0]["servers"].values()]
        rows.append(_range("CPU of a program per request, against the same without fasth2", gains))
    return _table(["how many times faster", "workloads", "lowest", "median", "highest"], rows)


def _servers(found: Runs) -> str:
    if not found[0].get("servers"):
        return "Not measured in this report: servers need Linux and h2load."
    rows = []
    for name, by_side in found[0]["servers"].items():
        cells = [name]
        for side in ("stock", "fasth2"):
            cells.append(f"{median(each['cpu'] for each in by_side[side]):,.0f} us")
        cells += [_spread(gain(by_side, unit)) for unit in UNITS]
        rows.append(cells)
    columns = ["", "CPU per request: stock", "`fasth2 run`", "gain", "requests a second", "latency, median",
               "latency, 99th percentile"]
    return _table(columns, rows)


def _profile(found: Runs) -> str:
    """Of a Hypercorn process, by package."""
    if not found[0].get("profiles"):
        return "Not measured in this report: it needs Linux and h2load."
    return _table(["us a request", "stock", "`fasth2 run`"],
                  [[name, *cells] for name, cells in profiles.rows(found[0]["profiles"])])


def _blocks(found: Runs) -> str:
    """The last column is of the newest Python."""
    newest = {(each.case.subject, each.case.name): each for each in raw.results(found[-1])}
    subjects = _by_subject(found[0])
    rows = [
        [f"{subject}: {each.case.name}", f"{number(each.time(SUBJECT).median)} ns", _ratio(each, "hpack"),
         _ratio(each, "jh2"), _ratio(newest.get((subject, each.case.name)), "hpack")]
        for subject in ("decode to bytes", "decode to str", "encode")
        for each in subjects.get(subject, [])
    ]
    python = found[-1]["machine"]["python"]
    return _table(["per field", "fasth2", "against hpack", "against jh2", f"hpack, CPython {python}"], rows)


def _pieces(found: Runs) -> str:
    """Lowest, middle and highest ratio of all cases of a subject."""
    names = ("smallest blocks", "creation", "integers", "Huffman", "table", "parse a frame", "serialise a frame",
             "make a frame", "print a frame", "parse many frames", "priority tree")
    subjects = _by_subject(found[0])
    rows = []
    for subject in (each for each in names if each in subjects):
        for rival in [name for name in subjects[subject][0].samples if not name.startswith(SUBJECT)]:
            ratios = [each.ratio(rival).median for each in subjects[subject]]
            rows.append(_range(f"{subject}, against {rival}", ratios))
    return _table(["", "cases", "lowest", "median", "highest"], rows)


_EXCHANGES = ("whole exchanges", "multiplexing", "response bodies")


def _exchanges(found: Runs) -> str:
    subjects = _by_subject(found[0])
    names = subjects["whole exchanges"][0].samples
    own = OVER_CODECS in names
    rivals = [name for name in (OVER_CODECS, "h2", "jh2", "ngh2") if name in names]
    rows = [
        [each.case.name if subject == "whole exchanges" else f"{subject}: {each.case.name}",
         f"{number(each.time(SUBJECT).median / 1e3)} us", *(_ratio(each, rival) for rival in rivals)]
        for subject in _EXCHANGES
        for each in subjects[subject]
    ]
    columns = ["an exchange", SUBJECT if own else OVER_CODECS, *(f"{rival} takes" for rival in rivals)]
    about = (
        "fasth2 is its own engine behind h2's API, h2 on fasth2 the stock h2 on fasth2's codecs."
        if own else "Here fasth2 is h2 on fasth2's codecs: what they leave of an exchange is h2's own Python."
    )  # fmt: skip
    return f"{_table(columns, rows)}\n\n{about}"


def _attack(found: Runs) -> str:
    hostile = _by_subject(found[0])["hostile blocks"]
    worst = max(hostile, key=lambda each: each.time(SUBJECT).median)
    growth = max(2 * each.ratio(DOUBLED).median for each in hostile)
    return (
        f"In this run the dearest of {len(hostile)} families took {number(worst.time(SUBJECT).median)} ns an octet "
        f"({worst.case.name}),\nand two blocks at most {growth:.2f} times as long as one."
    )


def _memory(found: Runs) -> str:
    rows = []
    for stage, what in (("memory", "Encoder and Decoder"), ("connections", "both ends of a connection")):
        for state, by_name in found[0][stage].items():
            sizes = {name: figures["resident"] for name, figures in by_name.items()}
            sizes["upstream"] = sizes.get("hpack") or sizes.get("h2")
            cells = [sizes.get(name) for name in (SUBJECT, OVER_CODECS, "upstream", "jh2", "ngh2")]
            rows.append([f"{what}, {state}", *("" if each is None else f"{each:,.0f}" for each in cells)])
    own = OVER_CODECS in found[0]["connections"]["greeted"]
    columns = ["bytes, resident", SUBJECT if own else "fasth2, h2 on fasth2", OVER_CODECS, "hpack, h2", "jh2", "ngh2"]
    if not own:  # nothing in that column
        columns, rows = columns[:2] + columns[3:], [row[:2] + row[3:] for row in rows]
    return _table(columns, rows)


def _imports(found: Runs) -> str:
    samples = found[0]["imports"]
    return _table(["in a fresh Python", "processor time"],
                  [[f"`{statement}`", f"{median(each) / 1e6:.1f} ms"] for statement, each in samples.items()])


def _switching(found: Runs) -> str:
    rows: list[list[str]] = []
    for scene, samples in found[0]["activation"].items():
        for call in samples[0]:
            rows.append([f"{scene}: {call}", f"{median(each[call][0] for each in samples) / 1e6:.1f} ms"])
    pairs = zip(found[0]["launcher"][UNDER], found[0]["launcher"][PLAIN], strict=True)
    extra = median(under[0] - plain[0] for under, plain in pairs)
    rows.append(["`fasth2 run`, in every Python that starts under it", f"{extra:.1f} ms"])
    return _table(["in a fresh Python", "processor time"], rows)


def _behind(found: Runs) -> str:
    """Where another implementation is ahead, and which of the project's own limits are missed."""
    rows: dict[str, list[str]] = {}
    for column, run in enumerate(found):
        for ratio, what in raw.behind(run):
            rows.setdefault(what, [""] * len(found))[column] = number(ratio)
    whole = [what for what in rows if what.startswith(_EXCHANGES) and what.endswith(": ngh2")]
    parts = sorted(float(part) for what in whole for part in rows.pop(what) if part)
    shown = [[what, *cells] for what, cells in rows.items()]
    if whole:
        span = f"{number(parts[0])} to {number(parts[-1])}"
        shown.insert(0, [f"all {len(whole)} whole exchanges: ngh2", *[span] * len(found)])
    columns = ["part of fasth2's cost", *(f"CPython {run['machine']['python']}" for run in found)]
    return "\n\n".join([_table(columns, shown), *map(_missed, found)])


def _missed(run: raw.Everything) -> str:
    tables = raw.tables(run)
    lines = [f"- {line}" for table in tables for line in table.missed()]
    limits = sum(table.limits() for table in tables)
    text = f"On CPython {run['machine']['python']}, {len(lines)} of the {limits} limits that the project has set itself"
    return "\n".join([f"{text} are missed:\n", *lines]) if lines else f"{text} are missed."


def _plots(found: Runs) -> str:
    return "\n\n".join(f"![{each.title}](performance/{each.name}.svg)" for each in plots.PICTURES)


SECTIONS: dict[str, Callable[[Runs], str]] = {
    "machine": _machine,
    "headline": _headline,
    "servers": _servers,
    "profile": _profile,
    "blocks": _blocks,
    "pieces": _pieces,
    "exchanges": _exchanges,
    "plots": _plots,
    "memory": _memory,
    "imports": _imports,
    "behind": _behind,
    "attack": _attack,
    "switching": _switching,
}


def filled(text: str, found: Runs) -> str:
    """The page with every section written anew."""
    return _SECTION.sub(lambda match: f"{match[1]}{SECTIONS[match[2]](found)}\n{match[3]}", text)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="a report of python -m bench")
    folder = parser.parse_args().folder
    if folder:
        SAMPLES.mkdir(exist_ok=True)
        for path in [*folder.glob("cpython-*.json"), *(folder / f"{each.name}.svg" for each in plots.PICTURES)]:
            shutil.copy(path, SAMPLES)
    PAGE.write_text(filled(PAGE.read_text("utf-8"), runs(SAMPLES)), "utf-8")


if __name__ == "__main__":
    main()
