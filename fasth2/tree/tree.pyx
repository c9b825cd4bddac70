# cython: language_level=3, freethreading_compatible=True, binding=False
# cython: embedsignature=True, embedsignature.format=clinic, auto_pickle=False
"""The dependency tree of RFC 7540 section 5.3, as `priority` has it: which stream is to send next.

Nodes stand in one array and name each other by their slots. A node knows whether anything at or below it can be sent,
and keeps those of its children for which that is so apart from the others (fasth2.tree.siblings), so that next() goes
straight down. What upstream does to children that wait (their turns come and go) is done in one pass over those whose
turn it is; below them it is only counted, in `idle`, and made up for when somebody looks.

The tree is loosened into Stream objects for good, and walked by fasth2.tree.stepwise, when somebody asks for those,
when an id is no plain int, and when it stops being a tree: upstream leaves a stream's children with it and gives them
to its former parent too, where the stream comes to depend on one of its own dependants.

While nodes change no Python code runs. Where it can run (a method that was overridden, an argument's), what was found
before is looked up again. Without a GIL, a method has the tree's critical section for itself.
"""
cimport cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport INT64_MAX, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memmove, memset

from fasth2.codec.collector cimport pause_collector, resume_collector
from fasth2.tree.dependencies cimport attach, child_count, depends, detach, refresh, unlink
from fasth2.tree.ids cimport Ids, ids_add, ids_find, ids_remove
from fasth2.tree.siblings cimport ROOT, Children, Node, dequeue
from fasth2.tree.turns cimport choose, idle, settle, settle_all

import os
from _thread import RLock
from copyreg import __newobj__
from operator import index as operator_index

from fasth2.errors.priority import (
    DeadlockError, DuplicateStreamError, MissingStreamError, PriorityLoop, PseudoStreamError, TooManyStreamsError,
)
from fasth2.tree.stepwise import insert_stream as insert_stepwise
from fasth2.tree.stepwise import remove_stream as remove_stepwise
from fasth2.tree.stepwise import reprioritize as reprioritize_stepwise
from fasth2.tree.stepwise import set_active as set_active_stepwise
from fasth2.tree.stream import Stream, refuse_weight

cdef extern from "Python.h":
    void PyErr_SetObject(PyObject *type, PyObject *value) noexcept
    bint PyLong_Check(object thing) noexcept
    bint PyLong_CheckExact(object thing) noexcept
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1

cdef extern from "Python.h":
    dict PyObject_GenericGetDict(object thing, void *context)

cdef extern from *:
    """
    static inline PyObject *fasth2_taken(PyObject *reference) { return reference; }

    /* For exact PriorityTrees: CPython finds methods faster that are the class's own, and calls the slot without what
       Cython wraps around a def. */
    typedef PyObject *(*fasth2_getter)(PyObject *);
    static int fasth2_adopt(PyTypeObject *type, PyTypeObject *base, PyObject *names, fasth2_getter next)
    {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
            PyObject *name = PyTuple_GET_ITEM(names, i);
            PyObject *method = PyObject_GetAttr((PyObject *)base, name);
            PyObject *own;
            if (method == NULL || !PyObject_TypeCheck(method, &PyMethodDescr_Type)) {
                Py_XDECREF(method);
                return -1;
            }
            own = PyDescr_NewMethod(type, ((PyMethodDescrObject *)method)->d_method);
            Py_DECREF(method);
            if (own == NULL || PyObject_SetAttr((PyObject *)type, name, own) < 0) {
                Py_XDECREF(own);
                return -1;
            }
            Py_DECREF(own);
        }
        type->tp_iternext = next;
        return 0;
    }

    #define FASTH2_NOT_THERE UINT32_MAX
    """
    ctypedef PyObject *(*Getter "fasth2_getter")(PyObject *) except NULL
    object taken "fasth2_taken" (PyObject *reference)   # which is taken over; NULL: an exception is set
    int adopt "fasth2_adopt" (PyTypeObject *type, PyTypeObject *base, tuple names, Getter next) except -1
    const uint32_t NOT_THERE "FASTH2_NOT_THERE"

cdef object deadlock_error = DeadlockError
cdef str DEADLOCK = "No unblocked streams to schedule."
# A hash is another one in each process.
cdef uint64_t multiplier = <uint64_t><int64_t>hash("fasth2") * <uint64_t>0x9E3779B97F4A7C15 | 1


cdef uint32_t forks = 0   # how many lie between the process that imported this and the present one


def count_fork():
    global forks
    forks += 1


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=count_fork)


cdef class Tree:
    """What PriorityTree is compiled from."""

    def __cinit__(self, *args, **kwargs):
        self.walking, self.forks = RLock(), forks
        set_maximum(self, 1000)
        plant(self)

    def __init__(self, maximum_streams=1000):
        if not isinstance(maximum_streams, int):
            raise TypeError("maximum_streams must be an int.")
        if maximum_streams <= 0:
            raise ValueError("maximum_streams must be a positive integer.")
        with cython.critical_section(self):
            set_maximum(self, maximum_streams)
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
        cdef int64_t id, above = 0
        cdef uint32_t slot, parent
        cdef int share
        exclusive = bool(exclusive)
        with cython.critical_section(self):
            if not (is_straight(self, stream_id, &id)
                    and (depends_on is None or is_straight(self, depends_on, &above))):
                return step_by_step(self, insert_stepwise, (stream_id, depends_on, weight, exclusive))
            if find(self, id) != NOT_THERE:
                raise DuplicateStreamError("Stream %d already in tree" % stream_id)
            refuse_more_than(self, 1)
            share = weight_of(weight)
            if id == above:
                raise PriorityLoop("Stream %d must not depend on itself." % stream_id)
            if find(self, above) == NOT_THERE:
                refuse_more_than(self, 2)
                insert_missing(self, depends_on)
                if self.nodes == NULL:  # what a subclass can do
                    return step_by_step(self, insert_stepwise, (stream_id, depends_on, weight, exclusive))
                if find(self, id) != NOT_THERE:
                    raise DuplicateStreamError("Stream %d already in tree" % stream_id)
            parent = find(self, above)
            reserve(self, parent, 1)
            slot = add_node(self, stream_id, id, share)
            if exclusive:
                try:
                    reserve(self, slot, child_count(&self.nodes[parent]))
                except MemoryError:
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
        cdef int64_t id, above = 0
        cdef uint32_t slot, parent
        cdef bint is_below
        cdef int share
        exclusive = bool(exclusive)
        with cython.critical_section(self):
            if not (is_straight(self, stream_id, &id)
                    and (depends_on is None or is_straight(self, depends_on, &above))):
                return step_by_step(self, reprioritize_stepwise, (stream_id, depends_on, weight, exclusive))
            slot = changeable(self, id, "reprioritize")
            if id == above:
                raise PriorityLoop("Stream %d must not depend on itself" % stream_id)
            if find(self, above) == NOT_THERE:
                insert_missing(self, depends_on)
                if self.nodes == NULL:
                    return step_by_step(self, reprioritize_stepwise, (stream_id, depends_on, weight, exclusive))
                slot = changeable(self, id, "reprioritize")
            parent = find(self, above)
            share = weight_of(weight)
            is_below = depends(self, parent, slot)
            if is_below and child_count(&self.nodes[parent]):
                loosen(self)
                return step_by_step(self, reprioritize_stepwise, (stream_id, depends_on, weight, exclusive))
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
        cdef int64_t id
        cdef uint32_t slot, parent, child
        with cython.critical_section(self):
            if not is_straight(self, stream_id, &id):
                return step_by_step(self, remove_stepwise, (stream_id,))
            slot = changeable(self, id, "remove")
            parent = self.nodes[slot].parent
            if self.nodes[slot].first:
                reserve(self, parent, child_count(&self.nodes[slot]))
            settle(self, slot)
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
        cdef int64_t id
        cdef uint32_t slot
        with cython.critical_section(self):
            if not is_straight(self, stream_id, &id):
                return step_by_step(self, set_active_stepwise, (stream_id, False))
            slot = changeable(self, id, "block")
            self.nodes[slot].active = False
            refresh(self, slot)

    cpdef unblock(self, stream_id):
        """Says that the stream `stream_id` (int) has something to send. Raises PseudoStreamError for stream 0,
        MissingStreamError. Upstream: PriorityTree.unblock."""
        cdef int64_t id
        cdef uint32_t slot
        with cython.critical_section(self):
            if not is_straight(self, stream_id, &id):
                return step_by_step(self, set_active_stepwise, (stream_id, True))
            slot = changeable(self, id, "unblock")
            if not self.nodes[slot].active:
                settle(self, slot)
                self.nodes[slot].active = True
                refresh(self, slot)

    cdef next_stream(self):
        return taken(next_id(self))

    def __iter__(self):
        return self

    def __next__(self):
        return taken(next_id(self))

    def next(self):
        """The id (int) of the stream to serve next; DeadlockError where all are blocked. As next() of the tree."""
        return self.__next__()

    @property
    def _maximum_streams(self):
        with cython.critical_section(self):
            return self.maximum

    @_maximum_streams.setter
    def _maximum_streams(self, maximum):
        with cython.critical_section(self):
            set_maximum(self, maximum)

    @property
    def _streams(self):
        with cython.critical_section(self):
            loosen(self)
            return self.streams

    @property
    def _root_stream(self):
        with cython.critical_section(self):
            loosen(self)
            streams = self.streams  # held, as below
            return streams[0]

    @property
    def _handed_on(self):
        with cython.critical_section(self):
            return self.handed_on

    @_handed_on.setter
    def _handed_on(self, count):
        with cython.critical_section(self):
            self.handed_on = count

    def __getstate__(self):
        attributes = vars(self).copy()
        with cython.critical_section(self):
            return attributes, self.maximum, self.streams if self.nodes == NULL else stream_objects(self)

    def __setstate__(self, state):
        cdef dict streams
        attributes, maximum, streams = state
        with cython.critical_section(self):
            set_maximum(self, maximum)
            free_nodes(self)
            self.streams = streams
        vars(self).update(attributes)


# ---- what calls Python -----------------------------------------------------------------------------------------------

cdef bint is_straight(Tree self, object stream_id, int64_t *id) except -1:
    """Are there nodes to work on? From now on there are none if `stream_id`, which is written to `id`, is no plain int
    of 64 bits."""
    cdef int overflow = 0
    if self.nodes != NULL and PyLong_CheckExact(stream_id):
        id[0] = PyLong_AsLongLongAndOverflow(stream_id, &overflow)
        if not overflow:
            return True
    loosen(self)
    return False


cdef inline uint32_t find(Tree self, int64_t id) noexcept nogil:
    """The slot of the stream with that id, or NOT_THERE."""
    cdef uint32_t slot = ids_find(&self.ids, self.nodes, id)
    return slot if slot or id == 0 else NOT_THERE


cdef inline uint32_t changeable(Tree self, int64_t id, str verb) except NOT_THERE:
    """The slot of the stream with that id, if there is one and it is not the root."""
    cdef uint32_t slot = ids_find(&self.ids, self.nodes, id)
    if slot == ROOT:
        refuse(id, verb)
    return slot


cdef int refuse(int64_t id, str verb) except -1:
    if id == 0:
        raise PseudoStreamError(f"Cannot {verb} stream 0")
    raise MissingStreamError(f"Stream {id} not in tree")


cdef int refuse_more_than(Tree self, uint32_t more) except -1:
    """TooManyStreamsError if `more` further streams are over the maximum, for which the root counts."""
    if <int64_t>self.ids.count + 1 + more > self.limit:
        maximum = self.maximum  # held: adding to it can run code
        raise TooManyStreamsError("Refusing to insert %d streams into priority tree at once" % (maximum + 1))
    return 0


cdef int insert_missing(Tree self, object stream_id) except -1:
    """Inserts a stream that another one is to depend on: idle, with default priority (RFC 7540 section 5.3.4). By the
    methods, which a subclass may have overridden."""
    self.insert_stream(stream_id)
    self.block(stream_id)
    if self.nodes != NULL and find(self, stream_id) == NOT_THERE:
        raise KeyError(stream_id)
    return 0


cdef int weight_of(object value) except -1:
    """A stream's weight, or BadWeightError (RFC 7540 section 5.3.2)."""
    cdef int overflow = 0
    cdef long long weight = 0
    if PyLong_Check(value):
        weight = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or not 1 <= weight <= 256:
        refuse_weight(value)
    return <int>weight


cdef int set_maximum(Tree self, maximum) except -1:
    cdef int64_t limit = max(0, min(operator_index(maximum), INT64_MAX - 1))
    self.limit = limit
    self.maximum = maximum
    return 0


cdef int loosen(Tree self) except -1:
    """Turns the nodes into Stream objects, for good."""
    if self.nodes != NULL:
        self.streams = stream_objects(self)
        free_nodes(self)
    return 0


cdef dict stream_objects(Tree self):
    """The tree as Stream objects: id -> Stream, the root among them, in the order in which they came. No Python code
    runs, which could change the nodes."""
    cdef int collecting = pause_collector()
    cdef dict streams = {}
    cdef list births = []
    cdef uint32_t slot
    try:
        settle_all(self)
        for slot in range(self.used):
            if self.nodes[slot].name != NULL:
                births.append((self.nodes[slot].born, slot))
        births.sort()
        for _, slot in births:
            streams[<object>self.nodes[slot].name] = stream_object(&self.nodes[slot])
        for slot in range(self.used):
            if self.nodes[slot].name != NULL:
                add_children(self, slot, streams)
        return streams
    finally:
        resume_collector(collecting)


cdef object stream_object(const Node *node):
    """The Stream of a node, without parent and children. What `__new__` and `__setattr__` a class was given is passed
    by."""
    stream = object.__new__(Stream)
    PyObject_GenericGetDict(stream, NULL).update(
        stream_id=<object>node.name, _weight=node.weight, children=[], parent=None, child_queue=[],
        active=bool(node.active), last_weight=node.last_level, _deficit=node.deficit,
    )
    return stream


cdef int add_children(Tree self, uint32_t slot, dict streams) except -1:
    """Gives the Stream of a node its children among `streams`."""
    cdef object parent = streams[<object>self.nodes[slot].name]
    cdef list children = []
    cdef list queue = []
    slot = self.nodes[slot].first
    while slot:
        stream = streams[<object>self.nodes[slot].name]
        PyObject_GenericGetDict(stream, NULL)["parent"] = parent
        children.append(stream)
        queue.append((self.nodes[slot].level, self.nodes[slot].id, stream))
        slot = self.nodes[slot].younger
    queue.sort()  # never compares streams: no two have the same id
    entries = []
    for level, _, stream in queue:
        entries.append((level, stream))
    PyObject_GenericGetDict(parent, NULL).update(children=children, child_queue=entries)
    return 0


cdef PyObject *next_id(Tree self) except NULL:
    """A new reference to the id of the stream to serve, or NULL with an exception."""
    cdef uint32_t slot = ROOT
    cdef PyObject *name
    with cython.critical_section(self):
        if self.nodes == NULL:
            found = next_stepwise(self)
            Py_INCREF(found)
            return <PyObject *>found
        if not self.nodes[ROOT].children.runnable:
            idle(self, ROOT, 1)
            # Every server comes here often. A raise statement would add this function to the traceback, which costs as
            # much as all the rest.
            PyErr_SetObject(<PyObject *>deadlock_error, <PyObject *>DEADLOCK)
            return NULL
        while not self.nodes[slot].active:
            slot = choose(self, slot)
        name = self.nodes[slot].name
        Py_INCREF(<object>name)
        return name


cdef object next_stepwise(Tree self):
    """As next_id(), in a loosened tree."""
    lock = begin_walk(self)
    try:
        loosen(self)  # again, if another thread has called __init__()
        streams = self.streams  # held: keys that a caller put there can run code when they are compared
        try:
            return streams[0].schedule()
        except IndexError:
            raise DeadlockError(DEADLOCK) from None
    finally:
        lock.release()


cdef object step_by_step(Tree self, object method, tuple arguments):
    """A method of fasth2.tree.stepwise, in a loosened tree."""
    lock = begin_walk(self)
    try:
        return method(self, *arguments)
    finally:
        lock.release()


cdef object begin_walk(Tree self):
    """Takes the lock that is held while Python code walks the tree, and returns it. After fork() it is another one: the
    thread that held it in the parent is not there to let go of it.

    No with statement: Cython's crashes where there is no memory for a traceback.
    """
    if self.forks != forks:
        self.walking, self.forks = RLock(), forks
    lock = self.walking
    lock.acquire()
    return lock


# ---- memory ----------------------------------------------------------------------------------------------------------

cdef int plant(Tree self) except -1:
    """Makes it a tree of only the root."""
    _former = self.streams  # let go of at the end, for that can run Python code
    self.streams = None
    free_nodes(self)
    self.ids.multiplier = multiplier
    add_node(self, 0, 0, 1)
    self.nodes[ROOT].active = self.nodes[ROOT].is_runnable = False
    return 0


cdef uint32_t add_node(Tree self, object stream_id, int64_t id, int weight) except NOT_THERE:
    """A slot with a new active node that depends on nothing yet."""
    cdef uint32_t slot = self.free if self.free else self.used
    cdef Node *node
    if slot == self.room:
        grow(self)
    node = &self.nodes[slot]
    if self.free:
        self.free = node.younger
    else:
        self.used += 1
    memset(node, 0, sizeof(Node))
    Py_INCREF(stream_id)
    node.name = <PyObject *>stream_id
    node.id = id
    node.born = self.births
    node.weight = <uint16_t>weight
    node.active = node.is_runnable = True
    self.births += 1
    if slot != ROOT:
        ids_add(&self.ids, self.nodes, slot)
    return slot


cdef int drop_node(Tree self, uint32_t slot) except -1:
    """Makes the slot of a node without parent and children free."""
    cdef PyObject *name = self.nodes[slot].name
    ids_remove(&self.ids, self.nodes, self.nodes[slot].id)
    PyMem_Free(self.nodes[slot].children.slots)
    memset(&self.nodes[slot], 0, sizeof(Node))
    self.nodes[slot].younger = self.free
    self.free = slot
    Py_XDECREF(name)
    return 0


cdef int grow(Tree self) except -1:
    """Makes room for more nodes. MemoryError, and nothing has changed: a tree without nodes has none, not even room."""
    cdef uint32_t room = self.room * 2 if self.room else 8
    cdef uint32_t slot
    cdef void *moved
    cdef Ids ids = Ids(NULL, 2 * room - 1, 0, self.ids.multiplier)  # never more than half full
    if room <= self.room or 2 * room <= room:
        raise MemoryError
    moved = PyMem_Realloc(self.scratch, room * sizeof(uint32_t))
    if moved == NULL:
        raise MemoryError
    self.scratch = <uint32_t *>moved
    ids.slots = <uint32_t *>PyMem_Calloc(2 * <size_t>room, sizeof(uint32_t))
    if ids.slots == NULL:
        raise MemoryError
    moved = PyMem_Realloc(self.nodes, room * sizeof(Node))
    if moved == NULL:
        PyMem_Free(ids.slots)
        raise MemoryError
    self.nodes = <Node *>moved
    for slot in range(1, self.used):  # all of them are taken
        ids_add(&ids, self.nodes, slot)
    PyMem_Free(self.ids.slots)
    self.ids = ids
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
    for slot in range(self.used):
        PyMem_Free(self.nodes[slot].children.slots)
        Py_XDECREF(self.nodes[slot].name)  # an int: runs no Python code
    PyMem_Free(self.nodes)
    PyMem_Free(self.scratch)
    PyMem_Free(self.ids.slots)
    self.nodes = NULL
    self.scratch = NULL
    self.ids = Ids(NULL, 0, 0, 0)
    self.births = 0
    self.room = self.used = self.free = self.idle_nodes = 0


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


adopt(<PyTypeObject *>PriorityTree, <PyTypeObject *>Tree,
      ("insert_stream", "reprioritize", "remove_stream", "block", "unblock", "next"), <Getter>next_id)
