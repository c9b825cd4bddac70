"""Which node depends on which: the links between them, and the heaps in which they stand. Calls no Python."""
from libc.stdint cimport uint32_t

from fasth2.tree.siblings cimport ROOT, Node, dequeue, enqueue
from fasth2.tree.tree cimport Tree


cdef inline uint32_t child_count(const Node *node) noexcept nogil:
    return node.children.runnable + node.children.waiting


cdef inline bint runs(const Node *node) noexcept nogil:
    """Can it, or something below it, be sent?"""
    return node.active != 0 or node.children.runnable != 0


cdef inline bint depends(Tree self, uint32_t slot, uint32_t other) noexcept nogil:
    """Does a node depend on another one, directly or not?"""
    while slot and slot != other:
        slot = self.nodes[slot].parent
    return slot == other


cdef inline void attach(Tree self, uint32_t parent, uint32_t slot, bint exclusive) noexcept nogil:
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
        self.nodes[slot].is_runnable = runs(&self.nodes[slot])
        self.nodes[parent].last_level = 0
    link(self.nodes, parent, slot)
    enqueue(self.nodes, slot)
    refresh(self, parent)


cdef inline void detach(Tree self, uint32_t slot) noexcept nogil:
    """Takes a settled node out of its parent's children."""
    cdef uint32_t parent = self.nodes[slot].parent
    dequeue(self.nodes, slot)
    unlink(self.nodes, slot)
    refresh(self, parent)


cdef inline void link(Node *nodes, uint32_t parent, uint32_t slot) noexcept nogil:
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


cdef inline void unlink(Node *nodes, uint32_t slot) noexcept nogil:
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


cdef inline void refresh(Tree self, uint32_t slot) noexcept nogil:
    """Sees to it that a node, and what is above it, stand in the right heaps."""
    cdef Node *node = &self.nodes[slot]
    while slot != ROOT and node.is_runnable != runs(node):
        dequeue(self.nodes, slot)
        node.is_runnable = runs(node)
        enqueue(self.nodes, slot)
        slot = node.parent
        node = &self.nodes[slot]
