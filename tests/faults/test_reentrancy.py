"""Code of a caller's that runs in the middle of a call, beyond the codecs' (tests/unit/test_reentrancy.py): when flags,
ids and keys are compared, when buffers are taken and given back, when weak references and finalisers are called.

Whatever it does, nothing is read or written that is not there any more; the sanitizer build is where that shows.
"""
import contextlib
import copy
import gc
import pickle
import sys
import weakref

import pytest

from fasth2.codec.frame import count_frames, parse_frames
from fasth2.hpack import Decoder, Encoder, HeaderTuple, HPACKError
from fasth2.hpack.hpack import HeaderTable, decode_integer
from fasth2.hpack.huffman_table import decode_huffman
from fasth2.hyperframe.flags import Flag, Flags
from fasth2.hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame
from fasth2.priority import PriorityTree, Stream, TooManyStreamsError


def fill_memory():
    """Takes what was given back a moment ago, so that a use of it afterwards reads something else."""
    return [bytes([number]) * size for number in range(60) for size in (40, 88, 152, 216, 704)]


class Acting:
    """Has a hash of somebody's choice; acts when it is compared."""

    def __init__(self, hashed, action):
        self.hashed, self.action, self.count, self.armed = hash(hashed), action, 0, True

    def __hash__(self):
        return self.hashed

    def __eq__(self, other):
        if self.armed and self.count < 5:
            self.count += 1
            self.action()
            fill_memory()
        return False


# ---- flags -----------------------------------------------------------------------------------------------------------

def own_flags():
    return Flags([Flag("PADDED", 8), Flag("END_STREAM", 1)])


@pytest.mark.parametrize("call", [
    lambda flags, name: name in flags, lambda flags, name: flags.discard(name), lambda flags, name: flags.add(name),
    lambda flags, name: flags.remove(name), lambda flags, name: flags == {name}, lambda flags, name: flags <= {name},
], ids=["in", "discard", "add", "remove", "equal", "within"])
@pytest.mark.parametrize("action", [
    lambda flags: setattr(flags, "_flags", set()), lambda flags: setattr(flags, "_valid_flags", set()),
    lambda flags: flags.__init__([]), lambda flags: flags.clear(),
], ids=["members", "valid", "init", "clear"])
def test_names_that_change_the_flags_when_they_are_compared(call, action):
    flags = own_flags()
    flags.add("PADDED")
    name = Acting("PADDED", lambda: action(flags))
    with contextlib.suppress(KeyError, ValueError, RuntimeError):
        call(flags, name)
    assert name.count
    flags.__init__([Flag("PADDED", 8)])
    flags.add("PADDED")
    assert list(flags) == ["PADDED"]


def test_flags_whose_name_acts_when_it_is_shown():
    class Shown(str):
        def __repr__(self):
            flags._valid_flags = set()
            flags._flags = set()
            fill_memory()
            return "shown"

    flags = Flags([Flag(Shown("PADDED"), 8)])
    flags.add("PADDED")
    with pytest.raises(ValueError, match="shown"):
        flags.add("OTHER")
    flags._flags = {Shown("A"), Shown("B")}
    assert repr(flags) == "[shown, shown]"


# ---- frames ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("action", [
    lambda frame: setattr(frame, "__dict__", {}), lambda frame: vars(frame).clear(),
    lambda frame: frame.__init__(1), lambda frame: copy.copy(frame),
], ids=["dict", "clear", "init", "copy"])
def test_key_of_a_frames_dict_that_acts_when_it_is_compared(action):
    frame = DataFrame(1, b"data")
    key = Acting("data", lambda: action(frame))
    frame.__dict__ = {key: 1}
    with contextlib.suppress(AttributeError):
        frame.data
    assert key.count
    with contextlib.suppress(AttributeError):
        del frame.data
    frame.__dict__ = {}
    frame.__init__(1, b"again")
    assert frame.serialize()[9:] == b"again"


def test_settings_that_act_when_they_are_shown():
    class Shown(int):
        def __repr__(self):
            frame.settings = {}
            fill_memory()
            return "shown"

    frame = SettingsFrame(settings={1: Shown(5), 2: Shown(6)})
    assert "shown" in repr(frame)
    assert frame.settings == {}


class Dying:
    """Acts when it is let go of."""

    def __init__(self, action):
        self.action = action

    def __del__(self):
        self.action()
        fill_memory()


@pytest.mark.parametrize("action", [
    lambda frame: setattr(frame, "__dict__", {}), lambda frame: setattr(frame, "data", b"other"),
    lambda frame: frame.serialize(), lambda frame: pickle.dumps(frame), lambda frame: setattr(frame, "pad_length", 9),
    lambda frame: setattr(frame, "__class__", HeadersFrame), lambda frame: repr(frame),
], ids=["dict", "data", "serialize", "pickle", "padding", "class", "repr"])
def test_former_field_that_acts_when_a_payload_replaces_it(action):
    """Setting a field lets go of what was there before, in the middle of parse_body()."""
    acted = []

    def act():
        acted.append(True)
        with contextlib.suppress(AttributeError, TypeError, HPACKError, ValueError):
            action(frame)

    payload = bytearray(b"\x02payload\x00\x00")
    for field in ("data", "pad_length", "body_len"):
        frame = DataFrame(1, b"", flags=["PADDED"])
        setattr(frame, field, Dying(act))
        with contextlib.suppress(AttributeError, TypeError, ValueError):
            frame.parse_body(memoryview(payload))
        frame = None
    assert acted


def test_weak_reference_that_is_called_as_a_frame_dies():
    """The callback makes and drops frames of the same class, whose memory is kept for the next ones."""
    called = []

    def callback(_):
        called.append([DataFrame(number + 1, b"x") for number in range(5)])
        called.append(parse_frames(DataFrame(1, b"y").serialize() * 5, 100))

    for _ in range(100):
        frame = DataFrame(1, b"data")
        reference = weakref.ref(frame, callback)
        frame.reference = reference
        other = weakref.ref(frame, callback)
        del frame
        assert other() is None
    assert len(called) >= 200
    assert all(frame.serialize() for frames in called[::2] for frame in frames)


@pytest.mark.parametrize("make", [Encoder, Decoder, HeaderTable, PriorityTree, lambda: DataFrame(1), lambda: Stream(1)],
                         ids=["Encoder", "Decoder", "HeaderTable", "PriorityTree", "DataFrame", "Stream"])
def test_object_that_comes_back_from_its_finaliser(make):
    kept = []
    thing = make()
    cls = type("Coming", (type(thing),), {"__del__": lambda self: kept.append(self), "__module__": __name__})
    thing = cls(1) if isinstance(thing, (Frame, Stream)) else cls()
    thing.me = thing
    del thing
    gc.collect()
    (again,) = kept
    assert again.me is again
    del again.me
    assert type(again).__name__ in repr(again) or isinstance(again, (HeaderTable, Stream))
    pickle_state = again.__reduce__()
    del again, pickle_state
    kept.clear()
    gc.collect()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from CPython 3.12 on the collector does not run within a call")
@pytest.mark.parametrize("call", [
    lambda: parse_frames(b"".join(DataFrame(n + 1, b"x" * n).serialize() for n in range(20)), 1000),
    lambda: [repr(HeadersFrame(1, b"x", flags=["PADDED"])) for _ in range(5)],
    lambda: [sorted(HeadersFrame(1, flags=["PADDED"]).flags) for _ in range(5)],
    lambda: [SettingsFrame(settings={1: 2}).serialize() for _ in range(5)],
    lambda: [decode_integer(bytearray(b"\x1f\x05"), 5) for _ in range(5)],
], ids=["parse_frames", "repr", "flags", "settings", "integers"])
def test_collector_within_a_call(call):
    """At every allocation of a container in turn, somebody's finaliser makes frames, patches a class and lets go."""
    expected = call()

    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            DataFrame.note = object()
            del DataFrame.note
            fill_memory()
            DataFrame(1, b"x").serialize()

    def plain(result):
        frames = result[0] if isinstance(result, tuple) else result
        return [repr(each) for each in frames]

    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # so that the collector has little to go through
    for threshold in range(1, 30):
        gc.collect()
        gc.disable()
        Cycle()
        gc.set_threshold(threshold)
        gc.enable()
        try:
            found = call()
        finally:
            gc.set_threshold(*before)
        assert plain(found) == plain(expected)
    gc.unfreeze()


# ---- the tree --------------------------------------------------------------------------------------------------------

class ActingId(int):
    """A stream's id that acts when it is compared."""

    action = None

    def act(self):
        action, ActingId.action = ActingId.action, None
        if action is not None:
            action()
            fill_memory()

    def __hash__(self):
        return int.__hash__(self)

    def __eq__(self, other):
        self.act()
        return int.__eq__(self, other)

    def __lt__(self, other):
        self.act()
        return NotImplemented  # so that the other side is asked, with what may be gone by then

    def __gt__(self, other):
        self.act()
        return int.__gt__(self, other)


@pytest.fixture(autouse=True)
def no_action_left():
    yield
    ActingId.action = None


def forest():
    """A tree of ids that act; it is loosened."""
    tree = PriorityTree()
    for number in range(1, 12):
        tree.insert_stream(ActingId(number), depends_on=number // 3 or None)
    return tree


TREE_ACTIONS = {
    "init": lambda tree: tree.__init__(50),
    "remove": lambda tree: tree.remove_stream(5),
    "insert": lambda tree: tree.insert_stream(99),
    "next": next,
    "queue": lambda tree: [setattr(each, "child_queue", []) for each in list(tree._streams.values())],
    "children": lambda tree: [setattr(each, "children", []) for each in list(tree._streams.values())],
    "ids": lambda tree: [setattr(each, "stream_id", 70) for each in list(tree._streams.values())],
    "streams": lambda tree: tree._streams.clear(),
    "pickle": lambda tree: pickle.dumps(len(tree._streams)),
    "copy": lambda tree: copy.copy(tree),
}
TREE_CALLS = {
    "next": next,
    "insert": lambda tree: tree.insert_stream(ActingId(50), 3),
    "exclusive": lambda tree: tree.insert_stream(ActingId(50), 3, exclusive=True),
    "remove": lambda tree: tree.remove_stream(ActingId(3)),
    "reprioritize": lambda tree: tree.reprioritize(ActingId(9), 4),
    "below a dependant": lambda tree: tree.reprioritize(ActingId(1), 4),
    "block": lambda tree: tree.block(ActingId(3)),
    "compare": lambda tree: sorted(tree._streams.values()),
    "equal": lambda tree: tree._streams[3] == tree._streams[4],
}


@pytest.mark.parametrize("call", TREE_CALLS)
@pytest.mark.parametrize("action", TREE_ACTIONS)
def test_ids_that_act_when_they_are_compared(action, call):
    tree = forest()
    next(tree)
    ActingId.action = lambda: TREE_ACTIONS[action](tree)
    with contextlib.suppress(Exception):
        TREE_CALLS[call](tree)
    ActingId.action = None
    tree.__init__(50)
    tree.insert_stream(7)
    assert next(tree) == 7


@pytest.mark.parametrize("key", [0, 5])
def test_key_among_the_streams_that_acts_when_it_is_compared(key):
    """In the place of `key` in the dict, before it."""
    for action in TREE_ACTIONS.values():
        tree = forest()
        streams = tree._streams
        stream = streams.pop(key)
        acting = Acting(key, lambda tree=tree, action=action: action(tree))
        acting.armed = False
        streams[acting] = streams[key] = stream
        acting.armed = True
        with contextlib.suppress(Exception):
            tree._root_stream
        with contextlib.suppress(Exception):
            next(tree)
        with contextlib.suppress(Exception):
            tree.block(key)
        del streams
        assert acting.count


def test_maximum_that_acts_when_it_is_added_to():
    class Maximum(int):
        def __add__(self, other):
            tree._maximum_streams = 5
            fill_memory()
            return NotImplemented

    tree = PriorityTree()
    tree._maximum_streams = Maximum(1)
    with pytest.raises(TooManyStreamsError):
        tree.insert_stream(1)
    assert tree._maximum_streams == 5


# ---- buffers ---------------------------------------------------------------------------------------------------------

WIRE = DataFrame(1, b"payload" * 10).serialize()
BLOCK = Encoder().encode([(f"name-{number}", "välue" * 20) for number in range(20)])

READERS = {
    "parse_frames": lambda buffer: parse_frames(buffer, 1000),
    "count_frames": lambda buffer: count_frames(buffer, 1000),
    "parse_frame_header": lambda buffer: Frame.parse_frame_header(memoryview(buffer)[:9]),
    "parse_body": lambda buffer: DataFrame(1).parse_body(buffer),
    "decode": lambda buffer: Decoder().decode(buffer),
    "decode raw": lambda buffer: Decoder().decode(buffer, raw=True),
    "decode_integer": lambda buffer: decode_integer(buffer, 5),
    "decode_huffman": decode_huffman,
}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes in Python export buffers from CPython 3.12 on")
@pytest.mark.parametrize("reader", READERS)
def test_buffer_of_a_class_that_acts(reader):
    """It raises, gives a buffer that changes, or takes the codec's table away, as it is asked and as it is given back."""
    for problem in (None, ZeroDivisionError, BufferError, KeyboardInterrupt):
        for on_release in (False, True):
            given = []

            class Exporter:
                def __buffer__(self, flags, problem=problem, on_release=on_release, given=given):
                    given.append(bytearray(WIRE if reader.endswith(("frames", "header", "body")) else BLOCK))
                    fill_memory()
                    if problem is not None and not on_release:
                        raise problem
                    return memoryview(given[-1])

                def __release_buffer__(self, view, given=given):
                    fill_memory()
                    view.release()
                    given[-1].clear()  # nobody reads it any more

            with contextlib.suppress(Exception, KeyboardInterrupt):
                READERS[reader](Exporter())
            assert given or reader in ("decode_integer", "decode_huffman")


@pytest.mark.parametrize("reader", [name for name in READERS if name != "decode_integer"])
def test_buffers_are_let_go_of(reader):
    """After a call, whatever came of it, the caller's buffer can be resized and released."""
    for octets in (bytearray(WIRE), bytearray(BLOCK), bytearray(BLOCK[:-3]), bytearray(b"\xff" * 20), bytearray()):
        view = memoryview(octets)
        for buffer in (octets, view):
            with contextlib.suppress(Exception):
                READERS[reader](buffer)
        view.release()
        octets.extend(b"more")


def test_block_that_changes_while_its_text_is_made():
    """A handler of a caller's, reached by a subclass's step, writes into the block that is being decoded."""
    block = bytearray(BLOCK)

    class Writing(Decoder):
        def _decode_literal(self, data, should_index):
            block[-40:] = bytes(40)
            with pytest.raises(BufferError):
                block.extend(b"x")
            return super()._decode_literal(data, should_index)

    with contextlib.suppress(HPACKError):
        Writing().decode(block)
    block.extend(b"x")


# ---- pickles and copies in the middle --------------------------------------------------------------------------------

@pytest.mark.parametrize("way", [lambda thing: pickle.loads(pickle.dumps(thing)), copy.copy, copy.deepcopy],
                         ids=["pickle", "copy", "deepcopy"])
def test_encoder_that_is_copied_while_it_takes_headers(way):
    """The copy is of the encoder before the call: nothing has happened yet."""
    encoder, copies = Encoder(), []
    encoder.encode([("old", "entry")])
    encoder.header_table_size = 200

    class Copying:
        def __str__(self):
            copies.append(way(encoder))
            return "text"

    block = encoder.encode([("a", "b"), (Copying(), "value"), HeaderTuple("c", "d")])
    (other,) = copies
    if way is copy.copy:
        assert other.header_table is encoder.header_table  # as upstream's: they share it
        return
    assert other.encode([("a", "b"), ("text", "value"), ("c", "d")]) == block
    assert list(other.header_table.dynamic_entries) == list(encoder.header_table.dynamic_entries)


def test_table_that_is_pickled_while_a_caller_walks_it():
    table = HeaderTable()
    for number in range(50):
        table.add(b"name", b"%d" % number)
    for entry in table.dynamic_entries:
        again = pickle.loads(pickle.dumps(table))
        assert entry in again.dynamic_entries
        assert again.search(*entry) == table.search(*entry)


def test_frame_whose_attribute_changes_it_while_it_is_pickled():
    class Reducing:
        def __reduce__(self):
            frame.__dict__ = {"stream_id": 3}
            fill_memory()
            return int, ()

    frame = DataFrame(1, b"data")
    frame.note = Reducing()
    frame.other = 5
    again = pickle.loads(pickle.dumps(frame))
    assert (again.data, again.note, again.other) == (b"data", 0, 5)
