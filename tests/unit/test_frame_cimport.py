"""The C interface: a module of somebody else's that cimports the cursor, the readers and the writers, without objects.

It reads every frame type from memory of just the right size, so a sanitizer build sees any octet too many.
"""
import importlib.util
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytest.importorskip("Cython", reason="Cython compiles the module that uses the C interface")
pytest.importorskip("setuptools", reason="setuptools builds the module that uses the C interface")
ROOT = Path(__file__).resolve().parents[2]

SOURCE = """
# cython: language_level=3
from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from fasth2.codec.framebody cimport *
from fasth2.codec.frameheader cimport *

STATUS = {FRAME_OK: "ok", FRAME_INCOMPLETE: "incomplete", FRAME_TOO_LONG: "too long", FRAME_BAD_LENGTH: "length",
          FRAME_BAD_PADDING: "padding", FRAME_BAD_VALUE: "value", FRAME_BAD_STREAM: "stream"}


cdef union Body:
    DataBody data
    HeadersBody headers
    PriorityBody priority
    SettingsBody settings
    PushPromiseBody push_promise
    GoAwayBody goaway
    AltSvcBody altsvc
    OpaqueBody opaque
    uint32_t number
    const uint8_t *octets


cdef FrameStatus read(const FrameHeader *header, Body *body) noexcept nogil:
    cdef FrameStatus status = check_stream(header.type, header.stream_id)
    if status != FRAME_OK:
        return status
    if header.type == TYPE_DATA:
        return read_data(header, &body.data)
    if header.type == TYPE_HEADERS:
        return read_headers(header, &body.headers)
    if header.type == TYPE_PRIORITY:
        return read_priority(header, &body.priority)
    if header.type == TYPE_RST_STREAM:
        return read_rst_stream(header, &body.number)
    if header.type == TYPE_SETTINGS:
        return read_settings(header, &body.settings)
    if header.type == TYPE_PUSH_PROMISE:
        return read_push_promise(header, &body.push_promise)
    if header.type == TYPE_PING:
        return read_ping(header, &body.octets)
    if header.type == TYPE_GOAWAY:
        return read_goaway(header, &body.goaway)
    if header.type == TYPE_WINDOW_UPDATE:
        return read_window_update(header, &body.number)
    if header.type == TYPE_ALTSVC:
        return read_altsvc(header, &body.altsvc)
    return read_opaque(header, &body.opaque)


cdef uint8_t *write(uint8_t *p, const FrameHeader *header, const Body *body) noexcept nogil:
    cdef size_t index
    if header.type == TYPE_DATA:
        return write_data(p, header.flags, &body.data)
    if header.type == TYPE_HEADERS:
        return write_headers(p, header.flags, &body.headers)
    if header.type == TYPE_PRIORITY:
        return write_priority(p, &body.priority)
    if header.type == TYPE_RST_STREAM:
        return write_rst_stream(p, body.number)
    if header.type == TYPE_SETTINGS:
        for index in range(body.settings.count):
            p = write_setting(p, setting_identifier(&body.settings, index), setting_value(&body.settings, index))
        return p
    if header.type == TYPE_PUSH_PROMISE:
        return write_push_promise(p, header.flags, &body.push_promise)
    if header.type == TYPE_PING:
        return write_ping(p, body.octets, PING_LENGTH)
    if header.type == TYPE_GOAWAY:
        return write_goaway(p, &body.goaway)
    if header.type == TYPE_WINDOW_UPDATE:
        return write_window_update(p, body.number)
    if header.type == TYPE_ALTSVC:
        return write_altsvc(p, &body.altsvc)
    return write_opaque(p, &body.opaque)


def walk(bytes stream, uint32_t max_frame_size):
    '''[(status, octets when written again or None)] of the frames in `stream`, and the status that ends it.'''
    cdef size_t size = len(stream)
    cdef uint8_t *memory = <uint8_t *>malloc(size or 1)
    cdef uint8_t *again = <uint8_t *>malloc(size + 9)
    cdef uint8_t *end
    cdef FrameCursor cursor
    cdef FrameHeader header
    cdef Body body
    cdef FrameStatus status
    found = []
    memcpy(memory, <const char *>stream, size)
    cursor.next = memory
    cursor.end = memory + size
    status = next_frame(&cursor, max_frame_size, &header)
    while status == FRAME_OK:
        status = read(&header, &body)
        octets = None
        if status == FRAME_OK:
            end = write_frame_header(again, header.length, header.type, header.flags, header.stream_id)
            end = write(end, &header, &body)
            octets = again[:end - again]
        found.append((STATUS[status], octets))
        status = next_frame(&cursor, max_frame_size, &header)
    free(memory)
    free(again)
    return found, STATUS[status], cursor.end - cursor.next
"""

FRAMES = [bytes.fromhex(wire) for wire in (
    "000004 00 01 00000001 74657374", "000005 00 08 00000001 02 7465 0000", "000001 00 08 00000001 00",
    "000003 01 05 00000001 828684", "000009 01 2c 00000001 01 80000003 0f 8284 00", "000005 02 00 00000003 80000001 0f",
    "000004 03 00 00000001 00000008", "00000c 04 00 00000000 000300000064 424200000001", "000000 04 01 00000000",
    "000005 05 04 00000001 00000002 82", "000008 05 08 00000001 02 00000004 82 0000",
    "000008 06 01 00000000 3132333435363738", "00000b 07 00 00000000 00000005 00000002 627965",
    "000004 08 00 00000000 7fffffff", "000002 09 04 00000001 8286", "00000a 0a 00 00000000 0004 6c6f6361 61626364",
    "000003 bb ff 00000001 616263",
)]


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cimport")
    (folder / "frame_walker.pyx").write_text(SOURCE)
    (folder / "setup.py").write_text(
        "from setuptools import Extension, setup\n"
        f"extension = Extension('frame_walker', ['frame_walker.pyx'], include_dirs=[{str(ROOT / 'fasth2/codec')!r}])\n"
        f"setup(ext_modules=[extension], options={{'build_ext': {{'cython_include_dirs': [{str(ROOT)!r}]}}}})\n")
    built = subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, text=True,
                           capture_output=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    path = folder / f"frame_walker{sysconfig.get_config_var('EXT_SUFFIX')}"
    spec = importlib.util.spec_from_file_location("frame_walker", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.walk


def test_every_type_is_read_and_written_back(walk):
    found, end, left = walk(b"".join(FRAMES), 16384)
    assert found == [("ok", wire) for wire in FRAMES]
    assert (end, left) == ("incomplete", 0)


def test_cursor_stops_at_every_cut(walk):
    stream = FRAMES[0] + FRAMES[3]
    for length in range(len(stream)):
        found, end, left = walk(stream[:length], 16384)
        whole = length >= len(FRAMES[0])
        assert (len(found), end, left) == (int(whole), "incomplete", length - len(FRAMES[0]) * whole)


def test_cursor_stops_before_a_frame_that_is_too_long(walk):
    assert walk(FRAMES[0] + FRAMES[3], 3) == ([], "too long", len(FRAMES[0] + FRAMES[3]))
    assert walk(FRAMES[0][:9], 3) == ([], "too long", 9)


@pytest.mark.parametrize(("wire", "status"), [
    ("000000 00 08 00000001", "length"), ("000001 00 08 00000001 01", "padding"), ("000000 00 00 00000000", "stream"),
    ("000000 01 08 00000001", "length"), ("000004 01 20 00000001 00000000", "length"),
    ("000007 01 28 00000001 02 00000000 00 00", "padding"), ("000004 02 00 00000001 00000000", "length"),
    ("000003 03 00 00000001 000000", "length"), ("000005 04 00 00000000 0000000000", "length"),
    ("000006 04 01 00000000 000000000000", "value"), ("000003 05 00 00000001 000000", "length"),
    ("000004 05 00 00000001 00000003", "value"), ("000004 05 00 00000001 80000000", "value"),
    ("000005 05 08 00000001 01 00000002", "padding"), ("000007 06 00 00000000 00000000000000", "length"),
    ("000007 07 00 00000000 00000000000000", "length"), ("000004 08 00 00000000 80000000", "value"),
    ("000005 08 00 00000000 0000000001", "length"), ("000001 0a 00 00000000 00", "length"),
    ("000003 0a 00 00000000 0002 61", "length"), ("000008 06 00 00000001 0000000000000000", "stream"),
    ("000000 09 00 00000000", "stream"),
])
def test_readers_refuse(walk, wire, status):
    assert walk(bytes.fromhex(wire), 16384)[0] == [(status, None)]


def test_readers_agree_with_the_frame_classes(walk):
    """Every payload length of every type, with every combination of the flags that change the layout."""
    from fasth2.codec.frame import parse_frames
    from fasth2.hyperframe.exceptions import HyperframeError

    for frame_type in range(12):
        for flags in (0x00, 0x01, 0x08, 0x20, 0x28):
            for payload in (b"\x00" * 14, b"\x03" * 14, bytes(range(14))):
                for length in range(14):
                    stream_id = 0 if frame_type in (4, 6, 7) else 1
                    wire = (length.to_bytes(3, "big") + bytes((frame_type, flags)) + stream_id.to_bytes(4, "big")
                            + payload[:length])
                    try:
                        parse_frames(wire, 16384)
                        accepted = True
                    except HyperframeError:
                        accepted = False
                    assert (walk(wire, 16384)[0][0][0] == "ok") == accepted, wire.hex()
