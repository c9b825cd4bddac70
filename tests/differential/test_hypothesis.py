"""hypothesis looks for an input on which the subject and hpack differ: in results, errors, messages or tables."""
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from fuzz.blocks import SIZES, BlockWriter
from fuzz.operations import next_operation
from fuzz.sessions import Session
from support.implementations import subject as hpack
from support.mended import upstream
from support.state import decoder_state, encoder_state, fields, outcome

randoms = st.randoms(use_true_random=False)
few_names = st.sampled_from([":method", ":path", "cookie", "x", "", b":status", b"name"])
strings = st.one_of(st.text(max_size=30), st.binary(max_size=30), st.sampled_from(["GET", "/", b"200", b"v" * 200]))
anything = st.one_of(strings, st.integers(), st.none(), st.booleans(), st.floats(),
                     st.binary(max_size=5).map(bytearray))
pairs = st.tuples(st.one_of(few_names, strings), strings)
triples = st.tuples(st.one_of(few_names, anything), anything, st.one_of(st.booleans(), st.none(), st.integers(0, 2)))
# (kind, items): made into a header of either implementation by `header_of`.
headers = st.lists(st.one_of(
    st.tuples(st.just("tuple"), pairs), st.tuples(st.just("tuple"), triples), st.tuples(st.just("list"), triples),
    st.tuples(st.just("HeaderTuple"), pairs), st.tuples(st.just("NeverIndexedHeaderTuple"), pairs),
), max_size=12)


def header_of(module, kind, items):
    return {"tuple": tuple, "list": list}[kind](items) if kind in ("tuple", "list") else getattr(module, kind)(*items)


def headers_of(module, described):
    return [header_of(module, kind, items) for kind, items in described]


def note(result):
    event("accepted" if result[0] == "returned" else f"{result[1]}: {result[2][:30]}")


def assert_same_decode(decoders, block, raw):
    found, expected = (outcome(decoder.decode, block, raw=raw) for decoder in decoders)
    note(expected)
    if expected[0] == "returned":
        assert found[0] == "returned" and fields(found[1]) == fields(expected[1])
    else:
        assert found == expected
    assert decoder_state(decoders[0]) == decoder_state(decoders[1])
    return expected


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_any_octets(blocks, raw):
    decoders = hpack.Decoder(), upstream.Decoder()
    for block in blocks:
        assert_same_decode(decoders, block, raw)


@given(randoms)
def test_built_blocks(rng):
    decoders = hpack.Decoder(), upstream.Decoder()
    for _ in range(6):
        block, fault = BlockWriter(rng, decoders[1]).block()
        event(f"fault: {fault}")
        assert_same_decode(decoders, block, rng.random() < 0.5)


@given(randoms)
def test_connections(rng):
    """The fuzzer's sessions, shrunk by hypothesis when one fails."""
    session = Session()
    for _ in range(12):
        session.run(next_operation(rng, session)[0])


@given(st.lists(st.tuples(headers, st.booleans()), max_size=5))
def test_encoding(blocks):
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    peer = upstream.Decoder(max_header_list_size=2**20)
    for described, huffman in blocks:
        expected = outcome(theirs.encode, headers_of(upstream, described), huffman)
        found = outcome(ours.encode, headers_of(hpack, described), huffman)
        note(expected)
        assert found == expected
        if expected[0] == "raised":
            return  # what then differs is a difference of its own: tests/unit/test_failed_encode.py
        assert encoder_state(ours) == encoder_state(theirs)
        sent = [(upstream.hpack._to_bytes(items[0]), upstream.hpack._to_bytes(items[1])) for _, items in described]
        assert peer.decode(found[1], raw=True) == sent


@given(st.dictionaries(st.one_of(few_names, strings, st.integers()), anything, max_size=8), st.booleans())
def test_encoding_dicts(headers, huffman):
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    assert outcome(ours.encode, headers, huffman) == outcome(theirs.encode, headers, huffman)


@given(st.binary(max_size=200))
def test_huffman_encode(octets):
    theirs = upstream.Encoder().huffman_coder.encode(octets)
    assert hpack.Encoder().huffman_coder.encode(octets) == theirs
    assert hpack.huffman_table.decode_huffman(theirs) == octets


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda octets: octets + b"\xff")))
def test_huffman_decode(octets):
    expected = outcome(upstream.huffman_table.decode_huffman, octets)
    note(expected)
    assert outcome(hpack.huffman_table.decode_huffman, octets) == expected


@given(st.one_of(st.integers(0, 2**80), st.integers(-5, 300)), st.integers(0, 9))
def test_encode_integer(value, prefix):
    assert outcome(hpack.hpack.encode_integer, value, prefix) == outcome(upstream.hpack.encode_integer, value, prefix)


@given(st.one_of(st.binary(max_size=9), st.lists(st.integers(128, 255), max_size=8).map(bytes)), st.integers(1, 8))
def test_decode_integer(octets, prefix):
    assert outcome(hpack.hpack.decode_integer, octets, prefix) == outcome(upstream.hpack.decode_integer, octets, prefix)


class Connection(RuleBasedStateMachine):
    """An encoder and a decoder of each implementation, and the blocks that went from one to the other."""

    blocks = Bundle("blocks")

    @initialize(limit=st.sampled_from([2**16, 500]))
    def begin(self, limit):
        self.encoders = hpack.Encoder(), upstream.Encoder()
        self.decoders = hpack.Decoder(limit), upstream.Decoder(limit)

    @rule(target=blocks, described=headers, huffman=st.booleans())
    def encode(self, described, huffman):
        ours, theirs = self.encoders
        # Upstream's state after a failure is the one documented difference: here it is what it was.
        sane = outcome(upstream.Encoder().encode, headers_of(upstream, described), huffman)
        if sane[0] == "raised":
            assert outcome(ours.encode, headers_of(hpack, described), huffman) == sane
            return b""
        found = ours.encode(headers_of(hpack, described), huffman)
        assert found == theirs.encode(headers_of(upstream, described), huffman)
        return found

    @rule(size=st.sampled_from(SIZES))
    def resize_encoder(self, size):
        for encoder in self.encoders:
            encoder.header_table_size = size

    @rule(resized=st.booleans())
    def set_resized(self, resized):
        for encoder in self.encoders:
            encoder.header_table.resized = resized

    @rule(name=few_names.map(lambda n: n if isinstance(n, bytes) else n.encode()), value=st.binary(max_size=40),
          sensitive=st.booleans(), huffman=st.booleans())
    def add(self, name, value, sensitive, huffman):
        ours, theirs = self.encoders
        assert ours.add((name, value), sensitive, huffman) == theirs.add((name, value), sensitive, huffman)

    @rule(block=blocks, raw=st.booleans())
    def decode(self, block, raw):
        assert_same_decode(self.decoders, block, raw)

    @rule(block=blocks, raw=st.booleans(), rng=randoms)
    def decode_changed(self, block, raw, rng):
        assert_same_decode(self.decoders, BlockWriter(rng, self.decoders[1]).spoiled(
            block, rng.choice(["cut", "noise", "octet changed", "random"])), raw)

    @rule(raw=st.booleans(), rng=randoms)
    def decode_built(self, raw, rng):
        assert_same_decode(self.decoders, BlockWriter(rng, self.decoders[1]).block()[0], raw)

    @rule(size=st.sampled_from(SIZES))
    def allow(self, size):
        for decoder in self.decoders:
            decoder.max_allowed_table_size = size

    @rule(size=st.sampled_from(SIZES))
    def resize_decoder(self, size):
        for decoder in self.decoders:
            decoder.header_table_size = size

    @rule(limit=st.sampled_from([0, 32, 100, 1000, 2**16]))
    def limit_list(self, limit):
        for decoder in self.decoders:
            decoder.max_header_list_size = limit

    @rule(entry=st.tuples(st.binary(max_size=20), st.binary(max_size=20)))
    def add_to_table(self, entry):
        for codec in (*self.encoders, *self.decoders):
            codec.header_table.add(*entry)

    @precondition(lambda self: self.encoders[1].header_table.dynamic_entries)
    @rule(end=st.sampled_from(["pop", "popleft"]))
    def take_from_entries(self, end):
        """By hand, as upstream's deque allows: from then on the octets are miscounted, in both the same way."""
        for encoder in self.encoders:
            entry = getattr(encoder.header_table.dynamic_entries, end)()
            encoder.header_table._current_size -= 32 + len(entry[0]) + len(entry[1])

    @rule(name=few_names, value=strings)
    def search(self, name, value):
        found, expected = (outcome(codec.header_table.search, name, value) for codec in self.encoders)
        assert found == expected

    @invariant()
    def same_state(self):
        if hasattr(self, "encoders"):
            assert encoder_state(self.encoders[0]) == encoder_state(self.encoders[1])
            assert decoder_state(self.decoders[0]) == decoder_state(self.decoders[1])


TestConnection = Connection.TestCase


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
def test_every_block_of_two_octets(raw):
    """All 65,536 of them, on a fresh decoder each: cheap, and no generator has to think of them."""
    for first in range(256):
        for second in range(256):
            block = bytes((first, second))
            ours, theirs = hpack.Decoder(), upstream.Decoder()
            found, expected = outcome(ours.decode, block, raw=raw), outcome(theirs.decode, block, raw=raw)
            assert found == expected, block.hex()
            if expected[0] == "returned":
                assert fields(found[1]) == fields(expected[1])
            assert ours.header_table.maxsize == theirs.header_table.maxsize
