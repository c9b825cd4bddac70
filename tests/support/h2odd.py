"""What no caller should hand over, for every place of h2's methods: {name: a function that makes it anew}."""
import array
import decimal
import fractions


class Int(int):
    """An int of a derived class."""


class Octets(bytes):
    """The same of bytes."""


class Text(str):
    """The same of str."""


class Shy(int):
    """An int that is never smaller or larger than another."""

    __lt__ = __gt__ = lambda self, other: False
    __hash__ = int.__hash__


class Index:
    """What can be used as an int, and is none."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number

    def __repr__(self):
        return f"Index({self.number})"


class Failure(Exception):
    """Raised by what raises."""


def failing():
    """An iterator that raises at its third item."""
    yield (b"a", b"b")
    yield (b"c", b"d")
    raise Failure("third item")


class NoLength:
    """A header that says nothing of its length."""

    def __len__(self):
        raise Failure("length")

    def __getitem__(self, at):
        return (b"x", b"y")[at]


INTEGERS = [
    True, False, 0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 99, 255, 256, 257, 16384, 16385, 65535, 65536, 2**24 - 1, 2**24, -1, -2,
    -3, -256, -2**31, 2**31 - 2, 2**31 - 1, 2**31, 2**31 + 1, 2**31 + 3, 2**32 - 1, 2**32, 2**32 + 1, 2**32 + 3, 2**62,
    2**63 - 1, -2**63,
]
HUGE = [2**63, 2**63 + 1, 2**63 + 3, 2**64, 2**64 + 1, 2**64 + 3, 2**100, -2**63 - 1, -2**64, -2**64 + 3]
NEARLY = [0.0, 1.0, 3.0, 5.0, 5.5, -1.0, 1e300, float("nan"), float("inf"), fractions.Fraction(3),
          fractions.Fraction(7, 2), decimal.Decimal(3), 3 + 0j]
REQUEST = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"a")]

MADE = {
    "Int(3)": lambda: Int(3), "Int(5)": lambda: Int(5), "Int(9)": lambda: Int(9), "Shy(3)": lambda: Shy(3),
    "Shy(-5)": lambda: Shy(-5), "Shy(1000)": lambda: Shy(1000), "Index(3)": lambda: Index(3),
    "Index(9)": lambda: Index(9), "bytearray": lambda: bytearray(b"12345678"),
    "view": lambda: memoryview(b"12345678"), "strided view": lambda: memoryview(b"1122334455667788")[::2],
    "wide view": lambda: memoryview(bytes(64)).cast("I"), "view of arrays": lambda: memoryview(bytes(16)).cast("B", (4, 4)),
    "array": lambda: array.array("B", b"12345678"), "wide array": lambda: array.array("I", range(8)),
    "generator": lambda: iter([(b":status", b"200")]), "failing": failing, "no length": lambda: [NoLength()],
    "request generator": lambda: iter(REQUEST), "dict of headers": lambda: dict([(b":status", b"200")]),
    "Octets": lambda: Octets(b"12345678"), "Text": lambda: Text("12345678"),
    "headers of Octets": lambda: [(Octets(b":status"), Octets(b"200"))],
    "headers of Text": lambda: [(Text(":status"), Text("200"))],
    "headers of lists": lambda: [[":status", "200"]],
}
PLAIN = [
    None, "", "1", "3", "abc", "\ud800", "é", b"", b"1", b"12345678", b"\0" * 20000, [], (), {}, set(), ..., NotImplemented,
    object, len, range(3), slice(3), [None], [1], ["ab"], ["abc"], [b"ab"], [()], [("a",)], [("a", "b", "c", "d")], [(1, 2)],
    [(None, None)], [("a", None)], [(b"a", 1)], [("a", "b")], [(":status", "200")], [(b":status", b"200"), (b"", b"")],
    [(b":status", b"200"), ("a", b"b"), (b"c", "d")], [(":status", "\ud800")], [(":status", "é")], [(b":status", b"\xff")],
    [(":status", "100")], [(b":status", bytearray(b"200"))], REQUEST, [*REQUEST, ("Cookie", "a=b; c=d")],
    [*REQUEST, (b"x", b"y" * 40000)], {3: 5}, {"3": 5}, {3: None}, {3: "x"}, {3: 5.5}, {3: 2**32}, {3: 2**40}, {3: -1},
    {70000: 1}, {65536 + 3: 1}, {-1: 1}, {1: 100}, {2: 1}, {2: 5}, {4: 10}, {4: 2**31}, {5: 1}, {5: 20000}, {6: 10}, {6: -1},
    {8: 1}, {8: 2}, {None: 1}, {3.0: 5}, {3.5: 5}, [(3, 5)], [(3, 5), (4,)], {2**63: 1}, {3: 2**64}, {True: True},
]
ODD = {
    **{repr(value)[:60]: (lambda value=value: value) for value in [*INTEGERS, *HUGE, *NEARLY, *PLAIN]}, **MADE,
}
UNFIT = {repr(value)[:60] for value in [*HUGE, *NEARLY]}  # row native-integers
