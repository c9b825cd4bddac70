"""Limits that a peer meets and stock hpack has not got: an encoder's table, the sizes of it that are told, size updates
in a block; and what is sensitive, which is never a reference. Each is a documented difference."""
import copy
import itertools
import logging
import pickle

import pytest

from differential import nghttp2
from fasth2.hyperframe.frame import SettingsFrame
from support.implementations import subject as hpack
from support.implementations import upstream
from support.state import decoder_state, encoder_state

HEADERS = [(b"name", b"value"), (b"other", b"field")]
LARGEST = 2**32 - 1  # of a SETTINGS value
MOST = 2**16


def many(count, prefix=b"x-field"):
    return [(b"%s-%d" % (prefix, number), b"value %d" % number) for number in range(count)]


def updates_of(block):
    """The sizes that a block tells at its head."""
    sizes = []
    while block and block[0] & 0xE0 == 0x20:
        size, taken = upstream.hpack.decode_integer(block, 5)
        sizes.append(size)
        block = block[taken:]
    return sizes


def stepwise_encoder():
    """One that walks through upstream's steps."""
    return type("Encoder", (hpack.Encoder,), {"add": lambda self, *args: hpack.Encoder.add(self, *args)})()


def stepwise_decoder():
    steps = {"_decode_indexed": lambda self, data: hpack.Decoder._decode_indexed(self, data)}
    return type("Decoder", (hpack.Decoder,), steps)()


encoders = pytest.mark.parametrize("make", [hpack.Encoder, stepwise_encoder], ids=["straight", "stepwise"])
decoders = pytest.mark.parametrize("make", [hpack.Decoder, stepwise_decoder], ids=["straight", "stepwise"])


# The encoder's table


@encoders
@pytest.mark.difference("encoder-table-limit")
@pytest.mark.parametrize("announced", [MOST + 1, 2**20, LARGEST, 2**100])
def test_encoder_table_is_bounded(make, announced):
    encoder = make()
    encoder.header_table_size = announced
    assert encoder.header_table_size == announced
    assert encoder.header_table.maxsize == MOST
    peer = upstream.Decoder(max_header_list_size=2**30)
    peer.max_allowed_table_size = announced
    for number in range(3):
        sent = many(1500, b"round-%d" % number)
        block = encoder.encode(sent)
        assert updates_of(block) == ([MOST] if number == 0 else [])
        assert peer.decode(block, raw=True) == sent
        assert list(peer.header_table.dynamic_entries) == list(encoder.header_table.dynamic_entries)
        assert MOST - 60 < encoder.header_table._current_size <= MOST


@pytest.mark.parametrize("announced", [0, 100, 4095, 4096, 4097, MOST - 1, MOST])
def test_smaller_tables_are_used_in_full(announced):
    encoder = hpack.Encoder()
    encoder.header_table_size = announced
    assert encoder.header_table_size == encoder.header_table.maxsize == announced
    assert updates_of(encoder.encode([])) == ([announced] if announced != 4096 else [])


@pytest.mark.difference("encoder-table-limit")
def test_encoder_table_limit_can_be_set():
    encoder = hpack.Encoder()
    assert encoder.max_header_table_size == MOST
    encoder.header_table_size = LARGEST
    encoder.max_header_table_size = 2**20  # after the announcement
    assert (encoder.header_table_size, encoder.header_table.maxsize) == (LARGEST, 2**20)
    assert updates_of(encoder.encode([])) == [MOST, 2**20]
    encoder.max_header_table_size = 1000
    assert (encoder.header_table_size, encoder.header_table.maxsize) == (LARGEST, 1000)
    assert updates_of(encoder.encode(HEADERS)) == [1000]
    encoder.header_table_size = 500
    assert (encoder.header_table_size, encoder.header_table.maxsize) == (500, 500)
    encoder.max_header_table_size = 0  # no dynamic table
    assert (encoder.header_table_size, encoder.header_table.maxsize) == (500, 0)
    assert list(encoder.header_table.dynamic_entries) == []
    encoder.max_header_table_size = 2**40  # whatever the peer allows
    assert updates_of(encoder.encode([])) == [0, 500]
    encoder.header_table_size = LARGEST
    assert encoder.header_table_size == encoder.header_table.maxsize == LARGEST


@pytest.mark.difference("encoder-table-limit")
def test_encoder_table_limit_takes_numbers_of_octets():
    encoder = hpack.Encoder()
    for value, error in ((-1, ValueError), (None, TypeError), ("100", TypeError), (1.5, TypeError)):
        with pytest.raises(error):
            encoder.max_header_table_size = value
    assert encoder.max_header_table_size == MOST


@pytest.mark.difference("encoder-table-limit")
@pytest.mark.parametrize("way", [copy.deepcopy, lambda encoder: pickle.loads(pickle.dumps(encoder))],
                         ids=["deepcopy", "pickle"])
def test_limits_are_copied(way):
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    encoder.max_header_table_size = 5000
    encoder.header_table_size = LARGEST
    decoder.max_table_size_updates = 3
    copied = way(encoder)
    assert (copied.max_header_table_size, copied.header_table_size) == (5000, LARGEST)
    assert copied.header_table.maxsize == 5000
    assert encoder_state(copied) == encoder_state(encoder)
    assert way(decoder).max_table_size_updates == 3
    copied.__init__()
    assert (copied.max_header_table_size, copied.header_table_size) == (MOST, 4096)


def test_table_by_hand():
    """A table that is set behind the encoder's back says its own size."""
    encoder = hpack.Encoder()
    encoder.header_table_size = LARGEST
    encoder.header_table.maxsize = 700
    assert encoder.header_table_size == 700
    encoder.header_table = hpack.table.HeaderTable()
    assert encoder.header_table_size == 4096


# The sizes that are told (RFC 7541 section 4.2)


SIZES = (0, 60, 4096, 9000)


@encoders
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.skipif(hpack is upstream, reason="what upstream tells is asserted by the tests below")
def test_what_is_told_is_what_the_peer_needs(make, used, count):
    for sizes in itertools.product(SIZES, repeat=count):
        encoder, peer = make(), upstream.Decoder()
        peer.max_allowed_table_size = max(SIZES)
        if used:
            encoder.header_table_size = 5000
            assert peer.decode(encoder.encode(HEADERS), raw=True) == HEADERS
        before = encoder.header_table_size
        for size in sizes:
            encoder.header_table_size = size
        block = encoder.encode(HEADERS)
        told = updates_of(block)
        changes = [size for size, last in zip(sizes, (before, *sizes)) if size != last]
        if len(told) == 3:  # as hpack's own suite insists: 40, 100, 40
            assert not used and told == changes and told[0] == told[2] < told[1]
        else:
            assert told == sorted({min(changes), changes[-1]} if changes else ())
        assert peer.decode(block, raw=True) == HEADERS
        assert list(peer.header_table.dynamic_entries) == list(encoder.header_table.dynamic_entries)
        assert updates_of(encoder.encode(HEADERS)) == []


@encoders
@pytest.mark.difference("two-size-updates")
@pytest.mark.parametrize("sizes, told", [((2048, 0), [0]), ((8192, 4096), [4096]), ((100, 0, 50), [0, 50]),
                                         ((0, 4096, 2048), [0, 2048]), ((100, 40, 100), [40, 100])], ids=str)
def test_smallest_and_last_size_are_told(make, sizes, told):
    encoder = make()
    for size in sizes:
        encoder.header_table_size = size
    assert updates_of(encoder.encode(HEADERS)) == told


@pytest.mark.skipif(nghttp2.library is None, reason="no libnghttp2")
@pytest.mark.difference("two-size-updates")
@pytest.mark.parametrize("sizes", [(2048, 0), (8192, 4096), (9000, 60, 4096), (0, 4096, 60), (4096, 0, 9000, 60)],
                         ids=str)
def test_nghttp2_follows(sizes):
    """It allows no size above the last that it has announced."""
    encoder, inflater = hpack.Encoder(), nghttp2.Inflater()
    inflater.decode(encoder.encode(HEADERS))
    for size in sizes:
        inflater.announce(size)
        encoder.header_table_size = size
    assert [field[:2] for field in inflater.decode(encoder.encode(HEADERS))] == HEADERS


@encoders
@pytest.mark.difference("two-size-updates")
def test_settings_flood_leaves_nothing_behind(make):
    encoder = make()
    for size in (4096, 100, 50, 3000) * 5_000:
        encoder.header_table_size = size
        assert len(encoder.table_size_changes) <= 3
    assert updates_of(encoder.encode([])) == [50, 3000]
    assert encoder.table_size_changes == []


@encoders
@pytest.mark.difference("size-set-twice")
@pytest.mark.parametrize("sizes, told", [((40, 40), [40]), ((0, 4096, 4096), [0, 4096]), ((LARGEST, LARGEST), [MOST])],
                         ids=str)
def test_size_set_twice_is_told(make, sizes, told):
    encoder = make()
    encoder.encode(HEADERS)
    for size in sizes:
        encoder.header_table_size = size
    assert encoder.header_table.resized is True
    assert updates_of(encoder.encode(HEADERS)) == told
    assert encoder.header_table.resized is False


def test_size_update_can_be_suppressed_by_hand():
    encoder = hpack.Encoder()
    encoder.header_table_size = 40
    encoder.header_table.resized = False
    encoder.header_table_size = 40
    assert updates_of(encoder.encode(HEADERS)) == []


# HEADER_TABLE_SIZE twice in one frame (RFC 9113 section 6.5.3)


def settings_frame(sizes, cls=SettingsFrame):
    frame = cls()
    frame.parse_body(memoryview(b"".join(b"\x00\x01" + size.to_bytes(4, "big") for size in sizes)))
    return frame


frames = pytest.mark.parametrize("cls", [SettingsFrame, type("SettingsFrame", (SettingsFrame,), {})],
                                 ids=["straight", "stepwise"])


@frames
@pytest.mark.difference("settings-twice")
@pytest.mark.parametrize("sizes, told", [((0, 4096), [0, 4096]), ((60, 0, 30), [0, 30]), ((0, 60, 60), [0, 60])],
                         ids=str)
def test_both_sizes_of_one_frame_are_told(cls, sizes, told):
    encoder = hpack.Encoder()
    encoder.encode(HEADERS)
    encoder.header_table_size = settings_frame(sizes, cls).settings[1]
    assert encoder.header_table_size == sizes[-1]
    assert type(encoder.header_table_size) is int
    assert list(encoder.header_table.dynamic_entries) == []
    assert updates_of(encoder.encode(HEADERS)) == told


@frames
def test_settings_of_one_frame_are_a_dict_of_numbers(cls):
    for sizes in ((0, 4096), (4096, 0), (60, 60), (5,), (3, 9, 6)):
        settings = settings_frame(sizes, cls).settings
        assert settings == {1: sizes[-1]}
        assert repr(settings) == repr({1: sizes[-1]})
        assert cls(0, settings).serialize()[9:] == b"\x00\x01" + sizes[-1].to_bytes(4, "big")
        again = pickle.loads(pickle.dumps(copy.deepcopy(settings)))
        assert again == settings and type(again[1]) is type(settings[1])
        assert (type(settings[1]) is int) == (min(sizes) == sizes[-1])


AGAINST_H2 = """
import fasth2; fasth2.install()
import h2.config, h2.connection, hyperframe.frame as frames
server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
server.initiate_connection()
server.receive_data(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + frames.SettingsFrame(0).serialize())
def receive(*sizes):
    body = b"".join(b"\\x00\\x01" + size.to_bytes(4, "big") for size in sizes)
    server.receive_data(len(body).to_bytes(3, "big") + b"\\x04\\x00\\x00\\x00\\x00\\x00" + body)
def first_octets():
    import hpack
    block = hpack.Encoder().encode([(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "x")])
    frame = frames.HeadersFrame(receive.stream, block, flags=["END_HEADERS", "END_STREAM"])
    receive.stream += 2
    server.receive_data(frame.serialize())
    server.data_to_send()
    server.send_headers(receive.stream - 2, [(":status", "200")])
    return server.data_to_send()[9:].hex()
receive.stream = 1
"""


@pytest.mark.skipif(hpack is upstream, reason="of h2 on fasth2")
@pytest.mark.parametrize("frames, block", [
    ([(0, 4096)], "20" "3fe11f" "88"), ([(40,), (40,)], "3f09" "88"), ([(2048,), (0,)], "20" "88"),
    ([(LARGEST,)], "3fe1ff03" "88"), ([(4096,), (100,)] * 3000, "3f45" "88"),
], ids=["twice in a frame", "twice", "larger, smaller", "4 GiB", "flood"])
def test_through_h2(python, frames, block):
    """What a server's first response begins with."""
    assert python(f"{AGAINST_H2}\nfor sizes in {frames}: receive(*sizes)\nprint(first_octets())") == block


# Size updates in a block


@decoders
@pytest.mark.difference("size-update-flood")
@pytest.mark.parametrize("update", [b"\x20", b"\x3f\x80\x80\x80\x80\x00", b"\x3f\xe1\x1f"], ids=["0", "padded", "4096"])
def test_size_update_flood_is_refused(make, update):
    decoder = make()
    assert decoder.max_table_size_updates == 64
    assert decoder.decode(update * 64 + b"\x82") == [(":method", "GET")]
    for count in (65, 10_000):
        with pytest.raises(hpack.HPACKDecodingError) as caught:
            decoder.decode(update * count + b"\x82")
        assert str(caught.value) == "More than 64 table size updates (max_table_size_updates)"


@decoders
@pytest.mark.difference("size-update-flood")
def test_number_of_size_updates_can_be_set(make):
    decoder = make()
    decoder.max_table_size_updates = 2
    assert decoder.decode(b"\x20\x20") == []
    with pytest.raises(hpack.HPACKDecodingError, match="More than 2 table"):
        decoder.decode(b"\x20\x20\x20")
    decoder.max_table_size_updates = 0
    assert decoder.decode(b"\x82") == [(":method", "GET")]
    with pytest.raises(hpack.HPACKDecodingError, match="More than 0 table"):
        decoder.decode(b"\x20\x82")
    decoder.max_table_size_updates = 2**40
    assert decoder.decode(b"\x20" * 10_000) == []
    for value in (None, "3", 2**64):
        with pytest.raises((TypeError, OverflowError)):
            decoder.max_table_size_updates = value
    assert decoder.max_table_size_updates == 2**40


@decoders
def test_other_errors_of_size_updates_come_first(make):
    """Among 64 updates and behind a field line, upstream's errors."""
    for block in (b"\x20" * 64 + b"\x3f", b"\x20" * 63 + b"\x3f\xff\xff\xff\x7f", b"\x82" + b"\x20" * 70):
        found, expected = make(), upstream.Decoder()
        with pytest.raises(upstream.HPACKError) as theirs:
            expected.decode(block)
        with pytest.raises(hpack.HPACKError) as ours:
            found.decode(block)
        assert type(ours.value).__name__ == type(theirs.value).__name__
        assert decoder_state(found) == decoder_state(expected)


# What is sensitive


SECRET = [(b"authorization", b"secret"), (b"x-token", b"secret")]


@encoders
@pytest.mark.difference("sensitive-matches")
@pytest.mark.parametrize("huffman", [True, False])
@pytest.mark.parametrize("name, value", SECRET)
def test_sensitive_match_of_a_dynamic_entry_is_a_literal(make, name, value, huffman):
    """RFC 7541 section 7.1.3: it goes out as any other value of that name, so that nothing tells that it is known."""
    encoder, decoder = make(), upstream.Decoder()
    public = [(name, value), (name, b"another"), (b"more", b"fields")]
    assert decoder.decode(encoder.encode(public), raw=True) == public
    before = encoder_state(encoder)
    blocks = [encoder.encode([(name, guess, True)], huffman) for guess in (value, b"unheard")]
    assert all(block[0] & 0xF0 == 0x10 for block in blocks)
    prefix = len(blocks[1]) - len(hpack.Encoder().encode([(b"", b"unheard")], huffman)) + 2
    assert blocks[0][:prefix - 1] == blocks[1][:prefix - 1]
    assert encoder_state(encoder) == before
    for block, guess in zip(blocks, (value, b"unheard")):
        (found,) = decoder.decode(block, raw=True)
        assert found == (name, guess) and not found.indexable


@encoders
def test_sensitive_match_of_a_static_entry_stays_a_reference(make):
    """As hpack's own suite has it; what everybody knows is no secret."""
    assert make().encode([(b":method", b"GET", True)]) == b"\x82"


@pytest.mark.skipif(hpack is upstream, reason="of fasth2's search without its index")
def test_sensitive_match_without_memory_for_the_index(no_collector):
    testcapi = pytest.importorskip("_testcapi")
    wanted = hpack.Encoder()
    public = [(b"x-token", b"secret"), (b"x-token", b"another")]
    wanted.encode(public)
    wanted = wanted.encode([(b"x-token", b"secret", True)])
    found = set()
    for fault in range(1, 30):
        encoder = hpack.Encoder()
        encoder.header_table.add(*public[0])
        encoder.header_table.add(*public[1])  # no search yet, so no index
        headers = [(b"x-token", b"secret", True)]
        testcapi.set_nomemory(fault, fault + 1)
        try:
            found.add(encoder.encode(headers))
        except MemoryError:
            found.add(None)
        finally:
            testcapi.remove_mem_hooks()
    assert found == {wanted, None} or found == {wanted}


def test_sensitive_match_logs_no_value(caplog):
    encoder = hpack.Encoder()
    encoder.encode(SECRET)
    with caplog.at_level(logging.DEBUG):
        encoder.encode([(*SECRET[1], True)])
    assert "secret" not in caplog.text
