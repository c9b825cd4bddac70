"""RFC 7541 Appendix C, all of it: integers, single representations, and the six request and response sequences.

The blocks and tables below are the RFC's. A table is written as the RFC prints it: newest entry first, and its size.
"""
import pytest

from support.implementations import subject as hpack

# C.1: value, prefix bits, octets.
INTEGERS = [
    (10, 5, "0a"),
    (1337, 5, "1f9a0a"),
    (42, 8, "2a"),
]


@pytest.mark.parametrize("value, prefix, octets", INTEGERS)
def test_c1_integers(value, prefix, octets):
    wire = bytes.fromhex(octets)
    assert hpack.hpack.encode_integer(value, prefix) == wire
    assert hpack.hpack.decode_integer(wire, prefix) == (value, len(wire))


# C.2: block, fields, the dynamic table after it and its size.
REPRESENTATIONS = {
    "C.2.1": ("400a637573746f6d2d6b65790d637573746f6d2d686561646572",
              [("custom-key", "custom-header")], [("custom-key", "custom-header")], 55),
    "C.2.2": ("040c2f73616d706c652f70617468", [(":path", "/sample/path")], [], 0),
    "C.2.3": ("100870617373776f726406736563726574", [("password", "secret")], [], 0),
    "C.2.4": ("82", [(":method", "GET")], [], 0),
}


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_c2_decode(name):
    block, headers, table, size = REPRESENTATIONS[name]
    decoder = hpack.Decoder()
    decoded = decoder.decode(bytes.fromhex(block))
    assert decoded == headers
    assert [type(field) for field in decoded] == [
        hpack.NeverIndexedHeaderTuple if name == "C.2.3" else hpack.HeaderTuple
    ]
    assert_table(decoder, table, size)


@pytest.mark.parametrize("name", ["C.2.1", "C.2.3", "C.2.4"])  # C.2.2's representation is one hpack never chooses
def test_c2_encode(name):
    block, headers, table, size = REPRESENTATIONS[name]
    encoder = hpack.Encoder()
    sensitive = name == "C.2.3"
    assert encoder.encode([(*field, sensitive) for field in headers], huffman=False).hex() == block
    assert_table(encoder, table, size)


FIRST_REQUEST = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")]
SECOND_REQUEST = [*FIRST_REQUEST, ("cache-control", "no-cache")]
THIRD_REQUEST = [(":method", "GET"), (":scheme", "https"), (":path", "/index.html"),
                 (":authority", "www.example.com"), ("custom-key", "custom-value")]
REQUEST_TABLES = [
    ([(":authority", "www.example.com")], 57),
    ([("cache-control", "no-cache"), (":authority", "www.example.com")], 110),
    ([("custom-key", "custom-value"), ("cache-control", "no-cache"), (":authority", "www.example.com")], 164),
]

PRIVATE = ("cache-control", "private")
FIRST_DATE = ("date", "Mon, 21 Oct 2013 20:13:21 GMT")
SECOND_DATE = ("date", "Mon, 21 Oct 2013 20:13:22 GMT")
LOCATION = ("location", "https://www.example.com")
GZIP = ("content-encoding", "gzip")
COOKIE = ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")
FIRST_RESPONSE = [(":status", "302"), PRIVATE, FIRST_DATE, LOCATION]
SECOND_RESPONSE = [(":status", "307"), PRIVATE, FIRST_DATE, LOCATION]
THIRD_RESPONSE = [(":status", "200"), PRIVATE, SECOND_DATE, LOCATION, GZIP, COOKIE]
RESPONSE_TABLES = [
    ([LOCATION, FIRST_DATE, PRIVATE, (":status", "302")], 222),
    ([(":status", "307"), LOCATION, FIRST_DATE, PRIVATE], 222),
    ([COOKIE, GZIP, SECOND_DATE], 215),
]

# Section: huffman, size of the dynamic table (SETTINGS_HEADER_TABLE_SIZE), blocks, header lists, tables.
SEQUENCES = {
    "C.3": (False, 4096, [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ], [FIRST_REQUEST, SECOND_REQUEST, THIRD_REQUEST], REQUEST_TABLES),
    "C.4": (True, 4096, [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ], [FIRST_REQUEST, SECOND_REQUEST, THIRD_REQUEST], REQUEST_TABLES),
    "C.5": (False, 256, [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
        "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a6970"
        "7738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b"
        "2076657273696f6e3d31",
    ], [FIRST_RESPONSE, SECOND_RESPONSE, THIRD_RESPONSE], RESPONSE_TABLES),
    "C.6": (True, 256, [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960"
        "d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ], [FIRST_RESPONSE, SECOND_RESPONSE, THIRD_RESPONSE], RESPONSE_TABLES),
}


def assert_table(codec, entries, size):
    raw = [(name.encode(), value.encode()) for name, value in entries]
    assert list(codec.header_table.dynamic_entries) == raw
    assert codec.header_table._current_size == size
    for index, entry in enumerate(raw, 62):
        assert codec.header_table.get_by_index(index) == entry


def sized(codec, size):
    """A codec whose table was agreed on beforehand: the RFC's blocks carry no size update."""
    codec.header_table_size = size
    if hasattr(codec, "table_size_changes"):
        codec.table_size_changes.clear()
        codec.header_table.resized = False
    return codec


@pytest.mark.parametrize("raw", [False, True], ids=["text", "raw"])
@pytest.mark.parametrize("section", SEQUENCES)
def test_decode_sequence(section, raw):
    _, size, blocks, lists, tables = SEQUENCES[section]
    decoder = sized(hpack.Decoder(), size)
    for block, headers, table in zip(blocks, lists, tables):
        expected = [(name.encode(), value.encode()) for name, value in headers] if raw else headers
        assert decoder.decode(bytes.fromhex(block), raw=raw) == expected
        assert_table(decoder, *table)


@pytest.mark.parametrize("section", SEQUENCES)
def test_encode_sequence(section):
    huffman, size, blocks, lists, tables = SEQUENCES[section]
    encoder = sized(hpack.Encoder(), size)
    for block, headers, table in zip(blocks, lists, tables):
        assert encoder.encode(headers, huffman=huffman).hex() == block
        assert_table(encoder, *table)
