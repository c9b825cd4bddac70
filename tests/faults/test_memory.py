"""Memory: every allocation of every call fails in turn, and what a call takes, failed or not, is given back.

The calls are those of support.calls. They run in one process with the collector at rest: what others hang into it, as
hypothesis does, would be without memory too.
"""
import ast
import gc
import inspect
import re
import sys
from pathlib import Path

import pytest

from fasth2 import priority
from fasth2.codec import frame
from fasth2.errors.hpack import HPACKError
from fasth2.errors.hyperframe import HyperframeError
from fasth2.errors.priority import PriorityError
from fasth2.hpack import hpack, huffman, huffman_table, struct, table
from fasth2.hyperframe import flags
from fasth2.hyperframe import frame as frames
from support import calls
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR

pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")

from support.allocations import kept_by, left_behind, sweep

ALL = calls.all_calls()
# list(), copy.deepcopy() and pickle leave references behind where memory runs out, whatever they work on. (What a
# decoder in Python returns is copied with list().)
LEAVES_MORE = re.compile("pickled|copied|remove_child|remove_stream, loosened|Flag\\(\\)|HEADERS, a decoder in Python")


needs_failing_allocator = pytest.mark.skipif(
    FREE_THREADED or sys.version_info[:2] != (3, 11),
    # With plain Python: a generator expression over the argument, every allocation failed in turn, and the refcount of
    # its code is one less than before (3.12.1, 3.13.0, with PYTHONMALLOC=malloc; not 3.10, 3.11).
    reason="tried on CPython 3.11 alone: from 3.12 on the interpreter releases the code of a generator once too often"
    " where memory runs out; tests/unit has the calls that are compiled throughout"
    if not FREE_THREADED else WHY_NO_FAILING_ALLOCATOR,
)


@pytest.fixture(autouse=True, scope="module")
def quiet_collector():
    gc.collect()
    gc.disable()
    gc.freeze()  # what is there already is not gone through again
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def unraisable(monkeypatch):
    """The exceptions that compiled code had to swallow. Those of the interpreter's own (a generator that is closed
    without memory) are not among them: Cython names the function in a str."""
    swallowed = []

    def remember(what):
        if isinstance(what.object, str) and what.object.startswith("fasth2"):
            swallowed.append((what.object, what.exc_type))

    monkeypatch.setattr(sys, "unraisablehook", remember)
    return swallowed


@needs_failing_allocator
@pytest.mark.parametrize("call", ALL, ids=str)
def test_each_allocation_fails_in_turn(call, unraisable):
    """A MemoryError or the right answer; and afterwards the object is as it was, or as good as a new one."""
    sweep(call)
    assert unraisable == []


@needs_failing_allocator
def test_allocations_of_each_kind_do_fail():
    """That the allocator of the tests reaches what fasth2 allocates in C: a ring, an index, buffers, nodes. How often
    depends on what the interpreter has at hand, so the numbers are well below those that were seen."""
    by_name = {call.name: call for call in ALL}
    for name, least in {"Encoder.encode more than the table": 2, "Encoder.encode long strings": 1,
                        "Decoder.decode raw": 10, "decode_huffman, long": 1, "HuffmanEncoder.encode, long": 1,
                        "HeaderTable.add, many": 1, "PriorityTree.insert_stream": 1, "parse_frames": 10}.items():
        assert sweep(by_name[name]) >= least, name


@needs_failing_allocator
@pytest.mark.usefixtures("unraisable")
def test_failed_allocations_leave_nothing_behind():
    """A block that is lost would be lost every time; what the interpreter caches is not."""
    lossy = [call.name for call in ALL if not LEAVES_MORE.search(call.name)
             and all(left_behind(call, 40) > 3 for _ in range(6))]
    assert lossy == []


def test_calls_leave_nothing_behind():
    """Those that end in an exception included. A free-threaded CPython needs some rounds until it comes to rest."""
    lossy = [call.name for call in ALL
             if all(kept_by(lambda call=call: call.outcome(call.make()), 40) >= 20 for _ in range(12))]
    assert lossy == []


def lasting():
    """Objects that live as long as the process, and that calls take references to: what modules and classes hold, the
    entries of the static table, small constants."""
    found = [None, True, False, (), b"", "", 0, 1]
    for name, module in sorted(sys.modules.items()):
        if name.startswith("fasth2.") and module is not None:
            found += [module, vars(module), *vars(module).values()]
            for thing in vars(module).values():
                if isinstance(thing, type):
                    found += [getattr(thing, "__bases__", None), *vars(thing).values()]
    for line in table.HeaderTable.STATIC_TABLE:
        found += [line, *line]
    return list({id(thing): thing for thing in found}.values())


@pytest.mark.skipif(FREE_THREADED, reason="references are counted in two places there, and some are not counted")
def test_references_are_given_back():
    """A reference to something lasting that a call keeps costs no memory: only counting shows it."""
    everything, times = lasting(), 30
    assert len(everything) > 500
    for _ in range(4):
        before = [sys.getrefcount(thing) for thing in everything]
        for call in ALL:
            for _ in range(times):
                call.outcome(call.make())
        gc.collect()
        grown = [thing for thing, count in zip(everything, before) if sys.getrefcount(thing) - count >= times]
        if not grown:
            break
    assert grown == []


# ---- whether the table of calls has all ------------------------------------------------------------------------------

EXCEPTIONS = (HPACKError, HyperframeError, PriorityError)
# Plain Python that prints or warns, on top of what is in the table.
BESIDE = {"explain", "total_padding"}


def entry_points():
    """The names of all public functions, classes, methods and properties of the compiled layers."""
    for module in (hpack, huffman, huffman_table, struct, table, frames, flags, frame, priority):
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", "").partition(".")[0] in ("fasth2", "hpack", "hyperframe", "priority")
            if name.startswith("_") or not own or not callable(thing):
                continue
            if name.startswith(("parses_", "serializes", "measures_", "represents", "state_table")):
                continue  # decorators and tables, called at import
            if inspect.isclass(thing):
                if issubclass(thing, EXCEPTIONS) or name in ("Padding", "Priority"):  # mixins: their frames are there
                    continue
                yield from (member for member in vars(thing) if not member.startswith("_")
                            and (callable(vars(thing)[member]) or isinstance(vars(thing)[member], property)))
            yield name


def test_every_entry_point_is_called():
    used = set()
    for path in Path(calls.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.Name):
                used.add(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)  # setattr()
    assert set(entry_points()) - used - BESIDE == set()
