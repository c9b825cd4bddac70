"""The objects around a connection, one by one and beside stock h2's: events, exceptions, settings, configurations,
windows. That they can be copied, pickled, changed, derived from and looked at as upstream's can."""
import copy
import dataclasses
import gc
import inspect
import pickle
import re
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest

import fasth2
from support import h2s
from support.h2state import connection_state, outcome, stream_state
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR

STOCK, OWN = h2s.H2("h2", "h2", "hpack"), h2s.own()
assert Path(fasth2.__file__).parent not in Path(STOCK.events.__file__).parents
BOTH = pytest.mark.parametrize("h2", [OWN, STOCK], ids=str)

REQUEST = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")]
EVENTS = {name: cls for name, cls in vars(STOCK.events).items()
          if isinstance(cls, type) and cls.__module__ == "h2.events" and cls.__name__ != "Event"}
ARGUMENTS = {
    "RequestReceived": {"stream_id": 1, "headers": [("a", "b")]}, "ResponseReceived": {"stream_id": 3, "headers": []},
    "TrailersReceived": {"stream_id": 3, "headers": []}, "PingReceived": {"ping_data": b"12345678"},
    "InformationalResponseReceived": {"stream_id": 1, "headers": []}, "PingAckReceived": {"ping_data": b"12345678"},
    "DataReceived": {"stream_id": 1, "data": b"x" * 30, "flow_controlled_length": 31},
    "WindowUpdated": {"stream_id": 0, "delta": 9}, "StreamEnded": {"stream_id": 5},
    "UnknownFrameReceived": {"frame": 1},
    "StreamReset": {"stream_id": 5, "error_code": 8, "remote_reset": False},
}


def made(h2, name):
    return getattr(h2.events, name)(**ARGUMENTS.get(name, {}))


# ---- events

def test_all_classes_of_events_are_here():
    own = {name for name, cls in vars(OWN.events).items() if isinstance(cls, type) and cls.__module__ == "h2.events"}
    assert own - {"Event"} == set(EVENTS) and len(EVENTS) == 22


@pytest.mark.parametrize("name", EVENTS)
def test_event(name):
    own, stock = made(OWN, name), made(STOCK, name)
    assert vars(own) == vars(stock)
    if "__repr__" in vars(EVENTS[name]):
        assert repr(own) == repr(stock)
    assert (own == made(OWN, name)) == (stock == made(STOCK, name))
    assert (type(own).__hash__ is None) == (type(stock).__hash__ is None)
    assert dataclasses.is_dataclass(own) == dataclasses.is_dataclass(stock)
    assert [cls.__name__ for cls in type(own).__mro__ if cls.__module__ == "h2.events"] == [
        cls.__name__ for cls in type(stock).__mro__ if cls.__module__ == "h2.events"]
    assert str(inspect.signature(type(own))) == str(inspect.signature(type(stock))).replace(
        repr(STOCK.events._LAZY_INIT), repr(OWN.events._LAZY_INIT))
    assert type(own).__qualname__ == name


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_event_of_fields(name):
    own, stock = made(OWN, name), made(STOCK, name)
    names = [field.name for field in dataclasses.fields(own)]
    assert names == [field.name for field in dataclasses.fields(stock)]
    assert own.__match_args__ == stock.__match_args__ == ()
    changed = dataclasses.replace(own, **{names[0]: 77})
    assert changed != own and getattr(changed, names[0]) == 77
    assert dataclasses.asdict(own) == dataclasses.asdict(stock)
    for wrong in [(), (1,)], {}:
        assert outcome(type(own), *wrong)[:3] == outcome(type(stock), *wrong)[:3]
    assert outcome(type(own), nothing=1)[:3] == outcome(type(stock), nothing=1)[:3]


@pytest.mark.parametrize("name", EVENTS)
def test_event_is_copied_and_pickled(name):
    event = made(OWN, name)
    event.note = ["of the caller's"]
    for twin in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert type(twin) is type(event) and vars(twin) == vars(event) and twin is not event
    assert copy.copy(event).note is event.note


def test_event_takes_attributes_and_gives_fields_up():
    event = OWN.events.StreamEnded(stream_id=1)
    event.stream_id = None
    event.other = 1
    assert vars(event) == {"stream_id": None, "other": 1}
    del event.stream_id, event.other
    assert vars(event) == {}
    with pytest.raises(AttributeError):
        event.stream_id
    with pytest.raises(AttributeError):
        del event.stream_id


def test_event_of_a_callers_class():
    @dataclasses.dataclass(kw_only=True)
    class Mine(OWN.events.DataReceived):
        more: int = 5

    event = Mine(stream_id=1, data=b"", flow_controlled_length=0)
    assert (event.more, event.stream_ended, event.stream_id) == (5, None, 1)
    assert repr(Mine(stream_id=1)).startswith("test_event_of_a_callers_class.<locals>.Mine(stream_id=1, data=")
    assert vars(copy.deepcopy(event)) == vars(event)
    with pytest.raises(TypeError):
        OWN.events.StreamEnded.stream_id.__get__(event)  # the slot of another class


def test_event_in_a_cycle_dies():
    event = OWN.events.PriorityUpdated()
    event.weight = event.mine = event
    gone = weakref.ref(event)
    del event
    gc.collect()
    assert gone() is None


def test_many_events_die():
    """A chain of events that is longer than the C stack is deep."""
    event = None
    for _ in range(200_000):
        event = OWN.events.StreamEnded(stream_id=event)
    del event


# ---- exceptions

ERRORS = [
    ("ProtocolError", "message"), ("FlowControlError",), ("StreamIDTooLowError", 3, 5), ("NoSuchStreamError", 7),
    ("StreamClosedError", 7), ("InvalidBodyLengthError", 10, 9), ("RFC1122Error", "a", "b"),
    ("InvalidSettingsValueError", "message", 3), ("DenialOfServiceError",), ("UnsupportedFrameError", "message"),
]


@pytest.mark.parametrize("name, arguments", [(name, rest) for name, *rest in ERRORS])
def test_error(name, arguments):
    own, stock = (getattr(h2.exceptions, name)(*arguments) for h2 in (OWN, STOCK))
    assert (str(own), repr(own), own.args, vars(own)) == (str(stock), repr(stock), stock.args, vars(stock))
    assert [cls.__name__ for cls in type(own).__mro__] == [cls.__name__ for cls in type(stock).__mro__]
    assert (getattr(own, "error_code", None)) == getattr(stock, "error_code", None)
    own.note = 1
    for twin in (copy.copy(own), copy.deepcopy(own), pickle.loads(pickle.dumps(own))):
        assert (type(twin), twin.args, vars(twin)) == (type(own), own.args, vars(own))


def test_errors_are_all_here():
    names = [name for name in vars(STOCK.exceptions) if name.endswith("Error")]
    assert len(names) == 15
    for name in names:
        own, stock = getattr(OWN.exceptions, name), getattr(STOCK.exceptions, name)
        assert (own.__module__, own.__qualname__) == (stock.__module__, stock.__qualname__)


@pytest.mark.parametrize("module, name", [
    ("errors", "ErrorCodes"), ("settings", "SettingCodes"), ("connection", "ConnectionInputs"),
    ("connection", "ConnectionState"), ("connection", "AllowedStreamIDs"), ("stream", "StreamState"),
    ("stream", "StreamInputs"), ("stream", "StreamClosedBy"),
])
def test_enum(module, name):
    own, stock = (getattr(getattr(h2, module), name) for h2 in (OWN, STOCK))
    assert [(each.name, each.value) for each in own] == [(each.name, each.value) for each in stock]
    assert [*map(str, own)] == [*map(str, stock)] and [*map(repr, own)] == [*map(repr, stock)]
    assert [*map(format, own)] == [*map(format, stock)]
    assert (own.__module__, own.__qualname__) == (stock.__module__, stock.__qualname__)
    assert own.__mro__[1:] == stock.__mro__[1:]
    for each in own:
        assert copy.deepcopy(each) is each


@pytest.mark.parametrize("name", ["ErrorCodes", "SettingCodes"])
def test_codes_are_pickled(name):
    codes = getattr(OWN.errors if name == "ErrorCodes" else OWN.settings, name)
    assert [pickle.loads(pickle.dumps(code)) is code for code in codes] == [True] * len(codes)


# ---- settings

def test_settings_are_copied_and_pickled():
    settings = OWN.settings.Settings(client=False, initial_values={3: 100})
    settings[4] = 10
    settings.acknowledge()
    settings[4] = 20
    for twin in (copy.deepcopy(settings), pickle.loads(pickle.dumps(settings))):
        assert twin == settings and type(twin) is type(settings)
        assert twin.acknowledge()[4].new_value == 20 and twin.initial_window_size == 20
        assert settings.initial_window_size == 10 and twin != settings
    change = OWN.settings.ChangedSetting(3, None, 5)
    assert vars(pickle.loads(pickle.dumps(change))) == vars(change)


@BOTH
def test_connection_reads_a_callers_settings(h2):
    """Settings of a caller's class and of no class at all: the properties count."""

    class Few(h2.settings.Settings):
        @property
        def max_concurrent_streams(self):
            return 2

    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.remote_settings = Few(client=False)
    client.send_headers(1, REQUEST)
    client.send_headers(3, REQUEST)
    with pytest.raises(h2.exceptions.TooManyStreamsError, match="Max outbound streams is 2, 2 open"):
        client.send_headers(5, REQUEST)
    client.remote_settings = SimpleNamespace(max_concurrent_streams=3, initial_window_size=11, max_frame_size=20000)
    client.send_headers(5, REQUEST)
    assert client.local_flow_control_window(5) == 11
    client.local_settings = SimpleNamespace(initial_window_size=7)
    client.remote_settings.max_concurrent_streams = 4
    client.send_headers(7, REQUEST)
    assert client.remote_flow_control_window(7) == 7


@BOTH
def test_connection_notices_that_a_setting_has_changed(h2):
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.remote_settings.max_concurrent_streams = 1
    client.send_headers(1, REQUEST)
    client.send_headers(3, REQUEST)
    client.remote_settings.acknowledge()
    with pytest.raises(h2.exceptions.TooManyStreamsError):
        client.send_headers(5, REQUEST)
    del client.remote_settings[3]
    client.send_headers(5, REQUEST)
    client.local_settings.initial_window_size = 5
    client.send_headers(7, REQUEST)
    client.local_settings.acknowledge()
    client.send_headers(9, REQUEST)
    assert [client.remote_flow_control_window(stream) for stream in (7, 9)] == [65535, 5]


def test_patched_settings_are_asked(monkeypatch):
    client = OWN.connection.H2Connection()
    client.initiate_connection()
    monkeypatch.setattr(OWN.settings.Settings, "max_concurrent_streams", property(lambda self: 0))
    with pytest.raises(OWN.exceptions.TooManyStreamsError):
        client.send_headers(1, REQUEST)
    monkeypatch.undo()
    client.send_headers(1, REQUEST)


# ---- configurations

OPTIONS = ("client_side", "validate_outbound_headers", "normalize_outbound_headers", "split_outbound_cookies",
           "validate_inbound_headers", "normalize_inbound_headers")


def test_configuration_is_copied_and_pickled():
    config = OWN.config.H2Configuration(client_side=False, header_encoding="ascii", split_outbound_cookies=True)
    config.note = 1
    for twin in (copy.copy(config), copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert type(twin) is type(config) and twin.note == 1 and twin.header_encoding == "ascii"
        assert [getattr(twin, name) for name in OPTIONS] == [getattr(config, name) for name in OPTIONS]
        assert type(twin.logger) is OWN.config.DummyLogger


@BOTH
@pytest.mark.parametrize("name", [*OPTIONS, "header_encoding", "logger"])
def test_option_of_a_configuration_that_was_never_initialised(h2, name):
    config = h2.config.H2Configuration.__new__(h2.config.H2Configuration)
    with pytest.raises(AttributeError):
        getattr(config, name)


def sent(h2, config):
    client = h2.connection.H2Connection(config)
    client.initiate_connection()
    client.clear_outbound_data_buffer()
    client.send_headers(1, [*REQUEST, ("Cookie", "a=b; c=d"), ("X-Name", " value ")])
    return client.data_to_send()


def test_connection_reads_a_callers_configuration():
    """Of a caller's class, of no class at all, and one that changes from call to call."""
    for normalize in (True, False):
        for split in (True, False):
            results = []
            for h2 in (OWN, STOCK):
                options = {"normalize_outbound_headers": normalize, "split_outbound_cookies": split}

                class Mine(h2.config.H2Configuration):
                    normalize_outbound_headers = property(lambda self: normalize, lambda self, value: None)

                config = h2.config.H2Configuration()
                for name, value in options.items():
                    setattr(config, name, value)
                foreign = SimpleNamespace(**{name: getattr(config, name) for name in OPTIONS}, header_encoding=None,
                                          logger=h2.config.DummyLogger())
                results += [sent(h2, config), sent(h2, foreign), sent(h2, Mine(split_outbound_cookies=split))]
            assert len(set(results)) == 1


class Log:
    def __init__(self):
        self.lines = []

    def debug(self, message, *arguments):
        self.lines.append(re.sub(" at 0x[0-9a-f]+", "", message % arguments))

    trace = debug


def test_logger_is_called_unless_it_is_the_dummy_as_it_comes(monkeypatch):
    lines = {}
    for h2 in (OWN, STOCK):
        class Mine(h2.config.DummyLogger):
            debug, trace = Log.debug, Log.trace
            lines = []

        logs = Log(), Mine()
        for log in logs:
            sent(h2, h2.config.H2Configuration(logger=log))
        patched = h2.config.H2Configuration()
        patched.logger.debug = patched.logger.trace = (log := Log()).debug
        sent(h2, patched)
        with monkeypatch.context() as patch:
            patch.setattr(h2.config.DummyLogger, "debug", Log.debug)
            patch.setattr(h2.config.DummyLogger, "trace", Log.trace)
            patch.setattr(h2.config.DummyLogger, "lines", all_lines := [], raising=False)
            sent(h2, h2.config.H2Configuration())
        lines[h2] = [*(log.lines for log in logs), log.lines, all_lines]
        assert lines[h2][0] and all(each == lines[h2][0] for each in lines[h2])
    assert lines[OWN][0] == lines[STOCK][0]


# ---- windows

def test_window_is_copied_and_pickled():
    manager = OWN.windows.WindowManager(100)
    manager.window_consumed(40)
    manager.process_bytes(7)
    for twin in (copy.copy(manager), copy.deepcopy(manager), pickle.loads(pickle.dumps(manager))):
        assert (twin.max_window_size, twin.current_window_size, twin._bytes_processed) == (100, 60, 7)
        twin.window_consumed(60)
        assert manager.current_window_size == 60


def test_numbers_that_no_window_has():
    for size in (2**31, 2**63, 2**100, -2**100):
        for h2 in (OWN, STOCK):
            if size > 0:
                with pytest.raises(AssertionError):
                    h2.windows.WindowManager(size)
            manager = h2.windows.WindowManager(100)
            for _ in range(20):
                with pytest.raises(h2.exceptions.FlowControlError):
                    (manager.window_opened if size > 0 else manager.window_consumed)(abs(size))
                manager.current_window_size = 50
                assert manager.process_bytes(abs(size)) == 50
    with pytest.raises(TypeError):
        OWN.windows.WindowManager(100).window_consumed("1")


def test_window_of_a_stream_outlives_its_connection():
    server = OWN.connection.H2Connection(OWN.config.H2Configuration(client_side=False))
    client = OWN.connection.H2Connection()
    client.initiate_connection()
    client.send_headers(1, REQUEST)
    server.receive_data(client.data_to_send())
    windows = [server.streams[1]._inbound_window_manager, server._inbound_flow_control_window_manager]
    windows[0].mine = windows[0], server  # a cycle with the collector
    del server, client
    gc.collect()
    for window in windows:
        window.window_consumed(10)
        assert window.current_window_size == 65525


def test_faces_bring_no_upstream(python):
    code = "import fasth2.h2.connection, sys; print([n for n in sys.modules if n.partition('.')[0] in ('h2', 'hpack')])"
    assert python(code) == "[]"


# ---- without memory

@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
@pytest.mark.usefixtures("no_collector")
def test_header_lists_without_memory():
    """Each allocation of sending and receiving a list fails in turn, in connections of their own."""
    _testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")
    fields = [*REQUEST, ("Title-Case", " stripped "), ("cookie", "a"), ("cookie", "b"), ("x-caf\u00e9", "\u00e9")]
    failures = 0
    for number in range(1, 400):
        client = OWN.connection.H2Connection()
        server = OWN.connection.H2Connection(OWN.config.H2Configuration(client_side=False, header_encoding="utf-8",
                                                                        validate_inbound_headers=False))
        client.initiate_connection()
        server.receive_data(client.data_to_send())
        events = None
        _testcapi.set_nomemory(number, number + 1)
        try:
            client.send_headers(1, fields)
            events = server.receive_data(client.data_to_send())
        except MemoryError:
            failures += 1
        finally:
            _testcapi.remove_mem_hooks()
        if events is not None:
            assert dict(events[0].headers)["cookie"] == "a; b"
            break
    assert failures >= 10


# ---- documented differences

@pytest.mark.parametrize("normalize", [True, False])
def test_string_of_a_derived_class_is_sent_as_its_octets(normalize):
    class Octets(bytes):
        pass

    blocks = []
    for kind in (bytes, Octets):
        config = OWN.config.H2Configuration(normalize_outbound_headers=normalize)
        client = OWN.connection.H2Connection(config)
        client.initiate_connection()
        client.clear_outbound_data_buffer()
        client.send_headers(1, [(kind(name.encode()), kind(value.encode())) for name, value in REQUEST])
        blocks.append(client.data_to_send())
    assert blocks[0] == blocks[1]


def test_foreign_encoder_sees_no_list_that_is_refused():
    class Encoder:
        header_table_size = 4096
        lists = []

        def encode(self, headers):
            self.lists.append([(type(header).__name__, *header) for header in headers])
            return b"\x82"

    client = OWN.connection.H2Connection()
    client.initiate_connection()
    client.encoder = Encoder()
    with pytest.raises(OWN.exceptions.ProtocolError, match="missing mandatory"):
        client.send_headers(1, REQUEST[1:])
    assert Encoder.lists == []
    client.send_headers(3, [*REQUEST, ("Cookie", "short"), OWN.struct.HeaderTuple("x", "y")])
    assert Encoder.lists == [[
        *(("tuple", name.encode(), value.encode()) for name, value in REQUEST),
        ("NeverIndexedHeaderTuple", b"cookie", b"short"), ("HeaderTuple", b"x", b"y")]]


# ---- connections

def greeted(h2):
    client = h2.connection.H2Connection()
    client.initiate_connection()
    client.send_headers(1, REQUEST)
    return client


@pytest.mark.difference("connection-copies")
def test_connections_and_streams_are_not_copied():
    client = greeted(OWN)
    stream = client.streams[1]
    for thing in (client, stream, client.incoming_buffer, client.state_machine, stream.state_machine):
        for copied in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="cannot pickle"):
                copied(thing)


def connection_facts(client):
    """What a connection that begins has to be like."""
    return (
        connection_state(client), client.data_to_send(), bytes(client.incoming_buffer._data),
        client.open_outbound_streams, client.get_next_available_stream_id(),
        [cls.__name__ for cls in client._frame_dispatch_table],
    )


def test_a_second_init_of_a_connection_starts_anew():
    results = []
    for h2 in (OWN, STOCK):
        client = greeted(h2)
        client.receive_data(b"\0\0\10\6\0\0\0\0\0" + bytes(3))  # the first octets of a PING
        client.state_machine, client._inbound_flow_control_window_manager  # they are made now
        client._frame_dispatch_table.clear()
        old = client.streams[1]
        client.__init__()
        facts = [connection_facts(client)]
        client.initiate_connection()
        client.send_headers(1, REQUEST)
        old.reset_stream()
        facts += [connection_facts(client), old.closed]
        results.append(facts)
    assert results[0] == results[1]


def test_a_second_init_of_a_stream_starts_anew():
    results = []
    for h2 in (OWN, STOCK):
        client = greeted(h2)
        stream = client.streams[1]
        stream.state_machine, stream._inbound_window_manager  # they are made now
        stream.max_outbound_frame_size, stream._expected_content_length = 100, 2**70
        stream.__init__(1, client.config, 5, 6)
        facts = [stream_state(stream), client.open_outbound_streams]
        stream.max_outbound_frame_size = 16384
        stream.send_headers(REQUEST, client.encoder)
        facts += [stream_state(stream), client.open_outbound_streams, connection_state(client)]
        results.append(facts)
    assert results[0] == results[1]


def test_a_second_init_of_a_state_machine_starts_anew():
    """Also of one that belongs to a stream or a connection, which is no other one by that."""
    results = []
    for h2 in (OWN, STOCK):
        client = greeted(h2)
        client.data_to_send()
        client.streams[1].reset_stream()
        facts = []
        for machine in (client.streams[1].state_machine, h2.stream.H2StreamStateMachine(3)):
            machine.state, machine.trailers_received = h2.stream.StreamState.CLOSED, True
            machine.__init__(1)
            facts.append([machine.state.name, machine.stream_id, machine.client, machine.headers_sent,
                          machine.trailers_received, machine.stream_closed_by])
        facts += [client.open_outbound_streams, stream_state(client.streams[1])]
        client.send_headers(1, REQUEST)
        client.end_stream(1)
        facts += [client.data_to_send(), client.open_outbound_streams]
        client.close_connection()
        client.state_machine.__init__()
        facts.append(client.state_machine.state.name)
        results.append(facts)
    assert results[0] == results[1]


def test_a_second_init_of_a_frame_buffer_starts_anew():
    results = []
    for h2 in (OWN, STOCK):
        buffer = h2.frame_buffer.FrameBuffer(server=True)
        buffer.add_data(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\1\0\0\0\0\1")
        buffer.max_frame_size = 9
        list(buffer)
        buffer.add_data(b"\0\0")
        buffer.__init__(server=True)
        results.append([bytes(buffer._data), buffer.max_frame_size, len(buffer._headers_buffer),
                        outcome(buffer.add_data, b"PRX")])
    assert results[0] == results[1]


@pytest.mark.parametrize("h2", [OWN, STOCK], ids=str)
def test_a_deleted_dispatch_table_leaves_no_cycle(h2):
    """grpclib deletes it for that, at the end of each connection."""
    client = greeted(h2)
    assert client._frame_dispatch_table
    del client._frame_dispatch_table
    gone = weakref.ref(client)
    gc.disable()
    try:
        del client
        assert gone() is None
    finally:
        gc.enable()
