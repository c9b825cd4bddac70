"""The harness of the benchmarks: turns are rotated, ratios are of one round, missed limits are told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))  # last: only `bench` is to be found there

from bench import measure, report
from bench.activation import SCENES
from bench.measure import Case, Contender, Result, Spread
from bench.processes import result_of


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
    table = report.memory_table(figures)
    assert table.missed() == ["memory, idle, traced: fasth2 300, limit ≤ 200"]
    assert "not counted" in report.as_text(table)


def test_activation_is_held_to_its_limits():
    runs = [{"install()": (time, 5_000_000), "uninstall()": (time, None)} for time in (4_000_000, 6_000_000, 7_000_000)]
    table = report.activation_table({"early": runs})
    assert table.missed() == ["activation, early: install(): median 6.00, limit ≤ 5"]
    assert table.limits() == 1


@pytest.mark.parametrize("scene", SCENES)
def test_scenes_of_activation_are_played(scene):
    pytest.importorskip("h2", reason="h2 is not installed")
    calls = result_of("bench.activation", scene)
    assert list(calls) == ["import fasth2, install()", "status(), the first", "status(), another", "uninstall()"]
    assert all(time > 0 for time, _ in calls.values())
    early = scene == "early"
    assert [limit for _, limit in calls.values()][1:] == [5_000_000, 5_000_000, None]
    assert (calls["import fasth2, install()"][1] == 5_000_000) == early


def test_the_command_prints_and_writes_what_it_measured(tmp_path):
    pytest.importorskip("hpack", reason="hpack writes and checks the inputs of the benchmarks")
    command = [sys.executable, "-m", "bench", "--quick", "--rounds=2", "--only=encode_integer"]
    files = [f"--markdown={tmp_path / 'report.md'}", f"--json={tmp_path / 'report.json'}"]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "3 cases: all implementations agree." in done.stdout
    assert "| encode_integer, three octets |" in (tmp_path / "report.md").read_text("utf-8")
    cases = json.loads((tmp_path / "report.json").read_text("utf-8"))["cases"]
    assert [len(case["samples"]["hpack"]) for case in cases] == [2] * 3
