"""The report of all runs whose samples lie in a folder: `report.md`, and the plots beside it.

``python -m bench.book FOLDER`` makes it again from the samples.
"""

import json
import sys
from pathlib import Path

from bench import plots, raw, report


def runs(folder: Path) -> list[raw.Everything]:
    """By version of Python, the oldest first."""
    found = [json.loads(path.read_text("utf-8")) for path in folder.glob("cpython-*.json")]
    return sorted(found, key=lambda run: tuple(map(int, run["machine"]["python"].split(".")[:2])))


def _chapter(run: raw.Everything) -> str:
    tables = raw.tables(run)
    slower = [f"{what}: {report.number(ratio)} of fasth2's" for ratio, what in raw.behind(run)] or ["nowhere"]
    parts = [
        f"## CPython {run['machine']['python']}",
        report.headline(run["machine"]) + "\n" + "".join(f"\n- {line}" for line in run["machine"]["missing"]),
        report.summary(tables).replace("\nmissed", "\n\nmissed"),
        "Where another implementation is ahead:\n\n" + "\n".join(f"- {line}" for line in slower),
        "Medians; in brackets the quartiles of the rounds.",
        *map(report.as_markdown, tables),
    ]
    return "\n\n".join(parts)


def write(folder: Path) -> Path:
    """The report's path. Plots are of the first run."""
    found = runs(folder)
    drawn = plots.draw(found[0], folder)
    pictures = [f"![{title}]({path.name})" for path, title in drawn.items()]
    if not drawn:
        pictures = [f"No plots: {plots.missing()}."]
    path = folder / "report.md"
    path.write_text("\n\n".join(["# fasth2 and the others", *pictures, *map(_chapter, found)]) + "\n", "utf-8")
    return path


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
