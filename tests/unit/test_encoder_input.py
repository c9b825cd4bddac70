"""What may be handed to `Encoder.encode`, and what upstream makes of it: the same octets, the same table after it."""
import collections
import enum
import inspect
import itertools
import types

import pytest

from support.implementations import SUBJECT
from support.implementations import subject as hpack
from support.mended import upstream
from support.state import encoder_state, outcome


class Text(str):
    """Upstream asks for exactly str, and stringifies this."""

    def __str__(self):
        return f"text({super().__str__()})"


class Octets(bytes):
    pass


class Colour(enum.Enum):
    RED = "red"


class Name(str, enum.Enum):
    PATH = ":path"


class Printable:
    def __str__(self):
        return "printable ✓"


class Sequence:
    """A header that is no tuple: upstream needs its length and its items by number."""

    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


class Truth:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        return self.value


class Reversed(dict):
    """A dict whose overridden methods upstream goes through."""

    def keys(self):
        return [key for key in super().keys() if key != "hidden"]

    def __getitem__(self, key):
        return super().__getitem__(key)[::-1]


Pair = collections.namedtuple("Pair", "name value")

# Each makes its headers anew (a generator is spent after one use), from the module whose HeaderTuple it may need.
INPUTS = {
    # Containers
    "empty list": lambda m: [],
    "empty dict": lambda m: {},
    "empty str": lambda m: "",
    "empty generator": lambda m: iter(()),
    "list of pairs": lambda m: [(":method", "GET"), ("name", "value"), ("name", "value")],
    "tuple of pairs": lambda m: ((":method", "GET"), ("name", "value")),
    "generator": lambda m: ((f"name-{n}", f"value-{n}") for n in range(5)),
    "chain": lambda m: itertools.chain([(":method", b"GET")], iter([("a", "b")])),
    "zip": lambda m: zip(["a", b"b"], ["c", b"d"]),
    "map": lambda m: map(lambda n: (n, n), "abc"),
    "deque": lambda m: collections.deque([("a", "b")]),
    "set": lambda m: {("a", "b")},
    "dict items": lambda m: {"a": "b"}.items(),
    "range": lambda m: range(3),
    "dict": lambda m: {"a": "1", ":path": "/", b":method": b"GET", "b": "2"},
    "dict of bytes": lambda m: {b"a": b"1", b":path": b"/"},
    "dict of mixed keys": lambda m: {1: 2, None: None, ":path": 3.5, Name.PATH: "/x", Octets(b":x"): "y"},
    "ordered dict": lambda m: collections.OrderedDict([("z", "1"), (":b", "2"), ("a", "3"), (":a", "4")]),
    "default dict": lambda m: collections.defaultdict(list, {"a": "1"}),
    "dict with methods": lambda m: Reversed({"a": "12", "hidden": "no", ":path": "x/"}),
    "dict of tuples": lambda m: {"a": ("b", True)},
    "mapping proxy": lambda m: types.MappingProxyType({"ab": "1", "cde": "2"}),
    "user dict": lambda m: collections.UserDict({"ab": "1"}),
    "not iterable": lambda m: 5,
    "None": lambda m: None,
    "str": lambda m: "ab",
    "bytes": lambda m: b"ab",
    "class": lambda m: list,
    # Headers
    "list headers": lambda m: [["a", "b"], [b"c", b"d", True]],
    "three items": lambda m: [("a", "b", True), ("a", "b", False), ("c", "d", None), ("e", "f", 1)],
    "four items": lambda m: [("a", "b", True, "ignored"), ("a", "b", False, True)],
    "one item": lambda m: [("a",)],
    "no item": lambda m: [()],
    "header None": lambda m: [None],
    "header int": lambda m: [5],
    "str headers": lambda m: ["ab", "abc", "abcd"],
    "str header of one": lambda m: ["a"],
    "bytes headers": lambda m: [b"ab", b"ab\x00", b"abc"],
    "dict headers": lambda m: [{0: "name", 1: "value"}, {0: "name", 1: "value", 2: True}],
    "dict header without items": lambda m: [{"a": 1, "b": 2}],
    "set header": lambda m: [{1, 2}],
    "named tuple": lambda m: [Pair("a", "b")],
    "sequence": lambda m: [Sequence("a", "b"), Sequence("a", "b", True), Sequence("c", "d", "")],
    "short sequence": lambda m: [Sequence("a")],
    "header tuples": lambda m: [m.HeaderTuple("a", "b"), m.NeverIndexedHeaderTuple("c", "d"), m.HeaderTuple("a", "b")],
    "never indexed static": lambda m: [m.NeverIndexedHeaderTuple(":method", "GET"),
                                       m.NeverIndexedHeaderTuple(":path", "/x")],
    "never indexed match": lambda m: [("a", "b"), m.NeverIndexedHeaderTuple("a", "b"),
                                      m.NeverIndexedHeaderTuple("a", "c")],
    "header tuple of three": lambda m: [m.HeaderTuple("a", "b", True), m.NeverIndexedHeaderTuple("a", "c", False)],
    "header tuple of one": lambda m: [m.HeaderTuple("a")],
    "header tuple of none": lambda m: [m.NeverIndexedHeaderTuple()],
    # Sensitive
    **{f"sensitive {value!r}": (lambda m, value=value: [("name", "value", value)])
       for value in (1, "yes", "", [], [0], 0.0, b"", object, float("nan"))},
    "sensitive object": lambda m: [("name", "value", Truth(True)), ("name", "other", Truth(False))],
    # Strings
    "str and bytes": lambda m: [("a", b"b"), (b"a", "b")],
    "empty strings": lambda m: [("", ""), (b"", b""), ("", "v"), ("n", "")],
    "unicode": lambda m: [("näme", "✓"), ("\u00e9", "\U0001f600"), ("nul\0", "\x7f\x80\xff")],
    "any octet": lambda m: [(bytes(range(256)), bytes(range(255, -1, -1)))],
    "lone surrogate": lambda m: [("a", "\ud800")],
    "surrogate in name": lambda m: [("\udfff", "a")],
    "str subclass": lambda m: [(Text("a"), Text("b"))],
    "bytes subclass": lambda m: [(Octets(b"a"), Octets(b"b"))],
    "str enum": lambda m: [(Name.PATH, "/")],
    "enum": lambda m: [("colour", Colour.RED)],
    "bytearray": lambda m: [(bytearray(b"a"), bytearray(b"b"))],
    "numbers": lambda m: [(1, 2), (1.5, -0.0), (10**30, True)],
    "None strings": lambda m: [(None, None)],
    "containers": lambda m: [(["a"], ("b",)), ({}, set())],
    "printable": lambda m: [(Printable(), Printable())],
    "type": lambda m: [(int, Exception("text"))],
    # Sizes
    **{f"length {n}": (lambda m, n=n: [("n" * n, "v"), ("name", "v" * n), ("\0" * n, "\xff" * n)])
       for n in (1, 5, 31, 126, 127, 128, 254, 255, 256, 4064, 4096, 16_384)},
    "many headers": lambda m: [(f"name-{n}", f"value-{n % 7}") for n in range(300)],
    "many equal headers": lambda m: [("name", "value")] * 300,
    "whole static table": lambda m: list(m.table.HeaderTable.STATIC_TABLE),
    "static names": lambda m: [(name, b"other") for name, _ in m.table.HeaderTable.STATIC_TABLE],
}


@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("name", INPUTS)
def test_same_as_upstream(name, huffman):
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    for _ in range(2):  # the second time the table answers
        expected = outcome(theirs.encode, INPUTS[name](upstream), huffman=huffman)
        found = outcome(ours.encode, INPUTS[name](hpack), huffman=huffman)
        assert found == expected
        assert found[0] == "raised" or type(found[1]) is bytes
        if expected[0] == "raised":
            break  # what is left of the state is another matter: test_failed_encode
        assert encoder_state(ours) == encoder_state(theirs)


@pytest.mark.parametrize("huffman", [True, False, 1, 0, None, "", "yes", [], Truth(False)], ids=repr)
def test_huffman_may_be_any_truth(huffman):
    headers = [("name", "value"), (":path", "/x"), ("name", "other", True)]
    assert hpack.Encoder().encode(headers, huffman) == upstream.Encoder().encode(headers, huffman)
    assert hpack.Encoder().encode(headers=headers, huffman=huffman) == upstream.Encoder().encode(headers, bool(huffman))


def test_huffman_whose_truth_raises():
    class Undecided:
        def __bool__(self):
            raise ZeroDivisionError

    for module in (hpack, upstream):
        with pytest.raises(ZeroDivisionError):
            module.Encoder().encode([("name", "value")], Undecided())


def test_sensitive_whose_truth_raises():
    class Undecided:
        def __bool__(self):
            raise ZeroDivisionError

    for module in (hpack, upstream):
        with pytest.raises(ZeroDivisionError):
            module.Encoder().encode([("name", "value", Undecided())])


@pytest.mark.skipif(SUBJECT == "hpack", reason="upstream's Huffman coding takes minutes for these")
# Where the length takes an octet more.
@pytest.mark.parametrize("length", [16_510, 16_511, 16_512, 1_000_000, 2_097_278])
@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
def test_long_strings_come_back(length, huffman):
    headers = [(b"n" * length, b"0" * length), (b"name", b"\xfe" * length)]
    decoder = hpack.Decoder(max_header_list_size=2**30)
    assert decoder.decode(hpack.Encoder().encode(headers, huffman), raw=True) == headers


# Never indexed, whoever's class says so


class Foreign(tuple):
    """Some other package's never-indexed field, which knows nothing of ours."""

    __slots__ = ()
    indexable = False


class ForeignIndexable(tuple):
    __slots__ = ()
    indexable = True


def test_upstreams_own_never_indexed_class():
    """The mixed world: fasth2's encoder, a field of a class that comes from the real hpack."""
    encoder = hpack.Encoder()
    block = encoder.encode([upstream.NeverIndexedHeaderTuple("password", "secret")], huffman=False)
    assert block.hex() == "100870617373776f726406736563726574"
    assert list(encoder.header_table.dynamic_entries) == []
    block = encoder.encode([upstream.HeaderTuple("name", "value")], huffman=False)
    assert block[0] == 0x40 and list(encoder.header_table.dynamic_entries) == [(b"name", b"value")]


@pytest.mark.difference("foreign-never-indexed")
def test_foreign_never_indexed_class():
    encoder = hpack.Encoder()
    block = encoder.encode([Foreign(("password", "secret"))], huffman=False)
    assert block.hex() == "100870617373776f726406736563726574"
    assert list(encoder.header_table.dynamic_entries) == []


def test_foreign_indexable_class():
    for cls in (ForeignIndexable, Pair._make):
        encoder = hpack.Encoder()
        assert encoder.encode([cls(("name", "value"))], huffman=False)[0] == 0x40
        assert len(encoder.header_table.dynamic_entries) == 1


def test_subclass_decides_by_its_attribute():
    class Toggled(hpack.HeaderTuple):
        indexable = False

    class Computed(hpack.HeaderTuple):
        @property
        def indexable(self):
            return self[0] != "password"

    for header, first in ((Toggled("a", "b"), 0x10), (Computed("password", "b"), 0x10), (Computed("a", "b"), 0x40)):
        assert hpack.Encoder().encode([header], huffman=False)[0] == first


def test_borrowed_class_attribute():
    """A tuple that claims, by its `__class__`, to be the stock never-indexed class is sent as one."""
    def claim(module):
        class Claiming(tuple):
            __class__ = property(lambda self: module.NeverIndexedHeaderTuple)
            indexable = False
        return [Claiming(("password", "secret"))]

    assert hpack.Encoder().encode(claim(hpack)) == upstream.Encoder().encode(claim(upstream))
    assert hpack.Encoder().encode(claim(hpack))[0] == 0x10


# Encoder.add


ADD = [
    ((b"name", b"value"), False), ((b"name", b"value"), True), ((b":method", b"GET"), True), ((b":path", b"/x"), False),
    ((b":path", b"/x"), True), ([b"name", b"value"], False), ((b"", b""), False), ((b"name", b"value"), 0),
    ((b"name", b"value"), "yes"), ((b"name",), False), ((b"a", b"b", b"c"), False), (None, False), (b"ab", False),
    (("name", "value"), False), (("name", "value"), True), ((b"name", None), False), ((bytearray(b"n"), b"v"), False),
]


@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("to_add, sensitive", ADD, ids=repr)
def test_add(to_add, sensitive, huffman):
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    for _ in range(2):
        expected = outcome(theirs.add, to_add, sensitive, huffman)
        assert outcome(ours.add, to_add, sensitive, huffman)[:2] == expected[:2]
        if expected[0] == "raised":
            break
        assert encoder_state(ours) == encoder_state(theirs)


def test_add_is_plain_by_default():
    assert hpack.Encoder().add((b"name", b"value"), False) == b"\x40\x04name\x05value"
    assert hpack.Encoder().add(to_add=(b"name", b"value"), sensitive=True, huffman=False) == b"\x10\x04name\x05value"


# Helpers that the suite of upstream and some callers import


@pytest.mark.parametrize("value", ["ü", b"\xff", Text("a"), Octets(b"a"), bytearray(b"a"), 1, None, 1.5, Printable(),
                                   Name.PATH, "\ud800"], ids=repr)
def test_to_bytes(value):
    assert outcome(hpack.hpack._to_bytes, value) == outcome(upstream.hpack._to_bytes, value)


@pytest.mark.parametrize("headers", [{}, {"a": 1, ":b": 2, b":c": 3}, Reversed({"a": "12"}), [], None, "a", 5],
                         ids=repr)
def test_dict_to_iterable(headers):
    found, expected = (outcome(lambda d, m=m: list(m.hpack._dict_to_iterable(d)), headers) for m in (hpack, upstream))
    assert found == expected


@pytest.mark.parametrize("header",
                         [(b"a", b"b"), ("a", "b"), (bytearray(b"a"), memoryview(b"b")), (b"\xff", b""), (b"a",)],
                         ids=repr)
@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("cls", ["HeaderTuple", "NeverIndexedHeaderTuple"])
def test_unicode_if_needed(header, raw, cls):
    found, expected = (outcome(m.hpack._unicode_if_needed, getattr(m, cls)(*header), raw) for m in (hpack, upstream))
    assert found == expected
    assert type(found[1]).__name__ == type(expected[1]).__name__


@pytest.mark.parametrize("target", ["Encoder.encode", "Encoder.add", "Encoder.__init__", "hpack._to_bytes",
                                    "hpack._dict_to_iterable", "hpack._unicode_if_needed"])
def test_signatures(target):
    def parameters(module):
        for name in target.split("."):
            module = getattr(module, name)
        return [(p.name, p.kind, p.default) for p in inspect.signature(module).parameters.values() if p.name != "self"]

    assert parameters(hpack) == parameters(upstream)


def test_output_does_not_depend_on_the_kind_of_iterable():
    headers = [(":method", "GET"), ("name", "value"), ("name", "value")]
    made = {hpack.Encoder().encode(kind) for kind in (headers, tuple(headers), iter(headers), (h for h in headers))}
    assert len(made) == 1


@pytest.mark.skipif(SUBJECT == "hpack", reason="needs two implementations")
def test_encoders_share_nothing():
    first, second = hpack.Encoder(), hpack.Encoder()
    first.encode([("secret", "value")])
    assert list(second.header_table.dynamic_entries) == []
    assert second.encode([("secret", "value")]) == hpack.Encoder().encode([("secret", "value")])


def test_text_that_encodes_itself_to_something_else():
    """No header is left out in silence."""
    class Odd(str):
        def __str__(self):
            return self

        def encode(self, *args):
            return bytearray(b"odd")

    for library in (hpack, upstream):
        encoder = library.Encoder()
        with pytest.raises(TypeError):
            encoder.encode([(Odd("name"), "value")])
        assert encoder_state(encoder)["entries"] == []
