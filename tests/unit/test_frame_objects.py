"""Frames as Python objects: attributes of any kind, classes that can be changed, subclasses that override steps."""
import abc
import collections
import collections.abc
import copy
import enum
import gc
import pickle
import sys
import weakref

import pytest

from fasth2.codec.framecore import FrameCore
from fasth2.codec.frametypes import _LAYOUT
from fasth2.hyperframe import frame as module
from fasth2.hyperframe.exceptions import InvalidDataError, InvalidFrameError, InvalidPaddingError, UnknownFrameError
from fasth2.hyperframe.flags import Flag, Flags
from fasth2.hyperframe.frame import (
    FRAMES,
    ContinuationFrame,
    DataFrame,
    ExtensionFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    Padding,
    PingFrame,
    Priority,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

WIRE = bytes.fromhex("000004 00 01 00000003 74657374")


def parsed(wire=WIRE):
    frame, length = Frame.parse_frame_header(memoryview(wire)[:9])
    frame.parse_body(memoryview(wire)[9:9 + length])
    return frame


# ---- attributes ------------------------------------------------------------------------------------------------

def test_vars_are_upstreams_in_upstreams_order():
    assert list(vars(parsed()).items()) == [
        ("stream_id", 3), ("flags", {"END_STREAM"}), ("body_len", 4), ("pad_length", 0), ("data", b"test")]
    assert list(vars(HeadersFrame(1))) == [
        "stream_id", "flags", "body_len", "depends_on", "stream_weight", "exclusive", "pad_length", "data"]


def test_any_object_is_kept_by_reference():
    frame = parsed()
    for name in ("stream_id", "flags", "body_len", "pad_length", "data", "type", "anything"):
        thing = object()
        setattr(frame, name, thing)
        assert getattr(frame, name) is thing
        assert vars(frame)[name] is thing


def test_vars_is_live_both_ways():
    frame = parsed()
    seen = vars(frame)
    assert vars(frame) is seen
    frame.data = b"longer"
    frame.note = 1
    assert (seen["data"], seen["note"]) == (b"longer", 1)
    seen["data"] = b"again"
    seen.update(stream_id=5)
    assert frame.serialize() == bytes.fromhex("000005 00 01 00000005") + b"again"
    assert seen["body_len"] == 5
    del seen["data"]
    assert not hasattr(frame, "data")


def test_vars_outlives_its_frame():
    seen = vars(parsed())
    gc.collect()
    assert seen["data"] == b"test"


def test_dict_can_be_replaced():
    frame = parsed()
    given = {"stream_id": 9, "flags": {"PADDED"}, "pad_length": 1, "data": b"x", "body_len": 0}
    frame.__dict__ = given
    assert vars(frame) is given
    frame.__dict__ = given = collections.OrderedDict(given)
    assert vars(frame) is given
    assert frame.serialize() == bytes.fromhex("000003 00 08 00000009 01 78 00")
    with pytest.raises(TypeError):
        frame.__dict__ = 1
    del frame.__dict__
    with pytest.raises(AttributeError):
        frame.stream_id


def test_fields_can_be_deleted_and_set_again():
    frame = parsed()
    for name in ("data", "flags", "stream_id"):
        before = getattr(frame, name)
        delattr(frame, name)
        assert not hasattr(frame, name)
        with pytest.raises(AttributeError):
            delattr(frame, name)
        with pytest.raises(AttributeError):
            frame.serialize()
        setattr(frame, name, before)
    assert frame.serialize() == WIRE


def test_an_empty_frame_has_no_fields():
    frame = DataFrame.__new__(DataFrame)
    assert vars(frame) == {}
    with pytest.raises(AttributeError, match="'DataFrame' object has no attribute 'data'"):
        frame.data


def test_frames_are_made_as_any_object_is():
    assert vars(object.__new__(DataFrame)) == {}
    assert vars(Frame.__new__(PingFrame, "any", arguments="do")) == {}

    class Unfinished(DataFrame, abc.ABC):
        @abc.abstractmethod
        def finish(self):
            pass

    with pytest.raises(TypeError, match="abstract"):
        Unfinished(1)


def test_fields_of_other_types_are_ordinary_attributes():
    frame = PingFrame()
    with pytest.raises(AttributeError):
        frame.data
    frame.data = 5
    assert (frame.data, vars(frame)["data"]) == (5, 5)


def test_classes_show_no_fields():
    for name in ("data", "stream_id", "pad_length"):
        assert not hasattr(DataFrame, name)
    assert ExtensionFrame.type is None
    assert ExtensionFrame(7, 1).type == 7


def test_identity_weak_references_and_cycles():
    frame = parsed()
    assert frame != parsed()
    assert len({frame, parsed()}) == 2
    frame.me = frame
    frame.flags.owner = frame
    died = weakref.ref(frame)
    del frame
    gc.collect()
    assert died() is None


def test_type_of_an_instance_reaches_the_wire():
    frame = parsed()
    frame.type = 88
    assert frame.serialize()[3] == 88
    assert DataFrame.type == 0


def test_instance_overrides_a_step():
    frame = parsed()
    frame.serialize_body = lambda: b"own"
    assert frame.serialize() == bytes.fromhex("000003 00 01 00000003") + b"own"
    assert repr(frame).endswith("<hex:6f776e>")


def test_class_of_an_instance_can_be_changed():
    frame = PingFrame()
    frame.__class__ = DataFrame
    assert list(vars(frame)) == ["stream_id", "flags", "body_len", "opaque_data"]
    with pytest.raises(AttributeError):
        frame.serialize()
    frame.data, frame.pad_length = b"x", 0
    assert frame.serialize() == bytes.fromhex("000001 00 00 00000000 78")


@pytest.mark.parametrize("looked_at", [False, True])
def test_fields_of_the_same_name_survive_a_change_of_class(looked_at):
    frame = HeadersFrame(1, b"x", pad_length=2, flags=["PADDED"])
    frame.__class__ = DataFrame
    if looked_at:
        vars(frame)
    assert (frame.data, frame.pad_length) == (b"x", 2)
    assert frame.serialize() == bytes.fromhex("000004 00 08 00000001 02 78 0000")
    del frame.data
    frame.__class__ = ContinuationFrame
    assert not hasattr(frame, "data")
    frame.data = b"y"
    frame.__class__ = HeadersFrame
    assert (frame.data, vars(frame)["data"]) == (b"y", b"y")


def test_collector_that_runs_a_callers_code_while_flags_are_made():
    """CPython up to 3.11 collects where an object is made, so in the middle of reading `frame.flags`."""
    class Deleting:
        def __del__(self):
            if hasattr(frame, "flags"):
                del frame.flags

    def look_first(phase, _):
        if phase == "start" and not looked:
            looked.append(True)
            frame.flags.owner = Deleting()

    frame = DataFrame(1, flags=["PADDED"])
    looked = []
    thresholds = gc.get_threshold()
    gc.collect()
    gc.disable()
    gc.callbacks.append(look_first)
    try:
        kept = [[] for _ in range(100)]
        gc.set_threshold(10)
        gc.enable()
        flags = frame.flags
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(look_first)
        gc.enable()
    assert flags == {"PADDED"} and len(kept) == 100


def test_memory_of_a_dead_frame_carries_nothing_over():
    for _ in range(100):
        first = HeadersFrame(1, b"x" * 50, flags=["PADDED"], pad_length=9)
        first.note = "here"
        first.__dict__
        del first
        second = PingFrame()
        assert list(vars(second).items()) == [
            ("stream_id", 0), ("flags", set()), ("body_len", 0), ("opaque_data", b"")]
        assert not hasattr(second, "note")


@pytest.mark.parametrize("cls", [DataFrame, type("Own", (DataFrame,), {})], ids=["own", "subclass"])
def test_frames_leave_no_reference_behind(cls):
    """What every frame holds (its class, its payload, its numbers) is given back, errors included."""
    payload = bytes(1000)
    view = memoryview(bytearray(b"\x09" + bytes(5)))
    held = [cls, DataFrame, Flags, payload, view, DataFrame.defined_flags[0], InvalidDataError]

    def work():
        frame = cls(1 << 30, payload, flags=["PADDED"])
        frame.note = frame.flags
        repr(frame), frame.serialize(), copy.copy(frame), frame.flow_controlled_length
        with pytest.raises(InvalidPaddingError):
            frame.parse_body(view)
        with pytest.raises(InvalidDataError):
            cls(0)
        with pytest.raises(TypeError):
            cls(1, unknown=payload)

    def counts():
        for _ in range(100):
            work()
        gc.collect()
        return [sys.getrefcount(thing) for thing in held]

    counts()
    before = counts()
    assert [after - count for after, count in zip(counts(), before, strict=True)] == [0] * len(held)


def test_finaliser_is_called_on_a_frame_in_memory_that_was_finalised_before(monkeypatch):
    """A frame that its finaliser has saved once dies without one; what comes after it in its memory does not."""
    saved, gone = [], []
    with monkeypatch.context() as patch:
        patch.setattr(DataFrame, "__del__", lambda self: saved.append(self), raising=False)
        parsed()
    assert len(saved) == 1
    saved.clear()
    monkeypatch.setattr(DataFrame, "__del__", lambda self: gone.append(self.stream_id), raising=False)
    for _ in range(100):
        parsed()
    assert gone == [3] * 100


def test_long_chains_of_frames_die_quietly():
    frame = None
    for _ in range(200_000):
        following = DataFrame(1)
        following.data = frame
        frame = following
    del frame, following


# ---- classes that are changed ----------------------------------------------------------------------------------

def test_every_step_can_be_patched_on_the_class(monkeypatch):
    frame = parsed()
    with monkeypatch.context() as patch:
        patch.setattr(DataFrame, "serialize_body", lambda self: b"patched")
        assert frame.serialize() == bytes.fromhex("000007 00 01 00000003") + b"patched"
        assert repr(frame).endswith("<hex:70617463686564>")
    with monkeypatch.context() as patch:
        patch.setattr(Padding, "parse_padding_data", lambda self, data: 2)
        assert parsed().data == b"st"
    with monkeypatch.context() as patch:
        patch.setattr(Frame, "parse_flags", lambda self, octet: self.flags.add("PADDED"))
        assert parsed(bytes.fromhex("000001 00 00 00000003 00")).flags == {"PADDED"}
    with monkeypatch.context() as patch:
        patch.setattr(Frame, "_body_repr", lambda self: "body")
        assert repr(Frame(1)) == "Frame(stream_id=1, flags=[]): body"
    with monkeypatch.context() as patch:
        patch.setattr(DataFrame, "__init__", lambda self, stream_id: setattr(self, "made", stream_id))
        assert vars(DataFrame(7)) == {"made": 7}
    with monkeypatch.context() as patch:
        patch.setattr(DataFrame, "type", 99)
        assert frame.serialize()[3] == 99
    with monkeypatch.context() as patch:
        patch.setattr(DataFrame, "data", property(lambda self: b"seen"), raising=False)
        assert frame.serialize() == bytes.fromhex("000004 00 01 00000003") + b"seen"
    with monkeypatch.context() as patch:
        patch.setattr(Flags, "__contains__", lambda self, name: False)
        assert frame.serialize()[4] == 0
    assert frame.serialize() == WIRE
    assert repr(parsed()) == "DataFrame(stream_id=3, flags=['END_STREAM']): <hex:74657374>"


def test_attribute_hooks_on_the_class(monkeypatch):
    asked = []

    def hook(self, name):
        asked.append(name)
        return object.__getattribute__(self, name)

    frame = parsed()
    monkeypatch.setattr(Frame, "__getattribute__", hook)
    assert frame.serialize() == WIRE
    assert {"stream_id", "flags", "data", "serialize_body"} <= set(asked)


def test_finaliser_on_the_class(monkeypatch):
    gone = []
    monkeypatch.setattr(DataFrame, "__del__", lambda self: gone.append(self.stream_id), raising=False)
    parsed()
    assert gone == [3]


def test_defined_flags_are_consulted(monkeypatch):
    monkeypatch.setattr(DataFrame, "defined_flags", [*DataFrame.defined_flags, Flag("NEW", 0x40)])
    frame = parsed(bytes.fromhex("000000 00 40 00000003"))
    assert frame.flags == {"NEW"}
    assert frame.serialize()[4] == 0x40
    assert DataFrame(1, flags=["NEW"]).serialize()[4] == 0x40


def test_defined_flags_can_change_in_place():
    DataFrame.defined_flags.append(Flag("NEW", 0x40))
    try:
        assert parsed(bytes.fromhex("000000 00 41 00000003")).flags == {"NEW", "END_STREAM"}
    finally:
        DataFrame.defined_flags.pop()
    end_stream = DataFrame.defined_flags[0]
    DataFrame.defined_flags[0] = Flag("LAST", 0x01)
    try:
        assert parsed().flags == {"LAST"}
    finally:
        DataFrame.defined_flags[0] = end_stream
    assert parsed().flags == {"END_STREAM"}


# ---- subclasses and registration -------------------------------------------------------------------------------

class Marked(DataFrame):
    """Overrides every step that upstream has."""

    def __init__(self, stream_id, data=b"", **keywords):
        super().__init__(stream_id, data, **keywords)
        self.steps = []

    def parse_flags(self, flag_byte):
        self.steps.append("parse_flags")
        return super().parse_flags(flag_byte)

    def parse_padding_data(self, data):
        self.steps.append("parse_padding_data")
        return super().parse_padding_data(data)

    def parse_body(self, data):
        self.steps.append("parse_body")
        super().parse_body(data)

    def serialize_padding_data(self):
        self.steps.append("serialize_padding_data")
        return super().serialize_padding_data()

    def serialize_body(self):
        self.steps.append("serialize_body")
        return super().serialize_body()

    def _body_repr(self):
        self.steps.append("_body_repr")
        return super()._body_repr()


def test_registered_class_is_used_and_its_steps_are_called(monkeypatch):
    monkeypatch.setitem(FRAMES, 0, Marked)
    frame = parsed()
    assert type(frame) is Marked
    assert frame.serialize() == WIRE
    assert repr(frame) == "Marked(stream_id=3, flags=['END_STREAM']): <hex:74657374>"
    assert frame.steps == ["parse_flags", "parse_body", "parse_padding_data", "serialize_body",
                           "serialize_padding_data", "_body_repr", "serialize_body", "serialize_padding_data"]


def test_new_type_can_be_registered(monkeypatch):
    class Own(Padding, Priority, Frame):
        type = 0xBB
        stream_association = "no-stream"
        defined_flags = [Flag("LOUD", 0x80), Flag("PADDED", 0x08)]

        def serialize_body(self):
            return self.serialize_padding_data() + self.serialize_priority_data()

        def parse_body(self, data):
            self.parse_priority_data(data[self.parse_padding_data(data):])

    monkeypatch.setitem(FRAMES, 0xBB, Own)
    frame = Own(0, pad_length=3, depends_on=5, exclusive=True, stream_weight=1, flags=["LOUD", "PADDED"])
    wire = frame.serialize()
    assert wire == bytes.fromhex("000006 bb 88 00000000 03 80000005 01")
    again = parsed(wire)
    assert list(vars(again).items()) == [("stream_id", 0), ("flags", {"LOUD", "PADDED"}), ("body_len", 0),
                                         ("depends_on", 5), ("stream_weight", 1), ("exclusive", True),
                                         ("pad_length", 3)]
    with pytest.raises(InvalidDataError, match="Stream ID must be zero for Own with stream_id=1"):
        Own(1)


def test_unregistered_type_is_an_extension(monkeypatch):
    monkeypatch.delitem(FRAMES, 0)
    assert type(parsed()) is ExtensionFrame
    with pytest.raises(UnknownFrameError) as raised:
        Frame.parse_frame_header(WIRE[:9], strict=True)
    assert isinstance(raised.value.__cause__, KeyError)


def test_mixins_and_relations():
    assert [cls.__name__ for cls in HeadersFrame.__bases__] == ["Padding", "Priority", "Frame"]
    for cls in (DataFrame, HeadersFrame, PushPromiseFrame):
        assert issubclass(cls, Padding)
    for cls in (HeadersFrame, PriorityFrame):
        assert issubclass(cls, Priority)
    frame = HeadersFrame(1, flags=["PADDED"], pad_length=2, depends_on=3)
    assert Padding.serialize_padding_data(frame) == b"\x02"
    assert Priority.serialize_priority_data(frame) == bytes.fromhex("00000003 00")
    with pytest.deprecated_call():
        assert frame.total_padding == 2


def test_mixin_with_a_dict_of_its_own():
    class Noted:
        pass

    class NotedFrame(Noted, DataFrame):
        pass

    frame = NotedFrame(1, b"x")
    frame.note = 1
    assert list(vars(frame)) == ["stream_id", "flags", "body_len", "pad_length", "data", "note"]
    assert pickle.loads(pickle.dumps(Marked(1, b"x"))).data == b"x"


def test_steps_of_a_class_on_a_frame_of_another():
    frame = PingFrame()
    ContinuationFrame.parse_body(frame, memoryview(b"abc"))
    assert (frame.data, frame.opaque_data) == (b"abc", b"")
    with pytest.raises(NotImplementedError):
        Frame.serialize_body(frame)


def test_steps_on_what_is_no_frame():
    """As plain functions would: they use what the object has, and miss what it has not."""
    class Duck:
        flags = {"PADDED"}
        pad_length = 0
        serialize_padding_data = Padding.serialize_padding_data
        data = b"quack"

    assert DataFrame.serialize_body(Duck()) == b"\x00quack"
    bare = FrameCore()
    for action in (lambda: DataFrame.parse_body(bare, b"x"), lambda: Frame.serialize(bare),
                   lambda: Frame.__repr__(bare), lambda: Frame.parse_flags(bare, 1),
                   lambda: vars(Frame)["stream_id"].__get__(bare, Frame)):
        with pytest.raises(AttributeError):
            action()
    assert vars(bare) == {}
    with pytest.raises((AttributeError, TypeError)):
        vars(Frame)["stream_id"].__get__(object(), Frame)


# ---- copies ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cls", [entry[1] for entry in _LAYOUT], ids=lambda cls: cls.__name__)
def test_copy_and_pickle(cls):
    on_connection = cls in (SettingsFrame, PingFrame, GoAwayFrame)
    frame = cls(0xF0, 1) if cls is ExtensionFrame else cls(0 if on_connection else 1)
    frame.flags.add(frame.defined_flags[0].name) if frame.defined_flags else None
    for again in (copy.copy(frame), copy.deepcopy(frame), pickle.loads(pickle.dumps(frame))):
        assert type(again) is cls
        assert vars(again) == vars(frame)
    assert copy.copy(frame).flags is frame.flags
    assert copy.deepcopy(frame).flags is not frame.flags


class Slotted(DataFrame):
    """Keeps something where no dict is."""

    __slots__ = ("kept", "never_set")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_slots_of_a_subclass_are_copied(protocol):
    frame = Slotted(1, b"x")
    frame.kept, frame.note = 5, 6
    for again in (copy.copy(frame), copy.deepcopy(frame), pickle.loads(pickle.dumps(frame, protocol))):
        assert type(again) is Slotted
        assert (again.data, again.kept, again.note) == (b"x", 5, 6)
        assert not hasattr(again, "never_set")


class Reduced(DataFrame):
    """Adds to what a pickle holds, both ways that there are."""

    def __getstate__(self):
        return {**vars(self), "stated": True}

    def __reduce__(self):
        make, arguments, state = super().__reduce__()
        return make, arguments, {**state, "reduced": True}


def test_a_subclass_has_a_say_in_its_pickles():
    for again in (copy.copy(Reduced(1, b"x")), pickle.loads(pickle.dumps(Reduced(1, b"x")))):
        assert (type(again), again.data, again.stated, again.reduced) == (Reduced, b"x", True, True)


def test_pickles_are_of_fasth2():
    """The class's own name leads to upstream's class, as long as fasth2 is not installed."""
    for thing in (parsed(), parsed().flags, Flag("PADDED", 8)):
        assert b"hyperframe.f" not in pickle.dumps(thing)
        again = pickle.loads(pickle.dumps(thing))
        assert type(again) is type(thing)


# ---- flags -----------------------------------------------------------------------------------------------------

def test_flags_are_a_mutable_set():
    flags = parsed().flags
    assert isinstance(flags, collections.abc.MutableSet)
    assert isinstance(flags, Flags)
    with pytest.raises(TypeError):
        hash(flags)
    assert flags == {"END_STREAM"} and {"END_STREAM"} == flags
    flags |= {"PADDED"}
    assert repr(flags) == "['END_STREAM', 'PADDED']"
    with pytest.raises(ValueError, match=r"^Unexpected flag: END_HEADERS\. Valid flags are: \{"):
        flags.add("END_HEADERS")
    with pytest.raises(TypeError):
        [] in flags
    assert "".join(["END", "_STREAM"]) in flags
    assert 1 not in flags


def test_flags_of_a_caller_are_kept_and_followed():
    frame = DataFrame(1, b"x")
    own = {"END_STREAM"}
    frame.flags = own
    assert frame.flags is own
    own.add("PADDED")
    assert frame.serialize() == bytes.fromhex("000002 00 09 00000001 00 78")
    frame.flags = ["END_STREAM"]
    assert frame.serialize()[4] == 1
    assert repr(frame).startswith("DataFrame(stream_id=1, flags=['END_STREAM'])")


def test_flags_object_belongs_to_its_frame():
    frame = parsed()
    flags = frame.flags
    assert frame.flags is flags
    flags.discard("END_STREAM")
    assert frame.serialize()[4] == 0
    flags._flags.add("PADDED")
    assert frame.serialize()[4] == 8


def test_flags_of_one_type_on_another():
    data, ping = DataFrame(1), PingFrame(flags=["ACK"])
    data.flags = ping.flags
    assert data.serialize()[4] == 0
    assert repr(data) == "DataFrame(stream_id=1, flags=['ACK']): None"
    headers = HeadersFrame(1, flags=["END_HEADERS", "PADDED"])
    data.flags = headers.flags
    assert repr(data) == "DataFrame(stream_id=1, flags=['END_HEADERS', 'PADDED']): <hex:00>"
    data.flags._flags.add("SECRET")
    assert "'PADDED', 'SECRET'" in repr(data)
    ping.flags = DataFrame(1, flags=["END_STREAM"]).flags
    assert ping.serialize()[4] == 0


def test_members_that_run_code_cannot_reach_a_frame_on_its_way():
    class Evil(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            vars(frame).clear()
            return True

    frame = HeadersFrame(1, b"x")
    frame.flags._flags.add(Evil("PADDED"))
    with pytest.raises(AttributeError):
        frame.serialize()


def test_members_that_run_code_cannot_take_the_payload_away():
    """They are asked before any octet of the payload is looked at."""
    class Evil(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            view.release()
            buffer.clear()
            return True

    buffer = bytearray(b"\x01" + bytes(4000))
    view = memoryview(buffer)
    frame = DataFrame(1)
    frame.flags._flags.add(Evil("PADDED"))
    with pytest.raises(ValueError, match="released"):
        frame.parse_body(view)
    assert frame.data == b""


# ---- quirks that reach the wire --------------------------------------------------------------------------------

class Codes(enum.IntEnum):
    TWO = 2


@pytest.mark.parametrize(("frame", "payload"), [
    (DataFrame(1, b"x", pad_length=2), "78 0000"),
    (DataFrame(1, bytearray(b"x")), "78"),
    (HeadersFrame(1, b"x", flags=["PRIORITY"], depends_on=1, exclusive=1), "80000001 00 78"),
    (RstStreamFrame(1, Codes.TWO), "00000002"),
    (SettingsFrame(settings={Codes.TWO: True, -1: 0}), "0002 00000001 ffff 00000000"),
    (PingFrame(opaque_data=b"abc"), "616263 0000000000"),
    (GoAwayFrame(last_stream_id=-1, error_code=Codes.TWO), "7fffffff 00000002"),
    (WindowUpdateFrame(1, 0x80000001), "00000001"),
    (PushPromiseFrame(1, 0x80000002, b"x"), "80000002 78"),
])
def test_payload(frame, payload):
    assert frame.serialize_body() == bytes.fromhex(payload)
    assert frame.serialize()[9:] == bytes.fromhex(payload)


def test_memoryview_data_becomes_bytes_on_the_frame():
    frame = DataFrame(1, memoryview(b"test"))
    assert frame.serialize()[9:] == b"test"
    assert frame.data == b"test" and type(frame.data) is bytes


def test_stream_id_is_masked_where_it_is_written():
    frame = parsed()
    for stream_id in (0x80000003, -0x7FFFFFFD, 2**100 + 3):
        frame.stream_id = stream_id
        assert frame.serialize() == WIRE
        assert frame.stream_id == stream_id


def test_extension_frame_is_written_with_the_length_of_then():
    frame = parsed(bytes.fromhex("000003 f0 ff 00000001 616263"))
    frame.body = b"longer now"
    assert frame.serialize() == bytes.fromhex("000003 f0 ff 00000001") + b"longer now"


def test_errors_of_values_that_do_not_fit():
    import struct

    for frame in (RstStreamFrame(1, -1), RstStreamFrame(1, 2**32), PriorityFrame(1, stream_weight=256),
                  PriorityFrame(1, depends_on=2**31, exclusive=True), DataFrame(1, pad_length=256, flags=["PADDED"]),
                  SettingsFrame(settings={1: 2**32})):
        with pytest.raises(struct.error):
            frame.serialize()
    with pytest.raises(InvalidFrameError):
        PingFrame(opaque_data=b"123456789").serialize()
    with pytest.raises(TypeError):
        ContinuationFrame(1, "text").serialize()


@pytest.mark.parametrize("keywords", [{"unknown": 1}, {"data": b"", "unknown": 1}, {"flags": (), "stream_id": 2}])
def test_keyword_errors(keywords):
    with pytest.raises(TypeError, match="argument"):
        DataFrame(1, **keywords)
    with pytest.raises(TypeError, match="stream_id"):
        DataFrame()


def test_repr_reads_ten_octets():
    assert repr(DataFrame(1, b"x" * 10)).endswith("<hex:78787878787878787878>")
    assert repr(DataFrame(1, b"x" * (1 << 20))).endswith("<hex:78787878787878787878...>")
    assert repr(DataFrame(1, b"x" * 9, flags=["PADDED"], pad_length=0)).endswith("<hex:00787878787878787878>")
    assert repr(DataFrame(1, b"", flags=["PADDED"], pad_length=0)).endswith("<hex:00>")
    assert repr(DataFrame(1, b"x", pad_length=3)).endswith("<hex:78000000>")
    assert repr(DataFrame(1)).endswith(": None")


def test_explain_prints_and_returns(capsys):
    frame, length = Frame.explain(memoryview(WIRE))
    assert capsys.readouterr().out == f"{frame!r}\n"
    assert length == 4


def test_module_surface():
    assert module.FRAME_MAX_LEN == 16384
    assert module.FRAME_MAX_ALLOWED_LEN == 16777215
    assert module._raw_data_repr(memoryview(b"x" * 20)) == "<hex:78787878787878787878...>"
    assert module._raw_data_repr(None) == "None"
    assert [cls.type for cls in module._FRAME_CLASSES] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
