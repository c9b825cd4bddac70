"""Where hyperframe 6.1.0 is wrong against RFC 9113, and fasth2's frames are not (docs/compatibility.md)."""
import pytest

from fasth2.hyperframe.exceptions import InvalidDataError, InvalidFrameError, InvalidPaddingError
from fasth2.hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PushPromiseFrame,
    SettingsFrame,
    WindowUpdateFrame,
)


class Derived:
    """Makes the same frame go step by step: a subclass is never on the straight way."""

    def __init__(self, cls):
        self.cls = type(cls.__name__, (cls,), {})

    def __call__(self, *arguments, **keywords):
        return self.cls(*arguments, **keywords)


def both(cls):
    return pytest.mark.parametrize("make", [cls, Derived(cls)], ids=["straight", "stepwise"])


def parse(make, payload, flags=()):
    frame = make(1, flags=flags) if make not in (GoAwayFrame,) else make(flags=flags)
    frame.parse_body(memoryview(bytes.fromhex(payload)))
    return frame


@both(HeadersFrame)
def test_b3_padding_may_fill_a_headers_frame(make):
    frame = parse(make, "03 000000", ["PADDED"])
    assert (frame.data, frame.pad_length) == (b"", 3)
    frame = parse(make, "02 80000003 0f 0000", ["PADDED", "PRIORITY"])
    assert (frame.data, frame.pad_length, frame.depends_on, frame.stream_weight) == (b"", 2, 3, 15)


@both(HeadersFrame)
def test_b3_padding_may_not_reach_into_the_priority(make):
    with pytest.raises(InvalidPaddingError):
        parse(make, "07 80000003 0f 000000", ["PADDED", "PRIORITY"])


@both(HeadersFrame)
@pytest.mark.parametrize("payload", ["04 000000", "01", "ff 82"])
def test_b3_padding_may_not_exceed_a_headers_frame(make, payload):
    with pytest.raises(InvalidPaddingError):
        parse(make, payload, ["PADDED"])


@both(PushPromiseFrame)
def test_b4_padding_may_not_reach_into_the_promised_id(make):
    with pytest.raises(InvalidPaddingError):
        parse(make, "05 00000002 0000", ["PADDED"])


@both(PushPromiseFrame)
def test_b4_padding_may_fill_what_follows_the_promised_id(make):
    frame = parse(make, "02 00000002 0000", ["PADDED"])
    assert (frame.promised_stream_id, frame.data, frame.pad_length) == (2, b"", 2)


@both(WindowUpdateFrame)
def test_b5_reserved_bit_of_window_update(make):
    assert parse(make, "80000001").window_increment == 1
    with pytest.raises(InvalidDataError):
        parse(make, "80000000")


@both(PushPromiseFrame)
def test_b6_reserved_bit_of_push_promise(make):
    assert parse(make, "80000002").promised_stream_id == 2
    with pytest.raises(InvalidDataError):
        parse(make, "80000000")


@pytest.mark.parametrize("make", [GoAwayFrame, type("GoAwayFrame", (GoAwayFrame,), {})], ids=["straight", "stepwise"])
def test_b6_reserved_bit_of_goaway(make):
    frame = make()
    frame.parse_body(memoryview(bytes.fromhex("80000003 00000001")))
    assert (frame.last_stream_id, frame.error_code) == (3, 1)


@pytest.mark.parametrize("make", [SettingsFrame, type("SettingsFrame", (SettingsFrame,), {})],
                         ids=["straight", "stepwise"])
def test_b7_settings_identifiers_of_16_bits(make):
    frame = make(settings={0x4242: 1, 0x1_0003: 2})
    assert frame.serialize_body() == bytes.fromhex("4242 00000001 0003 00000002")


@both(DataFrame)
def test_data_padding_is_as_upstream_has_it(make):
    """RFC 9113 section 6.1: an error from the length of the payload on, its first octet included."""
    assert parse(make, "03 000000", ["PADDED"]).data == b""
    with pytest.raises(InvalidPaddingError):
        parse(make, "04 000000", ["PADDED"])
    with pytest.raises(InvalidFrameError):
        parse(make, "", ["PADDED"])


def test_made_you_reset_frames_stay_errors():
    """CVE-2025-8671: what a peer could use to make us reset streams is never accepted in silence."""
    for wire in ("000004 08 00 00000001 00000000", "000004 02 00 00000001 00000000", "000003 03 00 00000001 000000"):
        octets = bytes.fromhex(wire)
        frame, _ = Frame.parse_frame_header(octets[:9])
        with pytest.raises((InvalidDataError, InvalidFrameError)):
            frame.parse_body(memoryview(octets[9:]))
