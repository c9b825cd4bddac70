"""The calls of the priority tree: fasth2.priority."""
import copy
import pickle

from fasth2.priority import PriorityTree, Stream
from support.calls import Call
from support.trees import tree_state

BIG = 1 << 40  # an int that takes memory


class WatchedTree(PriorityTree):
    """Overrides a step."""

    def insert_stream(self, stream_id, *arguments, **keywords):
        super().insert_stream(stream_id, *arguments, **keywords)


def planted(cls=PriorityTree):
    """A tree whose arrays of nodes and of the root's children are full, with some turns taken and some idle ones."""
    tree = cls(60)
    for stream_id in range(1, 32):
        tree.insert_stream(stream_id + BIG, depends_on=None if stream_id <= 16 else 16 + BIG, weight=stream_id)
    for stream_id in range(20, 28):
        tree.block(stream_id + BIG)
    for _ in range(5):
        next(tree)
    return tree


def loosened():
    """A tree that has been looked into."""
    tree = planted()
    assert tree._streams
    return tree


def blocked():
    tree = PriorityTree()
    tree.insert_stream(1)
    tree.block(1)
    return tree


def replanted(tree):
    tree.__init__(60)


def call(name, act, make=planted, **options):
    return Call(f"PriorityTree.{name}", make, act, look=tree_state, **options)


def loose(name, act):
    """Walked on Stream objects, as upstream does it: what came before a failure has happened."""
    return call(f"{name}, loosened", act, loosened, kept=False, mend=replanted)


CHANGES = {
    "insert_stream": lambda tree: tree.insert_stream(99),
    "insert_stream, a number of its own": lambda tree: tree.insert_stream(BIG + 99, 3 + BIG, 5),
    "insert_stream, exclusive": lambda tree: tree.insert_stream(99, exclusive=True),
    "block": lambda tree: tree.block(3 + BIG),
    "unblock": lambda tree: tree.unblock(21 + BIG),
    "reprioritize": lambda tree: tree.reprioritize(17 + BIG, 3 + BIG, 7),
    "reprioritize, exclusive": lambda tree: tree.reprioritize(17 + BIG, None, 7, True),
    "reprioritize, below a dependant": lambda tree: tree.reprioritize(16 + BIG, 17 + BIG),
    "remove_stream": lambda tree: tree.remove_stream(16 + BIG),
    "next": next,
    "next, as a method": lambda tree: tree.next(),
}
REFUSED = {
    "insert_stream, there": lambda tree: tree.insert_stream(3 + BIG),
    "insert_stream, on itself": lambda tree: tree.insert_stream(99, 99),
    "insert_stream, weight": lambda tree: tree.insert_stream(99, weight=0),
    "insert_stream, no weight": lambda tree: tree.insert_stream(99, weight="heavy"),
    "reprioritize, none": lambda tree: tree.reprioritize(99),
    "reprioritize, on itself": lambda tree: tree.reprioritize(3 + BIG, 3 + BIG),
    "reprioritize, the root": lambda tree: tree.reprioritize(0),
    "remove_stream, none": lambda tree: tree.remove_stream(99),
    "remove_stream, the root": lambda tree: tree.remove_stream(0),
    "block, none": lambda tree: tree.block(99),
    "unblock, the root": lambda tree: tree.unblock(0),
}
# Two steps: the stream to depend on is inserted first, and stays where the second fails.
IN_STEPS = {
    "insert_stream, parent missing": lambda tree: tree.insert_stream(99, 98),
    "reprioritize, parent missing": lambda tree: tree.reprioritize(3 + BIG, 98),
}

TREE_CALLS = [
    Call("PriorityTree()", lambda: None, lambda _: PriorityTree(50), show=tree_state),
    Call("PriorityTree(), no number", lambda: None, lambda _: PriorityTree("many")),
    Call("PriorityTree(), too few", lambda: None, lambda _: PriorityTree(0)),
    *(call(name, act) for name, act in CHANGES.items()),
    *(call(name, act) for name, act in REFUSED.items()),
    *(call(name, act, kept=False, mend=replanted) for name, act in IN_STEPS.items()),
    *(loose(name, act) for name, act in {**CHANGES, **REFUSED, **IN_STEPS}.items()),
    call("insert_stream, too many", lambda tree: [tree.insert_stream(number) for number in range(1, 99)], kept=False,
         mend=replanted),
    call("insert_stream, a subclass", lambda tree: tree.insert_stream(99, 98), lambda: planted(WatchedTree),
         kept=False, mend=replanted),
    call("insert_stream, no plain int", lambda tree: tree.insert_stream(1 << 70), kept=False, mend=replanted),
    call("next, all blocked", next, blocked, kept=False, mend=replanted),  # the turn is taken before it is told
    call("next, all blocked, loosened", lambda tree: (tree._root_stream, next(tree)), blocked, kept=False,
         mend=replanted),
    call("_streams", lambda tree: sorted(tree._streams)),
    call("_root_stream", lambda tree: tree._root_stream.stream_id),
    call("_maximum_streams", lambda tree: (setattr(tree, "_maximum_streams", BIG), tree._maximum_streams),
         kept=False),
    call("__iter__", lambda tree: iter(tree) is tree),
    Call("PriorityTree.__init__", planted, lambda tree: tree.__init__(60), look=tree_state, kept=False,
         mend=replanted),
    Call("pickled PriorityTree", blocked, lambda tree: pickle.loads(pickle.dumps(tree)), show=tree_state,
         look=tree_state),
    Call("copied PriorityTree", blocked, copy.deepcopy, show=tree_state, look=tree_state),
]


# ---- Stream --------------------------------------------------------------------------------------------------------

def family():
    """A stream with two children, one of which has one too."""
    root, one, two, below = (Stream(number) for number in (0, BIG + 1, BIG + 3, BIG + 5))
    root.active = False
    root.add_child(one)
    root.add_child(two)
    one.add_child(below)
    return root


def family_state(root):
    """A Stream and all below it."""
    return (root.stream_id, root.weight, root.active, root.last_weight, root._deficit,
            sorted((level, child.stream_id) for level, child in root.child_queue),
            [family_state(child) for child in root.children])


def stream(name, act, **options):
    return Call(f"Stream.{name}", family, act, look=family_state, **options)


def refounded(root):
    root.__dict__.clear()
    root.__init__(0)
    root.active = False
    root.add_child(Stream(BIG + 1))
    root.add_child(Stream(BIG + 3))


STREAM_CALLS = [
    Call("Stream()", lambda: None, lambda _: Stream(5, 7), show=family_state),
    Call("Stream(), weight", lambda: None, lambda _: Stream(5, 257)),
    stream("add_child", lambda root: root.add_child(Stream(7)), kept=False, mend=refounded),
    stream("add_child_exclusive", lambda root: root.add_child_exclusive(Stream(7)), kept=False, mend=refounded),
    stream("remove_child", lambda root: root.remove_child(root.children[0]), kept=False, mend=refounded),
    stream("remove_child, none", lambda root: root.remove_child(Stream(7))),
    stream("schedule", lambda root: [root.schedule() for _ in range(5)], kept=False, mend=refounded),
    stream("weight", lambda root: (setattr(root, "weight", 9), root.weight)),
    stream("weight, too much", lambda root: setattr(root, "weight", 257)),
    stream("stream_id", lambda root: root.stream_id),
    stream("parent", lambda root: root.children[0].parent.stream_id),
    stream("__repr__", repr),
    stream("compared", lambda root: [root == root.children[0], root < root.children[0], root != root, root <= root,
                                     root > root, root >= root.children[1], root == None]),  # noqa: E711
    Call("pickled Stream", family, lambda root: pickle.loads(pickle.dumps(root)), show=family_state,
         look=family_state),
    Call("copied Stream", family, copy.deepcopy, show=family_state, look=family_state),
]

CALLS = [*TREE_CALLS, *STREAM_CALLS]
