"""Frames when memory runs out: a MemoryError, nothing half done that shows later, nothing said on stderr."""
import copy
import pickle
import sys

import pytest

from fasth2.codec.frame import parse_frames
from fasth2.hyperframe.flags import Flags
from fasth2.hyperframe.frame import (
    AltSvcFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PushPromiseFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR

_testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")
if FREE_THREADED:
    pytest.skip(WHY_NO_FAILING_ALLOCATOR, allow_module_level=True)

pytestmark = pytest.mark.usefixtures("no_collector")

BIG = 1 << 30  # an int that takes memory
WIRES = [frame.serialize() for frame in (
    DataFrame(BIG, b"x" * 50, flags=["PADDED"], pad_length=3),
    HeadersFrame(BIG, b"abc", flags=["PADDED", "PRIORITY"], pad_length=3, depends_on=BIG),
    SettingsFrame(settings=dict.fromkeys(range(20), BIG)),
    PushPromiseFrame(BIG, BIG, b"abc"),
    GoAwayFrame(last_stream_id=BIG, error_code=BIG, additional_data=b"abc"),
    WindowUpdateFrame(BIG, BIG),
    AltSvcFrame(0, b"origin", b"field"),
)] + [bytes.fromhex("000003 f0 ff 40000000 616263")]


def one_by_one():
    found = []
    for wire in WIRES:
        frame, _ = Frame.parse_frame_header(memoryview(wire)[:9])
        frame.parse_body(memoryview(wire)[9:])
        found.append((repr(frame), frame.serialize(), sorted(frame.flags), frame.serialize()))
    return found


def bulk():
    frames, consumed = parse_frames(b"".join(WIRES), 16384)
    return consumed, [repr(frame) for frame in frames]


def construct():
    frame = DataFrame(BIG, b"x", flags=["PADDED"], pad_length=2)
    frame.note = BIG
    return [vars(copy.copy(frame)), vars(HeadersFrame(1, flags={"PADDED"})), SettingsFrame(settings={1: BIG}).settings]


def rarely():
    frame = pickle.loads(pickle.dumps(DataFrame(BIG, b"x")))
    frame.flags.add("PADDED")
    frame.__dict__ = {**vars(frame)}
    return frame.serialize(), frame.parse_flags(9), repr(frame)


@pytest.mark.parametrize("patched", [None, DataFrame, Flags], ids=["stock", "frame", "flags"])
@pytest.mark.parametrize("work", [one_by_one, bulk, construct, rarely])
def test_without_memory(work, patched, monkeypatch):
    """Each allocation fails in turn. A class that was just changed is looked at anew, which takes memory too."""
    unraisable, failures = [], 0
    expected = work()
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    for number in range(1, 120):
        if patched is not None:
            monkeypatch.setattr(patched, "note", number, raising=False)
        _testcapi.set_nomemory(number, number + 1)
        try:
            result = work()
        except (MemoryError, pickle.PicklingError, RuntimeError):  # pickle's, and CPython 3.10's own imports' words
            result = None
        finally:
            _testcapi.remove_mem_hooks()
        failures += result is None
        assert result is None or result == expected
        assert work() == expected
    assert failures >= 5
    assert not unraisable
