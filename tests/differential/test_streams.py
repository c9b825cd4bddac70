"""Recorded and made-up connections through h2, with and without fasth2: the same events, bytes out and errors.

Each side runs in a process of its own (this file is its script), since h2 binds the classes that it imports. Files
whose result differs because of a correction (docs/compatibility.md) are listed by name, with the row.
"""
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("FASTH2_STREAMS", ROOT.parent / "shared" / "corpus" / "streams"))
SIDES = {"frames": ["hyperframe"], "frames and codec": ["hyperframe", "hpack"]}

# Of the recorded files, by the first digits of their names.
CORRECTED_FILES = {}


# ---- the replay, in a process of its own -----------------------------------------------------------------------

def alias(package):
    """Make `package` mean fasth2's."""
    import importlib

    ours = importlib.import_module(f"fasth2.{package}")
    sys.modules[package] = ours
    folder = Path(ours.__file__).parent
    for name in sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__"):
        module = importlib.import_module(f"fasth2.{package}.{name}")
        sys.modules[f"{package}.{name}"] = module
        setattr(ours, name, module)


def describe(event):
    """An event as text, without object addresses, and without what only its address tells."""
    return f"{type(event).__name__} {sorted((key, repr(value)) for key, value in vars(event).items())}"


def answer(connection, events, log):
    """What a plain server does, so that frames are sent as well."""
    import h2.events

    for event in events:
        if isinstance(event, h2.events.RequestReceived):
            connection.send_headers(event.stream_id, [(":status", "200"), ("server", "replay")])
            connection.send_data(event.stream_id, b"hello", pad_length=3)
            connection.send_data(event.stream_id, memoryview(b"world"), end_stream=True)
            log.append("answered")
        elif isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)


def replay(octets, pieces):
    """The log of a server that receives `octets` in `pieces`: events, octets out, and the error that ends it."""
    import h2.config
    import h2.connection

    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
    log = []
    try:
        connection.initiate_connection()
        for start in range(0, len(octets), pieces):
            events = connection.receive_data(octets[start:start + pieces])
            log.extend(map(describe, events))
            answer(connection, events, log)
    except Exception as error:
        log.append(f"{type(error).__name__}: {error}")
    sent = connection.data_to_send()
    log.append(f"sent {len(sent)} octets, {hashlib.sha256(sent).hexdigest()}")
    return log


def main():
    for package in json.loads(sys.argv[1]):
        alias(package)
    import hyperframe.frame

    logs = {"frames of": hyperframe.frame.DataFrame.__mro__[-2].__name__}
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        octets = path.read_bytes()
        logs[path.name] = [replay(octets, len(octets) or 1), replay(octets, 1)]
    json.dump(logs, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())


# ---- streams of our own ----------------------------------------------------------------------------------------

import pytest

pytest.importorskip("h2", reason="h2 4.4.1 is what replays the streams")

SETTINGS = "000000 04 00 00000000"


def made_streams():
    """Name -> (octets after the preface, row of the correction that shows or None)."""
    get = "0000{length} 01 {flags} 00000001 {before}828684" + "41876c6f63616c2e61" + "{after}"

    def headers(flags="05", before="", after=""):
        length = len(bytes.fromhex(before + "828684" + "41876c6f63616c2e61" + after).hex()) // 2
        return get.format(length=f"{length:02x}", flags=flags, before=before, after=after)

    plain = headers()
    return {
        "settings alone": (SETTINGS, None),
        "many settings": ("000030 04 00 00000000" + "000300000064" * 8, None),
        "a request": (SETTINGS + plain, None),
        "a request with padding": (SETTINGS + headers("0d", "02", "0000"), None),
        "a request with priority": (SETTINGS + headers("25", "0000000010"), None),
        "a request in three frames": (
            SETTINGS + "000001 01 01 00000001 82" + "000002 09 00 00000001 8684" + "000009 09 04 00000001"
            "41876c6f63616c2e61", None),
        "a body": (SETTINGS + headers("04") + "000004 00 00 00000001 74657374" + "000000 00 01 00000001", None),
        "a padded body": (SETTINGS + headers("04") + "000007 00 09 00000001 02 74657374 0000", None),
        "padding alone in a body": (SETTINGS + headers("04") + "000003 00 09 00000001 02 0000", None),
        "padding too long": (SETTINGS + headers("04") + "000003 00 09 00000001 03 0000", None),
        "a ping": (SETTINGS + "000008 06 00 00000000 3132333435363738", None),
        "a short ping": (SETTINGS + "000007 06 00 00000000 31323334353637", None),
        "goaway": (SETTINGS + "00000b 07 00 00000000 00000000 00000002 627965", None),
        "window updates": (
            SETTINGS + "000004 08 00 00000000 00001000" + plain + "000004 08 00 00000001 00000001", None),
        "window update of nothing": (SETTINGS + plain + "000004 08 00 00000001 00000000", None),
        "window overflow": (SETTINGS + "000004 08 00 00000000 7fffffff", None),
        "a reset": (SETTINGS + headers("04") + "000004 03 00 00000001 00000008", None),
        "a priority": (SETTINGS + "000005 02 00 00000003 80000001 0f", None),
        "a short priority": (SETTINGS + "000004 02 00 00000003 80000001", None),
        "an unknown frame": (SETTINGS + "000003 bb ff 00000001 616263", None),
        "altsvc": (SETTINGS + "000010 0a 00 00000000 0004 6c6f6361 68323d223a34343322 00", None),
        "altsvc too short": (SETTINGS + "000003 0a 00 00000000 000500", None),
        "a push from a client": (SETTINGS + plain + "000005 05 04 00000001 00000002 82", None),
        "data on the connection": (SETTINGS + "000001 00 00 00000000 78", None),
        "an overlong frame": (SETTINGS + "004001 00 00 00000001" + "00" * 16385, None),
        "settings of seven octets": ("000007 04 00 00000000 00030000006400", None),
        "acknowledgement with a payload": ("000006 04 01 00000000 000300000064", None),
        "65 continuations": (SETTINGS + "000001 01 00 00000001 82" + "000000 09 00 00000001" * 65, None),
        "a cut frame": (SETTINGS + plain[:-8], None),
        "b3 padding that fills": (
            SETTINGS + "000001 01 01 00000001 82" + "000002 09 00 00000001 8684" + "000009 09 04 00000001"
            "41876c6f63616c2e61" + "000004 01 0d 00000003 03 000000", "B3"),
        "b3 padding over the priority": (SETTINGS + "000009 01 2d 00000001 07 80000003 0f 000000", "B3"),
        "b5 reserved bit": (SETTINGS + "000004 08 00 00000000 80000001" + plain, "B5"),
        "b6 reserved bit": (SETTINGS + "000008 07 00 00000000 80000001 00000002", "B6"),
    }


# ---- both sides ------------------------------------------------------------------------------------------------

def logs_of(packages, paths):
    """What the process of one side says: file name -> [log of the whole, log of octet by octet]."""
    found = subprocess.run(
        [sys.executable, __file__, json.dumps(packages)], input="\n".join(map(str, paths)), text=True,
        capture_output=True, check=False, timeout=600, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path),
                                                            "PYTHONHASHSEED": "0"})
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    paths = []
    for name, (octets, _) in made_streams().items():
        paths.append(folder / name)
        paths[-1].write_bytes(PREFACE + bytes.fromhex(octets))
    return paths, logs_of([], paths)


@pytest.fixture(scope="module")
def recorded():
    paths = sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.name != "COPYING")
    if not paths:
        pytest.skip(f"no recorded streams in {CORPUS}; set FASTH2_STREAMS to a folder of them")
    return paths, logs_of([], paths)


@pytest.mark.parametrize("side", SIDES)
def test_made_streams(made, side):
    paths, expected = made
    found = logs_of(SIDES[side], paths)
    assert (expected.pop("frames of", "Frame"), found.pop("frames of")) == ("Frame", "FrameCore")
    differing = {name for name in expected if expected[name] != found[name]}
    assert differing == {name for name, (_, row) in made_streams().items() if row}


def test_made_streams_do_something(made):
    """The streams reach what they are named after: h2 answers, complains, or says what it received."""
    _, logs = made
    said = {name: " ".join(log[0]) for name, log in logs.items() if name != "frames of"}
    for name, text in {
        "a request": "answered", "a request with padding": "answered", "a request in three frames": "answered",
        "a request with priority": "PriorityUpdated", "a padded body": "DataReceived", "a ping": "PingReceived",
        "padding too long": "ProtocolError", "a short ping": "FrameDataMissingError", "goaway": "ConnectionTerminated",
        "a reset": "StreamReset", "an unknown frame": "UnknownFrameReceived", "65 continuations": "ProtocolError",
        "an overlong frame": "FrameTooLargeError", "window updates": "WindowUpdated",
    }.items():
        assert text in said[name], (name, said[name])


@pytest.mark.parametrize("side", SIDES)
def test_recorded_streams(recorded, side):
    paths, expected = recorded
    found = logs_of(SIDES[side], paths)
    assert (expected.pop("frames of", "Frame"), found.pop("frames of")) == ("Frame", "FrameCore")
    differing = {name for name in expected if expected[name] != found[name]}
    listed = {name for name in expected if any(name.startswith(start) for start in CORRECTED_FILES)}
    assert differing == listed
