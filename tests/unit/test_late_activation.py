"""install() in a program that has imported upstream already, and uninstall(): each scenario in a fresh interpreter."""
import pytest

from fasth2.activation.layers import LAYERS

for package in LAYERS:
    pytest.importorskip(package, reason=f"{package} is not installed")

START = """
import sys, types
import h2.connection, h2.events, h2.config
import hpack, hpack.hpack, hpack.table, hyperframe.frame, priority
from support.worlds import Pair, differences, form_of, packages, snapshot
import fasth2

def refused(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except fasth2.ActivationError as error:
        return str(error)
    raise AssertionError("not refused")

def states():
    return {layer.state for layer in fasth2.status().layers.values()}
"""


@pytest.fixture
def program(python):
    """Runs code in a program that has imported h2, hpack and hyperframe, all of upstream's."""
    return lambda code, *options, **named: python(START + code, *options, **named)


# -- what is rebound


def test_h2_goes_on_with_fasth2(program):
    program("""
stock = {id(value) for module in packages("hpack", "hyperframe").values() for value in vars(module).values()
         if isinstance(value, type) and value.__module__.startswith(("hpack", "hyperframe"))}
held = [(name, key) for name, module in packages("h2").items()
        for key, value in vars(module).items() if id(value) in stock]
assert len(held) > 30
fasth2.install()
for name, key in held:
    value = vars(sys.modules[name])[key]
    assert id(value) not in stock, (name, key)
    assert value is getattr(sys.modules["fasth2." + value.__module__], key), (name, key)
assert states() == {"fasth2"}
assert all(not layer.left for layer in fasth2.status().layers.values())
""")


def test_modules_are_fasth2s_wherever_they_are_known(program):
    program("""
import hpack as first, hpack.table as second
from hyperframe import frame
sys.modules["vendored.hpack"] = hpack
fasth2.install()
import fasth2.hpack.table, fasth2.hyperframe.frame
assert hpack is first is fasth2.hpack is sys.modules["hpack"] is sys.modules["vendored.hpack"]
assert second is hpack.table is fasth2.hpack.table is sys.modules["hpack.table"]
assert frame is hyperframe.frame is fasth2.hyperframe.frame is sys.modules["hyperframe.frame"]
import importlib
assert importlib.reload(hpack) is fasth2.hpack
import hpack.huffman as later
assert later.__name__ == "fasth2.hpack.huffman"
assert "vendored.hpack" in sys.modules and not [name for name in sys.modules if name.startswith("fasth2.fasth2")]
""")


def test_names_that_programs_bind(program):
    program("""
application = types.ModuleType("application")
sys.modules["application"] = application
exec('''
from hpack import *
from hpack import Encoder as E, Encoder as Again
from hpack.hpack import encode_integer, REQUEST_CODES, INDEX_NONE, DEFAULT_MAX_HEADER_LIST_SIZE, VARINT_MAX_LENGTH
from hpack.huffman_table import HUFFMAN_COMPLETE, HUFFMAN_TABLE
from hyperframe.frame import FRAMES, _STRUCT_L, FRAME_MAX_LEN, DataFrame as _hidden
one, empty, five, name = 1, b"", 5, "either"
''', vars(application))
before = dict(vars(application))
fasth2.install()
import fasth2.hpack.hpack, fasth2.hyperframe.frame
own = fasth2.hpack.hpack
assert application.E is application.Again is application.Encoder is own.Encoder
assert application.HPACKError is fasth2.hpack.HPACKError
assert application.encode_integer is own.encode_integer and application.REQUEST_CODES is own.REQUEST_CODES
assert application.FRAMES is fasth2.hyperframe.frame.FRAMES
assert application._STRUCT_L is fasth2.hyperframe.frame._STRUCT_L
assert application._hidden is fasth2.hyperframe.frame.DataFrame
same = "INDEX_NONE DEFAULT_MAX_HEADER_LIST_SIZE VARINT_MAX_LENGTH HUFFMAN_COMPLETE FRAME_MAX_LEN one empty five name"
assert all(vars(application)[key] is before[key] for key in same.split()), "numbers and strings are not to be rebound"
""")


def test_every_object_has_one_counterpart(program):
    program("""
from fasth2.activation.counterparts import counterparts, patches, strangers
modules = packages("hpack", "hyperframe")
pairs = counterparts(modules)
assert len({id(old) for old, new in pairs}) == len({id(new) for old, new in pairs}) == len(pairs)
assert all(old is not new for old, new in pairs)
olds = {id(old) for old, new in pairs}
for name, module in modules.items():
    assert id(module) in olds
    for key, value in vars(module).items():
        if isinstance(value, (type, types.FunctionType)) and value.__module__ == name:
            assert id(value) in olds or key == "_build_static_table_mapping", (name, key)
assert patches(modules) == [] and strangers(list(fasth2.status().layers), pairs) == []
""")


def test_modules_are_looked_at_without_waking_them(program):
    program("""
import importlib.util
from unittest.mock import MagicMock
spec = importlib.util.find_spec("colorsys")
spec.loader = importlib.util.LazyLoader(spec.loader)
lazy = sys.modules["colorsys"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lazy)

class Touchy:
    touched = []
    __class__ = property(lambda self: self.touched.append("__class__") or types.ModuleType)
    __dict__ = property(lambda self: self.touched.append("__dict__") or {})
    def __getattr__(self, name):
        self.touched.append(name)

class ReadOnly(types.ModuleType):
    Encoder = None
    __dict__ = property(lambda self: types.MappingProxyType(types.ModuleType.__dict__["__dict__"].__get__(self)))
    def __setattr__(self, name, value):
        raise AttributeError(name)

class Guarded(types.ModuleType):
    def __getattribute__(self, name):
        raise AssertionError(name)
    def __setattr__(self, name, value):
        raise AttributeError(name)

names = types.ModuleType.__dict__["__dict__"].__get__
guarded = sys.modules["guarded"] = Guarded("guarded")
names(guarded)["Encoder"] = hpack.Encoder
sys.modules["readonly"] = ReadOnly("readonly")
sys.modules["touchy"] = Touchy()
sys.modules["mock"] = MagicMock(spec=types.ModuleType)
sys.modules["plain"] = types.SimpleNamespace(Encoder=hpack.Encoder)
class Slotted:
    __slots__ = ("Encoder",)
sys.modules["slotted"] = Slotted()
sys.modules["slotted"].Encoder = 1
sys.modules["number"] = 7
sys.modules["nothing"] = None
fasth2.install()
str(fasth2.status())
import fasth2.hpack
assert names(guarded)["Encoder"] is sys.modules["plain"].Encoder is fasth2.hpack.Encoder
fasth2.uninstall()
assert names(guarded)["Encoder"] is sys.modules["plain"].Encoder is not fasth2.hpack.Encoder
assert type(lazy) is not types.ModuleType, "a lazy module was loaded"
assert Touchy.touched == [], Touchy.touched
""")


def test_only_chooses_layers(program):
    program("""
stock = [hyperframe.frame.DataFrame]
fasth2.install(only="hpack")
assert h2.connection.Encoder.__module__ == "hpack.hpack" and hpack.__name__ == "fasth2.hpack"
assert h2.connection.DataFrame is hyperframe.frame.DataFrame is stock[0]
assert fasth2.status().layers["hyperframe"].state == "upstream"
pair = Pair()
pair.get("/")
pair.close()
del pair
fasth2.install()
assert h2.connection.DataFrame is not stock[0] and states() == {"fasth2"}
""")


@pytest.mark.parametrize("value, layers", [
    ("hpack", ["hpack"]), (" hyperframe , hpack,", ["hpack", "hyperframe"]), ("", [*LAYERS]), (" ", [*LAYERS]),
])
def test_the_environment_chooses_layers(program, value, layers):
    program(f"""
fasth2.install()
assert [name for name, layer in fasth2.status().layers.items() if layer.state == "fasth2"] == {layers}
fasth2.install(only=[])
""", FASTH2_ONLY=value)


def test_the_argument_goes_before_the_environment(program):
    program("""
fasth2.install(only="hyperframe")
assert fasth2.status().layers["hyperframe"].state == "fasth2" and fasth2.status().layers["hpack"].state == "upstream"
""", FASTH2_ONLY="hpack")


def test_the_environment_names_an_unknown_layer(program):
    program("""
try:
    fasth2.install()
except ValueError as error:
    assert str(error) == "FASTH2_ONLY: fasth2 has no layer quic; it has hpack, hyperframe, priority and h2", error
else:
    raise AssertionError
""", FASTH2_ONLY="hpack,quic")


def test_again_and_again(program):
    program("""
before = snapshot()
for turn in range(3):
    fasth2.install()
    bound = snapshot()
    fasth2.install(strict=True)
    assert differences(bound) == [] and states() == {"fasth2"}
    fasth2.uninstall()
    fasth2.uninstall()
    assert differences(before) == [] and states() == {"upstream"}
""")


def test_a_layer_that_went_round_the_hook_is_taken_over(program):
    program("""
finder_gone = [finder for finder in sys.meta_path]
for name in packages("hpack", "hyperframe", "h2"):
    del sys.modules[name]
fasth2.install()
finder = sys.meta_path.pop(0)
import h2.connection
sys.meta_path.insert(0, finder)
assert fasth2.status().layers["hpack"].reason == "it went round fasth2's import hook"
fasth2.install()
import fasth2.hpack
assert h2.connection.Encoder is fasth2.hpack.Encoder and states() == {"fasth2"}
""")


# -- what cannot be rebound


def test_what_is_left_of_upstream_speaks_fasth2(program):
    """Class attributes, defaults, closures and subclasses keep upstream's objects; these raise and return fasth2's."""
    program("""
class Settings:
    module = hpack
    decoder = hpack.Decoder
def make(cls=hpack.Encoder):
    return cls()
class Derived(hpack.Encoder):
    pass
fasth2.install()
assert Settings.module.Encoder is hpack.Encoder is not make().__class__
try:
    Settings.decoder().decode(b"\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff")
except hpack.HPACKDecodingError:
    pass
else:
    raise AssertionError
(header,) = Settings.decoder().decode(b"\\x82")
assert type(header) is hpack.HeaderTuple
for encoder in make(), Derived():
    assert encoder.encode([hpack.NeverIndexedHeaderTuple(b"a", b"b")], huffman=False) == b"\\x10\\x01a\\x01b"
    assert encoder.encode([(b"a", b"b")], huffman=False) == hpack.Encoder().encode([(b"a", b"b")], huffman=False)
""")


def test_status_names_what_is_left(program):
    program("""
stock = hpack.Encoder
class Derived(stock):
    pass
application = sys.modules["application"] = types.ModuleType("application")
fasth2.install()
application.later = type.__subclasses__(object) and Derived.__base__
assert application.later is not hpack.Encoder
layer = fasth2.status().layers["hpack"]
assert (layer.state, layer.left) == ("mixed", ["application.later", "__main__.Derived"]), layer.left
assert str(layer) == "is fasth2.hpack in part: application.later and __main__.Derived are still upstream's"
assert fasth2.status().layers["hyperframe"].state == "fasth2"
fasth2.install()
del application.later, Derived
import gc; gc.collect()
assert fasth2.status().layers["hpack"].state == "fasth2"
""")


# -- the way back


def test_uninstall_leaves_no_trace(program):
    program("""
import json, logging, email.message
before = snapshot()
fasth2.install()
changed = differences(before)
assert {name for name, key in changed} >= {"h2.connection", "h2.stream", "hpack.hpack", "hyperframe", "__main__"}
assert ("sys.modules", "hpack.hpack") in changed
str(fasth2.status())
fasth2.uninstall()
assert differences(before) == []
assert "__getattribute__" not in vars(hpack.HeaderTuple)
Pair().get("/")
""")


def test_uninstall_switches_names_that_were_bound_since(program):
    program("""
stock = hpack.Encoder, hpack.table, hpack.hpack.encode_integer, hyperframe.frame.FRAMES
fasth2.install()
later = sys.modules["later"] = types.ModuleType("later")
exec('''
import hpack
from hpack import Encoder as E, table
from hpack.hpack import encode_integer
from hpack.huffman_table import HUFFMAN_TABLE
from hyperframe.frame import FRAMES
''', vars(later))
assert later.hpack is hpack
fasth2.uninstall()
assert (later.E, later.table, later.encode_integer, later.FRAMES) == stock and later.hpack is hpack
assert later.E is stock[0] and later.FRAMES is stock[3]
import hpack.huffman_table
assert later.HUFFMAN_TABLE is hpack.huffman_table.HUFFMAN_TABLE
""")


def test_uninstall_keeps_what_was_fasth2s_before(program):
    program("""
import fasth2.hpack
from fasth2.hpack import Encoder
application = sys.modules["application"] = types.ModuleType("application")
exec("from hpack import Encoder", vars(application))
fasth2.install()
assert application.Encoder is Encoder
fasth2.uninstall()
assert Encoder is fasth2.hpack.Encoder is not application.Encoder
assert application.Encoder is hpack.Encoder
""")


@pytest.mark.parametrize("statement", [
    "import hpack as held", "from hpack import table as held", "from hpack.hpack import Encoder as held",
    "from hpack.huffman_table import decode_huffman as held", "from hyperframe.frame import FRAMES as held",
    "import hyperframe.flags; held = hyperframe.flags.Flags",
])
def test_uninstall_imports_upstream_where_that_was_never_loaded(python, statement):
    python(f"""
import sys
before = list(sys.meta_path)
import fasth2
fasth2.install()
{statement}
own = [held]
fasth2.uninstall()
assert held is not own[0]
{statement.replace("held", "expected")}
assert held is expected
assert sys.meta_path == before
assert fasth2.status().layers["hpack"].reason == "fasth2.install() was not called"
assert not [name for name, module in sys.modules.items() if not name.startswith("fasth2")
            and getattr(module, "__name__", "").startswith("fasth2.h")]
""")


def test_uninstall_and_install_under_an_h2_that_never_saw_upstream(python):
    python("""
import fasth2, sys
fasth2.install()
import h2.connection, h2.events
import fasth2.hpack
from support.worlds import Pair, packages
assert h2.connection.Encoder is fasth2.hpack.Encoder
pair = Pair(); pair.get("/"); del pair
fasth2.uninstall()
assert h2.connection.Encoder is sys.modules["hpack"].Encoder is not fasth2.hpack.Encoder
assert h2.connection.Encoder.__init__.__code__.co_filename.endswith("hpack.py")
pair = Pair(); pair.get("/"); del pair
fasth2.install()
assert h2.connection.Encoder is fasth2.hpack.Encoder
pair = Pair(); pair.get("/")
""")


def test_uninstall_refuses_where_upstream_is_not_installed(python):
    python("""
import fasth2, sys
from importlib.machinery import PathFinder
class NoHpack:
    def find_spec(name, path=None, target=None):
        return None if name == "hpack" else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = NoHpack
fasth2.install()
import priority, h2.connection
from support.worlds import Pair, snapshot, differences
before = snapshot()
try:
    fasth2.uninstall()
except fasth2.ActivationError as error:
    message = str(error)
assert message == (
    "cannot switch back to hpack: __main__ has fasth2's objects, but hpack cannot be imported (No module named 'hpack')"
    "; start a new process with FASTH2_DISABLE=1 where install() would be called"
), message
assert differences(before) == []
assert all(layer.state == "fasth2" for layer in fasth2.status().layers.values())
import hpack.table
assert hpack.__name__ == "fasth2.hpack"
Pair().get("/")
""")


@pytest.mark.parametrize("code, words", [
    ("held = hpack.Decoder()", "connections are alive (1 hpack.hpack.Decoder object): close them first; or start a"),
    ("held = Pair().client", "1 h2.connection.H2Connection object, 1 hpack.hpack.Encoder object"),
    ("class Derived(hpack.Decoder): pass", "__main__.Derived derives from classes that would be replaced"),
    ("class Derived(h2.connection.H2Connection): pass", "__main__.Derived derives from classes that would be replaced"),
    ("class Derived(hyperframe.frame.Frame): pass", "__main__.Derived derives from classes that would be replaced"),
])
def test_uninstall_refuses(program, code, words):
    program(f"""
fasth2.install()
{code}
before = snapshot()
message = refused(fasth2.uninstall)
assert {words!r} in message, message
assert differences(before) == [] and states() == {{"fasth2"}}
assert refused(fasth2.uninstall) == message
""")


# -- refusals


@pytest.mark.parametrize("code, words", [
    ("held = hpack.Encoder()", "connections are alive (1 hpack.hpack.Encoder object): close them first; or "),
    ("held = [hpack.Decoder(), hpack.Decoder()]", "(2 hpack.hpack.Decoder objects)"),
    ("class Derived(hpack.Encoder): pass\nheld = Derived()", "(1 __main__.Derived object)"),
    ("class Derived(h2.connection.H2Connection): pass\nheld = Derived()", "(1 __main__.Derived object, "),
    ("held = Pair()", "(2 h2.connection.H2Connection objects, 2 hpack.hpack.Encoder objects and 2 hpack.hpack.Decoder"),
])
def test_live_connections_are_refused(program, code, words):
    program(f"""
{code}
before = snapshot()
message = refused(fasth2.install)
assert message.startswith("cannot switch hpack, hyperframe, priority and h2 over to fasth2: "), message
assert {words!r} in message, message
assert message.endswith("or install(live=True), and they go on with upstream's code"), message
assert differences(before) == [] and states() == {{"upstream"}} and not fasth2.status().active
del held, before
fasth2.install()
assert states() <= {{"fasth2", "mixed"}}
""")


def test_a_connection_alone_is_enough_for_frames(program):
    program("""
held = h2.connection.H2Connection()
held.encoder = held.decoder = None
assert "(1 h2.connection.H2Connection object)" in refused(fasth2.install, only="hyperframe")
del held
other = hpack.Encoder()
fasth2.install(only="hyperframe")
""")


def test_a_connection_that_was_dropped_is_not_alive(program):
    program("""
import gc
gc.disable()
pair = Pair()
pair.get("/")
pair.close()
assert pair.client._frame_dispatch_table, "the cycle that only the collector frees"
del pair
fasth2.install()
fasth2.status()
pair = Pair()
assert type(pair.client.encoder) is sys.modules["fasth2.hpack"].Encoder
for number in range(200):
    pair.get(f"/{number}", ("x-number", str(number % 7)), ("x-long", "v" * number), body=b"x" * number)
    assert states() == {"fasth2"}
""")


def test_classes_that_cannot_be_hashed(program):
    program("""
class Meta(type):
    __eq__ = lambda self, other: False
class Odd(metaclass=Meta):
    pass
class OddEncoder(hpack.Encoder, metaclass=Meta):
    pass
odd, held = Odd(), OddEncoder()
assert "(1 __main__.OddEncoder object)" in refused(fasth2.install)
del held
fasth2.install()
assert fasth2.status().layers["hpack"].left == ["__main__.OddEncoder"]
fasth2.uninstall()
""")


def test_live_connections_go_on_where_that_is_asked_for(program):
    program("""
pair = Pair()
for number in range(20):
    pair.get(f"/{number}", ("x-number", str(number)))
stock = [type(pair.client.encoder)]
fasth2.install(live=True)
assert type(pair.client.encoder) is stock[0] is not hpack.Encoder
own = hpack.NeverIndexedHeaderTuple("x-secret", "not for tables")
for number in range(20):
    received, answered = pair.get(f"/{number}", ("x-number", str(number)), own)
    assert form_of(b"x-secret", pair.sent) == 0x10, "a never-indexed field of fasth2's met a stock encoder"
    assert {type(header) for header in received} == {hpack.HeaderTuple, hpack.NeverIndexedHeaderTuple}
assert "1 h2.connection" not in str(fasth2.status())
pair.client.ping(b"12345678")
assert "PingAckReceived" in {type(event).__name__ for event in pair.carry()[1]}
new = Pair()
assert type(new.client.encoder) is hpack.Encoder
new.get("/")
try:
    pair.server.receive_data(b"\\x00\\x00\\x01\\x01\\x05\\x00\\x00\\x01\\x01\\xff")
except h2.exceptions.ProtocolError:
    pass
else:
    raise AssertionError("what the stock decoder raised was not what h2 expects")
assert "are alive" in refused(fasth2.uninstall)
del pair, new
fasth2.uninstall()
""")


def test_live_priority_trees_go_on_where_that_is_asked_for(program):
    """With upstream's streams: these compare with the class that upstream's module names."""
    program("""
def planted():
    tree = priority.PriorityTree()
    for stream in range(1, 20, 2):
        tree.insert_stream(stream, depends_on=stream // 4 * 2 - 1 if stream > 6 else None, weight=stream)
    return tree

def steps(tree):
    yield [next(tree) for _ in range(30)]
    tree.remove_stream(3)
    tree.block(9)
    yield [next(tree) for _ in range(30)]
    tree.insert_stream(21, depends_on=5, exclusive=True)
    tree.insert_stream(25, depends_on=23, weight=200)
    tree.reprioritize(5, depends_on=21, weight=7)
    yield [next(tree) for _ in range(30)]
    for method, arguments in (("insert_stream", (21,)), ("insert_stream", (99, 99)), ("insert_stream", (99, 0, 0)),
                              ("reprioritize", (77,)), ("remove_stream", (0,))):
        try:
            getattr(tree, method)(*arguments)
        except priority.PriorityError as error:
            yield type(error).__name__, str(error)
    for stream in [stream for stream in range(1, 26, 2) if stream != 3]:
        tree.block(stream)
    try:
        next(tree)
    except priority.DeadlockError as error:
        yield str(error)

stock = [priority.PriorityTree, priority.Stream]
expected = list(steps(planted()))
assert len(expected) == 9
held, begun = planted(), steps(planted())
assert next(begun) == expected[0]
assert "(2 priority.priority.PriorityTree objects)" in refused(fasth2.install)
fasth2.install(live=True)
new = planted()
assert type(new) is priority.PriorityTree is sys.modules["fasth2.priority"].PriorityTree is not stock[0]
assert priority.Stream is not stock[1] and states() == {"fasth2"}
assert list(steps(new)) == expected
assert list(begun) == expected[1:]
iterator = steps(held)
assert [next(iterator), next(iterator)] == expected[:2]
assert "(1 priority.priority.PriorityTree object)" in refused(fasth2.uninstall)
del new
fasth2.uninstall()
assert priority.PriorityTree is stock[0] and priority.Stream is stock[1] is priority.priority.Stream
assert list(iterator) == expected[2:]
""")


# -- h2: two worlds in one program

WORLDS = """
from h2.connection import ConnectionInputs, ConnectionState, H2Connection
from h2.errors import ErrorCodes
from h2.events import *
from h2.exceptions import H2Error, NoSuchStreamError, ProtocolError, StreamClosedError
from h2.settings import ChangedSetting, SettingCodes
from h2.stream import StreamClosedBy, StreamState
import h2.settings, h2.stream
REQUEST = [(":method", "POST"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")]

def caught(expected, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except expected as error:
        assert isinstance(error, h2.exceptions.H2Error)
        return error
    raise AssertionError(f"no {expected.__name__}")

def converse(pair):
    '''What a program looks at in a conversation of `pair`: everything is of the classes that it knows.'''
    client, server = pair.client, pair.server
    first = client.get_next_available_stream_id()
    client.send_headers(first, REQUEST)
    client.send_data(first, b"x" * 100, end_stream=True)
    (asked, data, ended), _ = pair.carry()
    assert type(asked) is RequestReceived and type(data) is DataReceived and type(ended) is StreamEnded
    assert server.streams[first].state_machine.state is StreamState.HALF_CLOSED_REMOTE
    assert server.state_machine.state is ConnectionState.SERVER_OPEN
    assert client.state_machine.state is ConnectionState.CLIENT_OPEN
    server.send_headers(first, [(":status", "200")], end_stream=True)
    _, (answered, ended) = pair.carry()
    assert type(answered) is ResponseReceived and answered.stream_ended is ended
    assert client.open_outbound_streams == server.open_inbound_streams == len(client.streams)
    assert caught(StreamClosedError, client.reset_stream, first).error_code is ErrorCodes.STREAM_CLOSED
    assert client._closed_streams[first] is StreamClosedBy.RECV_END_STREAM

    reset = client.get_next_available_stream_id()
    client.send_headers(reset, REQUEST)
    pair.carry()
    server.reset_stream(reset, ErrorCodes.CANCEL)
    _, (event,) = pair.carry()
    assert type(event) is StreamReset and event.error_code is ErrorCodes.CANCEL
    assert client.open_outbound_streams == server.open_inbound_streams == len(client.streams)
    assert client._closed_streams[reset] is StreamClosedBy.RECV_RST_STREAM
    assert server._closed_streams[reset] is StreamClosedBy.SEND_RST_STREAM

    client.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 12345 + first})
    (changed,), (acknowledged,) = pair.carry()
    assert type(changed) is RemoteSettingsChanged and type(acknowledged) is SettingsAcknowledged
    setting = changed.changed_settings[h2.settings.SettingCodes.INITIAL_WINDOW_SIZE]
    assert type(setting) is ChangedSetting and setting.setting is SettingCodes.INITIAL_WINDOW_SIZE
    assert server.remote_settings[SettingCodes.INITIAL_WINDOW_SIZE] == 12345 + first
    caught(NoSuchStreamError, client.end_stream, 2**20 + 1)
    caught(ProtocolError, client.send_headers, 1, REQUEST)
    client.state_machine.process_input(ConnectionInputs.SEND_PING)
    client.ping(b"12345678")
    assert [type(event) for each in pair.carry() for event in each] == [PingReceived, PingAckReceived]

def end(pair):
    pair.client.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
    (event,), _ = pair.carry()
    assert type(event) is ConnectionTerminated and event.error_code is ErrorCodes.ENHANCE_YOUR_CALM
    assert pair.client.state_machine.state is ConnectionState.CLOSED
    caught(h2.exceptions.ProtocolError, pair.client.send_headers, 2**20 + 1, REQUEST)

def is_stock(connection):
    own = sys.modules.get("fasth2.h2.connection")
    return own is None or not isinstance(connection, own.H2Connection)
"""


@pytest.fixture
def worlds(program):
    """Runs code in a program that has bound h2's names, and looks closely at conversations."""
    return lambda code, *options, **named: program(WORLDS + code, *options, **named)


def test_names_of_h2_that_programs_bind(worlds):
    """Classes, members of enums, and what is derived from the classes afterwards."""
    worlds("""
CLOSED, CALM, NEW = StreamState.CLOSED, ErrorCodes.ENHANCE_YOUR_CALM, SettingCodes.ENABLE_PUSH
pair = Pair()
assert is_stock(pair.client)
converse(pair); end(pair)
del pair
fasth2.install()
import fasth2.h2.connection, fasth2.h2.stream
assert H2Connection is h2.connection.H2Connection is fasth2.h2.connection.H2Connection
assert CLOSED is StreamState.CLOSED is h2.stream.StreamState.CLOSED is fasth2.h2.stream.StreamState.CLOSED
assert CALM is fasth2.h2.errors.ErrorCodes.ENHANCE_YOUR_CALM and NEW is fasth2.h2.settings.SettingCodes.ENABLE_PUSH
class Derived(H2Connection):
    pass
assert issubclass(Derived, fasth2.h2.connection.H2Connection)
pair = Pair()
assert not is_stock(pair.client)
converse(pair); end(pair)
assert states() == {"fasth2"}
del pair, Derived
import gc; gc.collect()
fasth2.uninstall()
assert H2Connection is h2.connection.H2Connection is not fasth2.h2.connection.H2Connection
assert CLOSED is StreamState.CLOSED is not fasth2.h2.stream.StreamState.CLOSED
pair = Pair()
assert is_stock(pair.client)
converse(pair); end(pair)
""")


@pytest.mark.parametrize("loaded", ["h2", "h2.exceptions", "h2.events", "h2.stream", "h2.utilities"])
def test_a_part_of_h2_is_loaded(python, loaded):
    """The rest comes early, and the loaded part late."""
    python(f"""
import {loaded}, sys
import fasth2
held = {loaded}
from support.worlds import Pair, packages
stock = packages("h2")
assert "h2.connection" not in stock
fasth2.install(strict=True)
import h2.connection, h2.exceptions
assert held is {loaded}
assert not any(module in stock.values() for module in packages("h2").values())
pair = Pair()
pair.get("/")
try:
    pair.client.reset_stream(99)
except h2.exceptions.NoSuchStreamError as error:
    assert error.stream_id == 99
else:
    raise AssertionError
assert fasth2.status().layers["h2"].state == "fasth2" and not fasth2.status().layers["h2"].left
assert type(pair.client) is sys.modules["fasth2.h2.connection"].H2Connection
del pair
fasth2.uninstall()
assert held is {loaded} is stock["{loaded}"]
import h2.connection
assert h2.connection.H2Connection is not sys.modules["fasth2.h2.connection"].H2Connection
Pair().get("/")
""")


def test_live_connections_of_h2_go_on(worlds):
    """In the middle of everything: they have open and closed streams, and settings on their way."""
    worlds("""
pair, idle = Pair(), Pair()
converse(pair)
half = pair.client.get_next_available_stream_id()
pair.client.send_headers(half, REQUEST)
pair.carry()
stock = [H2Connection]
assert "(4 h2.connection.H2Connection objects, " in refused(fasth2.install)
fasth2.install(live=True)
assert states() == {"fasth2"}, str(fasth2.status())
assert H2Connection is not stock[0] is type(pair.client)
for each in pair, idle:
    converse(each)
assert pair.server.streams[half].state_machine.state is StreamState.OPEN
pair.client.end_stream(half)
(*_, ended), _ = pair.carry()
assert type(ended) is StreamEnded and pair.server.streams[half].state_machine.state is StreamState.HALF_CLOSED_REMOTE
new = Pair()
assert type(new.client) is H2Connection
converse(new); end(new)
del new
fasth2.uninstall()
assert H2Connection is stock[0]
assert pair.server.streams[half].state_machine.state is StreamState.HALF_CLOSED_REMOTE
for each in pair, idle:
    converse(each); end(each)
""")


def test_a_class_that_was_derived_before_stays(worlds):
    """As mitmproxy's: it goes on with upstream's code on fasth2's codecs, and the program knows what it hands out."""
    worlds("""
import h2.config
class Derived(H2Connection):
    def __init__(self, config):
        super().__init__(config)
        self.seen = []
    def receive_data(self, data):
        events = super().receive_data(data)
        self.seen += events
        return events
fasth2.install()
layer = fasth2.status().layers["h2"]
assert (layer.state, layer.left) == ("mixed", ["__main__.Derived"])
assert str(layer) == "is fasth2.h2 in part: __main__.Derived is still upstream's"
assert {name for name, layer in fasth2.status().layers.items() if layer.state == "fasth2"} == {
    "hpack", "hyperframe", "priority"}
pair, pair.sent = Pair.__new__(Pair), b""
for client, server in (Derived, Derived), (Derived, H2Connection), (H2Connection, Derived):
    pair.client = client(h2.config.H2Configuration(client_side=True))
    pair.server = server(h2.config.H2Configuration(client_side=False))
    assert (is_stock(pair.client), is_stock(pair.server)) == (client is Derived, server is Derived)
    assert type(pair.client.encoder) is hpack.Encoder is sys.modules["fasth2.hpack"].Encoder
    pair.client.local_settings = h2.settings.Settings(client=True, initial_values={SettingCodes.ENABLE_PUSH: 0})
    pair.client.initiate_connection()
    pair.server.initiate_connection()
    pair.carry()
    converse(pair)
    end(pair)
    assert all(isinstance(event, h2.events.Event) for event in getattr(pair.client, "seen", []))
""")


# -- exceptions that programs derive

EXCEPTIONS = """
class NotAllowed(h2.exceptions.H2Error):
    def __init__(self, address):
        self.address = address
class Deeper(NotAllowed, KeyError):
    pass
class Twice(ProtocolError, hpack.HPACKError):
    error_code = 7
held = Deeper("held")
def catches(*classes):
    for raised, expected in classes:
        try:
            raise raised
        except expected as error:
            assert isinstance(error, expected)
    return True
def check():
    assert catches((NotAllowed("here"), H2Error), (Deeper("here"), H2Error), (Twice(), ProtocolError),
                   (Twice(), hpack.HPACKError), (Twice(), h2.exceptions.H2Error), (held, H2Error))
    assert NotAllowed("here").address == "here" and H2Error in Deeper.__mro__ and issubclass(Deeper, KeyError)
"""


def test_exceptions_that_programs_have_derived_go_over(worlds):
    """As Scrapy's: it raises one of its own where it catches h2's."""
    worlds(EXCEPTIONS + """
check()
bases = NotAllowed.__bases__, Deeper.__bases__, Twice.__bases__
fasth2.install(strict=True)
check()
assert NotAllowed.__bases__ == (H2Error,) != bases[0] and H2Error is sys.modules["fasth2.errors.h2"].H2Error
assert states() == {"fasth2"}, str(fasth2.status())
class Later(NotAllowed):
    pass
class LaterToo(hpack.HPACKDecodingError):
    pass
fasth2.uninstall()
check()
assert (NotAllowed.__bases__, Deeper.__bases__, Twice.__bases__) == bases
assert catches((Later("x"), H2Error), (LaterToo(), hpack.HPACKError))
""")


def test_exceptions_that_were_derived_from_fasth2s_come_back(python):
    python("""
import fasth2
fasth2.install()
import h2.exceptions
class NotAllowed(h2.exceptions.ProtocolError):
    pass
fasth2.uninstall()
import h2.exceptions
import os
assert os.path.dirname(fasth2.__file__) not in h2.exceptions.__file__
try:
    raise NotAllowed
except h2.exceptions.H2Error as error:
    assert error.error_code is h2.exceptions.ErrorCodes.PROTOCOL_ERROR
""")


def test_a_switch_that_is_undone_leaves_derived_exceptions(worlds):
    worlds(EXCEPTIONS + """
from fasth2.activation import exchange
bases = NotAllowed.__bases__, Deeper.__bases__, Twice.__bases__
remember = exchange._remember
exchange._remember = lambda *arguments: 1 / 0
try:
    fasth2.install()
except ZeroDivisionError:
    pass
assert (NotAllowed.__bases__, Deeper.__bases__, Twice.__bases__) == bases
check()
""")


def test_an_exception_that_python_does_not_let_go(program):
    program("""
class Slotted(hpack.HPACKError):
    __slots__ = ("kept",)
class Guarded(type(hpack.HPACKError)):
    def __setattr__(cls, name, value):
        raise TypeError("no")
class Stays(hpack.HPACKError, metaclass=Guarded):
    pass
fasth2.install()
assert issubclass(Slotted, hpack.HPACKError)
assert fasth2.status().layers["hpack"].left == ["__main__.Stays"]
""")


# -- patches

PATCHES = {
    "function": ("hpack.hpack.decode_integer = lambda data, bits: (0, 1)", "hpack.hpack.decode_integer"),
    "class": ("class Mine(hpack.Encoder): pass\nhpack.Encoder = Mine", "hpack.Encoder"),
    "mock": ("from unittest.mock import MagicMock\nhpack.hpack.Encoder = MagicMock()", "hpack.hpack.Encoder"),
    "method": ("hpack.Encoder.encode = lambda self, headers: b''", "hpack.hpack.Encoder.encode"),
    "mocked method": (
        "from unittest.mock import patch\npatch.object(hyperframe.frame.Frame, 'serialize').start()",
        "hyperframe.frame.Frame.serialize",
    ),
    "wrapper": ("""
import functools
def wrapped(original):
    @functools.wraps(original)
    def around(*arguments, **options):
        return original(*arguments, **options)
    return around
hpack.hpack.Decoder.decode = wrapped(hpack.hpack.Decoder.decode)
""", "hpack.hpack.Decoder.decode"),
    "static method": (
        "hyperframe.frame.Frame.explain = staticmethod(lambda data: None)", "hyperframe.frame.Frame.explain"
    ),
    "property": (
        "hpack.Encoder.header_table_size = property(lambda self: 0)", "hpack.hpack.Encoder.header_table_size"
    ),
    "not even callable": ("hpack.Encoder.encode = None", "hpack.hpack.Encoder.encode"),
    "added method": ("hpack.Encoder.__del__ = lambda self: None", "hpack.hpack.Encoder.__del__"),
    "registered frame": (
        "hyperframe.frame.FRAMES[0xf0] = hyperframe.frame.PingFrame", "hyperframe.frame.FRAMES"
    ),
    "constant": ("hpack.hpack.INDEX_NEVER = b'\\x00'", "hpack.hpack.INDEX_NEVER"),
    "logger": ("hpack.table.log = print", "hpack.table.log"),
    "h2's name": ("h2.connection.Encoder = object()", "h2.connection.Encoder"),
    "h2's name, a class": ("class DataFrame: pass\nh2.stream.DataFrame = DataFrame", "h2.stream.DataFrame"),
    "h2's function": (
        "h2.utilities.validate_headers = lambda headers, flags: headers", "h2.utilities.validate_headers"
    ),
    "h2's function, where it is used": (
        "h2.stream.validate_headers = lambda headers, flags: headers", "h2.stream.validate_headers"
    ),
    "h2's method": (
        "h2.connection.H2Connection._receive_frame = lambda self, frame: []",
        "h2.connection.H2Connection._receive_frame",
    ),
    "h2's class": ("h2.connection.H2Stream = type('H2Stream', (), {})", "h2.connection.H2Stream"),
    "h2's event": ("h2.events.DataReceived.__repr__ = lambda self: ''", "h2.events.DataReceived.__repr__"),
    "h2's table": ("h2.stream._transitions.popitem()", "h2.stream._transitions"),
    "h2's enum": ("h2.errors.ErrorCodes.__str__ = lambda self: ''", "h2.errors.ErrorCodes.__str__"),
    "another copy": ("""
import importlib
stock = packages("hpack")
for name in stock: del sys.modules[name]
h2.connection.HPACKError = importlib.import_module("hpack").HPACKError
sys.modules.update(stock)
""", "h2.connection.HPACKError"),
}


@pytest.mark.parametrize("kind", PATCHES)
def test_patches_are_refused(program, kind):
    code, name = PATCHES[kind]
    program(f"""
{code}
before = snapshot()
message = refused(fasth2.install)
assert message == (
    "cannot switch hpack, hyperframe, priority and h2 over to fasth2: {name} was patched by somebody: call install() "
    "before that; or install(patched=True), and the patches are lost"
), message
assert differences(before) == [] and states() == {{"upstream"}}
fasth2.install(patched=True)
assert {{layer.state for layer in fasth2.status().layers.values()}} <= {{"fasth2", "mixed"}}
assert hpack.__name__ == "fasth2.hpack" and sys.modules["hpack.hpack"].__name__ == "fasth2.hpack.hpack"
fasth2.uninstall()
assert differences(before) == []
""")


def test_an_h2_of_another_hpack_is_refused(program):
    """Somebody has taken hpack out of sys.modules: its next import would not be h2's."""
    program("""
for name in packages("hpack"):
    del sys.modules[name]
before = snapshot()
message = refused(fasth2.install)
assert "of a copy of hpack that somebody has taken out of sys.modules; start a new process" in message, message
assert message.startswith("cannot switch hpack over to fasth2: h2."), message
assert differences(before) == [] and states() == {"upstream"}
fasth2.install(patched=True)
""")


DERIVED = {
    "connection": "class Derived(h2.connection.H2Connection): pass",
    "encoder": "class Derived(hpack.Encoder): pass",
    "frame": "class Derived(hyperframe.frame.DataFrame): pass",
    "event": "class Derived(h2.events.Event): pass",
}


@pytest.mark.parametrize("kind", DERIVED)
def test_strict_refuses_classes_that_would_stay(program, kind):
    program(f"""
{DERIVED[kind]}
before = snapshot()
message = refused(fasth2.install, strict=True)
assert message == (
    "cannot switch hpack, hyperframe, priority and h2 over to fasth2: __main__.Derived derives from classes that would "
    "be replaced"
), message
assert differences(before) == [] and states() == {{"upstream"}}
fasth2.install()
assert [each for layer in fasth2.status().layers.values() for each in layer.left] == ["__main__.Derived"]
""")


def test_all_reasons_are_told_at_once(program):
    program("""
held = hpack.Encoder()
hpack.Encoder.encode = None
message = refused(fasth2.install)
assert "(1 hpack.hpack.Encoder object)" in message and "hpack.hpack.Encoder.encode was patched" in message
assert "alive" not in refused(fasth2.install, live=True) and "patched" not in refused(fasth2.install, patched=True)
fasth2.install(live=True, patched=True)
""")


def test_another_version_is_left_alone_beside_one_that_is_not(program):
    """And h2 with it, which stands on it."""
    program("""
import warnings
hyperframe.__version__ = "5.0.0"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    fasth2.install()
    fasth2.install()
reason = "hyperframe 5.0.0 is installed, and fasth2 mirrors hyperframe 6.1.0 only"
assert [str(warning.message) for warning in caught] == [
    f"fasth2 leaves {layer} alone: {reason}" for layer in ("hyperframe", "h2")
]
assert caught[0].filename == "<string>", "not the line that calls install()"
assert h2.connection.DataFrame.__init__.__code__.co_filename.endswith("frame.py")
assert [layer.state for layer in fasth2.status().layers.values()] == ["fasth2", "upstream", "fasth2", "upstream"]
assert h2.connection.Encoder is sys.modules["fasth2.hpack"].Encoder
before = snapshot()
assert refused(fasth2.install, strict=True) == reason
assert differences(before) == []
Pair().get("/")
""")


def test_a_loaded_version_counts_not_the_one_on_disk(program, package):
    """An upgrade under a running program."""
    site = package()
    program(f"""
sys.path.insert(0, {str(site)!r})
assert fasth2.status().layers["hpack"].installed == "3.0.0"
fasth2.install(strict=True)
assert states() == {{"fasth2"}}
fasth2.uninstall()
assert hpack.__version__ == "4.2.0"
""")


# -- all or nothing


def test_a_switch_that_fails_half_way_is_undone(program):
    program("""
from fasth2.activation import exchange
from fasth2.activation.rebind import Rebinding
fasth2.install()
fasth2.uninstall()

def failing(function, after):
    change, calls = Rebinding._change, []
    def fail(self, names, new):
        calls.append(1)
        if len(calls) == after:
            raise MemoryError
        change(self, names, new)
    Rebinding._change = fail
    try:
        function()
    except MemoryError:
        return True
    finally:
        Rebinding._change = change

steps, before = 1, snapshot()
while failing(fasth2.install, steps):
    assert differences(before) == [], (steps, differences(before))
    assert states() == {"upstream"}
    steps += 1
assert steps > 15 and states() == {"fasth2"}
steps, before = 1, snapshot()
while failing(fasth2.uninstall, steps):
    assert differences(before) == [], (steps, differences(before))
    assert states() == {"fasth2"}
    steps += 1
assert steps > 15 and states() == {"upstream"}

remember = exchange._remember
exchange._remember = lambda *arguments: 1 / 0
before = snapshot()
try:
    fasth2.install()
except ZeroDivisionError:
    assert differences(before) == []
exchange._remember = remember
""")


def test_a_failing_return_after_an_early_install_is_undone(python):
    python("""
import fasth2, sys
fasth2.install()
import priority, h2.connection, types
application = sys.modules["application"] = types.ModuleType("application")
exec("from h2.events import *; from hpack import Encoder", vars(application))
from support.worlds import differences, snapshot
from fasth2.activation.rebind import Rebinding
change, calls = Rebinding._change, []
def fail(self, names, new):
    if len(calls) == 1:
        raise KeyboardInterrupt
    calls.append(1)
    change(self, names, new)
Rebinding._change = fail
before = snapshot()
try:
    fasth2.uninstall()
except KeyboardInterrupt:
    assert differences(before) == [], differences(before)
else:
    raise AssertionError
Rebinding._change = change
assert all(layer.state == "fasth2" for layer in fasth2.status().layers.values())
fasth2.uninstall()
assert all(layer.state == "upstream" for layer in fasth2.status().layers.values())
""")


def test_a_connection_opened_during_the_switch(program):
    program("""
from fasth2.activation import exchange
apply = exchange.Rebinding.apply
cls = hpack.Encoder
def meanwhile(self):
    apply(self)
    opened.append(box[0]())
box, opened = [cls], []
exchange.Rebinding.apply = meanwhile
before = snapshot()
message = refused(fasth2.install)
assert message == "another thread has opened a connection meanwhile; call fasth2.install() earlier", message
assert differences(before) == [] and states() == {"upstream"}
""")


# -- imports and threads


def test_inside_the_import_of_upstream(python, package):
    """A module that somebody has hooked into upstream's import calls install()."""
    python("""
import sys
import fasth2
class Hook:
    def find_spec(name, path=None, target=None):
        if name == "hpack.table":
            try:
                fasth2.install()
            except fasth2.ActivationError as error:
                messages.append(str(error))
messages = []
sys.meta_path.insert(0, Hook)
import hpack
(message,) = messages
assert message == "hpack is just being imported; call fasth2.install() before that or after it", message
assert hpack.__name__ == "hpack" and fasth2.status().layers["hpack"].state == "upstream"
fasth2.install()
assert hpack.__name__ == "fasth2.hpack"
""")


def test_a_refusal_of_a_second_attempt_undoes_the_first(python):
    """Another thread had found upstream before the import hook was there, and opens a connection at once."""
    python("""
import sys
import fasth2
import fasth2.activation as activation
wait, calls, held = activation.wait_for_imports, [], []
def meanwhile(layers):
    calls.append(1)
    if len(calls) == 2:
        finder = sys.meta_path.pop(0)
        import hpack
        held.append(hpack.Encoder())
        sys.meta_path.insert(0, finder)
    wait(layers)
activation.wait_for_imports = meanwhile
before = list(sys.meta_path)
try:
    fasth2.install()
except fasth2.ActivationError as error:
    assert "(1 hpack.hpack.Encoder object)" in str(error), error
else:
    raise AssertionError("not refused")
assert sys.meta_path == before and len(calls) > 2
assert {layer.state for layer in fasth2.status().layers.values()} == {"upstream"}
import hpack, priority
assert type(held[0]) is hpack.Encoder and priority.__name__ == "priority"
""")


def test_inside_a_switch(program):
    """A finaliser or a signal handler calls install() while it is at work in the same thread."""
    program("""
from fasth2.activation import exchange
apply = exchange.Rebinding.apply
messages = []
def meanwhile(self):
    messages.append(refused(fasth2.install))
    messages.append(refused(fasth2.uninstall))
    str(fasth2.status())
    apply(self)
exchange.Rebinding.apply = meanwhile
fasth2.install()
assert set(messages) == {"fasth2 is being switched on or off in this very thread; call it again afterwards"}
assert states() == {"fasth2"}
""")


@pytest.mark.parametrize("at", ["hpack", "hpack.exceptions", "hpack.table", "hyperframe.frame", "h2.stream"])
def test_an_import_of_another_thread_is_waited_for(python, at):
    python(f"""
import sys, threading
from importlib.machinery import PathFinder
import fasth2
reached, go_on = threading.Event(), threading.Event()
class Slow:
    def find_spec(name, path=None, target=None):
        if name == {at!r} and threading.current_thread() is importing:
            reached.set()
            assert go_on.wait(60)
importing = threading.Thread(target=lambda: __import__("h2.connection"))
installing = threading.Thread(target=fasth2.install)
sys.meta_path.insert(0, Slow)
importing.start()
assert reached.wait(60)
installing.start()
installing.join(0.05)
go_on.set()
importing.join(60)
installing.join(60)
assert not importing.is_alive() and not installing.is_alive()
import priority, h2.connection, fasth2.hpack, fasth2.hyperframe.frame
assert {{layer.state for layer in fasth2.status().layers.values()}} == {{"fasth2"}}, str(fasth2.status())
assert h2.connection.Encoder is fasth2.hpack.Encoder
assert h2.frame_buffer.Frame is fasth2.hyperframe.frame.Frame
from support.worlds import Pair
Pair().get("/")
""")


def test_threads_install_and_import_and_uninstall_at_once(program):
    program("""
import threading
barrier, errors, count = threading.Barrier(12), [], 0
def install():
    fasth2.install()
def look():
    str(fasth2.status())
    exec("from hpack import Encoder; from hyperframe.frame import *; import h2.connection", {})
def bind():
    module = types.ModuleType(f"bound{threading.get_ident()}")
    sys.modules[module.__name__] = module
    exec("from hpack import Encoder, HPACKError; import hpack.table; from hyperframe.frame import FRAMES", vars(module))
def uninstall():
    fasth2.uninstall()
def work(steps):
    try:
        barrier.wait(60)
        for _ in range(15):
            for step in steps:
                step()
    except BaseException as error:
        errors.append(error)
sys.setswitchinterval(1e-5)
before = snapshot()
kinds = [(install,), (install, uninstall), (look,), (bind,)]
threads = [threading.Thread(target=work, args=(kinds[at % 4],)) for at in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.setswitchinterval(0.005)
assert not errors, errors
import fasth2.hpack
fasth2.install()
assert states() == {"fasth2"}, str(fasth2.status())
bound = [module for name, module in sys.modules.items() if name.startswith("bound")]
assert bound and all(module.Encoder is fasth2.hpack.Encoder for module in bound)
fasth2.uninstall()
assert all(module.Encoder is hpack.Encoder is not fasth2.hpack.Encoder for module in bound)
assert [key for key in differences(before) if key[0] != "__main__" and "bound" not in str(key[1])] == []
""")
