"""A failed `encode` leaves the encoder as it was (upstream keeps what came before the failure, which the peer never
hears of): the table, the pending size updates and `resized`. Differs from upstream on purpose."""
import pytest

from support.implementations import subject as hpack
from support.state import encoder_state

pytestmark = pytest.mark.difference("failed-encode")


class Failure(Exception):
    pass


class Unprintable:
    def __str__(self):
        raise Failure


class Undecided:
    def __bool__(self):
        raise Failure


class NoLength:
    def __len__(self):
        raise Failure


class NoItems(list):
    def __getitem__(self, index):
        raise Failure


class Unsettled(tuple):
    @property
    def indexable(self):
        raise Failure


def raising():
    raise Failure
    yield


GOOD = [("fresh", "field"), (":method", "GET"), ("another", "field"), ("fresh", "field"), ("x", "y" * 3000)]

# What makes the encode fail, put among good fields; and the class of error.
BAD = {
    "str()": (lambda: (Unprintable(), "v"), Failure),
    "str() of the value": (lambda: ("n", Unprintable()), Failure),
    "bool()": (lambda: ("n", "v", Undecided()), Failure),
    "len()": (NoLength, Failure),
    "items": (lambda: NoItems("ab"), Failure),
    "indexable": (lambda: Unsettled(("a", "b")), Failure),
    "surrogate": (lambda: ("n", "\ud800"), UnicodeEncodeError),
    "surrogate in the name": (lambda: ("\ud800", "v"), UnicodeEncodeError),
    "one item": (lambda: ("n",), IndexError),
    "no length": (lambda: None, TypeError),
    "int": (lambda: 5, TypeError),
    "interrupt": (lambda: Interrupting(), KeyboardInterrupt),
}


class Interrupting:
    def __len__(self):
        raise KeyboardInterrupt


def used_encoder():
    encoder = hpack.Encoder()
    encoder.encode([("old", "entry"), ("older", "entry")])
    return encoder


def resized_encoder():
    encoder = used_encoder()
    encoder.header_table_size = 100
    encoder.header_table_size = 4000
    return encoder


def small_encoder():
    encoder = used_encoder()
    encoder.header_table_size = 120
    encoder.encode([])
    return encoder


ENCODERS = [hpack.Encoder, used_encoder, resized_encoder, small_encoder]


@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("position", range(1, len(GOOD) + 1))
@pytest.mark.parametrize("make", ENCODERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("bad", BAD)
def test_bad_field_at_each_position(bad, make, position, huffman):
    encoder, untouched = make(), make()
    entry, error = BAD[bad]
    headers = [*GOOD[:position], entry(), *GOOD[position:]]
    for kind in (headers, iter(headers), tuple(headers)):
        with pytest.raises(error):
            encoder.encode(kind, huffman)
        assert encoder_state(encoder) == encoder_state(untouched)
    assert encoder.encode(GOOD, huffman) == untouched.encode(GOOD, huffman)


@pytest.mark.parametrize("make", ENCODERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("position", range(1, len(GOOD) + 1))
def test_iterable_that_raises(make, position):
    def headers():
        yield from GOOD[:position]
        yield from raising()

    encoder, untouched = make(), make()
    with pytest.raises(Failure):
        encoder.encode(headers())
    assert encoder_state(encoder) == encoder_state(untouched)
    assert encoder.encode(GOOD) == untouched.encode(GOOD)


@pytest.mark.parametrize("headers", [None, 5, object(), [("a", "b"), None], {"a": "b", "n": Unprintable()},
                                     {"a": "b", Unprintable(): "v"}, {":a": "b", "\ud800": "v"}],
                         ids=["None", "int", "object", "list", "dict value", "dict key", "dict surrogate"])
def test_container_that_fails(headers):
    encoder, untouched = resized_encoder(), resized_encoder()
    with pytest.raises((TypeError, Failure, UnicodeEncodeError)):
        encoder.encode(headers)
    assert encoder_state(encoder) == encoder_state(untouched)
    assert encoder.encode(GOOD) == untouched.encode(GOOD)


def test_peer_stays_in_step():
    """The point of it all: after a failure the connection goes on."""
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    for _ in range(3):
        with pytest.raises(Failure):
            encoder.encode([("lost", "entry"), ("n", Unprintable())])
        assert decoder.decode(encoder.encode([("name", "value")])) == [("name", "value")]
    assert list(encoder.header_table.dynamic_entries) == list(decoder.header_table.dynamic_entries)
