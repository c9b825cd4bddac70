"""hypothesis looks for a header list that fasth2's h2 and stock h2 treat differently: sent or received, as request,
response, trailers or promise, under every combination of the options that have to do with header lists.

What is sent is of every type that a caller may hand in, and of some that nobody should.
"""
import re

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from fasth2.hpack import Encoder
from support import h2s
from support.h2state import first_difference, outcome, plain, stream_state

STOCK, OWN = h2s.stock(), h2s.own()
BOTH = OWN, STOCK

half = settings(max_examples=settings.default.max_examples // 2)  # of a list that is treated in twenty ways

REQUEST = [(b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/"), (b":authority", b"example.com")]
RESPONSE = [(b":status", b"200")]
BEGINNINGS = [
    REQUEST, RESPONSE, [], [(b":status", b"103")],
    [(b":method", b"CONNECT"), (b":authority", b"example.com")],
    [(b":method", b"CONNECT"), (b":scheme", b"https"), (b":path", b"/"), (b":protocol", b"x"), (b"host", b"x.com")],
]
NAMES = [
    b":method", b":scheme", b":path", b":authority", b":status", b":protocol", b":custom", b"host", b"te", b"cookie",
    b"authorization", b"proxy-authorization", b"content-length", b"connection", b"upgrade", b"keep-alive",
    b"transfer-encoding", b"proxy-connection", b"x-a", b"accept-encoding", b"content-type", b"Cookie", b" cookie",
    b"COOKIE ", b"Te", b":Method", b"Connection", b"a:b", b"longer:name", b"::a", b"", b" ", b"Authorization",
    b"longer-Name", b"longer-name\x7f", b"x" * 30,
]
VALUES = [
    b"GET", b"HEAD", b"CONNECT", b"/", b"", b"https", b"example.com", b"200", b"100", b"1", b"trailers", b"Trailers",
    b"a=b; c=d", b"; ", b"5", b"05", b"-5", b"1" * 18, b"1" * 19, b"9" * 5000, b"x" * 19, b"x" * 20, b" before",
    b"behind\t", b"\x0baround\x0c", b"a\nb", b"clean, and longer than eight", b"not clean, and longer\0 than eight",
    b"caf\xc3\xa9", b"\xff",
]
names = st.sampled_from(NAMES) | st.binary(max_size=20) | st.text("abcXYZ-:0 \x7f\x80", max_size=12).map(
    lambda text: text.encode("latin-1"))
values = st.sampled_from(VALUES) | st.binary(max_size=24) | st.text("abc;= \t\r\n\0\x1f", max_size=12).map(str.encode)
lists = st.builds(list.__add__, st.sampled_from(BEGINNINGS), st.lists(st.tuples(names, values), max_size=6)).flatmap(
    lambda fields: st.just(fields) | st.permutations(fields))


Octets, Text = type("bytes", (bytes,), {}), type("str", (str,), {})  # named so that what keeps one does not tell

STRINGS = {
    "bytes": bytes, "str": lambda octets: octets.decode("latin-1"), "subclass of bytes": Octets,
    "subclass of str": lambda octets: Text(octets, "latin-1"), "bytearray": bytearray, "memoryview": memoryview,
    "int": len, "None": lambda octets: None,
}


def tuples_of(h2):
    """{form: a function that makes a header of two strings}, of that implementation's header tuples."""
    plain_tuple, never = h2.struct.HeaderTuple, h2.struct.NeverIndexedHeaderTuple
    return {
        "tuple": lambda *pair: pair, "HeaderTuple": plain_tuple, "NeverIndexedHeaderTuple": never,
        "list": lambda *pair: [*pair], "sensitive": lambda *pair: (*pair, True),
        "three": lambda *pair: plain_tuple(*pair, 1), "subclass": type("Own", (plain_tuple,), {}),
        "never": type("Never", (never,), {}),
    }


FORMS = {h2: tuples_of(h2) for h2 in BOTH}
forms = st.sampled_from(["tuple", "HeaderTuple", "NeverIndexedHeaderTuple"])
strings = st.sampled_from(["bytes", "str"])
odd_forms, odd_strings = st.sampled_from([*FORMS[OWN]]) | forms, st.sampled_from([*STRINGS]) | strings
# [(name, value, form, type of the name, type of the value)]
described = lists.flatmap(lambda fields: st.booleans().flatmap(lambda odd: st.tuples(*(
    st.tuples(st.just(name), st.just(value), *(
        (odd_forms, odd_strings, odd_strings) if odd else (forms, strings, strings))) for name, value in fields))))


def headers_of(h2, fields):
    return [FORMS[h2][form](STRINGS[of_name](name), STRINGS[of_value](value))
            for name, value, form, of_name, of_value in fields]


# ---- the two sides of a connection, as far as a header list of each kind -----------------------------------------

def connections(h2):
    """A client and a server that know of each other."""
    made = [h2.connection.H2Connection(h2.config.H2Configuration(client_side=side)) for side in (True, False)]
    for connection in made:
        connection.initiate_connection()
    client, server = made
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    server.data_to_send(), client.data_to_send()
    return made


def exchange(h2, kind):
    """(the connection that sends a header list of that kind next, the one that receives it)."""
    client, server = connections(h2)
    if kind == "request":
        return client, server
    client.send_headers(1, REQUEST)
    server.receive_data(client.data_to_send())
    if kind == "request trailers":
        return client, server
    if kind == "response trailers":
        server.send_headers(1, RESPONSE)
        client.receive_data(server.data_to_send())
    return server, client


def configure(connection, options):
    for name, value in options.items():
        setattr(connection.config, name, value)


KINDS = ["request", "request trailers", "response", "response trailers", "promise"]


def same(found, expected, what):
    event("accepted" if expected[0][0] == "returned" else f"{expected[0][1]}: {expected[0][2][:24]}")
    assert found == expected, f"{first_difference(found, expected)}; {what}"


# ---- sending -----------------------------------------------------------------------------------------------------

def send(h2, kind, fields, end_stream, as_iterator, options):
    connection, _ = exchange(h2, kind)
    configure(connection, options)
    headers = headers_of(h2, fields)
    headers = iter(headers) if as_iterator else headers
    with h2:
        if kind == "promise":
            came = outcome(connection.push_stream, 1, 2, headers)
        else:
            came = outcome(connection.send_headers, 1, headers, end_stream)
        return came, connection.data_to_send(), [stream_state(stream) for stream in connection.streams.values()]


@pytest.mark.parametrize("kind", KINDS)
@half
@given(fields=described, end_stream=st.booleans(), as_iterator=st.booleans(), normalize=st.booleans(),
       validate=st.booleans(), split=st.booleans())
def test_sent(kind, fields, end_stream, as_iterator, normalize, validate, split):
    options = {"normalize_outbound_headers": normalize, "validate_outbound_headers": validate,
               "split_outbound_cookies": split}
    if not normalize:  # stock's Encoder sends the repr of such a string (row bytes-subclass)
        fields = [tuple("bytes" if part == "subclass of bytes" else part for part in field) for field in fields]
    same(*(send(h2, kind, fields, end_stream or "trailers" in kind, as_iterator, options) for h2 in BOTH), options)


# ---- receiving ---------------------------------------------------------------------------------------------------

def frame_of(kind, block, end_stream):
    promised, frame_type, stream, flags = (b"\0\0\0\2", 5, 1, 4) if kind == "promise" else (b"", 1, 1, 4 | end_stream)
    body = promised + block
    return len(body).to_bytes(3, "big") + bytes([frame_type, flags]) + stream.to_bytes(4, "big") + body


def receive(h2, kind, octets, options):
    _, connection = exchange(h2, kind)
    configure(connection, options)
    with h2:
        came = outcome(connection.receive_data, octets)
        return came, connection.data_to_send(), [stream_state(stream) for stream in connection.streams.values()]


@pytest.mark.parametrize("kind", KINDS)
@half
@given(fields=lists, sensitive=st.lists(st.booleans(), min_size=12, max_size=12), end_stream=st.booleans(),
       normalize=st.booleans(), validate=st.booleans(),
       encoding=st.sampled_from([None, None, False, "utf-8", "ascii", "latin-1", "no-such-encoding"]))
def test_received(kind, fields, sensitive, end_stream, normalize, validate, encoding):
    block = Encoder().encode([(*field, never) for field, never in zip(fields, sensitive)])
    octets = frame_of(kind, block, end_stream or "trailers" in kind)
    options = {"normalize_inbound_headers": normalize, "validate_inbound_headers": validate,
               "header_encoding": encoding}
    same(*(receive(h2, kind, octets, options) for h2 in BOTH), options)


# ---- the public functions ----------------------------------------------------------------------------------------

OF_LISTS = ["is_informational_response", "extract_method_header", "authority_from_headers", "utf8_encode_headers"]
OF_LISTS_AND_FLAGS = ["validate_headers", "validate_outbound_headers", "normalize_inbound_headers",
                      "normalize_outbound_headers"]


def use(h2, name, fields, arguments):
    """What the function gives before it ends or fails, how that is, and how many headers it has left untouched."""
    headers, given_out = iter(headers_of(h2, fields)), []
    try:
        came = getattr(h2.utilities, name)(headers, *arguments)
        if name in OF_LISTS[:3]:
            given_out.append(came)
        else:
            given_out.extend([type(header).__name__, [*map(shown, header)]] for header in came)
        end = "returned", ""
    except Exception as error:
        end = "raised", type(error).__name__, re.sub(r" at 0x\w+", "", str(error))
    return end, given_out, len([*headers])


def shown(value):
    return type(value).__name__, bytes(value) if isinstance(value, memoryview) else plain(value)


@pytest.mark.parametrize("name", [*OF_LISTS, *OF_LISTS_AND_FLAGS])
@half
@given(fields=described, flags=st.tuples(*[st.booleans()] * 4), split=st.booleans())
def test_functions(name, fields, flags, split):
    results = []
    for h2 in BOTH:
        arguments = [h2.utilities.HeaderValidationFlags(*flags)] if name in OF_LISTS_AND_FLAGS else []
        results.append(use(h2, name, fields, arguments + [split] * (name == "normalize_outbound_headers")))
    same(*results, (name, flags, split))
