"""The encoder's table size and how it is told to the peer (RFC 7541 sections 4.2 and 6.3), as upstream does it but for
the differences that test_limits.py is about."""
import itertools

import pytest

from support.implementations import subject as hpack
from support.mended import upstream
from support.state import encoder_state, outcome

HEADERS = [("name", "value"), ("other", "field")]


def both():
    encoders = hpack.Encoder(), upstream.Encoder()
    for encoder in encoders:
        encoder.encode(HEADERS)
    return encoders


def assert_same_block(encoders, headers=HEADERS):
    found, expected = (outcome(encoder.encode, headers) for encoder in encoders)
    assert found == expected
    if expected[0] == "returned":
        assert [encoder_state(encoder) for encoder in encoders] == [encoder_state(encoders[1])] * 2
    return expected


@pytest.mark.parametrize("sizes", [
    *([size] for size in (0, 30, 31, 32, 100, 4095, 4096, 4097, 2**16, 2**31, 2**32, 2**64, 2**100)),
    [40, 100, 40], [40, 40], [40, 40, 40], [100, 4096], [0, 4096], [4096, 4096], [4097, 4096], [0, 0, 4096], [60, 100],
], ids=str)
def test_sizes_in_a_row(sizes):
    encoders = both()
    for size in sizes:
        for encoder in encoders:
            encoder.header_table_size = size
        assert encoder_state(encoders[0]) == encoder_state(encoders[1])
        assert encoders[0].header_table_size == size
    for _ in range(2):
        assert_same_block(encoders)


@pytest.mark.parametrize("sequence", list(itertools.product([0, 60, 4096], repeat=4)), ids=str)
def test_sizes_and_blocks_in_turn(sequence):
    encoders = both()
    for number, size in enumerate(sequence):
        for encoder in encoders:
            encoder.header_table_size = size
        if number % 2:
            assert_same_block(encoders)
    assert_same_block(encoders, [])


@pytest.mark.parametrize("flag", [True, False, 1, 0, None, "yes", []], ids=repr)
def test_resized_by_hand(flag):
    encoders = both()
    for encoder in encoders:
        encoder.header_table_size = 100
        encoder.header_table.resized = flag
    assert_same_block(encoders)
    for encoder in encoders:
        encoder.header_table.resized = flag
    assert_same_block(encoders)


@pytest.mark.parametrize("changes",
                         [[], [1, 2, 3], [0], [2**40], (100, 200), [True], ["100"], [1.5], [None], [-1], None, 5],
                         ids=repr)
@pytest.mark.parametrize("resized", [True, False])
def test_changes_by_hand(changes, resized):
    encoders = both()
    for encoder in encoders:
        encoder.table_size_changes = changes
        encoder.header_table.resized = resized
    found, expected = (outcome(encoder.encode, HEADERS) for encoder in encoders)
    assert found[:2] == expected[:2]
    if expected[0] == "returned":
        assert encoders[0].table_size_changes == encoders[1].table_size_changes


def test_changes_is_a_list_of_its_own():
    encoder = hpack.Encoder()
    assert encoder.table_size_changes == [] and type(encoder.table_size_changes) is list
    assert encoder.table_size_changes is not hpack.Encoder().table_size_changes
    encoder.table_size_changes.append(77)
    encoder.header_table.resized = True
    assert encoder.encode([]).hex() == "3f2e"
    assert encoder.table_size_changes == []


@pytest.mark.parametrize("size", ["100", b"100", 100.9, "abc", None, [], -1, -100, True], ids=repr)
def test_odd_sizes(size):
    encoders = both()
    found, expected = (outcome(setattr, encoder, "header_table_size", size) for encoder in encoders)
    assert found == expected
    assert encoder_state(encoders[0]) == encoder_state(encoders[1])
    found, expected = (outcome(encoder.encode, HEADERS) for encoder in encoders)
    assert found[:2] == expected[:2]


def test_size_update_that_cannot_be_sent():
    """A negative size can be asked for; the error comes with the next block, and stays."""
    encoder = hpack.Encoder()
    encoder.encode(HEADERS)
    encoder.header_table_size = -1
    before = encoder_state(encoder)
    for _ in range(2):
        with pytest.raises(ValueError, match="Can only encode positive integers, got -1"):
            encoder.encode(HEADERS)
        assert encoder_state(encoder) == before


def test_settings_flood():
    encoders = hpack.Encoder(), upstream.Encoder()
    for encoder in encoders:
        for size in (4096, 100) * 10_000:
            encoder.header_table_size = size
    assert_same_block(encoders)


def test_decoder_follows():
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    for size in (100, 0, 4096, 50, 4096):
        encoder.header_table_size = size
        assert decoder.decode(encoder.encode(HEADERS)) == HEADERS
        assert decoder.header_table_size == size
        assert list(decoder.header_table.dynamic_entries) == list(encoder.header_table.dynamic_entries)
