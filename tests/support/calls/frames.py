"""The calls of framing: fasth2.hyperframe, and the bulk functions of fasth2.codec.frame."""
import copy
import pickle

from fasth2.codec.frame import count_frames, parse_frames
from fasth2.hyperframe.flags import Flag, Flags
from fasth2.hyperframe.frame import (
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    ExtensionFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from support.calls import Call

BIG = 1 << 30  # an int that takes memory
FIELDS = ("stream_id", "body_len", "data", "pad_length", "depends_on", "stream_weight", "exclusive", "error_code",
          "settings", "promised_stream_id", "opaque_data", "last_stream_id", "additional_data", "window_increment",
          "origin", "field", "type", "flag_byte", "body")


class OwnFrame(DataFrame):
    """A caller's own class: goes step by step."""


def frame_state(frame):
    """Everything of a frame that a caller can see, without the dict that would send it step by step."""
    if not isinstance(frame, Frame):
        return frame
    return (type(frame).__name__, sorted(getattr(frame, "flags", ())),
            {name: getattr(frame, name) for name in FIELDS if hasattr(frame, name)})


def frames_state(result):
    frames, consumed = result
    return [frame_state(frame) for frame in frames], consumed


def filled(cls):
    """A frame of `cls` with every field set."""
    return {
        DataFrame: lambda: DataFrame(BIG, b"x" * 50, flags=["PADDED", "END_STREAM"], pad_length=3),
        OwnFrame: lambda: OwnFrame(BIG, b"x" * 50, flags=["PADDED", "END_STREAM"], pad_length=3),
        HeadersFrame: lambda: HeadersFrame(BIG, b"abc", flags=["PADDED", "PRIORITY"], pad_length=3, depends_on=BIG),
        PriorityFrame: lambda: PriorityFrame(BIG, depends_on=BIG, stream_weight=5, exclusive=True),
        RstStreamFrame: lambda: RstStreamFrame(BIG, BIG),
        SettingsFrame: lambda: SettingsFrame(settings=dict.fromkeys(range(20), BIG)),
        PushPromiseFrame: lambda: PushPromiseFrame(BIG, BIG, b"abc", flags=["PADDED"], pad_length=3),
        PingFrame: lambda: PingFrame(opaque_data=b"abcdefgh", flags=["ACK"]),
        GoAwayFrame: lambda: GoAwayFrame(last_stream_id=BIG, error_code=BIG, additional_data=b"abc"),
        WindowUpdateFrame: lambda: WindowUpdateFrame(BIG, BIG),
        ContinuationFrame: lambda: ContinuationFrame(BIG, b"abc", flags=["END_HEADERS"]),
        AltSvcFrame: lambda: AltSvcFrame(0, b"origin", b"field"),
        ExtensionFrame: lambda: ExtensionFrame(0xF0, BIG, 0xFF, b"body"),
    }[cls]()


TYPES = [DataFrame, OwnFrame, HeadersFrame, PriorityFrame, RstStreamFrame, SettingsFrame, PushPromiseFrame, PingFrame,
         GoAwayFrame, WindowUpdateFrame, ContinuationFrame, AltSvcFrame, ExtensionFrame]
WIRES = {cls: filled(cls).serialize() for cls in TYPES if cls is not ExtensionFrame}
WIRES[ExtensionFrame] = bytes.fromhex("000004 f0 ff 40000000 626f6479")


def announced(cls):
    """A frame as its header makes it."""
    if cls is OwnFrame:
        return OwnFrame(BIG, flags=["PADDED", "END_STREAM"])
    return Frame.parse_frame_header(memoryview(WIRES[cls])[:9])[0]


def call(name, act, make=lambda: None, **options):
    return Call(name, make, act, show=frame_state, look=frame_state, **options)


def calls_of(cls):
    """What is done with a frame of any type."""
    name, wire = cls.__name__, WIRES[cls]

    def make():
        return filled(cls)

    return [
        call(f"{name}()", lambda _: make()),
        call(f"{name}.parse_frame_header", lambda _: Frame.parse_frame_header(memoryview(wire)[:9])[0]),
        # What is in the payload's front may be on the frame already when there is no memory for the rest.
        call(f"{name}.parse_body", lambda frame: frame.parse_body(memoryview(wire)[9:]), lambda: announced(cls),
             kept=False),
        call(f"{name}.parse_body, bytes", lambda frame: frame.parse_body(wire[9:]), lambda: announced(cls), kept=False),
        call(f"{name}.parse_body, short", lambda frame: frame.parse_body(wire[9:10]), lambda: announced(cls),
             kept=False),
        call(f"{name}.parse_flags", lambda frame: frame.parse_flags(0xFF) and None, make, kept=False),
        call(f"{name}.serialize", lambda frame: frame.serialize(), make, kept=False),
        call(f"{name}.serialize_body", lambda frame: frame.serialize_body(), make, kept=False),
        call(f"{name}.__repr__", repr, make),
        call(f"pickled {name}", lambda frame: pickle.loads(pickle.dumps(frame)), make),
        call(f"copied {name}", copy.deepcopy, make),
        call(f"vars({name})", lambda frame: vars(frame).keys() and None, make),
        call(f"{name}'s attributes", lambda frame: setattr(frame, "note", BIG), make, kept=False),
        call(f"{name}.flags", lambda frame: sorted(frame.flags), make),
        call(f"{name}.no_field", lambda frame: frame.no_field, make),
    ]


def deleted(frame):
    del frame.data
    return hasattr(frame, "data")


ALL = b"".join(WIRES.values())
# What RFC 9113 section 6 does not allow, one of a kind.
BROKEN = {
    "data on stream 0": "000000 00 00 00000000", "padding": "000002 00 08 00000001 0500",
    "short priority": "000004 02 00 00000001 00000000", "short reset": "000003 03 00 00000001 000000",
    "settings of 5": "000005 04 00 00000000 0000000000", "acknowledged settings": "000006 04 01 00000000 000100000000",
    "short promise": "000003 05 04 00000001 000000", "long ping": "000009 06 00 00000000 000000000000000000",
    "short goaway": "000007 07 00 00000000 00000000000000", "no increment": "000004 08 00 00000001 00000000",
    "short altsvc": "000001 0a 00 00000000 00", "too long": "ffffff 00 00 00000001",
}

FRAME_CALLS = [each for cls in TYPES for each in calls_of(cls)] + [
    call("Frame()", lambda _: Frame(BIG)),
    call("DataFrame(), bad stream", lambda _: DataFrame(0)),
    call("DataFrame(), bad flag", lambda _: DataFrame(1, flags=["ACK"])),
    call("DataFrame(), keywords", lambda _: DataFrame(1, nothing=1)),
    call("DataFrame.serialize, bad padding", lambda frame: frame.serialize(),
         lambda: DataFrame(1, b"x", flags=["PADDED"], pad_length=300)),
    call("DataFrame.data, a view", lambda frame: frame.serialize(), lambda: DataFrame(1, memoryview(b"x" * 50)),
         kept=False),
    call("DataFrame.flow_controlled_length", lambda frame: frame.flow_controlled_length, lambda: filled(DataFrame)),
    call("DataFrame.data, deleted", deleted, lambda: filled(DataFrame), kept=False,
         mend=lambda frame: setattr(frame, "data", b"")),
    call("DataFrame.__dict__", lambda frame: setattr(frame, "__dict__", {"data": b""}), lambda: filled(DataFrame)),
    call("SettingsFrame(), acknowledging", lambda _: SettingsFrame(settings={1: 1}, flags=["ACK"])),
    call("PingFrame(), too long", lambda _: PingFrame(opaque_data=b"x" * 9).serialize()),
    call("ExtensionFrame.parse_frame_header, strict", lambda _: Frame.parse_frame_header(
        memoryview(WIRES[ExtensionFrame])[:9], strict=True)),
    call("Frame.parse_frame_header, short", lambda _: Frame.parse_frame_header(memoryview(b"12345678"))),
    call("Frame.parse_frame_header, no buffer", lambda _: Frame.parse_frame_header(None)),
    Call("parse_frames", lambda: None, lambda _: parse_frames(ALL, 1 << 14), show=frames_state),
    Call("parse_frames, cut", lambda: None, lambda _: parse_frames(bytearray(ALL[:-1]), 1 << 14), show=frames_state),
    Call("parse_frames, a view", lambda: None, lambda _: parse_frames(memoryview(ALL), 1 << 14), show=frames_state),
    Call("parse_frames, no buffer", lambda: None, lambda _: parse_frames(None, 1 << 14)),
    Call("parse_frames, strided", lambda: None, lambda _: parse_frames(memoryview(ALL)[::2], 1 << 14)),
    *(Call(f"parse_frames, {name}", lambda: None, lambda _, wire=bytes.fromhex(wire): parse_frames(wire, 1 << 14),
           show=frames_state) for name, wire in BROKEN.items()),
    Call("count_frames", lambda: None, lambda _: [count_frames(kind(ALL), 1 << 14)
                                                  for kind in (bytes, bytearray, memoryview)]),
    Call("count_frames, no buffer", lambda: None, lambda _: count_frames(None, 1 << 14)),
]


# ---- Flags ---------------------------------------------------------------------------------------------------------

def packed():
    """The flags of a frame, in an octet still."""
    return HeadersFrame(1, flags=["PADDED"]).flags


def unpacked():
    """Flags of a caller's own."""
    flags = Flags([Flag("PADDED", 8), Flag("END_STREAM", 1), Flag("OWN", 2)])
    flags.add("PADDED")
    return flags


FLAGS_CALLS = [
    Call(f"Flags.{name}, {make.__name__}", make, act, show=lambda result: result, look=sorted)
    for make in (packed, unpacked)
    for name, act in {
        "add": lambda flags: flags.add("END_STREAM"), "discard": lambda flags: flags.discard("PADDED"),
        "remove": lambda flags: flags.remove("PADDED"), "remove, none": lambda flags: flags.remove("END_STREAM"),
        "add, not defined": lambda flags: flags.add("ACK"), "add, no name": lambda flags: flags.add([]),
        "__contains__": lambda flags: ("PADDED" in flags, "ACK" in flags, 5 in flags), "__len__": len,
        "__iter__": list, "__repr__": repr, "compared": lambda flags: flags == {"PADDED"},
        "joined": lambda flags: flags | {"END_STREAM"},
        "copied": lambda flags: sorted(copy.deepcopy(flags)),
        "pickled": lambda flags: sorted(pickle.loads(pickle.dumps(flags))),
        "_flags": lambda flags: sorted(flags._flags), "_valid_flags": lambda flags: sorted(flags._valid_flags),
        "vars": lambda flags: sorted(vars(flags)),
    }.items()
] + [
    Call("Flags()", lambda: None, lambda _: Flags([Flag("A", 1)]), show=sorted),
    Call("Flags(), no flags", lambda: None, lambda _: Flags(5)),
    Call("Flag()", lambda: None, lambda _: pickle.loads(pickle.dumps(Flag("A", 1)))),
]

CALLS = [*FRAME_CALLS, *FLAGS_CALLS]
