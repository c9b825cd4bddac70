"""`HeaderTable.dynamic_entries`: over the compiled table, and to a caller the deque that upstream keeps there."""
import collections
import copy
import operator
import pickle
from collections import deque

import pytest

from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import fields, outcome

ENTRIES = [(b"one", b"1"), (b"two", b"2"), (b"three", b"3"), (b"two", b"2"), (b"", b"")]
NEW = (b"new", b"entry")


def both(entries=ENTRIES):
    tables = hpack.table.HeaderTable(), upstream.table.HeaderTable()
    for table in tables:
        for entry in reversed(entries):
            table.add(*entry)
    return tables


def plain(value):
    """A result without the class of the sequence, which is the implementation's own."""
    if isinstance(value, (bool, int, str, bytes, tuple, type(None))):
        return value
    return list(value)


def view_outcome(operation, view):
    result = outcome(operation, view)
    return ("returned", plain(result[1])) if result[0] == "returned" else result[:2]


def assign(index, value):
    return lambda d: operator.setitem(d, index, value)


def delete(index):
    return lambda d: operator.delitem(d, index)


READ = {
    "list": list,
    "len": len,
    "bool": bool,
    "repr": repr,
    "str": str,
    "reversed": lambda d: list(reversed(d)),
    "first": lambda d: d[0],
    "last": lambda d: d[-1],
    "middle": lambda d: d[2],
    "past the end": lambda d: d[5],
    "before the start": lambda d: d[-6],
    "huge index": lambda d: d[2**70],
    "slice": lambda d: d[1:2],
    "index of str": lambda d: d["0"],
    "contains": lambda d: (b"two", b"2") in d,
    "contains not": lambda d: NEW in d,
    "contains another type": lambda d: "two" in d,
    "contains list": lambda d: [b"two", b"2"] in d,
    "count": lambda d: d.count((b"two", b"2")),
    "count none": lambda d: d.count(NEW),
    "index": lambda d: d.index((b"two", b"2")),
    "index from": lambda d: d.index((b"two", b"2"), 2),
    "index from to": lambda d: d.index((b"two", b"2"), 2, 3),
    "index negative": lambda d: d.index((b"two", b"2"), -2),
    "copy": lambda d: d.copy(),
    "copy module": copy.copy,
    "deepcopy": copy.deepcopy,
    "maxlen": lambda d: d.maxlen,
    "add": lambda d: d + deque([NEW]),
    "mul": lambda d: d * 2,
    "rmul": lambda d: 2 * d,
    "mul zero": lambda d: d * 0,
    "unpack": lambda d: [first for first, *_ in [d]],
    "max": max,
    "sorted": sorted,
    "enumerate": lambda d: list(enumerate(d)),
    "zip": lambda d: list(zip(d, range(3))),
    "hash": hash,
    "add list": lambda d: d + [NEW],
}

WRITE = {
    "append": lambda d: d.append(NEW),
    "appendleft": lambda d: d.appendleft(NEW),
    "extend": lambda d: d.extend([NEW, (b"more", b"")]),
    "extendleft": lambda d: d.extendleft([NEW, (b"more", b"")]),
    "extend itself": lambda d: d.extend(d),
    "extendleft itself": lambda d: d.extendleft(d),
    "extend generator": lambda d: d.extend((b"n%d" % n, b"") for n in range(3)),
    "extend nothing": lambda d: d.extend([]),
    "extend number": lambda d: d.extend(5),
    "clear": lambda d: d.clear(),
    "pop": lambda d: d.pop(),
    "popleft": lambda d: d.popleft(),
    "pop all": lambda d: [d.pop() for _ in range(5)],
    "pop too many": lambda d: [d.pop() for _ in range(6)],
    "popleft too many": lambda d: [d.popleft() for _ in range(6)],
    "pop with argument": lambda d: d.pop(0),
    "remove": lambda d: d.remove((b"two", b"2")),
    "remove absent": lambda d: d.remove(NEW),
    "insert first": lambda d: d.insert(0, NEW),
    "insert second": lambda d: d.insert(1, NEW),
    "insert last": lambda d: d.insert(5, NEW),
    "insert far": lambda d: d.insert(100, NEW),
    "insert negative": lambda d: d.insert(-1, NEW),
    "reverse": lambda d: d.reverse(),
    "rotate": lambda d: d.rotate(),
    "rotate 2": lambda d: d.rotate(2),
    "rotate back": lambda d: d.rotate(-1),
    "rotate far": lambda d: d.rotate(1003),
    "setitem": assign(1, NEW),
    "setitem last": assign(-1, NEW),
    "setitem past": assign(5, NEW),
    "setitem before": assign(-6, NEW),
    "setitem slice": assign(slice(0, 1), [NEW]),
    "delitem": delete(1),
    "delitem last": delete(-1),
    "delitem past": delete(5),
    "delitem slice": delete(slice(0, 1)),
    "imul": lambda d: plain(operator.imul(d, 2)),
    "imul zero": lambda d: plain(operator.imul(d, 0)),
    "iadd": lambda d: plain(operator.iadd(d, [NEW])),
}


@pytest.mark.parametrize("entries", [ENTRIES, []], ids=["full", "empty"])
@pytest.mark.parametrize("operation", READ)
def test_reading(operation, entries):
    ours, theirs = both(entries)
    assert view_outcome(READ[operation], ours.dynamic_entries) == view_outcome(READ[operation], theirs.dynamic_entries)
    assert list(ours.dynamic_entries) == list(theirs.dynamic_entries) == entries


@pytest.mark.parametrize("entries", [ENTRIES, []], ids=["full", "empty"])
@pytest.mark.parametrize("operation", WRITE)
def test_writing(operation, entries):
    ours, theirs = both(entries)
    view = ours.dynamic_entries
    assert view_outcome(WRITE[operation], view) == view_outcome(WRITE[operation], theirs.dynamic_entries)
    changed = list(theirs.dynamic_entries)
    assert list(view) == list(ours.dynamic_entries) == changed
    # The table itself has changed with the view ...
    assert [ours.get_by_index(62 + n) for n in range(len(changed))] == changed
    assert outcome(ours.get_by_index, 62 + len(changed)) == outcome(theirs.get_by_index, 62 + len(changed))
    for name, value in [*changed, *ENTRIES, NEW]:
        assert ours.search(name, value) == theirs.search(name, value)
        assert ours.search(name, b"no such value") == theirs.search(name, b"no such value")
    # ... and upstream counts no octets of what a caller adds or takes away.
    assert ours._current_size == theirs._current_size
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("operation", WRITE)
def test_codecs_go_on_after_writing(operation):
    """A codec works with the entries a caller left, and accounts for them as upstream does."""
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    peer, reference = hpack.Decoder(), upstream.Decoder()
    for codec in (ours, theirs, peer, reference):
        codec.header_table.maxsize = 400
        codec.header_table.resized = False
        for entry in reversed(ENTRIES):
            codec.header_table.add(*entry)
        outcome(WRITE[operation], codec.header_table.dynamic_entries)
    for n in range(12):
        headers = [(b"two", b"2"), NEW, (b"header-%d" % n, b"x" * n)]
        block = outcome(theirs.encode, headers)
        assert outcome(ours.encode, headers) == block
        if block[0] == "returned":
            expected = outcome(reference.decode, block[1])
            found = outcome(peer.decode, block[1])
            assert found == expected
        for codec, other in ((ours, theirs), (peer, reference)):
            assert list(codec.header_table.dynamic_entries) == list(other.header_table.dynamic_entries)
            assert codec.header_table._current_size == other.header_table._current_size


def test_view_is_live():
    table = hpack.table.HeaderTable()
    view = table.dynamic_entries
    assert list(view) == [] and not view
    table.add(b"name", b"value")
    assert list(view) == [(b"name", b"value")] and view
    table.maxsize = 0
    assert list(view) == []
    decoder = hpack.Decoder()
    view = decoder.header_table.dynamic_entries
    decoder.decode(bytes.fromhex("400a637573746f6d2d6b65790d637573746f6d2d686561646572"))
    assert list(view) == [(b"custom-key", b"custom-header")]


def test_view_outlives_its_codec():
    view = hpack.Encoder().header_table.dynamic_entries
    assert list(view) == []
    view.append(NEW)
    assert list(view) == [NEW]


def test_comparison():
    (ours, theirs), (same, _), (other, _) = both(), both(), both(ENTRIES[1:])
    view = ours.dynamic_entries
    assert view == same.dynamic_entries and not view != same.dynamic_entries
    assert view == theirs.dynamic_entries and theirs.dynamic_entries == view
    assert view != other.dynamic_entries and not view == other.dynamic_entries
    assert view == deque(ENTRIES) and deque(ENTRIES) == view
    assert view != deque() and deque() != view
    assert view != ENTRIES and view != tuple(ENTRIES) and ENTRIES != view and view != None  # noqa: E711


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge], ids=lambda f: f.__name__)
@pytest.mark.parametrize("other", [deque(ENTRIES), deque(ENTRIES[1:]), deque([(b"zzz", b"")]), deque(), list(ENTRIES)],
                         ids=["same", "shorter", "greater", "empty", "list"])
def test_ordering(compare, other):
    ours, theirs = both()
    assert (outcome(compare, ours.dynamic_entries, other)[:2] == outcome(compare, theirs.dynamic_entries, other)[:2])
    assert (outcome(compare, other, ours.dynamic_entries)[:2] == outcome(compare, other, theirs.dynamic_entries)[:2])


@pytest.mark.parametrize("abc", ["MutableSequence", "Sequence", "Reversible", "Collection", "Iterable", "Sized"])
def test_abstract_classes(abc):
    assert isinstance(hpack.table.HeaderTable().dynamic_entries, getattr(collections.abc, abc))


def test_no_public_method_of_a_deque_is_missing():
    view = hpack.table.HeaderTable().dynamic_entries
    missing = [name for name in dir(deque) if not name.startswith("_") and not hasattr(view, name)]
    assert not missing


CHANGES = {"add": lambda table: table.add(*NEW), "shrink": lambda table: setattr(table, "maxsize", 40),
           "resize to nothing": lambda table: setattr(table, "maxsize", 0),
           "clear": lambda table: table.dynamic_entries.clear(), "grow": lambda table: setattr(table, "maxsize", 9999),
           "pop": lambda table: table.dynamic_entries.pop(), "append": lambda table: table.dynamic_entries.append(NEW)}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("iterate", [iter, reversed], ids=["iter", "reversed"])
def test_iterator_notices_a_change(iterate, change):
    found, expected = [], []
    for table, results in zip(both(), (found, expected)):
        iterator = iterate(table.dynamic_entries)
        results.append(next(iterator))
        CHANGES[change](table)
        results.append(outcome(next, iterator, None))
    assert found == expected


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_and_copies_are_snapshots(protocol):
    ours, _ = both()
    copies = [pickle.loads(pickle.dumps(ours.dynamic_entries, protocol)), copy.copy(ours.dynamic_entries),
              copy.deepcopy(ours.dynamic_entries), ours.dynamic_entries.copy()]
    ours.add(*NEW)
    for snapshot in copies:
        assert list(snapshot) == ENTRIES
        assert snapshot == deque(ENTRIES)
        snapshot.append(NEW)
        assert list(ours.dynamic_entries) == [NEW, *ENTRIES]


def test_assignment_replaces_the_entries():
    ours, theirs = both()
    for table in (ours, theirs):
        table.dynamic_entries = deque([NEW, (b"second", b"")])
    assert list(ours.dynamic_entries) == [NEW, (b"second", b"")]
    assert ours.get_by_index(63) == (b"second", b"")
    assert ours.search(*NEW) == (62, *NEW)
    assert ours._current_size == theirs._current_size
    for table in (ours, theirs):
        table.add(b"third", b"")
    assert list(ours.dynamic_entries) == list(theirs.dynamic_entries)


# Entries that no block can produce but a caller can: the codec hands them out, or fails, as upstream does.
ODD = [
    ("text", "entry"),
    (bytearray(b"name"), bytearray(b"value")),
    [b"a", b"list"],
    (b"one",),
    (b"one", b"two", b"three"),
    (1, 2),
    (None, None),
    b"ab",
    None,
]


@pytest.mark.parametrize("entry", ODD, ids=repr)
@pytest.mark.parametrize("block", ["be", "7e0178", "0f2f0178", "4001780179"],
                         ids=["indexed", "named", "no index", "new"])
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
def test_odd_entries_in_a_decoder(entry, block, raw):
    ours, theirs = hpack.Decoder(), upstream.Decoder()
    for decoder in (ours, theirs):
        decoder.header_table.dynamic_entries.append(entry)
    expected = outcome(theirs.decode, bytes.fromhex(block), raw=raw)
    found = outcome(ours.decode, bytes.fromhex(block), raw=raw)
    if expected[0] == "returned":
        assert found[0] == "returned" and fields(found[1]) == fields(expected[1])
    else:
        assert found[:2] == expected[:2]
    assert list(ours.header_table.dynamic_entries) == list(theirs.header_table.dynamic_entries)


@pytest.mark.parametrize("entry", ODD, ids=repr)
def test_odd_entries_in_an_encoder(entry):
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    for encoder in (ours, theirs):
        encoder.header_table.dynamic_entries.append(entry)
    for headers in ([("text", "entry")], [("name", "value")], [(":method", "GET")], [("one", "two")]):
        found, expected = outcome(ours.encode, headers), outcome(theirs.encode, headers)
        assert found[:2] == expected[:2]
