# cython: language_level=3, binding=False, embedsignature=True, embedsignature.format=clinic
"""The dependency tree of RFC 7540 section 5.3, as `priority` has it: which stream is to send next.

Nodes stand in one array and name each other by their slots. A node knows whether anything at or below it can be sent,
and keeps those of its children for which that is so apart from the others (fasth2.tree.siblings), so that next() goes
straight down. What upstream does to children that wait (their turns come and go) is done in one pass over those whose
turn it is; below them it is only counted, in `idle`, and made up for when somebody looks.

The tree is loosened into Stream objects for good, and walked by fasth2.tree.stepwise, when somebody asks for those,
when an id is no plain int, and when it stops being a tree: upstream leaves a stream's children with it and gives them
to its former parent too, where the stream comes to depend on one of its own dependants.
"""
from cpython.dict cimport PyDict_GetItemWithError
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memmove, memset

from fasth2.tree.siblings cimport (
    Children, Heap, Node, at, dequeue, enqueue, heapify, overtaken, runnable_heap, sift_down, take_turns, waiting_heap,
)
from fasth2.tree.stream cimport StreamNode, check_weight, new_stream

from copyreg import __newobj__
from operator import index as operator_index

from fasth2.errors.priority import (
    DeadlockError, DuplicateStreamError, MissingStreamError, PriorityLoop, PseudoStreamError, TooManyStreamsError,
)
from fasth2.tree import stepwise

cdef extern from "Python.h":
    bint PyLong_CheckExact(object thing) noexcept
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1

cdef extern from *:
    """
    #define FASTH2_ROOT 0u
    #define FASTH2_NOT_THERE UINT32_MAX
    """
    const uint32_t ROOT "FASTH2_ROOT"
    const uint32_t NOT_THERE "FASTH2_NOT_THERE"


cdef class Tree:
    """What PriorityTree is compiled from."""

    def __cinit__(self, *args, **kwargs):
        self._maximum_streams = 1000
        plant(self)

    def __init__(self, maximum_streams=1000):
        if not isinstance(maximum_streams, int):
            raise TypeError("maximum_streams must be an int.")
        if maximum_streams <= 0:
            raise ValueError("maximum_streams must be a positive integer.")
        self._maximum_streams = maximum_streams
        plant(self)

    def __dealloc__(self):
        free_nodes(self)

    cpdef insert_stream(self, stream_id, depends_on=None, weight=16, exclusive=False):
        """Inserts a stream (`stream_id`: int) with a `weight` (int, 1 to 256) that depends on the stream `depends_on`
        (int; None or 0: on none), `exclusive` (bool): with all that depended on that one below it (RFC 7540 section
        5.3.1). A stream to depend on that is not there is inserted too, blocked.

        Raises DuplicateStreamError, TooManyStreamsError, BadWeightError, or PriorityLoop for a stream that would
        depend on itself. Upstream: PriorityTree.insert_stream.
        """
        cdef uint32_t slot, parent
        cdef int share
        exclusive = bool(exclusive)
        if loosened(self, stream_id, depends_on):
            return stepwise.insert_stream(self, stream_id, depends_on, weight, exclusive)
        if find(self, stream_id) != NOT_THERE:
            raise DuplicateStreamError("Stream %d already in tree" % stream_id)
        refuse_more_than(self, 1)
        share = check_weight(weight)
        depends_on = depends_on or 0
        if depends_on and depends_on == stream_id:
            raise PriorityLoop("Stream %d must not depend on itself." % stream_id)
        if find(self, depends_on) == NOT_THERE:
            refuse_more_than(self, 2)
            insert_missing(self, depends_on)
            if self.slots is None:  # what a subclass can do
                return stepwise.insert_stream(self, stream_id, depends_on, weight, exclusive)
        parent = find(self, depends_on)
        reserve(self, parent, 1)
        slot = add_node(self, stream_id, share)
        if exclusive:
            try:
                reserve(self, slot, child_count(&self.nodes[parent]))
            except MemoryError:
                del self.slots[stream_id]
                drop_node(self, slot)
                raise
        settle(self, parent)
        attach(self, parent, slot, exclusive)

    cpdef reprioritize(self, stream_id, depends_on=None, weight=16, exclusive=False):
        """Gives the stream `stream_id` (int) a new place and weight; the parameters are those of insert_stream(). What
        depends on it goes with it. Where its new parent depends on it, that one comes to depend on its former
        parent first (RFC 7540 section 5.3.3).

        Raises PseudoStreamError for stream 0, MissingStreamError, PriorityLoop, BadWeightError, TooManyStreamsError.
        Upstream: PriorityTree.reprioritize.
        """
        cdef uint32_t slot, parent
        cdef bint is_below
        cdef int share
        exclusive = bool(exclusive)
        if loosened(self, stream_id, depends_on):
            return stepwise.reprioritize(self, stream_id, depends_on, weight, exclusive)
        slot = changeable(self, stream_id, "reprioritize")
        parent = ROOT
        if depends_on:
            if depends_on == stream_id:
                raise PriorityLoop("Stream %d must not depend on itself" % stream_id)
            if find(self, depends_on) == NOT_THERE:
                insert_missing(self, depends_on)
                if self.slots is None:
                    return stepwise.reprioritize(self, stream_id, depends_on, weight, exclusive)
                slot = changeable(self, stream_id, "reprioritize")
            parent = find(self, depends_on)
        share = check_weight(weight)
        is_below = depends(self, parent, slot)
        if is_below and child_count(&self.nodes[parent]):
            loosen(self)
            return stepwise.reprioritize(self, stream_id, depends_on, weight, exclusive)
        reserve(self, parent, 1)
        if is_below:
            reserve(self, self.nodes[slot].parent, 1)
        if exclusive:
            reserve(self, slot, child_count(&self.nodes[parent]))
        settle(self, slot)
        settle(self, parent)
        self.nodes[slot].weight = <uint16_t>share
        if is_below:
            detach(self, parent)
            attach(self, self.nodes[slot].parent, parent, False)
        detach(self, slot)
        attach(self, parent, slot, exclusive)

    cpdef remove_stream(self, stream_id):
        """Removes the stream `stream_id` (int); what depends on it depends on its parent then.

        Raises PseudoStreamError for stream 0, MissingStreamError. Upstream: PriorityTree.remove_stream.
        """
        cdef uint32_t slot, parent, child
        if loosened(self, stream_id, None):
            return stepwise.remove_stream(self, stream_id)
        slot = changeable(self, stream_id, "remove")
        parent = self.nodes[slot].parent
        if self.nodes[slot].first:
            reserve(self, parent, child_count(&self.nodes[slot]))
        settle(self, slot)
        del self.slots[stream_id]
        detach(self, slot)
        while self.nodes[slot].first:
            child = self.nodes[slot].first
            dequeue(self.nodes, child)
            unlink(self.nodes, child)
            attach(self, parent, child, False)
        drop_node(self, slot)

    cpdef block(self, stream_id):
        """Says that the stream `stream_id` (int) has nothing to send. Raises PseudoStreamError for stream 0,
        MissingStreamError. Upstream: PriorityTree.block."""
        cdef uint32_t slot
        if loosened(self, stream_id, None):
            return stepwise.set_active(self, stream_id, False)
        slot = changeable(self, stream_id, "block")
        self.nodes[slot].active = False
        refresh(self, slot)

    cpdef unblock(self, stream_id):
        """Says that the stream `stream_id` (int) has something to send. Raises PseudoStreamError for stream 0,
        MissingStreamError. Upstream: PriorityTree.unblock."""
        cdef uint32_t slot
        if loosened(self, stream_id, None):
            return stepwise.set_active(self, stream_id, True)
        slot = changeable(self, stream_id, "unblock")
        if not self.nodes[slot].active:
            settle(self, slot)
            self.nodes[slot].active = True
            refresh(self, slot)

    cdef next_stream(self):
        cdef uint32_t slot = ROOT
        if self.slots is None:
            try:
                return self.streams[0].schedule()
            except IndexError:
                raise DeadlockError("No unblocked streams to schedule.") from None
        if not self.nodes[ROOT].children.runnable:
            idle(self, ROOT, 1)
            raise DeadlockError("No unblocked streams to schedule.")
        while not self.nodes[slot].active:
            slot = choose(self, slot)
        return <object>self.nodes[slot].name

    def __iter__(self):
        return self

    def __next__(self):
        return self.next_stream()

    def next(self):
        """The id (int) of the stream to serve next; DeadlockError where all are blocked. As next() of the tree."""
        return self.__next__()

    @property
    def _maximum_streams(self):
        return self.maximum

    @_maximum_streams.setter
    def _maximum_streams(self, maximum):
        self.limit = max(0, min(operator_index(maximum), INT64_MAX - 1))
        self.maximum = maximum

    @property
    def _streams(self):
        loosen(self)
        return self.streams

    @property
    def _root_stream(self):
        loosen(self)
        return self.streams[0]

    def __getstate__(self):
        return vars(self).copy(), self.maximum, self.streams if self.slots is None else stream_objects(self)

    def __setstate__(self, state):
        attributes, self._maximum_streams, self.streams = state
        self.slots = None
        free_nodes(self)
        vars(self).update(attributes)


# ---- what calls Python -----------------------------------------------------------------------------------------------

cdef bint loosened(Tree self, object stream_id, object depends_on) except -1:
    """Is the tree walked step by step? It is from now on if one of the ids is not an int of 64 bits."""
    cdef int overflow = 0
    if self.slots is not None:
        if PyLong_CheckExact(stream_id) and (depends_on is None or PyLong_CheckExact(depends_on)):
            PyLong_AsLongLongAndOverflow(stream_id, &overflow)
            if not overflow and depends_on is not None:
                PyLong_AsLongLongAndOverflow(depends_on, &overflow)
            if not overflow:
                return False
        loosen(self)
    return True


cdef uint32_t find(Tree self, object stream_id) except? NOT_THERE:
    """The slot of the stream with that id, an int, or NOT_THERE."""
    cdef PyObject *found = PyDict_GetItemWithError(self.slots, stream_id)
    if found == NULL:
        return NOT_THERE
    return <uint32_t><object>found


cdef uint32_t changeable(Tree self, object stream_id, str verb) except NOT_THERE:
    """The slot of the stream with that id, if there is one and it is not the root."""
    cdef uint32_t slot = find(self, stream_id)
    if slot == ROOT:
        raise PseudoStreamError(f"Cannot {verb} stream 0")
    if slot == NOT_THERE:
        raise MissingStreamError("Stream %d not in tree" % stream_id)
    return slot


cdef int refuse_more_than(Tree self, uint32_t more) except -1:
    if <int64_t>len(self.slots) + more > self.limit:
        raise TooManyStreamsError("Refusing to insert %d streams into priority tree at once" % (self.maximum + 1))
    return 0


cdef int insert_missing(Tree self, object stream_id) except -1:
    """Inserts a stream that another one is to depend on: idle, with default priority (RFC 7540 section 5.3.4). By the
    methods, which a subclass may have overridden."""
    self.insert_stream(stream_id)
    self.block(stream_id)
    if stream_id not in (self.slots if self.slots is not None else self.streams):
        raise KeyError(stream_id)
    return 0


cdef int loosen(Tree self) except -1:
    """Turns the nodes into Stream objects, for good."""
    if self.slots is not None:
        self.streams = stream_objects(self)
        self.slots = None
        free_nodes(self)
    return 0


cdef dict stream_objects(Tree self):
    """The tree as Stream objects: id -> Stream, the root among them."""
    cdef dict streams = {}
    cdef StreamNode stream
    cdef Node *node
    cdef uint32_t slot, child
    settle_all(self)
    for stream_id, place in self.slots.items():
        node = &self.nodes[<uint32_t>place]
        stream = streams[stream_id] = new_stream(stream_id, node.weight)
        stream.active = bool(self.nodes[<uint32_t>place].active)
        stream.last_weight = self.nodes[<uint32_t>place].last_level
        stream._deficit = self.nodes[<uint32_t>place].deficit
    for stream_id, place in self.slots.items():
        stream = streams[stream_id]
        child = self.nodes[<uint32_t>place].first
        while child:
            offspring = streams[<object>self.nodes[child].name]
            offspring.parent = stream
            stream.children.append(offspring)
            stream.child_queue.append((self.nodes[child].level, offspring))
            child = self.nodes[child].younger
        stream.child_queue.sort()
    return streams


# ---- memory ----------------------------------------------------------------------------------------------------------

cdef int plant(Tree self) except -1:
    """Makes it a tree of only the root."""
    self.streams = None
    self.slots = {}
    free_nodes(self)
    add_node(self, 0, 1)
    self.nodes[ROOT].active = self.nodes[ROOT].is_runnable = False
    return 0


cdef uint32_t add_node(Tree self, object stream_id, int weight) except NOT_THERE:
    """A slot with a new active node that depends on nothing yet."""
    cdef uint32_t slot = self.free if self.free else self.used
    cdef int64_t number = stream_id
    cdef Node *node
    if slot == self.room:
        grow(self)
    self.slots[stream_id] = slot
    node = &self.nodes[slot]
    if self.free:
        self.free = node.younger
    else:
        self.used += 1
    memset(node, 0, sizeof(Node))
    Py_INCREF(stream_id)
    node.name = <PyObject *>stream_id
    node.id = number
    node.weight = <uint16_t>weight
    node.active = node.is_runnable = True
    return slot


cdef int drop_node(Tree self, uint32_t slot) except -1:
    """Makes the slot of a node without parent and children free."""
    cdef PyObject *name = self.nodes[slot].name
    PyMem_Free(self.nodes[slot].children.slots)
    memset(&self.nodes[slot], 0, sizeof(Node))
    self.nodes[slot].younger = self.free
    self.free = slot
    Py_XDECREF(name)
    return 0


cdef int grow(Tree self) except -1:
    """Makes room for more nodes."""
    cdef uint32_t room = self.room * 2 if self.room else 8
    cdef void *moved
    if room <= self.room:
        raise MemoryError
    moved = PyMem_Realloc(self.scratch, room * sizeof(uint32_t))
    if moved == NULL:
        raise MemoryError
    self.scratch = <uint32_t *>moved
    moved = PyMem_Realloc(self.nodes, room * sizeof(Node))
    if moved == NULL:
        raise MemoryError
    self.nodes = <Node *>moved
    self.room = room
    return 0


cdef int reserve(Tree self, uint32_t slot, uint32_t more) except -1:
    """Makes room for `more` children of a node."""
    cdef Children *children = &self.nodes[slot].children
    cdef uint64_t needed = <uint64_t>children.runnable + children.waiting + more
    cdef uint32_t room = children.room
    cdef uint32_t *moved
    if needed <= room:
        return 0
    while room < needed:
        room = room * 2 if room else 2
    moved = <uint32_t *>PyMem_Realloc(children.slots, room * sizeof(uint32_t))
    if moved == NULL:
        raise MemoryError
    memmove(moved + room - children.waiting, moved + children.room - children.waiting,
            children.waiting * sizeof(uint32_t))
    children.slots = moved
    children.room = room
    return 0


cdef void free_nodes(Tree self) noexcept:
    cdef uint32_t slot
    cdef PyObject *name
    for slot in range(self.used):
        PyMem_Free(self.nodes[slot].children.slots)
        Py_XDECREF(self.nodes[slot].name)  # an int: runs no Python code
    PyMem_Free(self.nodes)
    PyMem_Free(self.scratch)
    self.nodes = NULL
    self.scratch = NULL
    self.room = self.used = self.free = self.idle_nodes = 0


# ---- the tree --------------------------------------------------------------------------------------------------------

cdef inline uint32_t child_count(const Node *node) noexcept:
    return node.children.runnable + node.children.waiting


cdef bint depends(Tree self, uint32_t slot, uint32_t other) noexcept:
    """Does a node depend on another one, directly or not?"""
    while slot and slot != other:
        slot = self.nodes[slot].parent
    return slot == other


cdef void attach(Tree self, uint32_t parent, uint32_t slot, bint exclusive) noexcept:
    """Makes a node that is nobody's child one of `parent`, at the level of the child that was scheduled last there; in
    an exclusive dependency, the other children become children of the node. Room is reserved, `parent` settled."""
    cdef uint32_t child
    if exclusive:
        while self.nodes[parent].first:
            child = self.nodes[parent].first
            dequeue(self.nodes, child)
            unlink(self.nodes, child)
            link(self.nodes, slot, child)
            enqueue(self.nodes, child)
        self.nodes[slot].is_runnable = self.nodes[slot].active or self.nodes[slot].children.runnable > 0
        self.nodes[parent].last_level = 0
    link(self.nodes, parent, slot)
    enqueue(self.nodes, slot)
    refresh(self, parent)


cdef void detach(Tree self, uint32_t slot) noexcept:
    """Takes a settled node out of its parent's children."""
    cdef uint32_t parent = self.nodes[slot].parent
    dequeue(self.nodes, slot)
    unlink(self.nodes, slot)
    refresh(self, parent)


cdef void link(Node *nodes, uint32_t parent, uint32_t slot) noexcept:
    """Writes a node as the youngest child of `parent`."""
    nodes[slot].parent = parent
    nodes[slot].level = nodes[parent].last_level
    nodes[slot].older = nodes[parent].last
    nodes[slot].younger = 0
    if nodes[parent].last:
        nodes[nodes[parent].last].younger = slot
    else:
        nodes[parent].first = slot
    nodes[parent].last = slot


cdef void unlink(Node *nodes, uint32_t slot) noexcept:
    """Undoes link()."""
    cdef Node *node = &nodes[slot]
    if node.older:
        nodes[node.older].younger = node.younger
    else:
        nodes[node.parent].first = node.younger
    if node.younger:
        nodes[node.younger].older = node.older
    else:
        nodes[node.parent].last = node.older


cdef void refresh(Tree self, uint32_t slot) noexcept:
    """Sees to it that a node, and what is above it, stand in the right heaps."""
    cdef Node *node = &self.nodes[slot]
    while slot != ROOT and node.is_runnable != (node.active or node.children.runnable > 0):
        dequeue(self.nodes, slot)
        node.is_runnable = not node.is_runnable
        enqueue(self.nodes, slot)
        slot = node.parent
        node = &self.nodes[slot]


# ---- turns -----------------------------------------------------------------------------------------------------------

cdef uint32_t choose(Tree self, uint32_t slot) noexcept:
    """The child of a node through which the next stream is found; it and those before it have had their turn."""
    cdef Node *nodes = self.nodes
    cdef Heap heap = runnable_heap(&nodes[slot])
    cdef uint32_t chosen = at(heap, 0)
    cdef int64_t level = nodes[chosen].level
    cdef uint32_t passed = overtaken(&nodes[slot], nodes, level, nodes[chosen].id, self.scratch)
    take_turns(&nodes[chosen], 1)
    sift_down(heap, nodes, 0)
    nodes[slot].last_level = level
    heap = waiting_heap(&nodes[slot])
    while passed:
        passed -= 1
        take_turns(&nodes[at(heap, self.scratch[passed])], 1)
        idle(self, at(heap, self.scratch[passed]), 1)
        sift_down(heap, nodes, self.scratch[passed])
    return chosen


cdef inline void idle(Tree self, uint32_t slot, uint64_t turns) noexcept:
    """A node below which nothing can be sent was asked for a stream that often: each of its children had a turn."""
    if turns and self.nodes[slot].first:
        self.idle_nodes += not self.nodes[slot].idle
        self.nodes[slot].idle += turns


cdef void settle_children(Tree self, uint32_t slot) noexcept:
    """Gives the children of a node the turns that they had."""
    cdef Node *nodes = self.nodes
    cdef uint64_t turns = nodes[slot].idle
    cdef int64_t last = INT64_MIN
    cdef uint32_t child = nodes[slot].first
    if not turns:
        return
    while child:
        if turns > 1:  # no turns are not the same as nothing: the weight may be below what is left over by now
            take_turns(&nodes[child], turns - 1)
        last = max(last, nodes[child].level)
        take_turns(&nodes[child], 1)
        idle(self, child, turns)
        child = nodes[child].younger
    nodes[slot].last_level = last
    heapify(waiting_heap(&nodes[slot]), nodes)
    nodes[slot].idle = 0
    self.idle_nodes -= 1


cdef void settle(Tree self, uint32_t slot) noexcept:
    """Gives a node, and what is above it, the turns that they had. None of them is idle then."""
    cdef uint32_t depth = 0
    if not self.idle_nodes:
        return
    while True:
        self.scratch[depth] = slot
        depth += 1
        if slot == ROOT:
            break
        slot = self.nodes[slot].parent
    while depth:
        depth -= 1
        settle_children(self, self.scratch[depth])


cdef void settle_all(Tree self) noexcept:
    """As settle(), for every node."""
    cdef uint32_t seen = 0
    cdef uint32_t found = 1
    cdef uint32_t child
    self.scratch[0] = ROOT
    while seen < found and self.idle_nodes:
        settle_children(self, self.scratch[seen])
        child = self.nodes[self.scratch[seen]].first
        while child:
            self.scratch[found] = child
            found += 1
            child = self.nodes[child].younger
        seen += 1


# ---- the public class ------------------------------------------------------------------------------------------------

def rebuild_tree():
    """A PriorityTree without contents: what a pickle of one calls."""
    return PriorityTree()


class PriorityTree(Tree):
    """A tree of streams with weights; each next() of it is the id of the stream to serve next (RFC 7540 section 5.3).

    maximum_streams: int, the most streams that it takes, stream 0 counted; more raise TooManyStreamsError.
    Raises TypeError or ValueError for one that is no positive int. Upstream: priority.PriorityTree.
    """

    __module__ = "priority.priority"

    def __init__(self, maximum_streams=1000):
        Tree.__init__(self, maximum_streams)

    def __reduce__(self):
        if type(self) is PriorityTree:
            return rebuild_tree, (), self.__getstate__()
        return __newobj__, (type(self),), self.__getstate__()
