"""The encoder's search through its tables against upstream's: strings of every length and with every octet changed,
tables of every shape, and entries that were made and evicted many times over."""
import random

import pytest

from fasth2.codec.rfc7541 import STATIC_TABLE
from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import encoder_state

LENGTHS = range(70)


def text(length, salt=0):
    return bytes(97 + (7 * at + salt) % 26 for at in range(length))


def changed(octets):
    """`octets` with each octet changed, one at a time, by its lowest and its highest bit."""
    for at in range(len(octets)):
        for bit in (1, 128):
            yield octets[:at] + bytes([octets[at] ^ bit]) + octets[at + 1:]


def assert_same(*lists):
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    for number, headers in enumerate(lists):
        assert ours.encode(headers) == theirs.encode(headers), number
    assert encoder_state(ours) == encoder_state(theirs)


@pytest.mark.parametrize("kind", [bytes, str])
def test_strings_of_every_length(kind):
    """Each is found again, as the name and as the value, and none in another's place."""
    def lines(salt):
        return [(text(length, salt), text((length * 31) % 70)) for length in LENGTHS]

    lists = [lines(0), lines(0)[::-1], [(value, name) for name, value in lines(0)], lines(1), lines(0)]
    for one in lists:
        if kind is str:
            one[:] = [(name.decode(), value.decode()) for name, value in one]
    assert_same(*([line] for one in lists for line in one), *lists)


@pytest.mark.parametrize("length", LENGTHS)
def test_any_octet_tells_strings_apart(length):
    """Also those that a hash of the ends and the middle does not see."""
    octets = text(length)
    name, value = b"name", b"value"
    assert_same([(octets, value), (name, octets)], *([(other, value), (name, other), (octets, value), (name, octets)]
                                                     for other in changed(octets)))


def test_names_like_those_of_the_static_table():
    names = dict.fromkeys(name for name, _ in STATIC_TABLE)
    others = [other for name in names for other in (*changed(name), name[:-1], name + b"x", b"x" + name)
              if other.isascii()]
    assert_same(*([(name, b"value"), (name, b"")] for name in (*names, *others)))


def test_values_like_those_of_the_static_table():
    pairs = list(STATIC_TABLE)
    others = [(name, other) for name, value in pairs for other in (*changed(value), value[:-1], value + b"x")
              if other.isascii()]
    assert_same(pairs, *([pair] for pair in (*others, *pairs)))


@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_line_of_the_static_table_put_into_the_dynamic_one(first):
    """By hand, before and after the search index is there: the static one's index is used."""
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    for encoder in (ours, theirs):
        for number in range(first):
            encoder.encode([(b"x", b"%d" % number)])
        for pair in [(b":method", b"GET"), (b"accept", b""), (b"accept", b"*/*"), (b"name", b"value")]:
            encoder.header_table.add(*pair)
    lists = [[(b":method", b"GET"), (b"accept", b""), (b"accept", b"*/*"), (b":method", b"PUT"), (b"name", b"value")]]
    lists.append([(b"x", b"%d" % number) for number in range(40)])  # the ring grows
    for headers in lists + lists:
        assert ours.encode(headers) == theirs.encode(headers)
        for name, value in headers:
            assert ours.header_table.search(name, value) == theirs.header_table.search(name, value)


@pytest.mark.parametrize("size", [0, 33, 100, 4096, 65_536])
@pytest.mark.parametrize("seed", range(3))
def test_random_lists(size, seed):
    """Few lines among many, so that chains are long and break off at entries that have gone."""
    rng = random.Random(seed)
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    ours.header_table_size = theirs.header_table_size = size
    names = [text(length) for length in (0, 1, 3, 7, 8, 15, 16, 17, 24, 25, 40)] + [b":path", b":status", b"etag"]
    for _ in range(150 if size < 65_536 else 60):
        headers = [(rng.choice(names), b"%d" % rng.randrange(rng.choice((3, 60, 3000))))
                   for _ in range(rng.randrange(40))]
        if rng.random() < 0.3:  # a secret that is in the dynamic table is written otherwise: see docs/compatibility.md
            headers.append((rng.choice(names), b"secret", True))
        assert ours.encode(headers) == theirs.encode(headers)
    assert encoder_state(ours) == encoder_state(theirs)


def test_entries_beyond_the_numbers_that_the_index_keeps():
    """It keeps 16 bits of an entry's number: after 65,536 insertions old ones come up again."""
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    early = [(b"early-%d" % number, b"value") for number in range(60)]
    late = [(b"late-%d" % number, b"%d" % number) for number in range(60)]
    for encoder in (ours, theirs):
        encoder.encode(early)
    for number in range(0, 65_536 - 130, 64):  # upstream's table need not go all this way
        ours.encode([(b"x-%d" % (each % 3), b"%d" % each) for each in range(number, number + 64)])
    for encoder in (ours, theirs):
        encoder.encode([(b"last-%d" % number, b"") for number in range(130)])
    for headers in ([line] for line in early + late + early + late):
        assert ours.encode(headers) == theirs.encode(headers)
    assert encoder_state(ours) == encoder_state(theirs)


class Plain:
    """Something whose str() is sent."""

    def __str__(self):
        return "plain"


ODD = {"none": [], "int": [(b"content-length", 123)], "str()": [("x", Plain())], "three": [(b"a", b"b", False)],
       "sensitive": [(b"a", b"b", True)], "list": [[b"name", b"value"]], "mixed": [(b"name", "value")],
       "not ASCII": [("name", "välue")], "class": [hpack.NeverIndexedHeaderTuple(b"a", b"b")]}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("position", [0, 3, 20, 100])
def test_headers_that_are_converted_after_some_that_are_not(odd, position):
    """What stood before them in the list has not been encoded twice."""
    plain = [(b"name-%d" % (number % 50), b"value %d" % number) for number in range(100)]
    headers = plain[:position] + ODD[odd] + plain[position:]
    other = [(b"fresh", b"line")]
    theirs = [tuple(header) if type(header) is hpack.NeverIndexedHeaderTuple else header for header in headers]
    if odd == "class":
        theirs = [upstream.NeverIndexedHeaderTuple(*header) if header == (b"a", b"b") else header for header in theirs]
    ours_encoder, their_encoder = hpack.Encoder(), upstream.Encoder()
    for ours, expected in ((plain, plain), (headers, theirs), (headers, theirs), (plain, plain), (other, other)):
        assert ours_encoder.encode(ours) == their_encoder.encode(expected)
    assert encoder_state(ours_encoder) == encoder_state(their_encoder)
