"""Attributes that are assigned to or deleted, and a connection that then goes on: fasth2's h2 beside h2 on the same
codecs. What fasth2 refuses to assign or delete leaves it as it was (row fixed-attributes)."""
import os
from zlib import crc32

import pytest

from differential.test_h2_odd_calls import plainer
from differential.test_h2_parts import prepared
from fuzz.framewriter import DATA, END_HEADERS, HEADERS, PING, SETTINGS, WINDOW_UPDATE, wire
from support import h2s
from support.h2odd import HUGE, NEARLY, ODD, REQUEST
from support.h2state import first_difference, outcome

OWN, ON_CODECS = h2s.own(), h2s.on_codecs()
EVERY = 1 if "FASTH2_EXHAUSTIVE" in os.environ else 17
UNFIT = {repr(value)[:60] for value in [*HUGE, *NEARLY]}
FLAGS = ["validate_outbound_headers", "normalize_outbound_headers", "split_outbound_cookies",
         "validate_inbound_headers", "normalize_inbound_headers"]
# What a setter that cannot take a value, or a deletion, may be refused with.
REFUSALS = {"TypeError", "OverflowError", "AttributeError", "ValueError", "NotImplementedError"}
ATTRIBUTES = [
    "highest_inbound_stream_id", "highest_outbound_stream_id", "max_outbound_frame_size", "max_inbound_frame_size",
    "outbound_flow_control_window", "_closed_streams", "config.client_side", "config.header_encoding",
    *(f"config.{flag}" for flag in FLAGS),
    "local_settings.max_concurrent_streams", "local_settings.initial_window_size",
    "remote_settings.enable_push", "remote_settings.max_frame_size", "encoder.header_table_size",
    "decoder.max_header_list_size", "incoming_buffer.max_frame_size", "state_machine.state", "stream.request_method",
    "stream.max_outbound_frame_size", "stream.outbound_flow_control_window", "stream.state_machine.state",
    "stream.state_machine.client", "stream.state_machine.headers_sent", "stream._expected_content_length",
    "stream._authority", "stream.state_machine.stream_closed_by", "stream._actual_content_length",
    "stream._inbound_window_manager.max_window_size", "stream._inbound_window_manager.current_window_size",
    "_inbound_flow_control_window_manager.current_window_size", "mine", "stream.mine",
]
GOES_ON = [
    lambda c: c.send_data(5, b"data", pad_length=2), lambda c: c.send_headers(9, [*REQUEST, ("Cookie", "a=b; c=d")]),
    lambda c: c.receive_data(wire(WINDOW_UPDATE, 0, 5, b"\0\0\0\5")), lambda c: c.acknowledge_received_data(40000, 5),
    lambda c: c.receive_data(wire(HEADERS, END_HEADERS, 5, b"\x88\x0f\x0d\x013")),
    lambda c: c.receive_data(wire(DATA, 1, 5, b"abc")), lambda c: c.receive_data(wire(SETTINGS, 0, 0, b"\0\4\0\0\0\5")),
    lambda c: (c.open_inbound_streams, c.open_outbound_streams), lambda c: c.get_next_available_stream_id(),
    lambda c: c.local_flow_control_window(5), lambda c: c.remote_flow_control_window(3), lambda c: c.end_stream(5),
    lambda c: c.push_stream(3, 2, REQUEST), lambda c: c.close_connection(),
    lambda c: c.receive_data(wire(PING, 0, 0, bytes(8))),
]


def went_on(h2, who, path, change):
    """(what the change comes to, what the calls come to that follow)"""
    connection = prepared(h2).ends[who]
    target, *names = connection, *path.split(".")
    for name in names[:-1]:
        target = connection.streams[5] if name == "stream" else getattr(target, name)
    with h2:
        came = outcome(change, target, names[-1])[:2]
        found = []
        for call in GOES_ON:
            found += [outcome(call, connection)[:3], connection.data_to_send()]
            if found[-2][0] == "raised" and found[-2][1] in ("TypeError", "AttributeError", "error", "ValueError"):
                found[-2] = found[-2][:2]
    return came, found


def is_documented(path, name):
    """In docs/compatibility.md, below the rows."""
    if "state_machine." in path:
        return name not in ("None", "deleted") and not (name in ("True", "False") and not path.endswith("state"))
    far = name.lstrip("-").isdecimal() and abs(int(name)) > 2**60
    return far or name == "deleted" or name.startswith(("Index", "Shy")) or (
        name.startswith("-") and path.endswith("max_outbound_frame_size"))


def changes(who, path):
    number = crc32(f"{who} {path}".encode())
    yield "deleted", delattr
    for name, make in ODD.items():
        number += 1
        if number % EVERY == 0:
            yield name, lambda target, attribute, make=make: setattr(target, attribute, make())


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("path", ATTRIBUTES)
def test_attributes(who, path):
    untouched = went_on(OWN, who, path, lambda target, name: None)[1]
    for name, change in changes(who, path):
        (came, found), (others, expected) = (went_on(h2, who, path, change) for h2 in (OWN, ON_CODECS))
        if is_documented(path, name):
            continue
        if came[0] == "raised" and others[0] == "returned":
            assert came[1] in REFUSALS, (name, came)
            assert found == untouched, name  # row fixed-attributes
            continue
        found, expected = plainer([came, found], name), plainer([others, expected], name)
        assert found == expected or name in UNFIT, f"{first_difference(found, expected)}; {path} = {name}"
