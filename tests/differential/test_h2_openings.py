"""Connections of which a step is overridden, patched or tapped, beside stock h2 under the same change.

Everything that upstream's methods call is changed by itself, in each of the ways in which programs do it. What the tap
sees (its calls, their arguments, order and results), what the calls of the two connections come to, the octets between
them and the state that they are in afterwards must be upstream's.
"""
import enum
import inspect
import os
from itertools import product

import pytest

from fasth2.engine import steps
from fasth2.engine.ways import taken_stepwise, way_of
from support import h2s
from support.conversation import (
    CHAPTERS,
    Conversation,
    Taps,
    bodies,
    invalid,
    make_connection,
    opening,
    requests,
    upgrade,
    whole,
)
from support.h2state import first_difference

STOCK, OWN = h2s.stock(), h2s.own()
REQUEST = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")]
DATA = {"_closed_streams", "config", "decoder", "encoder", "highest_inbound_stream_id", "highest_outbound_stream_id",
        "incoming_buffer", "local_settings", "max_inbound_frame_size", "max_outbound_frame_size", "remote_settings",
        "outbound_flow_control_window", "state_machine", "streams", "_frame_dispatch_table", "_authority",
        "_inbound_flow_control_window_manager", "_actual_content_length", "_expected_content_length", "stream_id",
        "_inbound_window_manager", "request_method", "_data", "_headers_buffer", "_preamble", "_preamble_len", "client",
        "max_frame_size", "headers_received", "headers_sent", "state", "stream_closed_by", "trailers_received",
        "trailers_sent", "_bytes_processed", "current_window_size", "max_window_size"}
SPECIAL = {"__getattribute__", "__init__", "__new__"}


ALL = "FASTH2_EXHAUSTIVE" in os.environ  # some minutes


def some(every, cases):
    """All cases, or one in so many."""
    return list(cases) if ALL else list(cases)[::every]


def methods(names, *others):
    return [name for name in (*names, *others) if name not in DATA | SPECIAL]


OF_CONNECTIONS = methods(steps.OF_CONNECTIONS)
RECEIVING = [name for name in steps.RECEIVING if name not in OF_CONNECTIONS]
OF_STREAMS = methods(steps.OF_STREAMS)
OF_BUFFERS = methods(steps.OF_BUFFERS)
OF_MACHINES = methods(steps.OF_STREAM_MACHINES)
OF_WINDOWS = methods(steps.OF_WINDOWS)


def static(cls, name):
    return inspect.getattr_static(cls, name)


def compare(run):
    """`run(h2)` gives (conversation, taps) twice, once for each implementation."""
    found, expected = [], []
    for h2, kept in ((OWN, found), (STOCK, expected)):
        talk, taps = run(h2)
        with h2:
            kept += [list(taps.calls), talk.log, talk.state()]
    for one, other, what in zip(found, expected, ("calls", "log", "state")):
        assert one == other, f"{what}: {first_difference(one, other)}"
    return found[0]


def subclass(h2, base, name, taps):
    return type(base.__name__, (base,), {name: taps.attribute(name, static(base, name))})


# ---- a connection --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("script", [whole, upgrade, invalid] if ALL else [whole])
@pytest.mark.parametrize("name", some(2, OF_CONNECTIONS + RECEIVING))
def test_step_overridden_in_a_subclass(name, script):
    def run(h2):
        taps = Taps()
        cls = subclass(h2, h2.connection.H2Connection, name, taps)
        return script(Conversation(h2, lambda h2, side: make_connection(h2, side, cls))), taps

    compare(run)


@pytest.mark.parametrize("name, when", some(3, product(OF_CONNECTIONS + RECEIVING, ["before", "after"])))
def test_step_patched_on_the_class(name, when, monkeypatch):
    def run(h2):
        taps = Taps()
        base = h2.connection.H2Connection

        def patch(*_):
            context.setattr(base, name, taps.attribute(name, static(base, name)))

        with monkeypatch.context() as context:
            if when == "before":
                patch()
            return whole(Conversation(h2, prepared=patch if when == "after" else None)), taps

    compare(run)


@pytest.mark.parametrize("name", some(2, [name for name in OF_CONNECTIONS + RECEIVING
                                          if callable(static(STOCK.connection.H2Connection, name))]))
def test_step_assigned_on_the_instance(name):
    def run(h2):
        taps = Taps()

        def prepare(*both):
            for connection in both:
                setattr(connection, name, taps.function(name, getattr(connection, name)))

        return whole(Conversation(h2, prepared=prepare)), taps

    compare(run)


# ---- the objects around it -----------------------------------------------------------------------------------------

AROUND = [
    *(("stream", "H2Stream", name) for name in OF_STREAMS),
    *(("frame_buffer", "FrameBuffer", name) for name in OF_BUFFERS),
    *(("stream", "H2StreamStateMachine", name) for name in OF_MACHINES),
    ("connection", "H2ConnectionStateMachine", "process_input"),
    *(("windows", "WindowManager", name) for name in OF_WINDOWS),
]
SCRIPTS = {"upgrade": upgrade, "receive_continuation": whole, "_validate_frame_length": invalid}


def parts(connection):
    """The objects of one connection by their classes."""
    streams = list(connection.streams.values())
    return {
        "H2Stream": streams,
        "FrameBuffer": [connection.incoming_buffer],
        "H2StreamStateMachine": [stream.state_machine for stream in streams],
        "H2ConnectionStateMachine": [connection.state_machine],
        "WindowManager": [connection._inbound_flow_control_window_manager,
                          *(stream._inbound_window_manager for stream in streams)],
    }


@pytest.mark.parametrize("module, cls, name, when", some(5, [(*each, when) for each in AROUND
                                                             for when in ("before", "after")]))
def test_step_of_an_object_patched_on_its_class(module, cls, name, when, monkeypatch):
    def run(h2):
        taps = Taps()
        base = getattr(getattr(h2, module), cls)
        with monkeypatch.context() as context:
            def patch(*_):
                context.setattr(base, name, taps.attribute(name, static(base, name)))

            if when == "before":
                patch()
            script = SCRIPTS.get(name, whole)
            return script(Conversation(h2, prepared=patch if when == "after" else None)), taps

    assert compare(run) or name in NEVER_CALLED


# What only others call.
NEVER_CALLED = {"inbound_flow_control_window"}


@pytest.mark.parametrize("module, cls, name", some(5, AROUND))
def test_step_of_an_object_overridden_in_a_class_that_stands_in_its_place(module, cls, name, monkeypatch):
    homes = {"WindowManager": ("connection", "stream"), "H2StreamStateMachine": ("stream",)}.get(cls, ("connection",))

    def run(h2):
        taps = Taps()
        derived = subclass(h2, getattr(getattr(h2, module), cls), name, taps)
        with monkeypatch.context() as context:
            for home in homes:
                context.setattr(getattr(h2, home), cls, derived)
            return SCRIPTS.get(name, whole)(Conversation(h2)), taps

    assert compare(run) or name in NEVER_CALLED


@pytest.mark.parametrize("module, cls, name", some(3, [
    (module, cls, name) for module, cls, name in AROUND
    if callable(static(getattr(getattr(STOCK, module), cls), name)) and not name.startswith("__") and name != "upgrade"
]))
def test_step_assigned_on_an_object(module, cls, name):
    def run(h2):
        taps = Taps()
        talk = Conversation(h2)
        opening(talk)
        requests(talk)
        for connection in (talk.client, talk.server):
            for each in parts(connection)[cls]:
                setattr(each, name, taps.function(name, getattr(each, name)))
        for chapter in CHAPTERS[2:]:
            chapter(talk)
        return talk, taps

    compare(run)


# ---- names of h2's modules -----------------------------------------------------------------------------------------

def functions_and_classes(module):
    """Those of h2's that its code can use when connections are there."""
    return [name for name, value in vars(module).items()
            if callable(value) and not name.startswith("__") and getattr(value, "__module__", "").partition(".")[0]
            in ("h2", "hyperframe", "hpack", "fasth2") and name not in ("H2Connection", "H2ConnectionStateMachine")]


def derived(cls, taps):
    """A class of the same name, the making of whose objects is seen."""
    def init(self, *arguments, **options):
        taps.calls.append((cls.__name__, [repr(each) for each in arguments if isinstance(each, (int, bytes))]))
        cls.__init__(self, *arguments, **options)

    return type(cls.__name__, (cls,), {"__init__": init, "__module__": cls.__module__})


# What the state machines make by themselves: docs/compatibility.md names them.
OF_THE_MACHINES = {("connection", "ProtocolError"), ("stream", "HeaderTuple"), *(
    ("stream", name) for name in (*vars(STOCK.events), "ProtocolError", "StreamClosedError"))}
NAMES = [(module, name) for module in ("connection", "stream", "frame_buffer")
         for name in functions_and_classes(getattr(OWN, module))
         if name in vars(getattr(STOCK, module)) and (module, name) not in OF_THE_MACHINES
         and not isinstance(getattr(getattr(STOCK, module), name), enum.EnumMeta)]


@pytest.mark.parametrize("module, name, when", some(11, [(*each, when) for each in NAMES
                                                         for when in ("before", "after")]))
def test_name_rebound(module, name, when, monkeypatch):
    def run(h2):
        taps = Taps()
        home = getattr(h2, module)
        original = getattr(home, name)
        with monkeypatch.context() as context:
            def patch(*_):
                context.setattr(home, name, derived(original, taps) if isinstance(original, type)
                                else taps.function(name, original))

            if when == "before":
                patch()
            return whole(Conversation(h2, prepared=patch if when == "after" else None)), taps

    compare(run)


# ---- steps that do something else ----------------------------------------------------------------------------------

def nothing(number, original, *arguments, **options):
    return None


def no_frames(number, original, *arguments, **options):
    original(*arguments, **options)
    return [], []


def every_third_fails(number, original, *arguments, **options):
    if number % 3 == 0:
        raise ERRORS["ProtocolError"]("every third time")
    return original(*arguments, **options)


def stranger(number, original, *arguments, **options):
    if number % 4 == 0:
        raise LookupError("every fourth time")
    return original(*arguments, **options)


def twice(number, original, *arguments, **options):
    original(*arguments, **options)
    return original(*arguments, **options)


ERRORS = {}
CHANGES = [nothing, no_frames, every_third_fails, stranger, twice]
EVERYTHING = [*(("connection", "H2Connection", name) for name in OF_CONNECTIONS + RECEIVING), *AROUND]


@pytest.mark.parametrize("module, cls, name, change", some(23, [(*each, change) for each in EVERYTHING
                                                               for change in CHANGES]))
def test_step_that_does_something_else(module, cls, name, change, monkeypatch):
    if change is nothing and name in ("__iter__", "__next__"):
        pytest.skip("an iterator that never ends")
    if change in (no_frames, twice) and (cls, name) == ("H2StreamStateMachine", "process_input"):
        pytest.skip("row failed-encode: a header list that fails after its first fields leaves the tables apart")

    def run(h2):
        taps = Taps(change)
        base = getattr(getattr(h2, module), cls)
        ERRORS["ProtocolError"] = h2.exceptions.ProtocolError
        with monkeypatch.context() as context:
            context.setattr(base, name, taps.attribute(name, static(base, name)))
            return SCRIPTS.get(name, whole)(Conversation(h2)), taps

    compare(run)


# ---- attributes ----------------------------------------------------------------------------------------------------

def kept_elsewhere(name, taps):
    """A property that keeps what is assigned to it under another name."""
    def get(self):
        taps.calls.append(("get", name))
        return self.__dict__["kept " + name]

    def set(self, value):
        taps.calls.append(("set", name))
        self.__dict__["kept " + name] = value

    return property(get, set)


@pytest.mark.parametrize("name", some(3, sorted(DATA & {*steps.OF_CONNECTIONS} - {"_frame_dispatch_table"})))
def test_attribute_of_a_connection_made_a_property(name):
    def run(h2):
        taps = Taps()
        base = h2.connection.H2Connection
        cls = type(base.__name__, (base,), {name: kept_elsewhere(name, taps)})
        talk = whole(Conversation(h2, lambda h2, side: make_connection(h2, side, cls)))
        taps.calls = [call for call in taps.calls if call[0] == "set"]
        return talk, taps

    compare(run)


@pytest.mark.parametrize("name", some(3, sorted(DATA & {*steps.OF_STREAMS})))
def test_attribute_of_a_stream_made_a_property(name, monkeypatch):
    def run(h2):
        taps = Taps()
        base = h2.stream.H2Stream
        with monkeypatch.context() as context:
            context.setattr(h2.connection, "H2Stream", type(base.__name__, (base,), {name: kept_elsewhere(name, taps)}))
            talk = whole(Conversation(h2))
        taps.calls = [call for call in taps.calls if call[0] == "set"]
        return talk, taps

    compare(run)


# ---- which way -----------------------------------------------------------------------------------------------------

class OfMitmproxy(OWN.connection.H2Connection):
    """A class of the form of mitmproxy's BufferedH2Connection: public methods, attributes of its own, settings."""

    def __init__(self, config):
        super().__init__(config)
        self.local_settings.initial_window_size = 2**31 - 1
        self.local_settings.max_frame_size = 2**17
        self.max_inbound_frame_size = 2**17
        self.local_settings.acknowledge()
        self.stream_buffers = {}
        self.stream_trailers = {}

    def initiate_connection(self):
        super().initiate_connection()
        self.increment_flow_control_window(2**31 - 1 - self.inbound_flow_control_window)

    def send_data(self, stream_id, data, end_stream=False, pad_length=None):
        if self.local_flow_control_window(stream_id) >= len(data):
            super().send_data(stream_id, data, end_stream)

    def end_stream(self, stream_id):
        self.send_data(stream_id, b"", end_stream=True)

    def reset_stream(self, stream_id, error_code=0):
        self.stream_buffers.pop(stream_id, None)
        super().reset_stream(stream_id, error_code)

    def receive_data(self, data):
        return list(super().receive_data(data))


def of_hypercorn(h2, client_side):
    """As Hypercorn and httpcore make theirs."""
    connection = make_connection(h2, client_side)
    connection.local_settings = h2.settings.Settings(client=client_side, initial_values={
        h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100, h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1})
    return connection


def of_grpclib(h2, client_side):
    return h2.connection.H2Connection(h2.config.H2Configuration(
        client_side=client_side, header_encoding="ascii", validate_inbound_headers=False,
        validate_outbound_headers=False, normalize_inbound_headers=False, normalize_outbound_headers=False))


class Logger(OWN.config.DummyLogger):
    def __init__(self):
        self.lines = []

    def debug(self, *arguments):
        self.lines.append(arguments)


def with_logger(h2, client_side):
    connection = make_connection(h2, client_side)
    connection.config.logger = Logger()
    return connection


@pytest.mark.parametrize("make", [
    make_connection, of_hypercorn, of_grpclib, with_logger,
    pytest.param(lambda h2, side: make_connection(h2, side, OfMitmproxy), id="of_mitmproxy"),
    pytest.param(lambda h2, side: make_connection(h2, side, type("Sub", (h2.connection.H2Connection,), {})), id="bare"),
])
def test_programs_take_the_straight_way(make):
    before = taken_stepwise()
    talk = Conversation(OWN, make)
    for chapter in CHAPTERS:
        chapter(talk)
        assert [way_of(side) for side in (talk.client, talk.server)] == ["straight", "straight"]
    assert taken_stepwise() == before


def test_looking_changes_no_way():
    talk = Conversation(OWN)
    opening(talk)
    requests(talk)
    talk.state()
    for connection in (talk.client, talk.server):
        assert len(connection._frame_dispatch_table) == 12
        for stream in connection.streams.values():
            assert vars(stream) == {}
            assert stream.inbound_flow_control_window > 0
            stream.note = "an attribute of the caller's own"
        connection.note = 1
        connection.state_machine.note = connection.incoming_buffer.note = 1
        connection.outbound_flow_control_window += 1
        connection.streams[1].max_outbound_frame_size = 1 << 14
        assert way_of(connection) == "straight"
    for chapter in CHAPTERS[2:]:
        chapter(talk)
    assert way_of(talk.client) == way_of(talk.server) == "straight"


def test_way_changes_with_the_tap_and_back(monkeypatch):
    base = OWN.connection.H2Connection
    connection = base()
    with monkeypatch.context() as context:
        context.setattr(base, "_prepare_for_sending", lambda self, frames: None)
        assert way_of(connection) == "step by step"
    assert way_of(connection) == "straight"
    connection._receive_frame = print
    assert way_of(connection) == "step by step"
    del connection._receive_frame
    vars(connection)["_begin_new_stream"] = print
    assert way_of(connection) == "step by step"
    del vars(connection)["_begin_new_stream"]
    assert way_of(connection) == "straight"
    with monkeypatch.context() as context:
        context.setattr(OWN.stream, "validate_headers", print)
        assert way_of(connection) == "step by step"
    assert way_of(connection) == "straight"


def test_streams_are_counted_when_the_way_changes(monkeypatch):
    """One has gone step by step and somebody still holds it, another has come: there are as many as before."""
    connection = make_connection(OWN, True)
    connection.initiate_connection()
    for number in (1, 3):
        connection.send_headers(number, REQUEST)
    held = connection.streams[1]
    connection.reset_stream(1)
    with monkeypatch.context() as context:
        context.setattr(OWN.connection.H2Connection, "_receive_frame", print)
        connection.send_headers(5, REQUEST)
    assert held.closed
    assert list(connection.streams) == [3, 5]
    assert connection.open_outbound_streams == 2
    connection.reset_stream(5)
    assert connection.open_outbound_streams == 1
    assert list(connection.streams) == [3]


@pytest.mark.parametrize("begins", [True, False])
def test_streams_are_counted_when_steps_are_called(begins):
    connection = make_connection(OWN, True)
    connection.initiate_connection()
    for number in (1, 3):
        connection.send_headers(number, REQUEST)
    held = connection.streams[1]
    connection.reset_stream(1)
    if begins:
        connection._open_streams(1)
    connection._begin_new_stream(5, 1)
    connection.send_headers(5, REQUEST)
    assert held.closed
    assert connection.open_outbound_streams == 2
    assert list(connection.streams) == [3, 5]


def test_table_of_frame_classes():
    """Edited, assigned and deleted: what programs do, and grpclib when it closes a connection."""
    def run(h2, change):
        talk = Conversation(h2)
        opening(talk)
        change(talk)
        requests(talk)
        bodies(talk)
        return talk, Taps()

    def edit(talk):
        data = next(cls for cls in talk.server._frame_dispatch_table if cls.__name__ == "DataFrame")
        talk.server._frame_dispatch_table[data] = lambda frame: ([], ["instead", len(frame.data)])

    def assign(talk):
        talk.server._frame_dispatch_table = dict(talk.server._frame_dispatch_table)

    def delete(talk):
        del talk.client._frame_dispatch_table

    for change in (edit, assign, delete):
        compare(lambda h2: run(h2, change))
