"""The harness of the benchmarks: turns are rotated, ratios are of one round, missed limits are told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))  # last: only `bench` is to be found there

from bench import instructions, measure, page, plots, raw, report
from bench.activation import SCENES
from bench.measure import Case, Contender, Result, Spread
from bench.processes import result_of
from bench.progress import Stages


def _case(names=("fasth2", "hpack"), **limits):
    contenders = {name: Contender(setup=lambda: None, run=lambda state: None, units=1) for name in names}
    return Case("decode", "a workload", "field", contenders, **limits)


def test_every_round_another_implementation_begins(monkeypatch):
    order = []
    case = _case(("fasth2", "hpack", "jh2"))
    names = {id(contender): name for name, contender in case.contenders.items()}
    monkeypatch.setattr(measure, "turn", lambda contender, seconds: order.append(names[id(contender)]) or 1.0)
    measure.rounds([case], 4, 0.0, lambda done, total, what: None)
    assert [order[start : start + 3] for start in range(0, 12, 3)] == [
        ["fasth2", "hpack", "jh2"],
        ["hpack", "jh2", "fasth2"],
        ["jh2", "fasth2", "hpack"],
        ["fasth2", "hpack", "jh2"],
    ]


def test_a_turn_runs_on_fresh_state_and_counts_per_unit(monkeypatch):
    clock = iter([0, 900, 100, 300, 300, 700, 700, 1_000])
    monkeypatch.setattr(measure, "clock", lambda: next(clock))
    monkeypatch.setattr(measure, "MAX_PASSES", 4)
    states = []
    contender = Contender(setup=lambda: states.append(None) or len(states), run=states.append, units=10)
    assert measure.turn(contender, 60.0) == 30.0  # 200, 400 and 300 ns; the first run warms up
    assert states == [None, 1, None, 3, None, 5, None, 7]


def test_ratios_are_taken_round_by_round():
    result = Result(_case(), {"fasth2": [1.0, 10.0, 2.0], "hpack": [60.0, 600.0, 100.0]})
    assert result.ratio("hpack") == Spread(60.0, 55.0, 60.0)


def test_limits_that_are_missed_are_told():
    case = _case(("fasth2", "hpack", measure.DOUBLED), floors={"hpack": 60.0}, ceiling=20.0, growth=2.2)
    kept = Result(case, {"fasth2": [10.0], "hpack": [700.0], measure.DOUBLED: [10.5]})
    missed = Result(case, {"fasth2": [21.0], "hpack": [700.0], measure.DOUBLED: [25.0]})
    assert report.summary(report.tables([kept])) == "3 of 3 limits are kept."
    assert report.summary(report.tables([missed])).splitlines() == [
        "0 of 3 limits are kept.",
        "missed: decode, a workload: fasth2 21, limit ≤ 20",
        "missed: decode, a workload: against hpack 33.3 × (33.3 to 33.3), limit ≥ 60",
        "missed: decode, a workload: time(2n) / time(n) 2.38, limit ≤ 2.2",
    ]


@pytest.mark.parametrize("layout", [report.as_text, report.as_markdown])
def test_tables_show_figure_limit_and_verdict(layout):
    result = Result(_case(floors={"hpack": 60.0}), {"fasth2": [2.0], "hpack": [100.0]})
    (table,) = report.tables([result])
    assert "50 × (50 to 50)  ≥ 60  MISSED" in layout(table)


def test_memory_is_compared_with_upstream():
    figures = {"idle": {"fasth2": {"traced": 300.0, "resident": None}, "hpack": {"traced": 200.0, "resident": None}}}
    table = report.memory_table("memory", "a pair", figures, "hpack")
    assert table.missed() == ["memory, idle, traced: fasth2 300, limit ≤ 200"]
    assert "not counted" in report.as_text(table)


def test_a_rival_that_is_ahead_is_told():
    """Wherever another is ahead, in time, memory, import or service, the report says so."""
    found = [
        Result(_case(("fasth2", "hpack")), {"fasth2": [2.0], "hpack": [1.9]}),
        Result(_case(("fasth2", "ngh2")), {"fasth2": [2.0], "ngh2": [0.5]}),
        Result(_case(("fasth2", "jh2")), {"fasth2": [2.0], "jh2": [2.1]}),
    ]
    figures = {"cpu": 100.0, "rate": 10.0, "p50": 1.0, "p99": 4.0}
    beside = {
        "memory": {"idle": {"fasth2": {"resident": 600}, "hpack": {"resident": 2000}, "jh2": {"resident": 300}}},
        "imports": {"import fasth2.hpack": [4.0], "import hpack": [5.0], "import jh2._hazmat": [1.0]},
        "servers": {"Hypercorn": {"stock": [figures], "fasth2": [{**figures, "rate": 8.0, "p99": 2.0}]}},
    }
    assert [(round(ratio, 3), what) for ratio, what in raw.behind(raw.collect({}, found, beside))] == [
        (0.25, "`import jh2._hazmat` against `import fasth2.hpack`"),
        (0.25, "decode, a workload: ngh2"),
        (0.5, "memory of codecs, idle: jh2"),
        (0.8, "Hypercorn, stock: requests a second"),
        (0.95, "decode, a workload: hpack"),
    ]


def test_samples_are_read_back_as_they_were_written():
    case = Case("decode", "a", "field", {}, {"hpack": 60.0}, ceiling=20.0, growth=2.2, at=16)
    written = raw.collect({"python": "3.11.7"}, [Result(case, {"fasth2": [1.23456], "hpack": [100.0]})], {"memory": {}})
    (read,) = raw.results(json.loads(raw.text(written)))
    assert (read.case.subject, read.case.floors, read.case.ceiling, read.case.growth, read.case.at) == (
        "decode", {"hpack": 60.0}, 20.0, 2.2, 16
    )  # fmt: skip
    assert read.samples == {"fasth2": [1.235], "hpack": [100.0]}


def test_time_left_is_told(monkeypatch, capsys):
    now = iter(range(0, 1000, 10))
    monkeypatch.setattr("bench.progress.monotonic", lambda: next(now))
    monkeypatch.setattr("bench.progress._next", 0)
    stages = Stages([100.0, 200.0])
    tell = stages.next()
    tell(1, 10, "a case")
    assert "left  a case" in capsys.readouterr().err


# -- instructions


def test_more_instructions_are_a_failure_that_names_the_kernel():
    status, lines = instructions.judge({"a": 100.0, "b": 100.0}, {"a": 105.5, "b": 104.9})
    assert status == 1
    assert [line for line in lines if "a:" in line] == ["  +5.5 %  a: 100.0 -> 105.5 instructions"]
    assert not any("b:" in line for line in lines)


def test_fewer_instructions_and_new_kernels_are_told():
    status, lines = instructions.judge({"a": 100.0}, {"a": 90.0, "new": 5.0})
    assert status == 0
    assert " -10.0 %  a: 100.0 -> 90.0 instructions" in lines and "new" in lines


def test_a_kernel_that_is_gone_is_a_failure():
    assert instructions.judge({"a": 100.0, "b": 1.0}, {"a": 100.0})[0] == 1


@pytest.mark.parametrize(("recorded", "status", "told"), [("here", 1, "worse"), ("elsewhere", 0, "NOT COMPARED")])
def test_counts_of_another_build_are_not_compared(recorded, status, told, monkeypatch, tmp_path, capsys):
    file = tmp_path / "instructions.json"
    file.write_text(json.dumps({"made with": {"Python": recorded}, "instructions per unit": {"a": 100.0}}))
    monkeypatch.setattr(instructions, "FILE", file)
    monkeypatch.setattr(instructions, "made_with", lambda: {"Python": "here"})
    monkeypatch.setattr(instructions, "count", lambda: {"a": 200.0})
    monkeypatch.setattr(instructions.shutil, "which", lambda name: name)
    monkeypatch.setattr(sys, "argv", ["bench.instructions"])
    assert instructions.main() == status
    assert told in capsys.readouterr().out


def test_every_kernel_is_recorded():
    """What `python -m bench.instructions` would count is what instructions.json holds."""
    code = "from bench import kernels, workloads; workloads.writer = kernels.fasth2; import json; " \
        "print(json.dumps([name for name, _ in kernels.kernels()]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "FASTH2_CORPUS": os.devnull}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    recorded = json.loads(instructions.FILE.read_text("utf-8"))["instructions per unit"]
    assert json.loads(done.stdout) == list(recorded)


# -- the page


with_docs = pytest.mark.skipif(not page.SAMPLES.exists(), reason="this tree has no docs/")


@with_docs
def test_the_page_is_what_the_samples_say():
    """docs/performance.md holds no figure that was typed by hand, and all sections that can be made."""
    text = page.PAGE.read_text("utf-8")
    assert page.filled(text, page.runs(page.SAMPLES)) == text
    assert [name for _, name, _ in page._SECTION.findall(text)] == list(page.SECTIONS)


@with_docs
def test_plots_are_drawn_from_the_samples(tmp_path):
    if plots.missing():
        pytest.skip(plots.missing())
    (run, *_) = page.runs(page.SAMPLES)
    drawn = plots.draw(run, tmp_path)
    assert [path.name for path in drawn] == ["fields.svg", "values.svg", "tables.svg", "connections.svg"]
    for path in drawn:
        picture = path.read_text("utf-8")
        assert picture.startswith("<?xml") and len(picture) < 100_000
        assert all(f">{name}<" in picture for name in ("jh2", "octets of the value") if path.stem == "values")


# -- stacks


def test_h2_is_loaded_twice_and_stays_stock_for_everybody_else():
    pytest.importorskip("h2", reason="h2 is not installed")
    code = (
        "import sys; from bench import stacks; import h2.connection, hpack, hyperframe; before = dict(sys.modules)\n"
        "found = {each.name: each for each in stacks.load()[0]}\n"
        "assert all(sys.modules[name] is module for name, module in before.items())\n"
        "kinds = {name: type(found[name].pair()._client.encoder).__mro__ for name in ('fasth2', 'h2')}\n"
        "import fasth2.hpack; assert fasth2.hpack.Encoder in kinds['fasth2'] and hpack.Encoder in kinds['h2']\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_activation_is_held_to_its_limits():
    runs = [{"install()": (time, 5_000_000), "uninstall()": (time, None)} for time in (4_000_000, 6_000_000, 7_000_000)]
    table = report.activation_table({"early": runs})
    assert table.missed() == ["activation, early: install(): median 6.00, limit ≤ 5"]
    assert table.limits() == 1


@pytest.mark.parametrize("scene", SCENES)
def test_scenes_of_activation_are_played(scene):
    pytest.importorskip("h2", reason="h2 is not installed")
    calls = result_of("bench.activation", scene)
    early = scene == "early"
    first_import = ["import h2.connection"] * early
    assert [*calls] == [
        "import fasth2, install()", "status(), the first", "status(), another", *first_import, "uninstall()"]
    assert all(time > 0 for time, _ in calls.values())
    assert [limit for _, limit in calls.values()][1:3] == [5_000_000, 5_000_000]
    assert (calls["import fasth2, install()"][1] == 5_000_000) == early


def test_the_command_prints_and_writes_what_it_measured(tmp_path):
    pytest.importorskip("hpack", reason="hpack writes and checks the inputs of the benchmarks")
    command = [sys.executable, "-m", "bench", "--quick", "--rounds=2", "--only=encode_integer", f"--to={tmp_path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "3 cases: all implementations agree." in done.stdout
    assert "| encode_integer, three octets |" in (tmp_path / "report.md").read_text("utf-8")
    (samples,) = tmp_path.glob("cpython-*.json")
    cases = json.loads(samples.read_text("utf-8"))["cases"]
    assert [len(case["samples"]["hpack"]) for case in cases] == [2] * 3
