"""Connections of which a step is overridden, patched or tapped, beside stock h2 under the same change.

Everything that upstream's methods call is changed by itself, in each of the ways in which programs do it. What the tap
sees (its calls, their arguments, order and results), what the calls of the two connections come to, the octets between
them and the state that they are in afterwards must be upstream's.
"""
import inspect

import pytest

from fasth2.engine import steps
from fasth2.engine.ways import way_of
from support import h2s
from support.conversation import (
    CHAPTERS,
    Conversation,
    Taps,
    invalid,
    make_connection,
    opening,
    requests,
    upgrade,
    whole,
)
from support.h2state import first_difference

STOCK, OWN = h2s.stock(), h2s.own()
DATA = {"_closed_streams", "config", "decoder", "encoder", "highest_inbound_stream_id", "highest_outbound_stream_id",
        "incoming_buffer", "local_settings", "max_inbound_frame_size", "max_outbound_frame_size", "remote_settings",
        "outbound_flow_control_window", "state_machine", "streams", "_frame_dispatch_table", "_authority",
        "_inbound_flow_control_window_manager", "_actual_content_length", "_expected_content_length", "stream_id",
        "_inbound_window_manager", "request_method", "_data", "_headers_buffer", "_preamble", "_preamble_len", "client",
        "max_frame_size", "headers_received", "headers_sent", "state", "stream_closed_by", "trailers_received",
        "trailers_sent", "_bytes_processed", "current_window_size", "max_window_size"}
SPECIAL = {"__getattribute__", "__init__", "__new__"}


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
            kept += [taps.calls, talk.log, talk.state()]
    for one, other, what in zip(found, expected, ("calls", "log", "state")):
        assert one == other, f"{what}: {first_difference(one, other)}"
    return found[0]


def subclass(h2, base, name, taps):
    return type(base.__name__, (base,), {name: taps.attribute(name, static(base, name))})


# ---- a connection --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("script", [whole, upgrade, invalid])
@pytest.mark.parametrize("name", OF_CONNECTIONS + RECEIVING)
def test_step_overridden_in_a_subclass(name, script):
    def run(h2):
        taps = Taps()
        cls = subclass(h2, h2.connection.H2Connection, name, taps)
        return script(Conversation(h2, lambda h2, side: make_connection(h2, side, cls))), taps

    compare(run)


@pytest.mark.parametrize("name", OF_CONNECTIONS + RECEIVING)
@pytest.mark.parametrize("when", ["before", "after"])
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


@pytest.mark.parametrize("name", [name for name in OF_CONNECTIONS + RECEIVING
                                  if callable(static(STOCK.connection.H2Connection, name))])
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


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("module, cls, name", AROUND)
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
NEVER_CALLED = {"inbound_flow_control_window", "_maybe_update_window"}


@pytest.mark.parametrize("module, cls, name", AROUND)
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


@pytest.mark.parametrize("module, cls, name", [
    (module, cls, name) for module, cls, name in AROUND
    if callable(static(getattr(getattr(STOCK, module), cls), name)) and not name.startswith("__") and name != "upgrade"
])
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
