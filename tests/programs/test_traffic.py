"""The requests are what they say they are, and no wrong response passes."""
import pytest

from programs.traffic import HUGE, REQUESTS, Response, Wrong, exchanges


def right(exchange):
    """The Response that is owed, among fields that a server adds."""
    lines = [(":path", exchange.path), *exchange.fields, ("te", "trailers")]
    body = exchange.body or "".join(f"{name}: {value}\n" for name, value in lines).encode()
    fields = [("date", "now"), *exchange.echoed(), ("server", "any")]
    return Response(200, fields, body, [("x-octets", str(len(body)))])


def test_all_of_them():
    octets = 0
    for exchange in exchanges():
        exchange.check(right(exchange))
        octets += len(exchange.body)
    assert octets > 10_000_000 and max(len(exchange.body) for exchange in exchanges()) == HUGE
    assert len({exchange.path for exchange in exchanges()}) == REQUESTS >= 1000
    assert max(len(value) for exchange in exchanges() for _, value in exchange.fields) > 4096


@pytest.mark.parametrize("number", [0, 9], ids=["get", "post"])
@pytest.mark.parametrize("change", [
    "response.status = 500",
    "response.fields.append(('x-other', ''))",
    "response.fields.append(response.fields[1])",
    "del response.fields[1]",
    "response.fields[1] = (response.fields[1][0], response.fields[1][1] + ' ')",
    "response.fields[1] = ('x-c', response.fields[1][1])",
    "response.body = response.body[:-2]",
    "response.body = response.body.replace(response.body[100:120], b'!')",
    "response.body = b''",
    "response.trailers = []",
    "response.trailers = [('x-octets', '1')]",
])
def test_what_is_wrong_is_seen(number, change):
    exchange = exchanges()[number]
    response = right(exchange)
    exchange.check(response)
    exec(change, {"response": response})
    with pytest.raises(Wrong):
        exchange.check(response)


@pytest.mark.parametrize("name", ["cookie", "authorization", "accept"])
def test_a_field_that_the_server_misread_is_seen(name):
    exchange = exchanges()[0]
    response = right(exchange)
    value = dict(exchange.fields)[name].encode()
    response.body = response.body.replace(value, value[:-1])
    with pytest.raises(Wrong):
        exchange.check(response)
