"""Figures beside what they have to reach: tables, as text for a terminal and as markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from bench.measure import DOUBLED, SUBJECT, Result, Spread

NOT_TRACED = ("jh2", "ngh2")  # they allocate past Python's allocators


@dataclass(frozen=True)
class Verdict:
    """One figure against its limit. text: the figure; limit: as text; met: whether it is kept, None without a limit."""

    text: str
    limit: str = ""
    met: bool | None = None

    @classmethod
    def at_least(cls, spread: Spread, floor: float | None) -> "Verdict":
        text = f"{times(spread.median)} ({number(spread.low)} to {number(spread.high)})"
        return cls(text) if floor is None else cls(text, f"≥ {floor:g}", spread.median >= floor)

    @classmethod
    def at_most(cls, value: float, ceiling: float | None, text: str) -> "Verdict":
        return cls(text) if ceiling is None else cls(text, f"≤ {number(ceiling)}", value <= ceiling)

    def __str__(self) -> str:
        mark = {None: "", True: "  ok", False: "  MISSED"}[self.met]
        return self.text + (f"  {self.limit}{mark}" if self.limit else "")


@dataclass
class Table:
    """One subject: a title, the names of the columns, and rows of a name and figures."""

    title: str
    columns: list[str]
    rows: list[tuple[str, list[str | Verdict]]] = field(default_factory=list)

    def missed(self) -> list[str]:
        """The figures that fail their limit, one line each."""
        return [
            f"{self.title}, {name}: {column} {cell.text}, limit {cell.limit}"
            for name, cells in self.rows
            for column, cell in zip(self.columns[1:], cells, strict=True)
            if isinstance(cell, Verdict) and cell.met is False
        ]

    def limits(self) -> int:
        """How many figures have a limit."""
        return sum(isinstance(cell, Verdict) and cell.met is not None for _, cells in self.rows for cell in cells)


def number(value: float) -> str:
    """Three digits, or all of a large one."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def times(value: float) -> str:
    """A ratio."""
    return f"{number(value)} ×"


def tables(results: Sequence[Result]) -> list[Table]:
    """One table a subject, in the order of the results."""
    return [_table(subject, list(group)) for subject, group in groupby(results, lambda result: result.case.subject)]


def _table(subject: str, results: Sequence[Result]) -> Table:
    names = [name for name in results[0].samples if name != DOUBLED]
    rivals = [name for name in names if not name.startswith(SUBJECT)]
    growing = any(DOUBLED in result.samples for result in results)
    compared = SUBJECT in names
    table = Table(
        subject,
        [f"ns per {results[0].case.unit}", *names]
        + [f"against {rival}" for rival in rivals if compared]
        + (["time(2n) / time(n)"] if growing else []),
    )
    for result in results:
        case = result.case
        cells: list[str | Verdict] = []
        for name in names:
            time = result.time(name).median
            ceiling = case.ceiling if name == SUBJECT else None
            cells.append(Verdict.at_most(time, ceiling, number(time)))
        if compared:
            cells += [Verdict.at_least(result.ratio(rival), case.floors.get(rival)) for rival in rivals]
        if growing:
            growth = result.ratio(DOUBLED).median * 2
            cells.append(Verdict.at_most(growth, case.growth, f"{growth:.2f}"))
        table.rows.append((case.name, cells))
    return table


def memory_table(title: str, what: str, figures: dict[str, dict[str, dict[str, float | None]]], limit: str) -> Table:
    """`figures`: state -> implementation -> what bench.memory printed. The memory of the rival `limit` is fasth2's."""
    names = list(next(iter(figures.values())))
    table = Table(title, [f"bytes for {what}", *names])
    for state, by_name in figures.items():
        for kind in ("traced", "resident"):
            values = {name: figure[kind] for name, figure in by_name.items()}
            most = values.get(limit)
            cells: list[str | Verdict] = []
            for name, value in values.items():
                if value is None or (name in NOT_TRACED and kind == "traced"):
                    cells.append("not counted")
                    continue
                ceiling = round(most) if name == SUBJECT and most is not None else None
                cells.append(Verdict.at_most(round(value), ceiling, f"{value:,.0f}"))
            table.rows.append((f"{state}, {kind}", cells))
    return table


def imports_table(samples: dict[str, list[int]]) -> Table:
    """`samples`: statement -> nanoseconds of each fresh interpreter."""
    table = Table("import", ["ms of processor time, fresh interpreter", "median", "lowest", "highest"])
    for statement, times in samples.items():
        spread = [sorted(times)[len(times) // 2], min(times), max(times)]
        table.rows.append((statement, [f"{value / 1e6:.2f}" for value in spread]))
    return table


def activation_table(samples: dict[str, list[dict[str, tuple[int, int | None]]]]) -> Table:
    """`samples`: scene -> what bench.activation printed, one a fresh interpreter."""
    table = Table("activation", ["ms of processor time, fresh interpreter", "median", "lowest", "highest"])
    for scene, runs in samples.items():
        for call, (_, limit) in runs[0].items():
            times = sorted(run[call][0] / 1e6 for run in runs)
            middle = times[len(times) // 2]
            median = Verdict.at_most(middle, None if limit is None else limit / 1e6, f"{middle:.2f}")
            table.rows.append((f"{scene}: {call}", [median, f"{times[0]:.2f}", f"{times[-1]:.2f}"]))
    return table


def as_text(table: Table) -> str:
    """Aligned columns for a terminal."""
    rows = [[table.title.upper(), *(str(column) for column in table.columns[1:])]]
    rows[0][0] += f" ({table.columns[0]})"
    rows += [[name, *map(str, cells)] for name, cells in table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells in rows:
        aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *aligned]))
    return "\n".join(lines)


def as_markdown(table: Table) -> str:
    """A GitHub table."""
    lines = [f"### {table.title}", "", _row(table.columns), _row(["---", *["---:"] * (len(table.columns) - 1)])]
    lines += [_row([name, *(f"{cell}" for cell in cells)]) for name, cells in table.rows]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def headline(about: dict[str, Any]) -> str:
    """Machine and versions in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    busy = "" if about["load"] is None else f"; {about['load']} processes at work when it began"
    return (
        f"{versions}; CPython {about['python']}, {about['system']}, {about['cores']} cores, {about['processor']}{busy}"
    )


def summary(all_tables: Sequence[Table]) -> str:
    """How many limits are kept, and the figures that are not."""
    missed = [line for table in all_tables for line in table.missed()]
    limits = sum(table.limits() for table in all_tables)
    lines = [f"{limits - len(missed)} of {limits} limits are kept."] + [f"missed: {line}" for line in missed]
    return "\n".join(lines)
