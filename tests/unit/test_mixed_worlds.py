"""Never-indexed fields stay never-indexed where fasth2 and stock hpack meet (RFC 7541 section 7.1.3).

Each test looks at the octet on the wire: 0x10 in front of a literal is "never indexed", 0x40 goes into both tables.
"""
import copy
import pickle

import pytest

from fasth2 import hpack
from support.implementations import SUBJECT, upstream

pytestmark = pytest.mark.skipif(SUBJECT != "fasth2.hpack", reason="about fasth2's classes, whatever is under test")

SECRET = (b"x-secret", b"not for tables")
PLAIN = b"\x08x-secret\x0enot for tables"
NEVER, INCREMENTAL = b"\x10" + PLAIN, b"\x40" + PLAIN


class Ours(hpack.NeverIndexedHeaderTuple):
    """Derived by a program."""


class OursToo(hpack.HeaderTuple):
    indexable = False


class OursIndexable(hpack.NeverIndexedHeaderTuple):
    indexable = True


def ours_reduced():
    return OursReduced(*SECRET)


class OursReduced(hpack.NeverIndexedHeaderTuple):
    way = (ours_reduced, ())

    def __reduce__(self):
        return self.way


class OursNoted(hpack.NeverIndexedHeaderTuple):
    """Goes by copyreg.__newobj_ex__."""

    def __new__(cls, *pair, note):
        self = super().__new__(cls, *pair)
        self.note = note
        return self

    def __getnewargs_ex__(self):
        return tuple(self), {"note": self.note}


class Theirs(upstream.NeverIndexedHeaderTuple):
    """Derived by a program, from stock's."""


class TheirsToo(upstream.HeaderTuple):
    indexable = False


NEVER_INDEXED = [
    hpack.NeverIndexedHeaderTuple, Ours, OursToo, upstream.NeverIndexedHeaderTuple, Theirs, TheirsToo,
]
INDEXABLE = [hpack.HeaderTuple, OursIndexable, upstream.HeaderTuple, lambda *pair: tuple(pair)]
both_encoders = pytest.mark.parametrize("encoder", [hpack.Encoder, upstream.Encoder], ids=["into fasth2", "into stock"])


@both_encoders
@pytest.mark.parametrize("cls", NEVER_INDEXED, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_a_never_indexed_field(encoder, cls):
    codec = encoder()
    for _ in range(2):
        assert codec.encode([cls(*SECRET)], huffman=False) == NEVER
    assert list(codec.header_table.dynamic_entries) == []


@both_encoders
@pytest.mark.parametrize("cls", INDEXABLE)
def test_a_field_that_may_be_indexed(encoder, cls):
    codec = encoder()
    assert codec.encode([cls(*SECRET)], huffman=False) == INCREMENTAL
    assert len(codec.header_table.dynamic_entries) == 1


def test_what_one_side_has_decoded_goes_out_by_the_other():
    for decoder, encoder in (hpack.Decoder, upstream.Encoder), (upstream.Decoder, hpack.Encoder):
        (header,) = decoder().decode(NEVER, raw=True)
        assert encoder().encode([header], huffman=False) == NEVER


def test_class_of_a_never_indexed_field():
    """It claims stock's class beside stock; its type is what it is, and so is what isinstance says of fasth2's."""
    header = hpack.NeverIndexedHeaderTuple(*SECRET)
    assert type(header) is hpack.NeverIndexedHeaderTuple
    assert header.__class__ is upstream.NeverIndexedHeaderTuple
    assert isinstance(header, hpack.NeverIndexedHeaderTuple) and isinstance(header, hpack.HeaderTuple)
    assert isinstance(header, upstream.NeverIndexedHeaderTuple) and isinstance(header, upstream.HeaderTuple)
    assert hpack.HeaderTuple(*SECRET).__class__ is hpack.HeaderTuple
    assert OursIndexable(*SECRET).__class__ is OursIndexable
    assert not isinstance(header, (str, list))


@pytest.mark.parametrize("cls", [hpack.NeverIndexedHeaderTuple, Ours, OursToo])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_beside_stock(cls, protocol):
    """pickle compares `__class__` with what it is to make."""
    header = cls(*SECRET)
    assert header.__class__ is not cls
    for dumps in pickle.dumps, pickle._dumps:
        made = pickle.loads(dumps(header, protocol))
        assert type(made) is cls and made == SECRET and made.indexable is False
    for made in copy.copy(header), copy.deepcopy(header):
        assert type(made) is cls and made == SECRET


def test_pickle_beside_stock_in_a_way_of_ones_own():
    header = OursReduced(*SECRET)
    assert header.__class__ is upstream.NeverIndexedHeaderTuple
    assert header.__reduce_ex__(2) is OursReduced.way
    assert type(pickle.loads(pickle.dumps(header))) is OursReduced
    assert pickle.loads(pickle.dumps(OursNoted(*SECRET, note="kept"))).note == "kept"


def test_class_without_stock(python):
    """Without stock, and in its place, a never-indexed field is of its own class alone; odd modules do no harm."""
    python("""
import sys, types
from fasth2.hpack import NeverIndexedHeaderTuple
header = NeverIndexedHeaderTuple(b"a", b"b")
class Derived(NeverIndexedHeaderTuple):
    @property
    def indexable(self):
        raise ValueError
assert "hpack" not in sys.modules and header.__class__ is NeverIndexedHeaderTuple
class Hostile(types.ModuleType):
    def __getattr__(self, name):
        raise KeyError(name)
for odd in None, 7, types.ModuleType("x"), types.SimpleNamespace(NeverIndexedHeaderTuple=int), Hostile("x"):
    sys.modules["hpack.struct"] = odd
    assert header.__class__ is NeverIndexedHeaderTuple
    assert Derived(b"a", b"b").__class__ is Derived
del sys.modules["hpack.struct"]
import fasth2
fasth2.install()
import hpack.struct
assert header.__class__ is NeverIndexedHeaderTuple is hpack.struct.NeverIndexedHeaderTuple
assert Derived(b"a", b"b").__class__ is Derived
""")


H2 = """
import sys
from support.worlds import Pair, form_of
import fasth2

def check(pair, header, form):
    for _ in range(2):
        received, _ = pair.get("/", header)
        assert form_of(b"x-secret", pair.sent) == form, hex(form_of(b"x-secret", pair.sent))
        if form != 0x40:
            assert type(received[-1]).__name__ == "NeverIndexedHeaderTuple"
        else:
            break
"""


@pytest.fixture
def h2(python):
    """Runs code in a fresh interpreter, on stock until it installs fasth2, that has `check` for fields on h2's wire."""
    pytest.importorskip("h2", reason="h2 is not installed")
    return lambda code: python(H2 + code)


def test_fasth2s_field_through_a_stock_h2(h2):
    h2("""
from fasth2.hpack import HeaderTuple, NeverIndexedHeaderTuple
class Derived(HeaderTuple):
    indexable = False
pair = Pair()
assert type(pair.client.encoder).__init__.__code__.co_filename.endswith("hpack.py"), "not stock's"
check(pair, NeverIndexedHeaderTuple("X-Secret", " value "), 0x10)
check(pair, Derived(b"x-secret", b"value"), 0x10)
check(Pair(), HeaderTuple(b"x-secret", b"value"), 0x40)
""")


def test_stocks_field_through_an_h2_that_has_gone_over(h2):
    """Constants that a module has made of stock's classes before the late install()."""
    h2("""
import h2.connection, hpack
class Derived(hpack.HeaderTuple):
    indexable = False
class DerivedToo(hpack.NeverIndexedHeaderTuple):
    pass
class Indexable(hpack.NeverIndexedHeaderTuple):
    indexable = True
pair = b"x-secret", b"value"
kept = [hpack.NeverIndexedHeaderTuple("X-Secret", " value "), Derived(*pair), DerivedToo(*pair)]
indexed = [hpack.HeaderTuple(*pair), Indexable(*pair)]
fasth2.install()
assert type(Pair().client.encoder) is sys.modules["fasth2.hpack"].Encoder
for header in kept:
    check(Pair(), header, 0x10)
    assert hpack.Encoder().encode([header], huffman=False)[0] == 0x10
    assert isinstance(header, hpack.NeverIndexedHeaderTuple) and header == tuple(header) and header[1:] == (header[1],)
for header in indexed:
    check(Pair(), header, 0x40)
    assert isinstance(header, hpack.HeaderTuple)
fasth2.uninstall()
for header in kept:
    check(Pair(), header, 0x10)
    assert header.__class__ is type(header)
""")


def test_both_through_a_connection_that_was_alive(h2):
    """install(live=True): fasth2's fields meet the stock encoder of a connection, and stock's meet it still."""
    h2("""
import h2.connection, hpack
theirs = hpack.NeverIndexedHeaderTuple("x-secret", "value")
pair = Pair()
encoder = hpack.Encoder()
check(pair, theirs, 0x10)
fasth2.install(live=True)
ours = hpack.NeverIndexedHeaderTuple("x-secret", "value")
assert type(ours) is not type(theirs) and type(pair.client.encoder) is not hpack.Encoder
for header in ours, theirs:
    check(pair, header, 0x10)
    check(Pair(), header, 0x10)
    assert encoder.encode([header], huffman=False) == b"\\x10\\x08x-secret\\x05value"
check(pair, hpack.HeaderTuple("x-secret", "value"), 0x40)
""")


def test_fasth2s_field_after_uninstall(h2):
    h2("""
fasth2.install()
import hpack, h2.connection
header, plain = hpack.NeverIndexedHeaderTuple("x-secret", "value"), hpack.HeaderTuple("x-secret", "value")
check(Pair(), header, 0x10)
fasth2.uninstall()
pair = Pair()
assert type(pair.client.encoder).__init__.__code__.co_filename.endswith("hpack.py"), "not stock's"
check(pair, header, 0x10)
check(Pair(), plain, 0x40)
assert hpack.Encoder().encode([header], huffman=False)[0] == 0x10
""")
