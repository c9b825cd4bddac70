"""Python code that runs in the middle of a call, and uses the same codec: header iterables, str(), len(), bool(),
handlers of the debug log, overridden steps. Whatever it does, nothing crashes, and no octet is read or sent twice.

What comes out need not be upstream's (whose encoder sends half of the outer block on either side of the inner one):
headers are taken in full before the encoder begins, so the inner call is simply the earlier one.
"""
import contextlib
import gc
import logging
import os
import threading

import pytest

from support.implementations import SUBJECT, upstream
from support.implementations import subject as hpack
from support.processes import python
from support.state import encoder_state

HEADERS = [(":method", "GET"), ("name", "value"), ("other", "field")]


class Acting:
    """Stands for a string; does something when it is asked for its text."""

    def __init__(self, action, text="acting"):
        self.action, self.text = action, text

    def __str__(self):
        self.action()
        return self.text


class ActingTruth:
    def __init__(self, action):
        self.action = action

    def __bool__(self):
        self.action()
        return False


class ActingPair:
    def __init__(self, action):
        self.action = action

    def __len__(self):
        self.action()
        return 2

    def __getitem__(self, index):
        self.action()
        return ("name", "value")[index]


class ActingTuple(tuple):
    @property
    def indexable(self):
        self.action()
        return True


def acting_tuple(action):
    made = type("Acting", (ActingTuple,), {"action": staticmethod(action)})
    return made(("name", "value"))


ACTIONS = {
    "encode": lambda encoder: encoder.encode(HEADERS),
    "encode many": lambda encoder: encoder.encode([(f"n{i}", "v" * 60) for i in range(200)]),
    "resize to nothing": lambda encoder: setattr(encoder, "header_table_size", 0),
    "resize": lambda encoder: (setattr(encoder, "header_table_size", 64), setattr(encoder, "header_table_size", 9000)),
    "clear": lambda encoder: encoder.header_table.dynamic_entries.clear(),
    "append": lambda encoder: encoder.header_table.dynamic_entries.append((b"by", b"hand")),
    "add": lambda encoder: encoder.header_table.add(b"by", b"hand"),
    "new table": lambda encoder: setattr(encoder, "header_table", hpack.table.HeaderTable()),
    "table of a subclass": lambda encoder: setattr(encoder, "header_table",
                                                   type("Table", (hpack.table.HeaderTable,), {})()),
    "no table": lambda encoder: setattr(encoder, "header_table", None),
    "new changes": lambda encoder: setattr(encoder, "table_size_changes", [1, 2, 3]),
    "resized": lambda encoder: setattr(encoder.header_table, "resized", True),
    "other coder": lambda encoder: setattr(encoder, "huffman_coder",
                                           hpack.huffman.HuffmanEncoder([0] * 257, [8] * 257)),
    "other class": lambda encoder: setattr(encoder, "__class__", Loud),
    "init": lambda encoder: encoder.__init__(),
    "table init": lambda encoder: encoder.header_table.__init__(),
    "raise": lambda encoder: 1 / 0,
}


class Loud(hpack.Encoder):
    def add(self, to_add, sensitive, huffman=False):
        return super().add(to_add, sensitive, huffman)


WHERE = {
    "name": lambda act: [*HEADERS, (Acting(act), "value"), *HEADERS],
    "value": lambda act: [*HEADERS, ("name", Acting(act)), *HEADERS],
    "first": lambda act: [(Acting(act), Acting(act))],
    "sensitive": lambda act: [*HEADERS, ("name", "value", ActingTruth(act)), *HEADERS],
    "pair": lambda act: [*HEADERS, ActingPair(act), *HEADERS],
    "indexable": lambda act: [*HEADERS, acting_tuple(act), *HEADERS],
    "iterable": lambda act: (field for field in HEADERS if act() or True),
    "dict key": lambda act: {"a": "b", Acting(act): "value", ":p": "q"},
    "dict value": lambda act: {"a": "b", ":p": Acting(act)},
}


@pytest.mark.skipif(SUBJECT == "hpack", reason="upstream runs less of the caller's code, and later")
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("action", ACTIONS)
def test_encode_within_encode(action, where):
    encoder = hpack.Encoder()
    encoder.encode(HEADERS)
    calls = []

    def act():
        if len(calls) < 3:
            calls.append(action)
            ACTIONS[action](encoder)

    with contextlib.suppress(ZeroDivisionError, AttributeError, TypeError):
        encoder.encode(WHERE[where](act))
    assert calls
    # Whatever has become of it, it is an encoder that works.
    encoder.__class__ = hpack.Encoder
    encoder.__init__()
    assert hpack.Decoder().decode(encoder.encode(HEADERS)) == HEADERS


@pytest.mark.skipif(SUBJECT == "hpack", reason="upstream's blocks, sent in that order, decode to something else")
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("action", ["encode", "encode many", "resize to nothing", "resize"])
def test_peer_stays_in_step(action, where):
    """Blocks sent in the order in which the calls returned decode to what was asked for."""
    encoder, decoder, sent = hpack.Encoder(), hpack.Decoder(), []
    decoder.max_allowed_table_size = 2**20
    done = []

    def act():
        if not done:
            done.append(action)
            block = ACTIONS[action](encoder)
            if isinstance(block, bytes):
                sent.append(block)

    sent.append(encoder.encode(WHERE[where](act)))
    sent.append(encoder.encode(HEADERS))
    decoded = [decoder.decode(block) for block in sent]
    assert decoded[-1] == HEADERS
    assert list(encoder.header_table.dynamic_entries) == list(decoder.header_table.dynamic_entries)


def test_table_goes_away_during_encode():
    """The last reference to the table, its entries and the encoder itself, dropped from within."""
    class Holder:
        encoder = hpack.Encoder()

    def act():
        Holder.encoder.header_table = hpack.table.HeaderTable()
        Holder.encoder = None

    Holder.encoder.encode([("name", "value" * 50)] * 3)
    assert Holder.encoder.encode([("a", "b"), (Acting(act), "value"), ("name", "value" * 50)])


def test_header_list_changed_while_it_is_read():
    headers = [("name", "value")] * 5
    assert hpack.Encoder().encode([("a", "b")] + headers)
    growing = [("name", "value")]
    growing.append((Acting(growing.clear), "value"))
    growing += [("more", "fields")] * 50
    hpack.Encoder().encode(growing)
    field = ["name", "value"]
    field[0] = Acting(field.clear)
    with contextlib.suppress(IndexError):
        hpack.Encoder().encode([field])


class Handler(logging.Handler):
    """Does something for the first lines of the debug log, but not for those that this leads to."""

    def __init__(self, action):
        super().__init__(level=0)
        self.action, self.busy, self.count = action, False, 0

    def emit(self, record):
        if not self.busy and self.count < 12:
            self.count += 1
            self.busy = True
            try:
                self.action()
            finally:
                self.busy = False

    def handleError(self, record):
        raise


@contextlib.contextmanager
def handling(action):
    handler, logger = Handler(action), logging.getLogger("hpack")
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "other class"])
def test_log_handler_uses_the_encoder(action):
    encoder = hpack.Encoder()
    with handling(lambda: ACTIONS[action](encoder)) as handler:
        with contextlib.suppress(ZeroDivisionError, AttributeError, TypeError, IndexError):
            encoder.encode([("name", "value"), ("x", "y" * 2000), ("z", "y" * 2500)])
    assert handler.count


@pytest.mark.parametrize("action", ["decode", "resize", "clear", "new table", "limits", "raise"])
def test_log_handler_uses_the_decoder(action):
    decoder = hpack.Decoder()
    block = hpack.Encoder().encode([("name", "value"), ("x", "y" * 2000), ("z", "y" * 2500), ("name", "value")])
    act = {
        "decode": lambda: decoder.decode(block),
        "resize": lambda: setattr(decoder, "header_table_size", 10),
        "clear": lambda: decoder.header_table.dynamic_entries.clear(),
        "new table": lambda: setattr(decoder, "header_table", hpack.table.HeaderTable()),
        "limits": lambda: (setattr(decoder, "max_header_list_size", 0), setattr(decoder, "max_allowed_table_size", 0)),
        "raise": lambda: 1 / 0,
    }[action]
    with handling(act) as handler:
        with contextlib.suppress(ZeroDivisionError, hpack.HPACKError, IndexError):
            decoder.decode(block)
    assert handler.count
    assert hpack.Decoder().decode(block)


@pytest.mark.parametrize("module", [hpack, upstream], ids=["fasth2", "upstream"])
def test_log_handler_takes_the_entries_into_its_hands(module):
    """What is added afterwards is found, counted and evicted like any other entry."""
    table = module.table.HeaderTable()
    table.maxsize = 100
    table.add(b"a", b"b" * 20)
    with handling(lambda: table.dynamic_entries.rotate(1)) as handler:
        table.add(b"c", b"d" * 40)
    assert handler.count
    assert list(table.dynamic_entries) == [(b"c", b"d" * 40)]
    assert table._current_size == 73 and table.search(b"c", b"d" * 40) == (62, b"c", b"d" * 40)


def test_mark_of_the_table_that_runs_code_when_it_goes():
    """`resized` takes any object. A decoder that lets go of it has taken the new size in by then, as upstream's has."""
    seen = []

    class Mark:
        def __init__(self, table):
            self.table = table

        def __del__(self):
            seen.append((self.table.maxsize, len(self.table.dynamic_entries)))

    for module in hpack, upstream:
        decoder = module.Decoder()
        decoder.header_table.add(b"a", b"b")
        decoder.header_table.resized = Mark(decoder.header_table)
        decoder.decode(b"\x20\x82")
        gc.collect()
    assert seen[0][0] == seen[1][0] == 0


def test_overridden_step_resizes_the_table():
    class Encoder(hpack.Encoder):
        def _encode_literal(self, *args):
            self.header_table.maxsize = 0
            self.header_table.maxsize = 4096
            return super()._encode_literal(*args)

        def _encode_indexed(self, index):
            self.header_table.dynamic_entries.clear()
            return super()._encode_indexed(index)

    encoder = Encoder()
    for _ in range(3):
        assert encoder.encode([("a", "b"), ("a", "b"), (":method", "GET")])


def test_entries_that_run_code_when_compared():
    """A caller may put anything into the entries; comparing it must not find the table gone."""
    encoder = hpack.Encoder()

    class Name(bytes):
        __hash__ = bytes.__hash__

        def __eq__(self, other):
            encoder.header_table.dynamic_entries.clear()
            return bytes.__eq__(self, other)

    encoder.header_table.dynamic_entries.extend([(Name(b"name"), b"value")] * 3)
    with contextlib.suppress(RuntimeError):
        encoder.encode([("name", "value"), ("name", "other")])
    with contextlib.suppress(RuntimeError):
        encoder.header_table.search(Name(b"name"), b"value")


def test_integers_that_run_code():
    decoder = hpack.Decoder()

    class Limit(int):
        def __lt__(self, other):
            decoder.header_table.maxsize = 0
            decoder.max_header_list_size = 2**16
            return int.__lt__(self, other)

        __le__ = __gt__ = __ge__ = __lt__

        def __index__(self):
            decoder.header_table.maxsize = 0
            return int(self)

    block = hpack.Encoder().encode([("name", "value")] * 5)
    for name in ("max_header_list_size", "max_allowed_table_size"):
        decoder = hpack.Decoder()
        setattr(decoder, name, Limit(5000))
        with contextlib.suppress(hpack.HPACKError):
            decoder.decode(block)


def test_index_that_runs_code():
    table = hpack.table.HeaderTable()

    class Index(int):
        def __gt__(self, other):
            table.maxsize = 0
            return False

        __lt__ = __ge__ = __le__ = __gt__

    for n in range(20):
        table.add(b"name", b"%d" % n)
    with contextlib.suppress(hpack.InvalidTableIndexError, IndexError):
        table.get_by_index(Index(70))


def codecs_and_calls():
    """A codec with a used table, and a call that uses it."""
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    block = encoder.encode(HEADERS)
    decoder.decode(block)
    encoder.header_table_size = 100
    return (encoder, lambda: encoder.encode(HEADERS)), (decoder, lambda: decoder.decode(block))


WITHOUT_ITS_TABLE = {
    "no table": lambda codec: setattr(codec, "header_table", None),
    "clear": lambda codec: codec.header_table.dynamic_entries.clear(),
    "resize": lambda codec: setattr(codec, "header_table_size", 0),
    "no resized": lambda codec: setattr(codec.header_table, "resized", None),
}


@pytest.mark.parametrize("logger", [
    "hpack.hpack",
    pytest.param("hpack.table", marks=pytest.mark.skipif(SUBJECT == "hpack", reason="upstream's table asks less")),
])
@pytest.mark.parametrize("action", WITHOUT_ITS_TABLE)
def test_logger_that_runs_code_when_it_is_asked(monkeypatch, action, logger):
    """The first question after a level was set goes to the logger, which may be of a class of somebody's own."""
    for codec, call in codecs_and_calls():
        calls = []

        def act(level, codec=codec, calls=calls):
            if not calls:
                calls.append(level)
                with contextlib.suppress(AttributeError):  # the table is gone already
                    WITHOUT_ITS_TABLE[action](codec)
            return False

        with monkeypatch.context() as patch:
            asked = logging.getLogger(logger)
            patch.setattr(asked, "isEnabledFor", act)
            asked.setLevel(asked.level)  # empties the cache of answers
            with contextlib.suppress(AttributeError, hpack.HPACKError):
                call()
        assert calls


@pytest.mark.parametrize("action", WITHOUT_ITS_TABLE)
def test_finaliser_that_runs_in_the_middle(action):
    """Until CPython 3.11 the collector may run at any allocation of a container."""

    class Cycle:
        def __init__(self, act):
            self.me, self.act = self, act

        def __del__(self):
            with contextlib.suppress(AttributeError):  # the table is gone already
                self.act()

    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # what is there already is not gone through again
    try:
        for threshold in range(1, 25):
            for codec, call in codecs_and_calls():
                codec.attribute = "of the caller's own"
                gc.collect()
                gc.disable()
                Cycle(lambda codec=codec: WITHOUT_ITS_TABLE[action](codec))
                gc.set_threshold(threshold)
                gc.enable()
                with contextlib.suppress(AttributeError, TypeError, hpack.HPACKError):
                    call()
                gc.set_threshold(*before)
    finally:
        gc.set_threshold(*before)
        gc.enable()
        gc.unfreeze()


def test_buffer_that_runs_code_when_it_is_taken():
    """From CPython 3.12 on, a class in Python may export a buffer."""
    decoder = hpack.Decoder()

    class Block:
        def __buffer__(self, flags):
            decoder.header_table = hpack.table.HeaderTable()
            return memoryview(b"\x82\x40\x01a\x01b\xbe")

        def __len__(self):
            return 6

        def __getitem__(self, index):
            return b"\x82\x40\x01a\x01b\xbe"[index]

    with contextlib.suppress(TypeError):
        assert decoder.decode(Block()) == [(":method", "GET"), ("a", "b"), ("a", "b")]


# Several threads on one codec: nobody promises what comes out, only that nothing breaks


def together(*actions, times=1000):
    problems = []

    def work(action):
        for _ in range(times):
            try:
                action()
            except (hpack.HPACKError, RuntimeError, IndexError, ValueError):
                pass
            except BaseException as error:
                problems.append(error)
                return

    threads = [threading.Thread(target=work, args=(action,)) for action in actions for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


@pytest.fixture
def eager_switching():
    import sys
    if os.environ.get("FASTH2_TRACED"):
        pytest.skip("where a tracer's Python runs between any two lines, no table has a moment of its own")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switching")
def test_threads_on_one_encoder():
    encoder = hpack.Encoder()
    sizes = iter(range(10**9))
    together(
        lambda: encoder.encode([(f"name-{i}", Acting(lambda: None, f"v{i}")) for i in range(20)]),
        lambda: encoder.encode({"a": "b", "name-1": "v1"}),
        lambda: setattr(encoder, "header_table_size", next(sizes) % 500),
        lambda: (list(encoder.header_table.dynamic_entries), repr(encoder.header_table)),
        lambda: encoder.header_table.dynamic_entries.clear(),
    )


@pytest.mark.usefixtures("eager_switching")
def test_threads_on_one_decoder():
    decoder = hpack.Decoder()
    blocks = [hpack.Encoder().encode([(f"name-{i}", f"value-{i * n}") for i in range(20)]) for n in range(3)]
    together(
        lambda: [decoder.decode(block) for block in blocks],
        lambda: decoder.decode(b"\xbe\xbf\xc0", raw=True),
        lambda: setattr(decoder, "header_table_size", 200),
        lambda: setattr(decoder, "header_table", hpack.table.HeaderTable()),
        lambda: list(decoder.header_table.dynamic_entries),
    )


def test_threads_with_codecs_of_their_own():
    headers = [[(f"name-{i}", f"value-{n}-{i}") for i in range(10)] for n in range(50)]

    def work():
        encoder, decoder = hpack.Encoder(), hpack.Decoder()
        for fields in headers:
            assert decoder.decode(encoder.encode(fields)) == fields

    together(work, work, times=5)


def test_interpreter_ends_while_codecs_are_alive():
    assert python("""
        import threading, fasth2.hpack as hpack
        encoder, decoder = hpack.Encoder(), hpack.Decoder()
        decoder.decode(encoder.encode([("name", "value")]))
        view = decoder.header_table.dynamic_entries
        hpack.kept = [encoder, decoder, view, hpack.HeaderTuple(encoder, view)]
        threading.Thread(target=lambda: [encoder.encode([("a", str(n))]) for n in range(20_000)], daemon=True).start()
        print("done")
    """) == "done\n"


@pytest.mark.difference("failed-encode")
def test_state_is_unharmed_by_a_reentrant_failure():
    encoder = hpack.Encoder()
    encoder.encode(HEADERS)
    inner = []

    def act():
        inner.append(encoder.encode([("inner", "field")]))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        encoder.encode([("outer", "field"), (Acting(act), "value")])
    expected = hpack.Encoder()
    expected.encode(HEADERS)
    assert inner == [expected.encode([("inner", "field")])]
    assert encoder_state(encoder) == encoder_state(expected)
