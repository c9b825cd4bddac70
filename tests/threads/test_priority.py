"""Priority trees under threads.

A tree of one's own gives the order that it gives without threads. A tree that several threads use does each call as a
whole, in whatever order the calls come; afterwards it adds up.
"""
import random
from collections import Counter

import pytest

from fasth2.priority import DeadlockError, MissingStreamError, PriorityError, PriorityTree
from support.threads import TIMES, hammer, hammer_once
from support.trees import tree_state

THREADS = 4
STREAMS = 30

# A stream to depend on that is not there is inserted by the methods, as upstream does it. Another thread can remove it
# before it is used.
ALLOWED = (PriorityError, KeyError)


def planted(streams=STREAMS):
    """A tree with `streams` streams, of all depths and weights."""
    tree = PriorityTree()
    for stream_id in range(1, streams + 1):
        tree.insert_stream(stream_id, depends_on=stream_id // 3, weight=stream_id * 37 % 256 + 1)
    return tree


def change(tree, rng, *, streams=STREAMS, reprioritize=True):
    """One call on the tree, by chance."""
    stream_id, other = rng.randint(1, streams), rng.randint(0, streams)
    weight, exclusive = rng.randint(1, 256), rng.random() < 0.3
    what = rng.randrange(8)
    if what == 0:
        tree.insert_stream(stream_id, other, weight, exclusive)
    elif what == 1 and reprioritize:
        tree.reprioritize(stream_id, other, weight, exclusive)
    elif what == 2:
        tree.remove_stream(stream_id)
    elif what == 3:
        tree.block(stream_id)
    elif what == 4:
        tree.unblock(stream_id)
    else:
        return next(tree)


def assert_adds_up(tree):
    """Parents and children agree, all ways up end at the root, and every queue holds the children."""
    _, streams = tree_state(tree)
    children = Counter(child for facts in streams.values() for child in facts["children"])
    for stream_id, facts in streams.items():
        assert sorted(child for _, child in facts["queue"]) == sorted(facts["children"])
        if stream_id == 0:
            assert facts["parent"] is None
            continue
        assert stream_id in streams[facts["parent"]]["children"]
        assert 1 <= facts["weight"] <= 256
        above = set()
        while stream_id:
            assert stream_id not in above
            above.add(stream_id)
            stream_id = streams[stream_id]["parent"]
    assert children == Counter(set(streams) - {0})


def assert_schedules_all(tree, ids):
    """Every stream is served in its turn, and when all are blocked nothing is."""
    for stream_id in ids:
        tree.unblock(stream_id)
    for _ in ids:
        tree.block(next(tree))
    with pytest.raises(DeadlockError):
        next(tree)


# --- trees of one's own ---------------------------------------------------------------------------------------------

def history(seed):
    """What each of a row of calls on a new tree comes to, and the tree at the end."""
    tree, rng, steps = planted(), random.Random(seed), []
    for _ in range(600):
        try:
            steps.append(change(tree, rng))
        except PriorityError as error:
            steps.append((type(error), str(error)))
    return steps, tree_state(tree)


def test_trees_of_their_own_give_the_order_that_they_give_without_threads():
    expected = [history(seed) for seed in range(THREADS)]
    results = hammer(*[lambda _, seed=seed: history(seed) for seed in range(THREADS)], rounds=5)
    assert results == [[once] * 5 for once in expected]


# --- one tree -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("loosened", [False, True], ids=["nodes", "streams"])
def test_each_next_of_a_shared_tree_is_one_turn(loosened):
    turns = 1000
    expected, tree = planted(), planted()
    if loosened:
        assert len(tree._streams) == STREAMS + 1
    results = hammer_once([lambda _: next(tree)] * THREADS, turns, ())
    served = Counter(stream_id for each in results for stream_id in each)
    assert served == Counter(next(expected) for _ in range(THREADS * turns))
    assert tree_state(tree) == tree_state(expected)


def test_a_shared_tree_takes_and_gives_back_every_stream():
    tree = PriorityTree(maximum_streams=10 * THREADS + 1)

    def come_and_go(worker):
        def job(number):
            ids = range(worker + THREADS, worker + 11 * THREADS, THREADS)
            for stream_id in ids:
                tree.insert_stream(stream_id, weight=number % 256 + 1)
            for stream_id in ids:
                tree.reprioritize(stream_id, depends_on=ids[0] if stream_id != ids[0] else 0, exclusive=number % 2 > 0)
                tree.block(stream_id)
                tree.unblock(stream_id)
            assert next(tree) >= THREADS
            for stream_id in ids:
                tree.remove_stream(stream_id)
        return job

    hammer(*[come_and_go(worker) for worker in range(THREADS)], rounds=60)
    assert_adds_up(tree)
    with pytest.raises(DeadlockError):
        next(tree)
    assert list(tree._streams) == [0]


def test_a_shared_tree_adds_up_whatever_threads_do_to_it():
    for repetition in range(3 * TIMES):
        tree = planted()

        def work(worker, tree=tree, repetition=repetition):
            rng = random.Random(f"{repetition} {worker}")
            return lambda _: change(tree, rng, reprioritize=False)

        hammer_once([work(worker) for worker in range(THREADS)], 1500, ALLOWED)
        ids = set(tree_state(tree)[0]) - {0}
        assert ids <= set(range(1, STREAMS + 1))
        assert_adds_up(tree)
        assert_schedules_all(tree, ids)


def test_a_shared_tree_stands_when_it_stops_being_a_tree():
    """Streams come to depend on their own dependants meanwhile, which loosens the tree into Stream objects. They share
    children then, and are few, for the ways down are as many as there are subsets of them."""
    for repetition in range(3 * TIMES):
        tree = planted(6)

        def work(worker, tree=tree, repetition=repetition):
            rng = random.Random(f"{repetition} {worker}")
            return lambda _: change(tree, rng, streams=6)

        hammer_once([work(worker) for worker in range(THREADS)], 200, ALLOWED)
        ids = set(tree_state(tree)[0]) - {0}
        assert ids <= set(range(1, 7))
        for stream_id in ids:
            tree.unblock(stream_id)
        assert not ids or next(tree) in range(1, 7)  # as upstream's, it can come to a stream that is gone
        for stream_id in ids:
            tree.remove_stream(stream_id)
        with pytest.raises(MissingStreamError):
            tree.remove_stream(1)
        assert list(tree._streams) == [0]


def test_a_shared_tree_that_is_looked_at_while_it_changes():
    def look(tree):
        streams = tree._streams
        assert streams is tree._streams and tree._root_stream is streams[0]
        return len(streams)

    for _ in range(10 * TIMES):
        tree = planted()
        jobs = [lambda number: next(tree), lambda number: tree.block(number + 1), lambda _: tree._maximum_streams,
                lambda number: number < 20 or look(tree), lambda number: tree.insert_stream(100 + number, number + 1)]
        hammer_once(jobs, STREAMS, (DeadlockError,))
        assert set(tree._streams) == {*range(STREAMS + 1), *range(100, 100 + STREAMS)}
        assert_adds_up(tree)
