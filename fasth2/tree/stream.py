"""One stream of a dependency tree, with its children in a heap (RFC 7540 section 5.3).

A tree keeps its streams in a form of its own (fasth2.tree.tree) and makes these when somebody looks into it, and when
it stops being a tree.
"""
from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined]
from heapq import heappop, heappush

from fasth2.errors.priority import BadWeightError

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from typing import Any, NoReturn

# Steps of one schedule(). Streams that share children (see fasth2.tree.stepwise) can have as many ways down as there
# are subsets of them; from here on, each stream is asked once.
PATIENCE = 1 << 16


class Stream:
    """A stream of a priority tree: `stream_id` (int), `weight` (int), `active` (bool), `parent` and `children`
    (Streams). Upstream: priority.Stream."""

    __module__ = "priority.priority"

    def __init__(self, stream_id: int, weight: int = 16) -> None:
        self.stream_id = stream_id
        self.weight = weight
        self.children: list[Stream] = []                    # in the order in which they came
        self.parent: Stream | None = None
        self.child_queue: list[tuple[int, Stream]] = []     # a heap by level
        self.active = True                                  # has something to send
        self.last_weight = 0                                # the level of the child that was scheduled last
        self._deficit = 0                                   # what the last division by the weight has left over

    @property
    def weight(self) -> int:
        """The share that the stream gets among its siblings: an int from 1 to 256; others raise BadWeightError."""
        return self._weight

    @weight.setter
    def weight(self, value: int) -> None:
        if not isinstance(value, int) or not 1 <= value <= 256:
            refuse_weight(value)
        self._weight = value

    def add_child(self, child: Stream) -> None:
        """Makes `child` (Stream) depend on this stream. It starts at the level of the child that was scheduled last."""
        child.parent = self
        self.children.append(child)
        heappush(self.child_queue, (self.last_weight, child))

    def add_child_exclusive(self, child: Stream) -> None:
        """Makes `child` (Stream) the only one that depends on this stream; those that did so depend on `child`."""
        children = self.children
        self.children = []
        self.child_queue = []
        self.last_weight = 0
        self.add_child(child)
        for moved in children:
            child.add_child(moved)

    def remove_child(self, child: Stream, strip_children: bool = True) -> None:
        """Takes `child` (Stream) out; if `strip_children` (bool), its children become this stream's. It keeps the list
        of them all the same: with upstream, a stream that comes back then shares them."""
        self.children.remove(child)
        queue: list[tuple[int, Stream]] = []
        while self.child_queue:
            entry = heappop(self.child_queue)
            if not entry[1] == child:  # noqa: SIM201 - upstream asks __eq__, and half as often as __ne__ would
                heappush(queue, entry)
        self.child_queue = queue
        if strip_children:
            for orphan in list(child.children):  # a copy: where streams share children, `child` can be this stream
                self.add_child(orphan)

    def schedule(self) -> int:
        """The id (int) of the stream below this one that is to send next; IndexError where all of them are blocked.

        Every child that had its turn, blocked or not, moves on by 256 / weight levels.
        """
        assert not self.active
        found = None
        exhausted = set()
        steps = 0
        # Streams on the way down, with what was taken from their queues. No recursion: that has a limit.
        path: list[tuple[Stream, list[tuple[int, Stream]]]] = [(self, [])]
        try:
            while found is None and path:
                stream, taken = path[-1]
                if stream.child_queue:
                    entry = heappop(stream.child_queue)
                    taken.append(entry)
                    child = entry[1]
                    steps += 1
                    if child.active:
                        found = child.stream_id
                    elif id(child) not in exhausted:
                        path.append((child, []))
                else:
                    if steps > PATIENCE:
                        exhausted.add(id(stream))
                    path.pop()
                    _put_back(stream, taken)
        finally:
            _unwind(path)
        if found is None:
            raise IndexError("no stream below this one can go on")
        return found

    def __repr__(self) -> str:
        return "Stream<id=%d, weight=%d>" % (self.stream_id, self._weight)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.stream_id == other.stream_id

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Stream) -> bool:
        return self.stream_id < other.stream_id if isinstance(other, Stream) else NotImplemented

    def __le__(self, other: Stream) -> bool:
        return self.stream_id <= other.stream_id if isinstance(other, Stream) else NotImplemented

    def __gt__(self, other: Stream) -> bool:
        return self.stream_id > other.stream_id if isinstance(other, Stream) else NotImplemented

    def __ge__(self, other: Stream) -> bool:
        return self.stream_id >= other.stream_id if isinstance(other, Stream) else NotImplemented

    def __reduce__(self) -> tuple[Any, ...]:
        if type(self) is Stream:
            return rebuild_stream, (), vars(self).copy()
        return __newobj__, (type(self),), vars(self).copy()


def rebuild_stream() -> Stream:
    """A Stream without contents: what a pickle of one calls."""
    return Stream.__new__(Stream)


def refuse_weight(value: object) -> NoReturn:
    """The exception for a weight that is none (RFC 7540 section 5.3.2)."""
    if not isinstance(value, int):
        raise BadWeightError("Stream weight should be an integer")
    raise BadWeightError("Stream weight must be between 1 and 256 (inclusive)")


def _unwind(path: list[tuple[Stream, list[tuple[int, Stream]]]]) -> None:
    """_put_back() for each stream of a path, the last first; what fails with one of them keeps none of the others."""
    failure = None
    while path:
        stream, taken = path.pop()
        try:
            _put_back(stream, taken)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


def _put_back(stream: Stream, taken: list[tuple[int, Stream]]) -> None:
    """Returns children to the queue of `stream`, each at the level of its next turn."""
    for level, child in taken:
        credit = 256 + child._deficit
        stream.last_weight = level
        child._deficit = credit % child.weight
        heappush(stream.child_queue, (level + credit // child.weight, child))
