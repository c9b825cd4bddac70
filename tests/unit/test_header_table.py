"""HeaderTable: lookup, insertion, eviction and resizing as RFC 7541 sections 2.3 and 4 and upstream's API have them."""
import inspect
import random
from collections import deque

import pytest

from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import outcome, table_state

HeaderTable = hpack.table.HeaderTable


def both(maxsize=None, entries=()):
    """The same table in both implementations."""
    tables = hpack.table.HeaderTable(), upstream.table.HeaderTable()
    for table in tables:
        if maxsize is not None:
            table.maxsize = maxsize
        for entry in entries:
            table.add(*entry)
    return tables


def test_new_table():
    table = HeaderTable()
    assert table_state(table) == {"entries": [], "size": 0, "maxsize": 4096, "resized": False}
    assert table._maxsize == HeaderTable.DEFAULT_SIZE == 4096
    assert repr(table) == "HeaderTable(4096, False, deque([]))"


def test_static_table():
    assert HeaderTable.STATIC_TABLE == upstream.table.HeaderTable.STATIC_TABLE
    assert type(HeaderTable.STATIC_TABLE) is tuple
    assert HeaderTable.STATIC_TABLE_LENGTH == 61 == len(HeaderTable.STATIC_TABLE)
    assert HeaderTable.STATIC_TABLE_MAPPING == upstream.table.HeaderTable.STATIC_TABLE_MAPPING
    table = HeaderTable()
    for index, entry in enumerate(HeaderTable.STATIC_TABLE, 1):
        assert table.get_by_index(index) == entry
        assert isinstance(table.get_by_index(index), tuple)


@pytest.mark.parametrize("index", [0, -1, 62, 64, 127, 2**16, 2**31, 2**32, 2**35 + 30, 2**63, 2**64, 2**100, -2**100])
def test_index_out_of_range(index):
    table = HeaderTable()
    with pytest.raises(hpack.InvalidTableIndexError, match=f"^Invalid table index {index}$") as caught:
        table.get_by_index(index)
    assert type(caught.value) is hpack.InvalidTableIndex


@pytest.mark.parametrize("index", [None, "1", b"1", 1.5, (), True, 1.0])
def test_index_of_another_type(index):
    ours, theirs = both()
    expected = outcome(theirs.get_by_index, index)
    found = outcome(ours.get_by_index, index)
    assert found[:2] == expected[:2]


def test_dynamic_entries_follow_the_static_ones():
    table = HeaderTable()
    table.add(b"one", b"1")
    table.add(b"two", b"2")
    assert table.get_by_index(62) == (b"two", b"2")
    assert table.get_by_index(63) == (b"one", b"1")
    with pytest.raises(hpack.InvalidTableIndex, match="Invalid table index 64"):
        table.get_by_index(64)


@pytest.mark.parametrize("value", [b"", b"GET", b"/", b"200", b"nothing of the RFC's", b"gzip, deflate"])
def test_search_static(value):
    ours, theirs = both()
    for name in {name for name, _ in HeaderTable.STATIC_TABLE} | {b"", b":", b"x", b":statux", b"Accept"}:
        assert ours.search(name, value) == theirs.search(name, value)


def test_search_every_static_pair():
    ours, theirs = both()
    for name, value in HeaderTable.STATIC_TABLE:
        assert ours.search(name, value) == theirs.search(name, value)
        assert ours.search(name, value)[2] == value


@pytest.mark.difference("table-entries-are-header-tuples")
def test_entries_are_the_tuples_that_decoding_hands_out():
    decoder = hpack.Decoder()
    (header,) = decoder.decode(b"\x40\x01n\x01v", raw=True)
    assert decoder.header_table.get_by_index(62) is header
    assert decoder.header_table.dynamic_entries[0] is header
    assert decoder.decode(b"\xbe", raw=True)[0] is header


def test_search_prefers_the_static_name_and_the_newest_entry():
    table = HeaderTable()
    for value in (b"a", b"b", b"a"):
        table.add(b"custom", value)
        table.add(b":path", value)
    # 62 is ":path: a", 63 "custom: a", 64 ":path: b", and so on.
    assert table.search(b":path", b"other") == (4, b":path", None)
    assert table.search(b":path", b"a") == (62, b":path", b"a")
    assert table.search(b"custom", b"other") == (63, b"custom", None)
    assert table.search(b"custom", b"b") == (65, b"custom", b"b")
    assert table.search(b"custom", b"a") == (63, b"custom", b"a")
    assert table.search(b"absent", b"a") is None


@pytest.mark.parametrize("arguments", [
    ("custom", "a"), (b"custom", "a"), ("custom", b"a"), (bytearray(b"custom"), b"a"), (b"custom", bytearray(b"a")),
    (memoryview(b"custom"), memoryview(b"a")), (None, None), (1, 2), (b"custom", None), ((b"custom",), b"a"),
    ([], b"a"), (b"custom",),
])
def test_search_for_other_types(arguments):
    ours, theirs = both(entries=[(b"custom", b"a")])
    expected = outcome(theirs.search, *arguments)
    found = outcome(ours.search, *arguments)
    assert found[:2] == expected[:2]


def test_entry_size():
    for name, value in [(b"", b""), (b"a", b""), (b"", b"a"), (b"name", b"value"), (b"n" * 1000, b"v" * 100_000)]:
        assert hpack.table.table_entry_size(name, value) == 32 + len(name) + len(value)
        table = HeaderTable()
        table.maxsize = 2**20
        table.add(name, value)
        assert table._current_size == 32 + len(name) + len(value)


@pytest.mark.parametrize("arguments", [("näme", "value"), ([1, 2], (3,)), (b"x",), (None, b""), (b"", 5)])
def test_entry_size_of_other_types(arguments):
    assert (outcome(hpack.table.table_entry_size, *arguments)[:2]
            == outcome(upstream.table.table_entry_size, *arguments)[:2])


def test_entry_that_fits_exactly():
    table = HeaderTable()
    table.maxsize = 32 + 10
    table.add(b"name", b"value!")
    assert list(table.dynamic_entries) == [(b"name", b"value!")]
    assert table._current_size == 42


def test_entry_too_large_empties_the_table():
    table = HeaderTable()
    table.maxsize = 80
    table.add(b"name", b"value")
    table.add(b"name", b"v" * 45)  # 32 + 4 + 45 = 81
    assert table_state(table) == {"entries": [], "size": 0, "maxsize": 80, "resized": True}


def test_eviction_makes_just_enough_room():
    table = HeaderTable()
    table.maxsize = 100
    for value in (b"1", b"2", b"3"):
        table.add(b"", value)  # 33 octets each: the third leaves room for none
    assert [value for _, value in table.dynamic_entries] == [b"3", b"2", b"1"]
    table.add(b"", b"4")
    assert [value for _, value in table.dynamic_entries] == [b"4", b"3", b"2"]
    table.add(b"", b"v" * 35)  # 67 octets: one of the others stays
    assert [value for _, value in table.dynamic_entries] == [b"v" * 35, b"4"]
    assert table._current_size == 100


@pytest.mark.parametrize("size",
                         [0, 1, 31, 32, 33, 65, 66, 4095, 4096, 4097, 2**16, 2**31, 2**32, 2**40, 2**64, -1, -5])
def test_resize(size):
    ours, theirs = both(entries=[(b"", b"%d" % n) for n in range(3)])
    for table in (ours, theirs):
        table.maxsize = size
    assert table_state(ours) == table_state(theirs)
    assert ours._maxsize == size
    for table in (ours, theirs):
        table.add(b"after", b"resize")
    assert table_state(ours) == table_state(theirs)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("size", ["100", b"100", 100.9, True, "abc", None, [], float("inf"), float("nan"), "٣٠٠"])
def test_resize_takes_what_int_takes(size):
    ours, theirs = both(entries=[(b"name", b"%d" % n) for n in range(4)])
    assert outcome(setattr, ours, "maxsize", size) == outcome(setattr, theirs, "maxsize", size)
    assert table_state(ours) == table_state(theirs)


def test_resized_says_whether_the_last_assignment_changed_anything():
    table = HeaderTable()
    table.maxsize = 4096
    assert table.resized is False
    table.maxsize = 100
    assert table.resized is True
    table.maxsize = 100
    assert table.resized is False  # upstream's quirk, which the encoder's output shows
    table.resized = True
    assert table.resized is True


def test_shrinking_and_growing_again_loses_what_did_not_fit():
    table = HeaderTable()
    for n in range(5):
        table.add(b"n", b"%d" % n)
    table.maxsize = 2 * 34
    table.maxsize = 4096
    assert [value for _, value in table.dynamic_entries] == [b"4", b"3"]
    assert table._current_size == 68


@pytest.mark.parametrize("attribute, value", [("_maxsize", 100), ("_maxsize", 0), ("_current_size", 0),
                                              ("_current_size", 4000), ("resized", True), ("resized", "yes")])
def test_attributes_can_be_assigned(attribute, value):
    """As a subclass of HeaderTable out there does in its own `__init__`."""
    ours, theirs = both(entries=[(b"name", b"value")] * 3)
    for table in (ours, theirs):
        setattr(table, attribute, value)
    assert getattr(ours, attribute) == getattr(theirs, attribute) == value
    for n in range(3):
        for table in (ours, theirs):
            table.add(b"name", b"%d" % n)
        assert table_state(ours) == table_state(theirs)


class Loud(int):
    """Runs code when it is compared, and when it goes."""

    said = []

    def __ne__(self, other):
        self.said.append(Loud.table.maxsize)
        return int(self) != int(other)

    def __del__(self):
        self.said.append(Loud.table.resized)


def test_limit_that_runs_code():
    """An integer too large for the ring's own limit, of a class of the caller's."""
    said = []
    for package in hpack, upstream:
        Loud.said, Loud.table = [], package.table.HeaderTable()
        Loud.table.add(b"name", b"value")
        Loud.table._maxsize = Loud(1 << 70)
        assert type(Loud.table.dynamic_entries) is deque  # of no use for the ring, which no code may run in
        decoder = package.Decoder()
        decoder.header_table = Loud.table
        decoder.decode(b"\x20")
        assert table_state(Loud.table) == {"entries": [], "size": 0, "maxsize": 0, "resized": True}
        said.append(Loud.said)
    assert said[0] == said[1] != []


def test_shrink_is_callable():
    ours, theirs = both(entries=[(b"name", b"%d" % n) for n in range(5)])
    for table in (ours, theirs):
        table._maxsize = 80
        table._shrink()
    assert table_state(ours) == table_state(theirs)
    assert len(ours.dynamic_entries) == 2


@pytest.mark.parametrize("entry", [("näme", "välue"), (bytearray(b"name"), bytearray(b"value")), (b"name", "value"),
                                   (memoryview(b"name"), memoryview(b"value")), ((1, 2), [3]), (None, b"value"),
                                   (1, 2)])
def test_add_takes_whatever_has_a_length(entry):
    """The interface is for octets, which upstream does not enforce."""
    ours, theirs = both()
    assert outcome(ours.add, *entry)[:2] == outcome(theirs.add, *entry)[:2]
    assert table_state(ours) == table_state(theirs)


def test_entries_are_what_was_put_in():
    class Octets(bytes):
        pass

    table = HeaderTable()
    name, value = Octets(b"name"), Octets(b"value")
    table.add(name, value)
    assert table.get_by_index(62) == (b"name", b"value")
    assert table.search(b"name", b"value") == (62, b"name", b"value")
    assert table.search(name, value) == (62, b"name", b"value")


@pytest.mark.parametrize("seed", range(8))
def test_random_walk_equals_upstream(seed):
    """Insertions, evictions, resizes and searches in any order, empty strings and wrap-around included."""
    rng = random.Random(seed)
    ours, theirs = both()
    names = [b"", b"a", b"name", b":path", b"cookie", b"x" * 40]
    values = [b"", b"1", b"GET", b"/", b"v" * 70, b"w" * 300]
    for _ in range(1500):
        action = rng.random()
        if action < 0.7:
            entry = rng.choice(names), rng.choice(values) + rng.randbytes(rng.randrange(3))
            for table in (ours, theirs):
                table.add(*entry)
        elif action < 0.75:
            size = rng.choice([0, 31, 32, 33, 64, 100, 500, 4096, 20_000])
            for table in (ours, theirs):
                table.maxsize = size
        else:
            entry = rng.choice(names), rng.choice(values)
            if theirs.dynamic_entries and action < 0.9:
                entry = rng.choice(list(theirs.dynamic_entries))
            assert ours.search(*entry) == theirs.search(*entry)
            index = rng.randrange(64 + len(theirs.dynamic_entries))
            assert outcome(ours.get_by_index, index) == outcome(theirs.get_by_index, index)
        assert ours._current_size == theirs._current_size
        assert len(ours.dynamic_entries) == len(theirs.dynamic_entries)
    assert table_state(ours) == table_state(theirs)
    assert repr(ours) == repr(theirs)


def test_many_entries():
    """Far past any 8- or 16-bit link, with the oldest still found."""
    table = HeaderTable()
    table.maxsize = 2**24
    count = 2**17
    for n in range(count):
        table.add(b"%d" % n, b"")
    assert len(table.dynamic_entries) == count
    for n in (0, 1, 255, 256, 65_534, 65_535, 65_536, count - 1):
        index = 61 + count - n
        assert table.get_by_index(index) == (b"%d" % n, b"")
        assert table.search(b"%d" % n, b"") == (index, b"%d" % n, b"")
        assert table.search(b"%d" % n, b"x") == (index, b"%d" % n, None)


@pytest.mark.parametrize("method", ["__init__", "get_by_index", "add", "search", "_shrink", "__repr__"])
def test_signatures(method):
    ours, theirs = (list(inspect.signature(getattr(module.table.HeaderTable, method)).parameters)
                    for module in (hpack, upstream))
    assert ours == theirs


def test_keywords():
    table = HeaderTable()
    table.add(name=b"name", value=b"value")
    assert table.get_by_index(index=62) == (b"name", b"value")
    assert table.search(name=b"name", value=b"value") == (62, b"name", b"value")
    assert hpack.table.table_entry_size(name=b"name", value=b"value") == 41


def test_subclass_and_instance_attributes():
    class Counting(HeaderTable):
        def add(self, name, value):
            self.added = getattr(self, "added", 0) + 1
            super().add(name, value)

    table = Counting()
    table.add(b"name", b"value")
    assert table.added == 1
    assert vars(table)["added"] == 1
    assert table.get_by_index(62) == (b"name", b"value")
    table.note = "anything"
    assert table.note == "anything"
