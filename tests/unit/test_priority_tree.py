"""The dependency tree of RFC 7540 section 5.3, and what fasth2 does where priority 2.0.0 errs."""
import copy
import gc
import inspect
import os
import pickle
import random
import sys
from collections import Counter

import pytest

from fasth2.tree.stepwise import reachable, separate
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR
from support.trees import tree_state

# As tests/support/implementations.py has it for the codecs: the tests are held against priority itself, too.
SUBJECT = "priority" if os.environ.get("FASTH2_TEST_SUBJECT") == "hpack" else "fasth2.priority"
priority = pytest.importorskip(SUBJECT, reason="priority itself is not installed")
PriorityTree = priority.PriorityTree
about_ours = pytest.mark.skipif(
    SUBJECT == "priority", reason="about fasth2's tree, where priority's goes on otherwise or never ends")


def shares(tree, turns=1000):
    return Counter(next(tree) for _ in range(turns))


def shape(tree):
    """id -> ids of its children, sorted."""
    return {stream_id: sorted(facts["children"]) for stream_id, facts in tree_state(tree)[1].items()}


# ---- RFC 7540 section 5.3 ------------------------------------------------------------------------------------------

A, B, C, D, E, F = range(1, 12, 2)


def test_dependent_streams():
    """Section 5.3.1, figure 3: a new dependant joins the others, in no order."""
    tree = PriorityTree()
    for stream_id, parent in ((A, 0), (B, A), (C, A), (D, A)):
        tree.insert_stream(stream_id, depends_on=parent)
    assert shape(tree) == {0: [A], A: [B, C, D], B: [], C: [], D: []}


def test_exclusive_dependency():
    """Section 5.3.1, figure 4."""
    tree = PriorityTree()
    for stream_id, parent in ((A, 0), (B, A), (C, A)):
        tree.insert_stream(stream_id, depends_on=parent)
    tree.insert_stream(D, depends_on=A, exclusive=True)
    assert shape(tree) == {0: [A], A: [D], B: [], C: [], D: [B, C]}


def test_children_wait_for_their_parent():
    """Section 5.3.1: a dependent stream gets resources only where all that it depends on cannot use them."""
    tree = PriorityTree()
    tree.insert_stream(A)
    tree.insert_stream(B, depends_on=A)
    assert shares(tree) == {A: 1000}
    tree.block(A)
    assert shares(tree) == {B: 1000}
    tree.unblock(A)
    assert shares(tree) == {A: 1000}


def test_weights_are_shares():
    """Section 5.3.2: B with weight 4 gets one third of what C with weight 12 gets, when A can do nothing."""
    tree = PriorityTree()
    tree.insert_stream(A)
    tree.insert_stream(B, depends_on=A, weight=4)
    tree.insert_stream(C, depends_on=A, weight=12)
    tree.block(A)
    assert shares(tree) == {B: 250, C: 750}


def reordered(exclusive):
    tree = PriorityTree()
    for stream_id, parent in ((A, 0), (B, A), (C, A), (D, C), (E, C), (F, D)):
        tree.insert_stream(stream_id, depends_on=parent)
    # Section 5.3.3, figure 5: A is made dependent on D. Moving D takes F with it.
    tree.remove_stream(F)
    tree.reprioritize(A, depends_on=D, exclusive=exclusive)
    tree.insert_stream(F, depends_on=A if exclusive else D)
    return shape(tree)


def test_reprioritisation_below_a_dependant():
    assert reordered(exclusive=False) == {0: [D], D: [A, F], A: [B, C], B: [], C: [E], E: [], F: []}
    assert reordered(exclusive=True) == {0: [D], D: [A], A: [B, C, F], B: [], C: [E], E: [], F: []}


def test_removal_hands_the_place_on():
    """Section 5.3.4."""
    tree = PriorityTree()
    for stream_id, parent in ((A, 0), (B, A), (C, A), (D, 0)):
        tree.insert_stream(stream_id, depends_on=parent)
    tree.remove_stream(A)
    assert shape(tree) == {0: [B, C, D], B: [], C: [], D: []}
    assert set(shares(tree)) == {B, C, D}


def test_parent_that_is_gone_comes_back_idle():
    """Section 5.3.4: default priority, and nothing to send."""
    tree = PriorityTree()
    tree.insert_stream(C, depends_on=A, weight=32)
    facts = tree_state(tree)[1]
    assert facts[A]["weight"] == 16 and not facts[A]["active"]
    assert shares(tree) == {C: 1000}


# ---- where upstream errs -------------------------------------------------------------------------------------------

@pytest.mark.difference("deep-tree")
@pytest.mark.parametrize("depth", [102, 129, 5000])
def test_deep_tree_is_no_loop(depth):
    tree = PriorityTree(maximum_streams=depth + 10)
    for stream_id in range(1, depth):
        tree.insert_stream(stream_id, depends_on=stream_id - 1)
    tree.insert_stream(depth)
    tree.reprioritize(depth, depends_on=depth - 1)
    for stream_id in range(1, depth):
        tree.block(stream_id)
    assert next(tree) == depth


@pytest.mark.difference("deep-tree")
def test_deep_tree_has_no_recursion_limit():
    """In either form of the tree."""
    depth = 5 * sys.getrecursionlimit()
    tree = PriorityTree(maximum_streams=depth + 10)
    for stream_id in range(1, depth):
        tree.insert_stream(stream_id, depends_on=stream_id - 1)
        tree.block(stream_id)
    with pytest.raises(priority.DeadlockError):
        next(tree)
    tree.unblock(depth - 1)
    assert next(tree) == depth - 1
    assert tree._streams[depth - 1].active
    assert next(tree) == depth - 1


@pytest.mark.difference("maximum-streams")
@pytest.mark.parametrize("exclusive", [False, True])
def test_parent_counts_for_the_maximum(exclusive):
    tree = PriorityTree(maximum_streams=3)
    tree.insert_stream(1)
    before = tree_state(tree)
    with pytest.raises(priority.TooManyStreamsError, match="Refusing to insert 4 streams"):
        tree.insert_stream(3, depends_on=5, exclusive=exclusive)
    assert tree_state(tree) == before
    tree.insert_stream(3)
    tree._streams
    with pytest.raises(priority.TooManyStreamsError):
        tree.insert_stream(7, depends_on=5, exclusive=exclusive)


def test_a_true_loop_is_one():
    """A stream that moves keeps the children that its former parent got too. Upstream's trees lose their root so."""
    tree = PriorityTree()
    tree.insert_stream(5, depends_on=4)
    tree.reprioritize(5, depends_on=2)
    tree.reprioritize(4, depends_on=1, exclusive=True)
    tree.reprioritize(2, depends_on=6)
    tree.reprioritize(4, depends_on=5)
    tree.reprioritize(6, depends_on=5, exclusive=True)
    tree.remove_stream(2)
    tree.reprioritize(4, depends_on=6, exclusive=True)
    with pytest.raises(priority.PriorityLoop, match="Stream 4 is in a priority loop"):
        tree.reprioritize(1, depends_on=4)


def multiply(tree, calls):
    """Calls under which upstream's shared children multiply beyond all bounds."""
    rng = random.Random(7)
    for _ in range(calls):
        stream_id, parent_id, exclusive = rng.randrange(1, 7), rng.randrange(7), rng.random() < 0.3
        name, *arguments = rng.choice([
            ("insert_stream", stream_id, parent_id, 16, exclusive),
            ("reprioritize", stream_id, parent_id, 16, exclusive),
            ("remove_stream", stream_id), ("block", stream_id), ("unblock", stream_id)])
        try:
            getattr(tree, name)(*arguments)
        except priority.PriorityError:
            pass


@about_ours
@pytest.mark.difference("shared-children")
def test_shared_children_are_bounded():
    tree = PriorityTree()
    for _ in range(40):
        multiply(tree, 100)
        assert sum(len(stream.child_queue) for stream in reachable(tree)) < 5000
    streams = dict(tree._streams)
    separate(tree)
    assert tree._streams == streams
    assert Counter(child.stream_id for stream in streams.values() for child in stream.children) == Counter(
        stream_id for stream_id in streams if stream_id)
    for stream_id in streams:
        if stream_id:
            tree.unblock(stream_id)
    assert next(tree) in streams


@about_ours
@pytest.mark.difference("shared-children")
def test_ways_down_are_bounded():
    """Thirty times two streams that share two: 2**30 ways from the root to the last of them, all of them blocked."""
    root = priority.Stream(0)
    above = [root]
    for level in range(30):
        below = [priority.Stream(2 * level + 1), priority.Stream(2 * level + 2)]
        for stream in above:
            stream.active = False
            for child in below:
                stream.add_child(child)
        above = below
    last = above[1]
    above[0].active = last.active = False
    with pytest.raises(IndexError):
        root.schedule()
    last.active = True
    assert root.schedule() == last.stream_id


# ---- objects -------------------------------------------------------------------------------------------------------

def sample(loosened=False):
    tree = PriorityTree(50)
    for stream_id, parent in ((1, 0), (3, 0), (5, 1), (7, 5)):
        tree.insert_stream(stream_id, depends_on=parent, weight=stream_id)
    tree.block(1)
    for _ in range(7):
        next(tree)
    tree.block(5)
    if loosened:
        tree._root_stream
    return tree


@pytest.mark.parametrize("loosened", [False, True])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda tree: pickle.loads(pickle.dumps(tree))])
def test_copies(duplicate, loosened):
    tree = sample(loosened)
    tree.note = "own attribute"
    other = duplicate(tree)
    assert type(other) is PriorityTree and other.note == "own attribute" and other._maximum_streams == 50
    assert tree_state(other) == tree_state(tree)


def test_a_loosened_tree_goes_on_as_it_was():
    plain, loosened = sample(), sample(loosened=True)
    assert [next(plain) for _ in range(200)] == [next(loosened) for _ in range(200)]


def test_streams_of_a_tree_can_be_changed():
    tree = sample()
    tree._streams[3].active = False
    tree._streams[1].active = True
    assert shares(tree) == {1: 1000}


def test_stream_weight_is_checked():
    stream = priority.Stream(1)
    for weight in (0, 257, "16", None, 2**70):
        with pytest.raises(priority.BadWeightError):
            stream.weight = weight
    assert stream.weight == 16


def test_stream_is_unhashable_and_ordered():
    with pytest.raises(TypeError):
        hash(priority.Stream(1))
    assert priority.Stream(1) == priority.Stream(1, 5) != priority.Stream(2)
    assert priority.Stream(1) != 1
    assert sorted([priority.Stream(3), priority.Stream(1)])[0].stream_id == 1


def test_streams_without_a_tree():
    root, one, two = priority.Stream(0), priority.Stream(1), priority.Stream(2)
    root.active = False
    root.add_child(one)
    root.add_child_exclusive(two)
    assert root.children == [two] and two.children == [one] and one.parent is two
    assert root.schedule() == 2
    two.active = one.active = False
    with pytest.raises(IndexError):
        root.schedule()


class Counting(PriorityTree):
    """Sees what is inserted, as a subclass of upstream's would."""

    def __init__(self):
        super().__init__(100)
        self.inserted = []

    def insert_stream(self, stream_id, depends_on=None, weight=16, exclusive=False):
        self.inserted.append(stream_id)
        super().insert_stream(stream_id, depends_on, weight, exclusive)


def test_subclass_inserts_missing_parents():
    tree = Counting()
    tree.insert_stream(3, depends_on=1)
    tree.reprioritize(3, depends_on=5)
    assert tree.inserted == [3, 1, 5]
    assert type(copy.deepcopy(tree)) is Counting


class Forgetful(PriorityTree):
    def insert_stream(self, stream_id, *arguments, **keywords):
        if stream_id != 1:
            super().insert_stream(stream_id, *arguments, **keywords)

    def block(self, stream_id):
        pass


def test_subclass_that_does_not_insert():
    with pytest.raises(KeyError):
        Forgetful().insert_stream(3, depends_on=1)


class Unready(PriorityTree):
    def __init__(self):
        pass


@about_ours
def test_subclass_that_does_not_initialise():
    tree = Unready()
    tree.insert_stream(1)
    assert next(tree) == 1


def test_initialised_again():
    tree = sample()
    tree.__init__(7)
    assert tree_state(tree) == tree_state(PriorityTree(7)) and tree._maximum_streams == 7


def test_maximum_can_be_changed():
    tree = PriorityTree(2)
    tree.insert_stream(1)
    tree._maximum_streams = 3
    tree.insert_stream(3)
    with pytest.raises(priority.TooManyStreamsError):
        tree.insert_stream(5)


def test_huge_maximum():
    tree = PriorityTree(2**100)
    tree.insert_stream(1)
    assert next(tree) == 1


@about_ours
def test_signatures():
    assert str(inspect.signature(PriorityTree.insert_stream)) == (
        "(self, /, stream_id, depends_on=None, weight=16, exclusive=False)")
    assert str(inspect.signature(PriorityTree)) == "(maximum_streams=1000)"
    assert iter(tree := PriorityTree()) is tree


def test_ids_are_handed_back_and_let_go():
    big = 2**40 + 1
    before = sys.getrefcount(big)
    tree = PriorityTree()
    tree.insert_stream(big)
    assert next(tree) is big
    tree.remove_stream(big)
    assert sys.getrefcount(big) == before
    tree.insert_stream(big)
    del tree
    gc.collect()
    assert sys.getrefcount(big) == before


def test_weight_that_runs_code():
    """The tree is changed while a call looks at its arguments."""
    tree = PriorityTree()
    tree.insert_stream(1)

    class Exclusive:
        def __bool__(self):
            tree._streams
            tree.remove_stream(1)
            return True

    tree.insert_stream(3, exclusive=Exclusive())
    assert shape(tree) == {0: [3], 3: []}


def test_slots_are_used_again():
    tree = PriorityTree(10)
    for stream_id in range(1, 200_000, 2):
        tree.insert_stream(stream_id)
        assert next(tree) == stream_id
        tree.remove_stream(stream_id)
    with pytest.raises(priority.DeadlockError):
        next(tree)


@about_ours
@pytest.mark.usefixtures("no_collector")
@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 8, 10])
@pytest.mark.parametrize("exclusive", [False, True])
def test_without_memory(number, exclusive):
    _testcapi = pytest.importorskip("_testcapi", reason="this Python was built without its test modules")
    tree = PriorityTree(50)
    for stream_id in range(1, 32):  # with the root, 32 nodes, 16 of them children of the root: both need memory now
        tree.insert_stream(stream_id, depends_on=None if stream_id <= 16 else 16)
    before = tree_state(tree)
    _testcapi.set_nomemory(number, number + 1)
    try:
        tree.insert_stream(99, 0, 16, exclusive)
    except MemoryError:
        failed = True
    else:
        failed = False
    finally:
        _testcapi.remove_mem_hooks()
    if failed:
        assert tree_state(tree) == before
        tree.insert_stream(99, 0, 16, exclusive)
    assert tree_state(tree)[1][99]["parent"] == 0


def test_errors_are_upstreams():
    for name in ("PriorityError", "DeadlockError", "PriorityLoop", "DuplicateStreamError", "MissingStreamError",
                 "TooManyStreamsError", "BadWeightError", "PseudoStreamError"):
        error = getattr(priority, name)
        assert error.__module__ == "priority.priority"
        assert type(pickle.loads(pickle.dumps(error("text")))) is error
    assert issubclass(priority.MissingStreamError, KeyError)


@about_ours
def test_a_stream_that_is_its_own_child_is_removed_once():
    """Streams that share children can come to that. Upstream goes on for ever there, and takes all memory."""
    stream, other = priority.Stream(1), priority.Stream(3)
    stream.add_child(stream)
    stream.add_child(other)
    stream.remove_child(stream)
    assert stream.children == [other, other]


# ---- Python code that runs while a tree is at work -----------------------------------------------------------------

class Eager(PriorityTree):
    """Inserts a whole family where one missing parent is wanted."""

    def insert_stream(self, stream_id, *arguments, **keywords):
        super().insert_stream(stream_id, *arguments, **keywords)
        if stream_id == 1:
            super().insert_stream(3)


@about_ours
def test_subclass_that_inserts_the_stream_itself():
    tree = Eager()
    with pytest.raises(priority.DuplicateStreamError):
        tree.insert_stream(3, depends_on=1)
    assert shape(tree) == {0: [1, 3], 1: [], 3: []}


class Guarded(PriorityTree):
    """Sets nothing before it is initialised."""

    def __setattr__(self, name, value):
        super().__setattr__(name, (self.ready, value))


@about_ours
def test_subclass_that_watches_its_attributes():
    with pytest.raises(AttributeError):
        Guarded().note = 1
    assert next(iter([Guarded(5)]))._maximum_streams == 5


class Restarting:
    """Starts a tree again when it is let go of."""

    def __init__(self, tree):
        self.tree = tree

    def __del__(self):
        self.tree.__init__(9)
        self.tree.insert_stream(5)


def test_initialised_from_a_finaliser():
    tree = sample(loosened=True)
    tree._streams[3].keeper = Restarting(tree)
    tree.__init__(7)
    gc.collect()
    assert tree.next() == 5
    tree.block(5)
    with pytest.raises(priority.PseudoStreamError):
        tree.block(0)
    with pytest.raises(priority.DeadlockError):
        next(tree)


class Inserting:
    """In a cycle, so that only the collector ends it."""

    def __init__(self, tree):
        self.tree, self.me = tree, self

    def __del__(self):
        for stream_id in range(1001, 1400):
            self.tree.insert_stream(stream_id)
        self.tree.remove_stream(1001)


def test_collector_while_a_tree_is_loosened():
    """Until CPython 3.11 any allocation can run it, and a finaliser could move the nodes."""
    for threshold in range(1, 40, 3):
        tree = PriorityTree(2000)
        for stream_id in range(1, 200):
            tree.insert_stream(stream_id, depends_on=stream_id // 2)
        Inserting(tree)
        before = gc.get_threshold()
        gc.set_threshold(threshold, 1, 1)
        try:
            streams = tree._streams
        finally:
            gc.set_threshold(*before)
        gc.collect()
        assert set(streams) >= set(range(200)) and streams is tree._streams
        assert next(tree)


def test_schedule_that_fails_puts_streams_back():
    tree = sample(loosened=True)
    tree.block(3)
    before = sorted(stream.stream_id for _, stream in tree._root_stream.child_queue)
    tree._streams[7].active = tree._streams[5].active = tree._streams[1].active = False
    tree._streams[3].child_queue.append((0, object()))
    with pytest.raises(AttributeError):
        next(tree)
    assert sorted(stream.stream_id for _, stream in tree._root_stream.child_queue) == before


@about_ours
@pytest.mark.usefixtures("no_collector")
@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
def test_init_without_memory():
    _testcapi = pytest.importorskip("_testcapi", reason="this Python was built without its test modules")
    for number in range(1, 8):
        tree = sample()
        _testcapi.set_nomemory(number, number + 1)
        try:
            tree.__init__(50)
        except MemoryError:
            failed = True
        else:
            failed = False
        finally:
            _testcapi.remove_mem_hooks()
        if failed:
            with pytest.raises((TypeError, priority.PriorityError)):
                next(tree)
            tree.__init__(50)
        tree.insert_stream(9)
        assert next(tree) == 9
