"""The inputs of the benchmarks are what they say, and all implementations give the same results on them: no timing."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("hpack", reason="hpack writes and checks the inputs of the benchmarks")

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: only `bench` is to be found there

from bench import agreement, hostile, limits
from bench.implementations import load, upstream
from bench.measure import Case, Contender
from bench.subjects import SUBJECTS
from bench.workloads import workloads
from support.threads import FREE_THREADED

IMPLEMENTATIONS, MISSING = load()
WORKLOADS = [pytest.param(workload, id=workload.name) for workload in workloads()]


@pytest.mark.parametrize("subject", [pytest.param(subject, id=subject.__name__) for subject in SUBJECTS])
def test_implementations_agree(subject):
    if len(IMPLEMENTATIONS) < 2:
        pytest.skip(f"nothing to compare: {'; '.join(MISSING)}")
    for case in subject.cases(IMPLEMENTATIONS):
        agreement.check(case)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_blocks_hold_the_header_lists(workload):
    for connection, blocks in zip(workload.connections, workload.blocks(), strict=True):
        decoder = upstream().Decoder()
        decoded = [[(name, value) for name, value in decoder.decode(block, raw=True)] for block in blocks]
        assert decoded == [[tuple(field[:2]) for field in headers] for headers in connection]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_something_is_left_to_time(workload):
    assert workload.fields > 0
    assert all(len(connection) > workload.warm for connection in workload.connections)


def test_workloads_are_the_same_in_every_run():
    again = workloads.__wrapped__()
    assert [workload.connections for workload in again] == [workload.connections for workload in workloads()]
    assert len({workload.name for workload in again}) == len(again)


@pytest.mark.parametrize("form", ["one field", "crumbs"])
def test_cookies_have_4_kib(form):
    (workload,) = [each for each in workloads() if each.name == f"cookies of 4 KiB, {form}"]
    for headers in workload.connections[0]:
        assert len(b"; ".join(field[1] for field in headers if field[0] == b"cookie")) == 4096


@pytest.mark.parametrize("family", [pytest.param(family, id=family.name) for family in hostile.FAMILIES])
def test_hostile_blocks_grow_with_the_octets_asked_for(family):
    once, twice = (len(family.block(octets)) for octets in (hostile.OCTETS, 2 * hostile.OCTETS))
    assert 0.5 * hostile.OCTETS < once < 1.05 * hostile.OCTETS
    assert 1.7 < twice / once < 2.6


@pytest.mark.parametrize(("ours", "theirs"), [([[b"a"]], [[b"b"]]), ([1], [1, 2]), ("OversizedHeaderListError", [])])
def test_a_difference_is_found_and_told(ours, theirs):
    def contender(answer):
        return Contender(setup=list, run=list, units=1, answer=lambda: {"fields": answer})

    case = Case("decode", "a workload", "field", {"fasth2": contender(ours), "hpack": contender(theirs)})
    with pytest.raises(agreement.Disagreement, match="decode, a workload: fields of fasth2 and hpack differ at"):
        agreement.check(case)


@pytest.mark.skipif(FREE_THREADED or sys.version_info >= (3, 16), reason="lists are made by copying there")
def test_hostile_blocks_keep_the_limits_of_memory():
    table = limits.heap_table(limits.heap(16 * 1024))
    assert len(table.rows) == len(hostile.FAMILIES)
    assert table.missed() == []


def test_the_encoder_keeps_its_limits():
    assert limits.encoder_table(limits.encoder()).missed() == []
