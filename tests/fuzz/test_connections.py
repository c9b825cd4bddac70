"""The harness of whole connections: what its scripts reach, and whether it would notice a defect of an engine."""
import os
import random

import pytest

from fuzz import connections, harnesses, scripts
from fuzz.defects import DEFECTS, RARE
from fuzz.driver import Disagreement, Harness, Tally, run_session, smaller
from support import h2s

# A script that stops reaching one of these tests less than it says.
REACHED = [
    "FrameDataMissingError: Frame data missing or invalid",
    "InvalidBodyLengthError: InvalidBodyLengthError: Expected",
    "InvalidSettingsValueError: Setting N has invalid value N", "NoSuchStreamError: N", "StreamClosedError: N",
    "ProtocolError: Error decoding header block", "ProtocolError: Header block missing mandatory",
    "ProtocolError: Invalid HTTP/N preamble", "ProtocolError: Invalid content-length header",
    "ProtocolError: Invalid frame during header block", "ProtocolError: Invalid input ConnectionInputs.RECV",
    "ProtocolError: Invalid input StreamInputs.RECV_CONTINUATION", "ProtocolError: Invalid stream ID for peer",
    "ProtocolError: Received duplicate pseudo-header field", "ProtocolError: Received frame with invalid header",
    "ProtocolError: Received frame with invalid padding", "ProtocolError: Received header value surrounded",
    "ProtocolError: Received pseudo-header field out of sequence", "ProtocolError: Too many continuation frames",
    "StreamIDTooLowError: StreamIDTooLowError: N is lower than N",
]
CALLED = {
    "send_headers", "send_data", "end_stream", "push_stream", "ping", "reset_stream", "close_connection",
    "update_settings", "advertise_alternative_service", "prioritize", "increment_flow_control_window",
    "acknowledge_received_data", "deliver", "inject", "tamper", "set", "begin", *scripts.READ,
}


def test_scripts_reach_everything():
    """h2 on fasth2's codecs does what h2 does, over the scripts that fasth2's own h2 is held to."""
    harness = harnesses.load("connections")
    tally = Tally(harness)
    for seed in range(100):
        run_session(harness, random.Random(seed), tally)
    assert 0.7 < tally.share < 0.95
    assert set(tally.operations) >= CALLED
    missing = [start for start in REACHED if not any(error.startswith(start) for error in tally.errors)]
    assert not missing
    assert tally.differences["failed-encode"] > 10


def against_stock(h2):
    return Harness("changed", lambda: connections.Session(h2, connections.stock()), scripts.next_operation,
                   scripts.LENGTH, scripts.JUDGED)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(name):
    if name in RARE and not os.environ.get("FASTH2_EXHAUSTIVE"):
        pytest.skip("takes seconds to be found: set FASTH2_EXHAUSTIVE=1")
    harness = against_stock(h2s.changed(*DEFECTS[name]))
    with pytest.raises(Disagreement):
        for seed in range(800):
            run_session(harness, random.Random(seed), Tally(harness))


def test_stock_agrees_with_a_copy_of_itself():
    """So that what finds a defect is the defect."""
    harness = against_stock(h2s.changed("windows", "A basic HTTP/2 window manager.", "A window manager."))
    for seed in range(20):
        run_session(harness, random.Random(seed), Tally(harness))


def test_a_difference_is_made_small():
    harness = against_stock(h2s.changed(*DEFECTS["ping answered with zeros"]))
    with pytest.raises(Disagreement) as caught:
        for seed in range(100):
            run_session(harness, random.Random(seed), Tally(harness))
    assert len(smaller(harness, caught.value.operations)) <= 4
