"""Priority trees: the calls that peers and servers make, with the same answers and errors from fasth2 and priority.

Operations: ["begin", most streams] with new trees, [method, argument, ...], and ["look"], which compares all that can
be seen of both trees.
"""
import priority as upstream

from fasth2.priority import PriorityTree
from fuzz.driver import Disagreement
from support.differences import tree_difference
from support.trees import outcome, tree_state

LENGTH = 200  # operations in a session
IDS = 24  # stream ids that come up
JUDGED = frozenset({"insert_stream", "reprioritize", "remove_stream", "block", "unblock", "next"})

if upstream.PriorityTree is PriorityTree:
    raise RuntimeError("`priority` leads to fasth2 here: there is no oracle")


def next_operation(rng, session):
    """(operation, None)."""
    if session.theirs is None:
        return ["begin", rng.choice([1000, 1000, 10])], None
    while True:
        operation = _operation(rng)
        if tree_difference(session.theirs, operation) is None:
            return operation, None


def _operation(rng):
    choice = rng.random()
    if choice < 0.35:
        return ["next"]
    stream_id = rng.randint(1, IDS) if rng.random() < 0.99 else 0
    if choice < 0.75:
        parent_id = rng.choice([None, 0, rng.randint(0, IDS), rng.randint(0, IDS)])
        weight = rng.choice([1, 16, 256, rng.randint(1, 256), rng.randint(-1, 258)])
        name = "insert_stream" if choice < 0.62 else "reprioritize"
        return [name, stream_id, parent_id, weight, rng.random() < 0.25]
    if choice < 0.995:
        return [rng.choice(["remove_stream", "block", "unblock", "unblock"]), stream_id]
    return ["look"]


class Session:
    """A tree of each implementation."""

    def __init__(self, tree=PriorityTree):
        self.made = tree, upstream.PriorityTree
        self.ours = self.theirs = None

    def run(self, operation):
        """Returns what upstream came to: ("returned", value) or ("raised", class name, message)."""
        name, *arguments = operation
        if name == "begin":
            self.ours, self.theirs = (tree(*arguments) for tree in self.made)
            return "returned", None
        if name == "look":
            return self.look()
        found, expected = outcome(getattr(self.ours, name), *arguments), outcome(getattr(self.theirs, name), *arguments)
        if found != expected:
            raise Disagreement(f"{name}: {found} instead of {expected}")
        return expected if expected[0] == "returned" else ("raised", expected[1][0], expected[2])

    def look(self):
        if tree_state(self.ours) != tree_state(self.theirs):
            raise Disagreement(f"tree: {tree_state(self.ours)} instead of {tree_state(self.theirs)}")
        return "returned", None
