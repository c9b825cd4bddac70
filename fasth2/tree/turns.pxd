"""Whose turn it is: the way down by one node, and the turns of those that wait. Calls no Python.

In a node below which nothing can be sent, turns are only counted (`idle`); settling gives its children what they had.
"""
from libc.stdint cimport INT64_MIN, int64_t, uint32_t, uint64_t

from fasth2.tree.siblings cimport (
    ROOT, Heap, Node, at, heapify, overtaken, runnable_heap, sift_down, take_turn, take_turns, waiting_heap,
)
from fasth2.tree.tree cimport Tree


cdef inline uint32_t choose(Tree self, uint32_t slot) noexcept nogil:
    """The child of a node through which the next stream is found; it and those before it have had their turn."""
    cdef Node *nodes = self.nodes
    cdef Heap heap = runnable_heap(&nodes[slot])
    cdef uint32_t chosen = at(heap, 0)
    cdef int64_t level = nodes[chosen].level
    cdef uint32_t passed = overtaken(&nodes[slot], nodes, level, nodes[chosen].id, self.scratch)
    take_turn(&nodes[chosen])
    sift_down(heap, nodes, 0)
    nodes[slot].last_level = level
    if passed:
        pass_by(self, slot, passed)
    return chosen


cdef inline void pass_by(Tree self, uint32_t slot, uint32_t passed) noexcept nogil:
    """Gives the waiting children of a node that overtaken() has found their turn."""
    cdef Node *nodes = self.nodes
    cdef Heap heap = waiting_heap(&nodes[slot])
    cdef uint32_t levels = take_turn(&nodes[at(heap, 0)])
    cdef bint is_level = passed == heap.count  # all of them go on equally far: their order stays as it is
    cdef uint32_t place
    idle(self, at(heap, 0), 1)
    for place in range(1, passed):
        is_level &= take_turn(&nodes[at(heap, self.scratch[place])]) == levels
        idle(self, at(heap, self.scratch[place]), 1)
    while passed and not is_level:
        passed -= 1
        sift_down(heap, nodes, self.scratch[passed])


cdef inline void idle(Tree self, uint32_t slot, uint64_t turns) noexcept nogil:
    """A node below which nothing can be sent was asked for a stream that often: each of its children had a turn."""
    if turns and self.nodes[slot].first:
        self.idle_nodes += not self.nodes[slot].idle
        self.nodes[slot].idle += turns


cdef inline void settle_children(Tree self, uint32_t slot) noexcept nogil:
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
        take_turn(&nodes[child])
        idle(self, child, turns)
        child = nodes[child].younger
    nodes[slot].last_level = last
    heapify(waiting_heap(&nodes[slot]), nodes)
    nodes[slot].idle = 0
    self.idle_nodes -= 1


cdef inline void settle(Tree self, uint32_t slot) noexcept nogil:
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


cdef inline void settle_all(Tree self) noexcept nogil:
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
