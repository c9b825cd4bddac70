"""Frames against hyperframe 6.1.0: the same fields, text, bytes and errors, but for what RFC 9113 wants otherwise."""
import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fasth2.hyperframe.flags as own_flags
import fasth2.hyperframe.frame as own
from support.differences import corrected
from support.frames import fields, outcome, parsed

upstream = pytest.importorskip("hyperframe.frame", reason="hyperframe 6.1.0 is the oracle here")
if upstream.DataFrame is own.DataFrame:
    pytest.skip("hyperframe is fasth2's own in this process: no oracle", allow_module_level=True)

SIDES = (upstream, own)


def compare(octets):
    """Whether both sides agree on the frame in `octets`; it is not asked where they are not to."""
    first = outcome(parsed, upstream, octets)
    second = outcome(parsed, own, octets)
    row = corrected(octets)
    if row is None:
        assert first == second, octets.hex()
    else:
        assert first != second, f"row {row} says that {octets.hex()} should differ"


# ---- parsing ---------------------------------------------------------------------------------------------------

def valid_frames():
    make = upstream
    return [
        make.DataFrame(1, b"test"),
        make.DataFrame(1, b""),
        make.DataFrame(0x7FFFFFFF, b"x" * 11, flags=["END_STREAM", "PADDED"], pad_length=3),
        make.DataFrame(3, b"", flags=["PADDED"]),
        make.HeadersFrame(5, b"\x82\x84", flags=["END_HEADERS", "END_STREAM"]),
        make.HeadersFrame(5, b"\x82", flags=["PRIORITY"], depends_on=3, stream_weight=200, exclusive=True),
        make.HeadersFrame(5, b"\x82\x86\x84", flags=["PADDED", "PRIORITY", "END_HEADERS"], pad_length=2, depends_on=1),
        make.PriorityFrame(7, depends_on=5, stream_weight=15, exclusive=True),
        make.RstStreamFrame(7, error_code=8),
        make.SettingsFrame(settings={1: 4096, 3: 100, 4: 65535}),
        make.SettingsFrame(flags=["ACK"]),
        make.PushPromiseFrame(1, 2, b"\x82", flags=["END_HEADERS"]),
        make.PushPromiseFrame(1, 4, b"\x82\x84", flags=["PADDED"], pad_length=1),
        make.PingFrame(opaque_data=b"12345678", flags=["ACK"]),
        make.GoAwayFrame(last_stream_id=9, error_code=2, additional_data=b"bye"),
        make.GoAwayFrame(last_stream_id=9),
        make.WindowUpdateFrame(0, window_increment=1),
        make.WindowUpdateFrame(9, window_increment=0x7FFFFFFF),
        make.ContinuationFrame(9, b"\x82", flags=["END_HEADERS"]),
        make.AltSvcFrame(0, b"example.com", b'h2=":443"'),
        make.AltSvcFrame(1, b"", b"clear"),
    ]


WIRES = [frame.serialize() for frame in valid_frames()] + [bytes.fromhex("000003f0ff00000001616263")]
WIRE_NAMES = [f"{index}-{wire[3]:02x}" for index, wire in enumerate(WIRES)]


@pytest.mark.parametrize("wire", WIRES, ids=WIRE_NAMES)
def test_valid_frame(wire):
    compare(wire)


@pytest.mark.parametrize("wire", WIRES, ids=WIRE_NAMES)
def test_every_prefix(wire):
    """Cut in the header: no frame. Cut in the payload: a payload of that length, whatever the header said."""
    for length in range(9):
        assert (outcome(upstream.Frame.parse_frame_header, wire[:length])
                == outcome(own.Frame.parse_frame_header, wire[:length]))
    for length in range(9, len(wire)):
        compare(wire[:length])


@pytest.mark.parametrize("wire", WIRES, ids=WIRE_NAMES)
def test_every_one_byte_mutation(wire):
    for index in range(3, len(wire)):  # the length in the header is for the receiver, not for the parser
        for value in range(256):
            if value != wire[index]:
                compare(wire[:index] + bytes((value,)) + wire[index + 1:])


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFFFFFF), st.binary(max_size=40))
def test_any_frame(frame_type, flags, stream_id, payload):
    compare(len(payload).to_bytes(3, "big") + bytes((frame_type, flags)) + stream_id.to_bytes(4, "big") + payload)


@given(st.sampled_from(range(11)), st.sampled_from([0, 0x8, 0x20, 0x28, 0x2D]), st.binary(max_size=12))
def test_any_known_frame(frame_type, flags, payload):
    stream_id = 0 if frame_type in (4, 6, 7) else 1
    compare(len(payload).to_bytes(3, "big") + bytes((frame_type, flags)) + stream_id.to_bytes(4, "big") + payload)


@given(st.binary(min_size=9, max_size=9), st.booleans())
def test_any_header(header, strict):
    def parse(side):
        frame, length = side.Frame.parse_frame_header(header, strict=strict)
        return length, fields(frame)

    assert outcome(parse, upstream) == outcome(parse, own)


@given(st.lists(st.tuples(st.integers(0, 0xFF), st.integers(0, 0xFFFFFFFF)), max_size=40), st.binary(max_size=5))
def test_settings_in_wire_order_and_last_wins(entries, rest):
    payload = b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in entries) + rest
    compare(len(payload).to_bytes(3, "big") + b"\x04\x00" + bytes(4) + payload)


def test_big_settings():
    payload = b"".join((index % 256).to_bytes(2, "big") + index.to_bytes(4, "big") for index in range(2730))
    compare(len(payload).to_bytes(3, "big") + b"\x04\x00" + bytes(4) + payload)


# ---- making, changing, serialising -----------------------------------------------------------------------------

INTEGERS = st.one_of(st.integers(-2, 300), st.integers(-(2**70), 2**70),
                     st.sampled_from([2**31 - 1, 2**31, 2**32 - 1, 2**32, True, None, "1", 1.5]))
PAYLOADS = st.one_of(st.binary(max_size=30), st.binary(max_size=30).map(bytearray),
                     st.sampled_from([None, "text", [], b"x" * 300, 7]))
FLAG_NAMES = st.lists(st.sampled_from(["END_STREAM", "ACK", "END_HEADERS", "PADDED", "PRIORITY", "OTHER"]), max_size=3)
IDENTIFIERS = st.one_of(st.integers(-1, 0xFF), st.sampled_from(["1", None]))
SETTINGS = st.one_of(st.none(), st.dictionaries(IDENTIFIERS, INTEGERS, max_size=3))

VALUES = {
    "stream_id": INTEGERS, "data": PAYLOADS, "flags": st.one_of(FLAG_NAMES, FLAG_NAMES.map(tuple), FLAG_NAMES.map(set)),
    "pad_length": st.one_of(st.integers(-1, 3), st.sampled_from([255, 256, None, "1", True])),
    "depends_on": INTEGERS, "stream_weight": INTEGERS, "exclusive": st.sampled_from([True, False, 0, 1, None, "x"]),
    "error_code": INTEGERS, "settings": SETTINGS, "promised_stream_id": INTEGERS, "opaque_data": PAYLOADS,
    "last_stream_id": INTEGERS, "additional_data": PAYLOADS, "window_increment": INTEGERS, "origin": PAYLOADS,
    "field": PAYLOADS, "type": INTEGERS, "flag_byte": INTEGERS, "body": PAYLOADS, "body_len": INTEGERS,
    "unknown": st.just(1),
}
CLASSES = {
    "Frame": ["stream_id", "flags"],
    "DataFrame": ["stream_id", "data", "flags", "pad_length"],
    "HeadersFrame": ["stream_id", "data", "flags", "pad_length", "depends_on", "stream_weight", "exclusive"],
    "PriorityFrame": ["stream_id", "depends_on", "stream_weight", "exclusive", "flags"],
    "RstStreamFrame": ["stream_id", "error_code", "flags"],
    "SettingsFrame": ["stream_id", "settings", "flags"],
    "PushPromiseFrame": ["stream_id", "promised_stream_id", "data", "flags", "pad_length"],
    "PingFrame": ["stream_id", "opaque_data", "flags"],
    "GoAwayFrame": ["stream_id", "last_stream_id", "error_code", "additional_data", "flags"],
    "WindowUpdateFrame": ["stream_id", "window_increment", "flags"],
    "ContinuationFrame": ["stream_id", "data", "flags"],
    "AltSvcFrame": ["stream_id", "origin", "field", "flags"],
    "ExtensionFrame": ["type", "stream_id", "flag_byte", "body", "flags"],
}


@st.composite
def constructions(draw):
    """A class, arguments by position and by keyword, and assignments that follow."""
    name = draw(st.sampled_from(sorted(CLASSES)))
    parameters = CLASSES[name]
    by_position = draw(st.integers(0, len(parameters)))
    arguments = [draw(VALUES[parameter]) for parameter in parameters[:by_position]]
    if parameters[0] == "stream_id" and arguments and draw(st.booleans()):
        arguments[0] = 0 if name in ("SettingsFrame", "PingFrame", "GoAwayFrame") else 1
    keywords = {key: draw(VALUES[key]) for key in draw(st.sets(st.sampled_from([*parameters, "unknown"]), max_size=3))}
    assigned = [*parameters, "body_len", "type", "unknown"]
    changes = draw(st.lists(st.sampled_from(assigned).flatmap(lambda key: VALUES[key].map(lambda value: (key, value))),
                            max_size=3))
    return name, arguments, keywords, changes


def same_text(text):
    """Set order and object addresses are nobody's."""
    return text.split("Valid flags are")[0]


def comparable(result):
    if result[0] == "raised":
        return ("raised", result[1], same_text(result[2]))
    return result


def build(side, name, arguments, keywords, changes):
    frame = getattr(side, name)(*copy.deepcopy(arguments), **copy.deepcopy(keywords))
    for key, value in copy.deepcopy(changes):
        setattr(frame, key, value)
    return frame


def build_and_look(side, *recipe):
    frame = build(side, *recipe)
    first = comparable(outcome(repr, frame)), comparable(outcome(frame.serialize))
    body = comparable(outcome(frame.serialize_body))
    return first, body, fields(frame), comparable(outcome(frame.serialize)), comparable(outcome(repr, frame))


def sensible(arguments, keywords, changes):
    """Nothing that would write gigabytes of padding or settings of 16 bits."""
    found = [*keywords.values(), *(value for _, value in changes), *arguments]
    return not any(isinstance(value, dict) and any(isinstance(key, int) and key & ~0xFF for key in value)
                   for value in found)


@settings(max_examples=400)
@given(constructions())
def test_construct_change_serialise(recipe):
    _, arguments, keywords, changes = recipe
    if not sensible(arguments, keywords, changes):
        return
    assert comparable(outcome(build_and_look, upstream, *recipe)) == comparable(outcome(build_and_look, own, *recipe))


@settings(max_examples=200)
@given(constructions(), st.binary(max_size=20), st.integers(0, 255))
def test_parse_into_a_changed_frame(recipe, payload, flags):
    """Fields that are left from before take part in parsing: padding, settings, flags."""
    name, _, keywords, changes = recipe
    if name == "Frame" or concerned(own_type(name), payload):
        return
    if name in ("HeadersFrame", "PushPromiseFrame") and "pad_length" in {*keywords, *dict(changes)}:
        return  # padding from before is padding: row B3 or B4

    def run(side):
        frame = build(side, *recipe)
        steps = [comparable(outcome(lambda: sorted(frame.parse_flags(flags) or ()))),
                 comparable(outcome(frame.parse_body, memoryview(payload)))]
        return steps, fields(frame)

    assert comparable(outcome(run, upstream)) == comparable(outcome(run, own))


def concerned(frame_type, payload):
    """Whether a row is about this payload with some flags."""
    return any(corrected(bytes((0, 0, 0, frame_type, flags, 0, 0, 0, stream_id)) + payload)
               for flags in (0, 0x08, 0x20, 0x28) for stream_id in (0, 1))


def own_type(name):
    return getattr(own, name).type or 0


@given(st.sampled_from(WIRES))
def test_copies_and_pickles(wire):
    def look(side, duplicate):
        frame, _ = side.Frame.parse_frame_header(wire[:9])
        frame.parse_body(memoryview(wire[9:]))
        frame.note = ["a caller's own"]
        again = duplicate(frame)
        return type(again).__name__, fields(again), again.note is frame.note, again.flags is frame.flags, repr(again)

    for duplicate in (copy.copy, copy.deepcopy):
        assert look(upstream, duplicate) == look(own, duplicate)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        def through_pickle(frame, protocol=protocol):
            return pickle.loads(pickle.dumps(frame, protocol))
        assert look(upstream, through_pickle) == look(own, through_pickle)


# ---- flags -----------------------------------------------------------------------------------------------------

OPERATIONS = st.lists(st.tuples(
    st.sampled_from(["add", "discard", "remove", "in", "ior", "isub", "iand", "clear", "len", "eq", "pop", "repr",
                     "le"]),
    st.sampled_from(["END_STREAM", "PADDED", "ACK", "END_HEADERS", "OTHER", 1]),
), max_size=12)


def operate(flags, operation, name):
    actions = {
        "add": lambda: flags.add(name), "discard": lambda: flags.discard(name), "remove": lambda: flags.remove(name),
        "in": lambda: name in flags, "clear": flags.clear, "len": lambda: len(flags), "eq": lambda: flags == {name},
        "repr": lambda: repr(flags), "ior": lambda: flags.__ior__({name}) and None, "le": lambda: flags <= {name},
        "isub": lambda: flags.__isub__({name}) and None, "iand": lambda: flags.__iand__({name}) and None,
        "pop": lambda: len(flags) > 1 or flags.pop(),  # which one of several is nobody's to say
    }
    return comparable(outcome(actions[operation]))


@given(st.sampled_from(["DataFrame", "HeadersFrame", "SettingsFrame", "PriorityFrame"]), OPERATIONS, st.booleans())
def test_flags_of_a_frame(name, operations, look_inside):
    frames = [getattr(side, name)(0 if name == "SettingsFrame" else 1) for side in SIDES]
    for frame in frames:
        frame.parse_flags(0x09)
    for operation, flag in operations:
        first, second = (operate(frame.flags, operation, flag) for frame in frames)
        assert first == second
        if look_inside:
            assert frames[0].flags._flags == frames[1].flags._flags
            assert frames[0].flags._valid_flags == frames[1].flags._valid_flags
    assert sorted(frames[0].flags) == sorted(frames[1].flags)
    assert frames[0].serialize() == frames[1].serialize()


@given(OPERATIONS)
def test_flags_of_a_caller(operations):
    from hyperframe.flags import Flag, Flags

    defined = [("OTHER", 0x2), ("PADDED", 0x8)]
    first = Flags([Flag(*flag) for flag in defined])
    second = own_flags.Flags([own_flags.Flag(*flag) for flag in defined])
    for operation, flag in operations:
        assert operate(first, operation, flag) == operate(second, operation, flag)
    assert sorted(first) == sorted(second)


# ---- names -----------------------------------------------------------------------------------------------------

def test_every_name_of_upstream_is_there():
    import types

    expected = {name for name, value in vars(upstream).items()
                if not name.startswith("__") and not isinstance(value, types.ModuleType)}
    assert expected - set(vars(own)) <= {"TYPE_CHECKING", "Any", "annotations"}


@pytest.mark.parametrize("name", [*CLASSES, "Padding", "Priority", "Flags", "Flag"])
def test_class_looks_like_upstream(name):
    first, second = getattr(upstream, name), getattr(own, name)
    assert (first.__module__, first.__qualname__) == (second.__module__, second.__qualname__)
    added = {"FrameCore", "FlagsCore"}
    assert ([cls.__name__ for cls in first.__mro__]
            == [cls.__name__ for cls in second.__mro__ if cls.__name__ not in added])
    for attribute in ("type", "stream_association", "defined_flags", "data", "pad_length", "stream_id"):
        assert (getattr(first, attribute, None) == getattr(second, attribute, None)), attribute
    assert {attribute for attribute in dir(first) if not attribute.startswith("__")} <= set(dir(second))
