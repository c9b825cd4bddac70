# cython: language_level=3, freethreading_compatible=True, binding=False
# cython: embedsignature=True, embedsignature.format=clinic, auto_pickle=False
"""One stream of a dependency tree, with its children in a heap (RFC 7540 section 5.3).

A tree keeps its streams in a form of its own (fasth2.tree.tree) and makes these when somebody looks into it, and when
it stops being a tree.
"""
from copyreg import __newobj__
from heapq import heappop, heappush

from fasth2.errors.priority import BadWeightError

cdef extern from "Python.h":
    bint PyLong_Check(object thing) noexcept
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1

cdef enum:
    # Steps of one schedule(). Streams that share children (see fasth2.tree.stepwise) can have as many ways down as
    # there are subsets of them; from here on, each stream is asked once.
    PATIENCE = 1 << 16


cdef class StreamNode:
    """What Stream is compiled from."""

    @property
    def weight(self):
        """The share that the stream gets among its siblings: an int from 1 to 256; others raise BadWeightError."""
        return self._weight

    @weight.setter
    def weight(self, value):
        check_weight(value)
        self._weight = value

    def add_child(self, child):
        """Makes `child` (Stream) depend on this stream. It starts at the level of the child that was scheduled last."""
        child.parent = self
        self.children.append(child)
        heappush(self.child_queue, (self.last_weight, child))

    def add_child_exclusive(self, child):
        """Makes `child` (Stream) the only one that depends on this stream; those that did so depend on `child`."""
        children = self.children
        self.children = []
        self.child_queue = []
        self.last_weight = 0
        self.add_child(child)
        for moved in children:
            child.add_child(moved)

    def remove_child(self, child, strip_children=True):
        """Takes `child` (Stream) out; if `strip_children` (bool), its children become this stream's. It keeps the list
        of them all the same: with upstream, a stream that comes back then shares them."""
        self.children.remove(child)
        queue = []
        while self.child_queue:
            entry = heappop(self.child_queue)
            if entry[1] != child:
                heappush(queue, entry)
        self.child_queue = queue
        if strip_children:
            for orphan in list(child.children):  # a copy: where streams share children, `child` can be this stream
                self.add_child(orphan)

    def schedule(self):
        """The id (int) of the stream below this one that is to send next; IndexError where all of them are blocked.

        Every child that had its turn, blocked or not, moves on by 256 / weight levels.
        """
        assert not self.active
        found = None
        exhausted = set()
        steps = 0
        # Streams on the way down, with what was taken from their queues. No recursion: that has a limit.
        path = [(self, [])]
        try:
            while found is None and path:
                stream, taken = path[len(path) - 1]
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
                    put_back(stream, taken)
        finally:
            unwind(path)
        if found is None:
            raise IndexError("no stream below this one can go on")
        return found

    def __repr__(self):
        return "Stream<id=%d, weight=%d>" % (self.stream_id, self._weight)

    def __eq__(self, other):
        return isinstance(other, StreamNode) and self.stream_id == other.stream_id

    def __ne__(self, other):
        return not self == other

    def __lt__(self, other):
        return self.stream_id < other.stream_id if isinstance(other, StreamNode) else NotImplemented

    def __le__(self, other):
        return self.stream_id <= other.stream_id if isinstance(other, StreamNode) else NotImplemented

    def __gt__(self, other):
        return self.stream_id > other.stream_id if isinstance(other, StreamNode) else NotImplemented

    def __ge__(self, other):
        return self.stream_id >= other.stream_id if isinstance(other, StreamNode) else NotImplemented

    def __getstate__(self):
        return (vars(self).copy(), self.stream_id, self._weight, self.children, self.parent, self.child_queue,
                self.active, self.last_weight, self._deficit)

    def __setstate__(self, state):
        (attributes, self.stream_id, self._weight, self.children, self.parent, self.child_queue,
         self.active, self.last_weight, self._deficit) = state
        vars(self).update(attributes)


cdef int unwind(list path) except -1:
    """put_back() for each stream of a path, the last first; what fails with one of them keeps none of the others."""
    failure = None
    while path:
        stream, taken = path.pop()
        try:
            put_back(stream, taken)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure
    return 0


cdef int put_back(object stream, list taken) except -1:
    """Returns children to the queue of `stream`, each at the level of its next turn."""
    for level, child in taken:
        credit = 256 + child._deficit
        stream.last_weight = level
        child._deficit = credit % child.weight
        heappush(stream.child_queue, (level + credit // child.weight, child))
    return 0


cdef int check_weight(object value) except -1:
    """The weight `value` as a C int, or BadWeightError (RFC 7540 section 5.3.2)."""
    cdef int overflow = 0
    cdef long long weight
    if not PyLong_Check(value):
        raise BadWeightError("Stream weight should be an integer")
    weight = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or not 1 <= weight <= 256:
        raise BadWeightError("Stream weight must be between 1 and 256 (inclusive)")
    return <int>weight


cdef StreamNode bare_stream():
    """A Stream with an empty list and queue of children, and nothing else. Runs no Python code."""
    cdef StreamNode stream = StreamNode.__new__(Stream)
    stream.children = []
    stream.child_queue = []
    return stream


def rebuild_stream():
    """A Stream without contents: what a pickle of one calls."""
    return Stream.__new__(Stream)


class Stream(StreamNode):
    """A stream of a priority tree: `stream_id` (int), `weight` (int), `active` (bool), `parent` and `children`
    (Streams). Upstream: priority.Stream."""

    __module__ = "priority.priority"

    def __init__(self, stream_id, weight=16):
        self.stream_id = stream_id
        self.weight = weight
        self.children = []
        self.parent = None
        self.child_queue = []
        self.active = True
        self.last_weight = 0
        self._deficit = 0

    def __reduce__(self):
        if type(self) is Stream:
            return rebuild_stream, (), self.__getstate__()
        return __newobj__, (type(self),), self.__getstate__()
