"""What no caller should hand over, in every place of every method of h2's, fasth2's h2 beside stock h2."""
import array

import pytest

from fuzz.framewriter import HEADERS, SETTINGS, wire
from support import h2s
from support.h2state import connection_state, first_difference, outcome

STOCK, OWN, ON_CODECS = h2s.stock(), h2s.own(), h2s.on_codecs()
REQUEST = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"a")]


def same(found, expected, what=""):
    assert found == expected, f"{first_difference(found, expected)}; {what}"


def client_of(h2):
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.send_headers(1, REQUEST)
    client.data_to_send()
    return client


def server_of(h2):
    """A server with a request on stream 1."""
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    server.receive_data(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + wire(SETTINGS, 0, 0, b"")
                        + wire(HEADERS, 4, 1, h2.connection.Encoder().encode(REQUEST)))
    server.data_to_send()
    return server


class Octets(bytes):
    pass


class Short(bytes):
    def __len__(self):
        return 8


@pytest.mark.parametrize("octets", [
    Octets(b"12345678"), Octets(b"1234567"), bytearray(8), memoryview(bytes(8))], ids=repr)
def test_ping_of_octets_of_another_class(octets):
    results = []
    for h2 in (OWN, STOCK):
        client = client_of(h2)
        results.append([outcome(client.ping, octets), connection_state(client), client.data_to_send()])
    same(*results)


def test_ping_that_says_it_is_longer_than_it_is():
    client = client_of(OWN)
    with pytest.raises(ValueError, match="Invalid value for ping data"):
        client.ping(Short(b"1234567"))
    assert client.data_to_send() == b""


@pytest.mark.parametrize("count", [10, 4096, 4097, 16384])
@pytest.mark.parametrize("kind", ["array", "view", "octet view"])
def test_data_of_wider_items(count, kind):
    """The length that is checked is that of the items; the frame that comes of it may be too long."""
    results = []
    for h2 in (OWN, STOCK):
        data = array.array("I", bytes(4 * count))
        data = data if kind == "array" else memoryview(data) if kind == "view" else memoryview(data).cast("B")
        client = client_of(h2)
        came = outcome(client.send_data, 1, data)
        results.append([came, connection_state(client), client.data_to_send()])
    same(*results)


PROMISED = [2, 4, True, 2.0, 2**31 - 2, 2**31, 2**31 + 2, 2**32 - 2, 2**32, 2**32 + 2, 2**40, 2**62, -2, "2", None]


@pytest.mark.parametrize("promised", PROMISED)
def test_promised_streams(promised):
    """None is cut to the 32 bits that a frame has for it."""
    results = []
    for h2 in (OWN, ON_CODECS):
        with h2:
            server = server_of(h2)
            came = outcome(server.push_stream, 1, promised, REQUEST)
            results.append([came[:2], connection_state(server), server.data_to_send()])
    same(*results)


@pytest.mark.difference("native-integers")
@pytest.mark.parametrize("number", [2**63, 2**63 + 1, 2**64 + 1])
def test_streams_beyond_63_bits_are_refused(number):
    client = client_of(OWN)
    with pytest.raises(OverflowError):
        client.send_headers(number | 1, REQUEST)
    with pytest.raises(OverflowError):
        OWN.stream.H2Stream(number, client.config, 0, 0)
    assert list(client.streams) == [1] and client.highest_outbound_stream_id == 1 and client.data_to_send() == b""
