"""The harnesses for frames, priority trees and connections: kept findings, fixed stretches of inputs, defects that each
must notice."""
import json
import random
from pathlib import Path

import pytest

from fuzz import driver, harnesses
from fuzz.driver import Disagreement

KEPT = sorted((Path(__file__).parent / "regressions").glob("*/*.json"))


UPSTREAM = {"headers": "hpack", "frames": "hyperframe", "trees": "priority", "connections": "h2", "engine": "h2",
            "engine-on-codecs": "h2"}


def load(name):
    """The harness, where its upstream is installed."""
    pytest.importorskip(UPSTREAM[name])
    return harnesses.load(name)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_kept_session(path):
    driver.replay(load(path.parent.name), json.loads(path.read_text())["operations"])


# Errors that each harness must reach, by how their verdicts begin; a session that stops reaching one tests less than it
# says.
REACHED = {
    "frames": ["InvalidPaddingError: Padding is too long", "InvalidFrameError: too long",
               "InvalidDataError: Stream ID must be zero for SettingsFrame",
               "InvalidDataError: Stream ID must be non-zero for DataFrame",
               "InvalidDataError: Invalid PUSH_PROMISE promised stream id",
               "InvalidDataError: SETTINGS ack frame must not have payload",
               "InvalidDataError: WINDOW_UPDATE increment must be between",
               "InvalidFrameError: Invalid ALTSVC frame body",
               "InvalidFrameError: Invalid GOAWAY body", "InvalidFrameError: Invalid Padding data",
               "InvalidFrameError: Invalid Priority data", "InvalidFrameError: Invalid PUSH_PROMISE body",
               "InvalidFrameError: Invalid SETTINGS body", "InvalidFrameError: PING frame must have",
               "InvalidFrameError: PRIORITY must have", "InvalidFrameError: RST_STREAM must have",
               "InvalidFrameError: WINDOW_UPDATE frame must have"],
    "trees": ["BadWeightError", "DeadlockError", "DuplicateStreamError", "MissingStreamError", "PriorityLoop",
              "PseudoStreamError", "TooManyStreamsError"],
    "connections": ["ProtocolError: Error decoding header block", "FrameDataMissingError", "StreamIDTooLowError",
                    "NoSuchStreamError", "ProtocolError: Invalid frame during header block",
                    "ProtocolError: Received frame with"],
}
SESSIONS = {"frames": 400, "trees": 60, "connections": 60}
ROWS = {"frames": {"row B3", "row B4", "row B5", "row B6", "row B7"}, "trees": set(), "connections": {"failed-encode"}}


@pytest.mark.parametrize("name", SESSIONS)
def test_fixed_sessions_agree_and_reach_everything(name):
    harness = load(name)
    tally = driver.Tally(harness)
    for seed in range(SESSIONS[name]):
        driver.run_session(harness, random.Random(seed), tally)
    assert tally.share >= 0.5
    for error in REACHED[name]:
        assert any(each.startswith(error) for each in tally.errors), error
    assert set(tally.differences) == ROWS[name]


def found(harness, session, count):
    """Whether a session of that kind shows a difference within `count` seeds."""
    tally = driver.Tally(harness)
    with pytest.raises(Disagreement):
        for seed in range(count):
            driver.run_session(harness, random.Random(seed), tally, session())


@pytest.mark.parametrize("defect", [
    ("WindowUpdateFrame", "parse_body", lambda self, data: setattr(self, "window_increment", 1)),
    ("PingFrame", "serialize_body", lambda self: b"x" * 8),
    ("DataFrame", "parse_body", lambda self, data: setattr(self, "data", bytes(data))),
], ids=lambda defect: defect[0])
def test_defects_of_frames_are_found(monkeypatch, defect):
    harness = load("frames")
    from fasth2.hyperframe import frame

    name, method, wrong = defect
    monkeypatch.setattr(getattr(frame, name), method, wrong)
    found(harness, harness.session, 60)


def test_defects_of_bulk_parsing_are_found(monkeypatch):
    harness = load("frames")
    from fuzz import frames

    whole = frames.parse_frames
    monkeypatch.setattr(frames, "parse_frames", lambda octets, longest: (lambda found: (found[0], len(octets)))(
        whole(octets, longest)))
    found(harness, harness.session, 60)


def test_defects_of_trees_are_found():
    harness = load("trees")
    from fasth2.priority import PriorityTree

    class Forgets(PriorityTree):
        def unblock(self, stream_id):
            if stream_id % 5:
                super().unblock(stream_id)

    class Shares(PriorityTree):
        def insert_stream(self, stream_id, depends_on=None, weight=16, exclusive=False):
            super().insert_stream(stream_id, depends_on, 17 if weight == 16 else weight, exclusive)

    for tree in (Forgets, Shares):
        found(harness, lambda tree=tree: harness.session(tree), 30)


def test_defects_of_codecs_are_found_through_h2(monkeypatch):
    harness = load("connections")
    from fuzz import connections

    h2 = connections.on_codecs().connection
    sound = h2.Encoder

    class Encoder(sound):
        def encode(self, headers, huffman=True):
            return super().encode(headers, False)

    class Decoder(h2.Decoder):
        def decode(self, data, raw=False):
            return super().decode(data, raw)[::-1]

    monkeypatch.setattr(h2, "Encoder", Encoder)
    found(harness, harness.session, 20)
    monkeypatch.setattr(h2, "Encoder", sound)
    monkeypatch.setattr(h2, "Decoder", Decoder)
    found(harness, harness.session, 20)
