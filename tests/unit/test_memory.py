"""Memory: what fails to be allocated is a MemoryError and nothing else; what is allocated is given back."""
import gc
import sys

import pytest

from support.corpus import OWN, own_lists
from support.implementations import SUBJECT
from support.implementations import subject as hpack
from support.state import decoder_state, encoder_state
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR

_testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")

pytestmark = [
    pytest.mark.skipif(SUBJECT == "hpack", reason="about the compiled codec"),
    pytest.mark.usefixtures("no_collector"),
]

needs_failing_allocator = pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)

HEADERS = [(":method", "GET"), ("name", "value" * 30), (b"bytes", b"value"), ("näme", "välue"), ("x", "y", True),
           hpack.HeaderTuple("tuple", "field"), *((f"n{i}", "v" * 40) for i in range(30))]


@needs_failing_allocator
def test_encode_without_memory():
    """Each allocation of an encode fails in turn; the encoder stays as it was."""
    failures = 0
    for number in range(1, 200):
        encoder = hpack.Encoder()
        encoder.encode([("old", "entry")])
        encoder.header_table_size = 2000
        before = encoder_state(encoder)
        _testcapi.set_nomemory(number, number + 1)
        try:
            block = encoder.encode(HEADERS)
        except MemoryError:
            block = None
        finally:
            _testcapi.remove_mem_hooks()
        if block is None:
            failures += 1
            assert encoder_state(encoder) == before
        fresh = hpack.Encoder()
        fresh.encode([("old", "entry")])
        fresh.header_table_size = 2000
        expected = fresh.encode(HEADERS)
        assert (encoder.encode(HEADERS) if block is None else block) == expected
        assert encoder_state(encoder) == encoder_state(fresh)
    assert failures >= 5  # fewer where the memory of other tuples is used again


@needs_failing_allocator
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
def test_decode_without_memory(raw):
    """The decoder's table may have the lines before the failure; it is sound, and so is every later call."""
    block = hpack.Encoder().encode(HEADERS)
    expected = hpack.Decoder().decode(block, raw)
    failures = 0
    for number in range(1, 300):
        decoder = hpack.Decoder()
        _testcapi.set_nomemory(number, number + 1)
        try:
            found = decoder.decode(block, raw)
        except MemoryError:
            found = None
        finally:
            _testcapi.remove_mem_hooks()
        if found is None:
            failures += 1
            entries = list(decoder.header_table.dynamic_entries)
            assert decoder.header_table._current_size == sum(32 + len(n) + len(v) for n, v in entries)
            decoder = hpack.Decoder()
            found = decoder.decode(block, raw)
        assert found == expected
    assert failures >= 40


@needs_failing_allocator
def test_making_codecs_without_memory():
    failures = 0
    for make in (hpack.Encoder, hpack.Decoder, hpack.table.HeaderTable, lambda: hpack.HeaderTuple("a", "b"),
                 lambda: hpack.HeaderTuple(*range(50))):
        for number in range(1, 40):
            _testcapi.set_nomemory(number, number + 1)
            try:
                make()
            except MemoryError:
                failures += 1
            finally:
                _testcapi.remove_mem_hooks()
    assert failures >= 5
    assert hpack.Decoder().decode(hpack.Encoder().encode(HEADERS[:2])) == HEADERS[:2]


def rounds(work, count):
    """The number of live blocks that `count` rounds of `work` leave behind."""
    for _ in range(20):
        work()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(count):
        work()
    gc.collect()
    return sys.getallocatedblocks() - before


def quietly(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except (hpack.HPACKError, ValueError, TypeError, UnicodeError, IndexError):
        pass


def encode_and_decode():
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    for headers in own_lists(OWN[0])[:6]:
        decoder.decode(encoder.encode(headers))
        decoder.decode(encoder.encode(headers, huffman=False), raw=True)
    encoder.header_table_size = 100
    encoder.encode(HEADERS)


def errors():
    block = hpack.Encoder().encode(HEADERS)
    decoder = hpack.Decoder(500)
    for end in range(0, len(block), 7):
        quietly(decoder.decode, block[:end])
    for bad in (b"\x80", b"\x40\x01\xff\x01a", b"\x82\x20", b"\xff" * 9, b"\x40\x01a\x81\xff", b"\x3f\xff\xff\x0f"):
        quietly(decoder.decode, bad)
    encoder = hpack.Encoder()
    for entry in (None, ("a",), ("\ud800", ""), 5):
        quietly(encoder.encode, [*HEADERS, entry])
    quietly(hpack.huffman_table.decode_huffman, b"\xff\xff")
    quietly(hpack.hpack.decode_integer, b"", 5)
    quietly(hpack.hpack.encode_integer, -1, 5)


def views():
    table = hpack.table.HeaderTable()
    for n in range(50):
        table.add(b"name", b"%d" % n)
    view = table.dynamic_entries
    list(view), view[0], view == view.copy(), repr(view), view.index((b"name", b"3"))
    view.append((b"by", b"hand"))
    view.rotate(3)
    table.search(b"name", b"7")
    table.maxsize = 100


def steps():
    class Encoder(hpack.Encoder):
        def add(self, to_add, sensitive, huffman=False):
            return super().add(to_add, sensitive, huffman)

    encoder, decoder = Encoder(), hpack.Decoder()
    decoder.header_table = type("Table", (hpack.table.HeaderTable,), {})()
    decoder.decode(encoder.encode(HEADERS))


def tuples():
    for cls in (hpack.HeaderTuple, hpack.NeverIndexedHeaderTuple):
        cls(), cls(1), cls(*range(9)), cls("a", "b") + ("c",), cls("a", "b")[:1], hash(cls("a", "b"))
        quietly(cls, name=1)


@pytest.mark.parametrize("work", [encode_and_decode, errors, views, steps, tuples], ids=lambda work: work.__name__)
def test_nothing_is_left_behind(work):
    """A leak of one block a round would show as 200 every time; the interpreter's own caches as a few, after some
    times: a free-threaded CPython begins with as many and comes down to none."""
    assert any(rounds(work, 200) < 60 for _ in range(12))


def test_references_to_what_is_handed_in():
    name, value = "name-of-its-own", b"value-of-its-own"
    field = (name, value)
    header = hpack.HeaderTuple("header-of", "its-own")
    counts = [sys.getrefcount(thing) for thing in (name, value, field, header)]
    for _ in range(100):
        encoder = hpack.Encoder()
        encoder.encode([field, header, header])
        quietly(encoder.encode, [field, header, None])
        del encoder
    gc.collect()
    assert [sys.getrefcount(thing) for thing in (name, value, field, header)] == counts


def test_decoded_tuples_are_let_go():
    decoder = hpack.Decoder()
    (header,) = decoder.decode(b"\x40\x01n\x01v")
    (again,) = decoder.decode(b"\xbe")
    assert header == again
    held = sys.getrefcount(header)
    decoder.header_table_size = 0
    assert sys.getrefcount(header) < held
    del decoder, again
    gc.collect()
    assert sys.getrefcount(header) <= 2  # 1 from CPython 3.14 on, which lends out a local
    assert decoder_state(hpack.Decoder())["entries"] == []


def test_nobody_is_handed_what_the_table_keeps():
    """An entry in both forms is a list inside; a caller that got hold of it could change it."""
    decoder = hpack.Decoder()
    (text,) = decoder.decode(b"\x40\x01n\x02\xc3\xa9")
    (pair,) = decoder.decode(b"\xbe", raw=True)
    for header in (text, pair):
        assert not [thing for thing in gc.get_referrers(header) if type(thing) is list]
        assert not [thing for thing in gc.get_objects() if type(thing) is list and any(x is header for x in thing)]
