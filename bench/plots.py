"""What things cost as they grow, as SVG files of two plots each, both axes logarithmic."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.measure import Result
from bench.raw import Everything, results
from bench.stacks import OVER_CODECS


@dataclass(frozen=True)
class Plot:
    """One curve for each implementation. subject: of the cases; axis: what grows; unit: of the cost, and `per` 1 ns."""

    subject: str
    axis: str
    unit: str
    per: float = 1.0


@dataclass(frozen=True)
class Picture:
    """A file: its name, its title, its plots from left to right."""

    name: str
    title: str
    plots: tuple[Plot, ...]


_US = 1e3
PICTURES = (
    Picture("fields", "Cost of a header block by the number of its fields", (
        Plot("decode by header count", "fields, all literals", "decode a block, µs", _US),
        Plot("encode by header count", "fields, all literals", "encode a block, µs", _US),
    )),
    Picture("values", "Cost of a field by the length of its value", (
        Plot("decode by value length", "octets of the value", "decode, µs", _US),
        Plot("encode by value length", "octets of the value", "encode, µs", _US),
    )),
    Picture("tables", "Cost of a new field by the size of the dynamic table, full", (
        Plot("decode by table size", "octets of the table", "decode, ns"),
        Plot("encode by table size", "octets of the table", "encode, ns"),
    )),
    Picture("connections", "Cost of a whole exchange, client and server", (
        Plot("multiplexing", "streams at a time", "exchange, µs", _US),
        Plot("response bodies", "octets of the response's body", "exchange, µs", _US),
    )),
)  # fmt: skip
COLOURS = {"fasth2": "#c1272d", OVER_CODECS: "#d97ba6", "jh2": "#e08e0b", "ngh2": "#2b8a3e"}  # of stock packages: blue


# Text stays text, and the same samples give the same file.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "fasth2", "font.size": 9, "font.family": "sans-serif"}


def missing() -> str:
    """Why nothing can be drawn, or nothing."""
    return "" if find_spec("matplotlib") else "matplotlib is not installed (pip install 'fasth2[bench]')"


def _curves(axes: Any, plot: Plot, found: list[Result]) -> None:
    for name in found[0].samples:
        at = [result.case.at for result in found]
        spread = [result.time(name) for result in found]
        colour = COLOURS.get(name, "#1f5fa8")
        over_codecs = name == "fasth2" and "h2" in found[0].samples and OVER_CODECS not in found[0].samples
        label = OVER_CODECS if over_codecs else name
        axes.plot(at, [each.median / plot.per for each in spread], marker="o", markersize=3, color=colour, label=label)
        axes.fill_between(
            at, [each.low / plot.per for each in spread], [each.high / plot.per for each in spread], color=colour,
            alpha=0.2, linewidth=0,
        )  # fmt: skip


def _axes(axes: Any, plot: Plot, at: list[int]) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    axes.set_xscale("symlog" if 0 in at else "log", **({"linthresh": sorted(at)[1]} if 0 in at else {}))
    axes.set_yscale("log")
    axes.set_xticks(at[:: max(1, len(at) // 6)])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(plot.axis)
    axes.set_ylabel(plot.unit)
    axes.grid(alpha=0.3)


def _short(value: float) -> str:
    for unit, factor in (("Mi", 1 << 20), ("Ki", 1 << 10)):
        if value >= factor and value % factor == 0:
            return f"{value / factor:g} {unit}"
    return f"{value:,g}"


def draw(everything: Everything, folder: Path) -> dict[Path, str]:
    """Write the pictures for which there are figures: path -> title. Nothing where matplotlib is missing."""
    if missing():
        return {}
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    by_subject: dict[str, list[Result]] = {}
    for result in results(everything):
        by_subject.setdefault(result.case.subject, []).append(result)
    drawn = {}
    for picture in PICTURES:
        found = [by_subject.get(plot.subject) for plot in picture.plots]
        if not all(found):
            continue
        with rc_context(_STYLE):
            figure = Figure(figsize=(8, 3.6), layout="constrained")
            for axes, plot, curve in zip(figure.subplots(1, len(found)), picture.plots, found, strict=True):
                _curves(axes, plot, curve)
                _axes(axes, plot, [result.case.at for result in curve])
            figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)
            figure.suptitle(picture.title)
            path = folder / f"{picture.name}.svg"
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        drawn[path] = picture.title
    return drawn
