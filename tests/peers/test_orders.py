"""Whether the checks of these tests notice a defect: every part of a response and of a request, changed by a little."""
from dataclasses import replace

import pytest

from peers.orders import (
    FEATURES,
    SECRETS,
    TRAILER_CHECK,
    Order,
    Record,
    Request,
    Wrong,
    body,
    check_records,
    check_request,
    digest,
    plan,
)

COUNT = 200


def right(order, *, pushed=False):
    """The Record of a response to `order` (Order) that is as it is owed."""
    octets = body(order.size)[:order.hold or order.reset or order.size]
    failure = "cancelled" if order.hold else "reset" if order.reset else ""
    return Record(order.target, 200, [*order.headers], [*order.trailing], [*order.informational], len(octets),
                  digest(octets), [*SECRETS], pushed, failure)


@pytest.fixture
def exchange():
    """Requests of every kind, and the records that are owed for them."""
    requests = plan(COUNT, FEATURES)
    records = [right(request.order) for request in requests]
    records += [right(pushed, pushed=True) for request in requests for pushed in request.order.pushed]
    return requests, records


def test_what_is_owed_is_accepted(exchange):
    requests, records = exchange
    check_records(requests, records[::-1])
    assert all(Request.parse(request.line()) == request for request in requests)
    assert all(Order.parse(request.target) == request.order for request in requests)
    asked = {name for request in requests for name, value in vars(request.order).items() if value}
    assert asked == {*vars(Order(0))}


def first(records, **wanted):
    """The place of the first record whose order has everything that is `wanted`, and no reset or hold besides."""
    wanted = {"reset": 0, "hold": 0, **wanted}
    return next(place for place, record in enumerate(records) if all(
        bool(getattr(Order.parse(record.target), name)) == bool(value) for name, value in wanted.items()))


@pytest.mark.parametrize("wanted, change", [
    ({}, {"status": 404}),
    ({}, {"failure": "reset"}),
    ({"size": 1}, {"octets": 0}),
    ({"size": 1}, {"sha256": digest(b"else")}),
    ({"trailers": 1}, {"trailers": []}),
    ({"trailers": 0}, {"trailers": [("x-last", "0")]}),
    ({"hints": 1}, {"informational": []}),
    ({}, {"never_indexed": []}),
    ({}, {"never_indexed": ["x-secret", "etag"]}),
    ({}, {"headers": []}),
    ({"reset": 1}, {"failure": ""}),
    ({"reset": 1}, {"failure": "cancelled"}),
    ({"reset": 1}, {"octets": 20_001}),
    ({"hold": 1}, {"failure": "reset"}),
    ({}, {"target": "/0?size=1"}),
    ({}, {"pushed": True}),
])
def test_a_wrong_response_is_noticed(exchange, wanted, change):
    requests, records = exchange
    place = first(records, **wanted)
    records[place] = replace(records[place], **change)
    with pytest.raises(Wrong):
        check_records(requests, records)


@pytest.mark.parametrize("change", [
    lambda headers: headers[1:],
    lambda headers: [*headers, ("x-more", "1")],
    lambda headers: [headers[1], headers[0], *headers[2:]],
    lambda headers: [(headers[0][0], headers[0][1] + " "), *headers[1:]],
])
def test_wrong_fields_are_noticed(exchange, change):
    requests, records = exchange
    records[7].headers = change(records[7].headers)
    with pytest.raises(Wrong):
        check_records(requests, records)


def test_missing_and_doubled_responses_are_noticed(exchange):
    requests, records = exchange
    for wrong in (records[1:], [records[0], *records]):
        with pytest.raises(Wrong):
            check_records(requests, wrong)


def test_wrong_requests_are_noticed():
    request = next(request for request in plan(COUNT, FEATURES) if request.trailers)
    octets, trailers = body(request.up), [(TRAILER_CHECK, digest(body(request.up)))]
    check_request(request.target, request.headers, octets, trailers)
    other = plan(1, FEATURES)[0]
    for target, headers, sent, ended in [
        (request.target, request.headers, octets[:-1], trailers),
        (request.target, request.headers, octets[1:] + octets[:1], trailers),
        (request.target, request.headers, octets, [(TRAILER_CHECK, digest(b""))]),
        (request.target, request.headers[:-2] + request.headers[-1:], octets, trailers),
        (request.target, [(name, value + "x") for name, value in request.headers], octets, trailers),
        (request.target, other.headers, octets, trailers),
        (other.target, request.headers, b"", []),
    ]:
        with pytest.raises(Wrong):
            check_request(target, headers, sent, ended)


def test_no_lost_or_swapped_frame_goes_unseen():
    octets = body(100_000)
    for size in (1024, 4096, 16_384):
        assert octets[:size] != octets[size:2 * size]
    assert len({body(size) for size in range(1, 300)}) == 299
