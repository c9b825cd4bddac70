"""Interrupts and forks in the middle of a call."""
import contextlib
import itertools
import os
import signal
import sys
import threading

import pytest

from fasth2 import status
from fasth2.activation import turn
from fasth2.codec.frame import parse_frames
from fasth2.hpack import Decoder, Encoder
from fasth2.hyperframe.frame import DataFrame
from fasth2.priority import PriorityTree
from support.processes import python
from support.state import encoder_state
from support.threads import FREE_THREADED, PATIENCE

needs_signals = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers that interrupt")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork()")

HEADERS = [(":method", "GET"), ("name", "value"), ("secret", "x", True)]


class Interrupt(BaseException):
    """As KeyboardInterrupt, which pytest would take for the user's."""


@contextlib.contextmanager
def interrupts():
    """SIGALRM raises Interrupt."""
    def interrupt(*_):
        raise Interrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def used_encoder():
    encoder = Encoder()
    encoder.encode([("old", "entry")])
    encoder.header_table_size = 200
    return encoder


@needs_signals
@pytest.mark.parametrize("endless", [
    lambda: itertools.repeat(("name", "value")), lambda: itertools.cycle([("a", "b"), (b"c", b"d")]),
    lambda: (("name", str(number)) for number in itertools.count()), lambda: map(lambda _: ("a", "b"), itertools.count()),
], ids=["repeat", "cycle", "generator", "map"])
def test_headers_without_end_can_be_interrupted(endless):
    """Also those that no Python code makes, where nothing else would ever look for a signal. Nothing has happened."""
    encoder, untouched = used_encoder(), used_encoder()
    with interrupts():
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Interrupt):
            encoder.encode(endless())
    assert encoder_state(encoder) == encoder_state(untouched)
    assert encoder.encode(HEADERS) == untouched.encode(HEADERS)


@needs_signals
@pytest.mark.parametrize("where", ["iterable", "str", "bool"])
def test_interrupt_while_headers_are_taken(where):
    """A signal that is sent from within: its handler runs before the caller's code goes on."""
    encoder, untouched = used_encoder(), used_encoder()

    class Signalling:
        def __str__(self):
            os.kill(os.getpid(), signal.SIGALRM)
            for _ in range(1000):
                pass
            return "text"

        def __bool__(self):
            return bool(str(self))

    def signalling():
        yield from HEADERS
        str(Signalling())
        yield "never", "reached"

    headers = {"iterable": signalling(), "str": [*HEADERS, (Signalling(), "v")],
               "bool": [*HEADERS, ("n", "v", Signalling())]}[where]
    with interrupts():
        with pytest.raises(Interrupt):
            encoder.encode(headers)
    assert encoder_state(encoder) == encoder_state(untouched)
    assert encoder.encode(HEADERS) == untouched.encode(HEADERS)


@needs_signals
def test_interrupts_at_any_time():
    """A timer goes off between calls and in them. Codecs and tree are sound then: the tables add up, and the next calls
    give what they should."""
    encoder, decoder, tree = Encoder(), Decoder(), PriorityTree()
    wire = DataFrame(1, b"x" * 100).serialize() * 20
    tree.insert_stream(1)
    with interrupts():
        for number in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + number % 7 * 0.0001)
                headers = [(f"n{n % 9}", f"v{number}") for n in range(60)]
                assert decoder.decode(encoder.encode(iter(headers))) == headers
                assert parse_frames(wire, 200)[1] == len(wire)
                tree.insert_stream(number + 2)
                tree.block(next(tree))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Interrupt:
                for codec in (encoder, decoder):
                    entries = list(codec.header_table.dynamic_entries)
                    assert codec.header_table._current_size == sum(32 + len(n) + len(v) for n, v in entries)
                # A block, or what it decodes to, was lost on its way to the caller: they are not in step any more.
                encoder, decoder = Encoder(), Decoder()
    tree.insert_stream(1000)
    assert {next(tree) for _ in range(2000)} >= {1000}


@needs_signals
def test_keyboard_interrupt_ends_a_program():
    """The usual one, in a program of its own."""
    assert python("""
        import itertools, os, signal, threading
        from fasth2.hpack import Encoder
        encoder = Encoder()
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            while True:
                encoder.encode(("name", str(number)) for number in itertools.count())
        except KeyboardInterrupt:
            print(len(encoder.header_table.dynamic_entries), len(encoder.encode([(":method", "GET")])))
    """) == "0 1\n"


# ---- fork ------------------------------------------------------------------------------------------------------------

def child_of_fork(action, patience=30):
    """The exit status of a child that does `action` and ends; a child that hangs is ended by a signal."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(patience)
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


class Within:
    """Stops the thread that asks for its text, compares it or counts it, until it is let go."""

    def __init__(self):
        self.reached, self.go = threading.Event(), threading.Event()

    def stop(self):
        if threading.current_thread() is not threading.main_thread():
            self.reached.set()
            self.go.wait(PATIENCE)

    def __str__(self):
        self.stop()
        return "text"


@contextlib.contextmanager
def another_thread_within(call, within):
    """A thread stands in the middle of `call` meanwhile."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    try:
        assert within.reached.wait(PATIENCE)
        yield
    finally:
        within.go.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


of_threads_and_forks = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@needs_fork
@of_threads_and_forks
def test_codec_that_another_thread_was_using_when_the_process_forked():
    encoder, decoder, within = used_encoder(), Decoder(), Within()
    expected = used_encoder().encode(HEADERS)

    def use():
        assert encoder.encode(HEADERS) == expected
        assert decoder.decode(Encoder().encode([("a", "b")])) == [("a", "b")]
        assert Decoder().decode(Encoder().encode([("a", "b")])) == [("a", "b")]

    with another_thread_within(lambda: encoder.encode([("name", within)]), within):
        assert child_of_fork(use) == 0


@needs_fork
@of_threads_and_forks
def test_decoder_and_frames_that_another_thread_was_using_when_the_process_forked(monkeypatch):
    """In the middle of a step that a caller overrides, with the block borrowed."""
    within = Within()

    class Stopping(Decoder):
        def _decode_indexed(self, data):
            str(within)
            return super()._decode_indexed(data)

    decoder, block = Stopping(), bytearray(b"\x82\x84")

    def use():
        assert decoder.decode(b"\x82") == [(":method", "GET")]
        assert parse_frames(DataFrame(1, b"x").serialize(), 100)[1] == 10

    with another_thread_within(lambda: decoder.decode(block), within):
        assert child_of_fork(use) == 0


class StoppingId(int):
    within = None

    __hash__ = int.__hash__

    def __eq__(self, other):
        if StoppingId.within is not None:
            StoppingId.within.stop()
        return int.__eq__(self, other)


@needs_fork
@of_threads_and_forks
@pytest.mark.skipif(FREE_THREADED, reason="a child of fork() has the critical sections of threads that are gone")
def test_tree_that_another_thread_was_walking_when_the_process_forked():
    tree = PriorityTree()
    tree.insert_stream(StoppingId(3))
    within = StoppingId.within = Within()

    def use():
        StoppingId.within = None
        assert next(tree) == 3
        tree.insert_stream(5)
        tree.block(3)
        assert next(tree) == 5

        def another():
            tree.block(5)

        thread = threading.Thread(target=another)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()

    try:
        with another_thread_within(lambda: tree.block(3), within):
            assert child_of_fork(use) == 0
    finally:
        StoppingId.within = None
    assert tree._streams[3].active is False  # what the thread was about to do


@needs_fork
@of_threads_and_forks
def test_fork_from_within_a_walk():
    """The thread that forks holds the tree's lock itself, and goes on in both processes."""
    statuses = []

    class Forking(int):
        __hash__ = int.__hash__
        armed = False

        def __eq__(self, other):
            if Forking.armed:
                Forking.armed = False
                statuses.append(child_of_fork(lambda: (tree.insert_stream(7), next(tree))))
            return int.__eq__(self, other)

    tree = PriorityTree()
    tree.insert_stream(Forking(3))
    Forking.armed = True
    tree.unblock(3)
    assert statuses == [0]
    assert next(tree) == 3


@needs_fork
@of_threads_and_forks
def test_fork_while_another_thread_switches_fasth2_on():
    """The turn of a thread that is not in the child any more is over there."""
    within = Within()

    def switching():
        with turn.Turn():
            str(within)

    def use():
        status()
        with turn.Turn():
            pass

    with another_thread_within(switching, within):
        assert child_of_fork(use) == 0
    with turn.Turn():
        assert child_of_fork(status) == 0


@needs_fork
@of_threads_and_forks
def test_forks_while_threads_are_at_work():
    """At no chosen moment: what the child inherits works, whatever the others were about to do."""
    if FREE_THREADED:
        pytest.skip("a codec that another thread was using may stay locked in the child: docs/threads.md")
    encoder, decoder, tree = Encoder(), Decoder(), PriorityTree()
    tree.insert_stream(3)  # an id of a foreign class is compared by Python code, which a fork cuts short as upstream's
    stop = threading.Event()

    def work():
        while not stop.is_set():
            decoder.decode(encoder.encode([(f"name-{number}", "value") for number in range(30)]))
            next(tree)

    def use():
        block = encoder.encode(HEADERS)
        assert encoder.encode(HEADERS)
        assert block
        assert next(tree) == 3
        decoder.decode(b"\x82")

    threads = [threading.Thread(target=work, daemon=True)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            assert child_of_fork(use) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
