"""The project's own corpus: what other implementations said on their sockets (tests/corpus/record.py), read and said
again by fasth2 and by upstream."""
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import hyperframe.frame as upstream_frames
import pytest

import fasth2.hyperframe.frame as our_frames
from differential import nghttp2
from fasth2.codec.frame import parse_frames
from support import recorded
from support.implementations import subject
from support.mended import upstream
from support.state import decoder_state, encoder_state

OWN = Path(our_frames.__file__).parents[1]
REPLAY = Path(recorded.__file__).with_name("replay.py")
LARGEST = 2**24  # octets of a header list; no recording comes near it


def each_connection():
    for path in recorded.FILES:
        for place, connection in enumerate(recorded.load(path)[1]):
            yield pytest.param(connection, id=f"{path.stem}-{place}-{connection.client}-{connection.server}")


every_connection = pytest.mark.parametrize("connection", [*each_connection()])


def codecs(kind, package, **options):
    """One a sender."""
    return {sender: getattr(package, kind)(**options) for sender in recorded.OTHER}


def as_header(package, name, value, sensitive=False):
    """A recorded field as that package has it, in octets."""
    kind = package.NeverIndexedHeaderTuple if sensitive else package.HeaderTuple
    return kind(name.encode("latin-1"), value.encode("latin-1"))


def as_recorded(headers):
    return [(*(part.decode("latin-1") for part in field), *(() if field.indexable else (True,))) for field in headers]


def test_corpus_is_varied():
    """Five independent encoders at least, whose recordings say what they are, and which use what RFC 7541 offers."""
    assert len(recorded.FILES) >= 5
    assert sum(path.stat().st_size for path in recorded.FILES) < 1_500_000
    lists, kinds, begins_with_size_update = [], set(), 0
    for path in recorded.FILES:
        document, connections = recorded.load(path)
        assert document["program"] == path.stem and document["version"] and document["command"] and document["about"]
        for connection in connections:
            assert path.stem in (connection.client, connection.server)
            lists += [headers for both in connection.headers.values() for headers in both]
            kinds.update(frame.type for frame in connection.frames())
            begins_with_size_update += sum(what == "block" and 0x20 <= value.header_block[0] < 0x40
                                           for what, _, value in connection.compression())
    assert len(lists) > 500 and begins_with_size_update > 5
    assert any(len(field) == 3 for headers in lists for field in headers), "nothing is never indexed"
    assert {*range(10)} <= kinds, "not every type of frame"


@every_connection
def test_decode(connection):
    """fasth2, upstream and the recording agree on every field, on what is never indexed, and on the tables."""
    ours = codecs("Decoder", subject, max_header_list_size=LARGEST)
    theirs = codecs("Decoder", upstream, max_header_list_size=LARGEST)
    found = recorded.decode_all(connection, ours)
    assert {sender: [*map(as_recorded, lists)] for sender, lists in found.items()} == connection.headers
    assert found == recorded.decode_all(connection, theirs)
    for sender in recorded.OTHER:
        assert decoder_state(ours[sender]) == decoder_state(theirs[sender])


@pytest.mark.skipif(nghttp2.library is None, reason="libnghttp2 is not installed")
@every_connection
def test_decode_as_nghttp2(connection):
    inflaters = {sender: nghttp2.Inflater() for sender in recorded.OTHER}
    found = {sender: [] for sender in recorded.OTHER}
    for what, sender, value in connection.compression():
        if what == "limit":
            inflaters[sender].raise_limit(value)
        else:
            found[sender].append(inflaters[sender].decode(value.header_block))
    assert found == {sender: [[(name.encode("latin-1"), value.encode("latin-1"), bool(sensitive))
                               for name, value, *sensitive in headers] for headers in lists]
                     for sender, lists in connection.headers.items()}


@every_connection
def test_encode(connection):
    """fasth2 and upstream write the same octets for what both ends said, and fasth2 reads them back."""
    ours, theirs = codecs("Encoder", subject), codecs("Encoder", upstream)
    decoders = codecs("Decoder", subject, max_header_list_size=LARGEST)
    for what, sender, value in connection.compression():
        if what == "limit":
            ours[sender].header_table_size = theirs[sender].header_table_size = value
            decoders[sender].max_allowed_table_size = value
            continue
        block = ours[sender].encode([as_header(subject, *field) for field in value.headers])
        assert block == theirs[sender].encode([as_header(upstream, *field) for field in value.headers])
        assert as_recorded(decoders[sender].decode(block, raw=True)) == value.headers
    for sender in recorded.OTHER:
        assert encoder_state(ours[sender]) == encoder_state(theirs[sender])


def parsed(module, octets):
    """The frame that `octets` are, by that module's classes."""
    frame, length = module.Frame.parse_frame_header(memoryview(octets[:9]))
    assert length == len(octets) - 9
    frame.parse_body(memoryview(octets[9:]))
    return frame


@every_connection
def test_frames(connection):
    """Every frame reads as upstream reads it, and is written as it came."""
    for frame in connection.frames():
        ours = parsed(our_frames, frame.octets)
        theirs = parsed(upstream_frames, frame.octets)
        assert repr(ours) == repr(theirs)
        assert ours.serialize() == frame.octets
        assert (ours.stream_id, ours.body_len) == (frame.stream, len(frame.octets) - 9)


@every_connection
@pytest.mark.parametrize("sender", recorded.OTHER)
def test_frames_many_at_once(connection, sender):
    octets = connection.octets(sender)[len(recorded.PREFACE) if sender == "client" else 0:]
    frames, consumed = parse_frames(octets, 2**24 - 1)
    assert b"".join(frame.serialize() for frame in frames) == octets[:consumed]
    assert consumed == sum(len(frame.octets) for frame in connection.frames() if frame.sender == sender)


def replayed(side):
    # Each side says itself what is under test.
    environment = {name: value for name, value in os.environ.items() if name != "FASTH2_TEST_SUBJECT"}
    done = subprocess.run([sys.executable, str(REPLAY), side, *map(str, recorded.FILES)], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    logs = json.loads(done.stdout)
    assert (OWN in Path(logs.pop("frames of")).parents) == (side == "fasth2")
    return logs


def test_replay_through_h2():
    """h2 in the place of either end: the same events, octets and errors on fasth2 as on upstream."""
    pytest.importorskip("h2", reason="h2 4.4.1 is what replays the connections")
    stock, ours = replayed("stock"), replayed("fasth2")
    assert ours == stock
    for path in recorded.FILES:
        sent = Counter(frame.sender for connection in recorded.load(path)[1] for frame in connection.frames()
                       if frame.header_block is not None)
        said = Counter(line.partition(" ")[0] for log in stock[path.name] for line in log)
        taken = said["RequestReceived"] + said["ResponseReceived"] + said["TrailersReceived"] + said[
            "InformationalResponseReceived"] + said["PushedStreamReceived"]
        assert taken > 0.9 * sum(sent.values()), (path.name, said)
