"""The children of one node, in the order of their turns. Calls no Python, keeps no pointer.

Children stand in two heaps that share an array: those below which something can be sent from its front on, the others
from its back. First is what has the lowest level, then the lowest id. A heap is named by its first place and the step
to the next one.
"""
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef enum:
    ROOT = 0              # the root's slot

cdef struct Children:
    uint32_t *slots       # owned
    uint32_t room
    uint32_t runnable     # how many
    uint32_t waiting

cdef struct Node:         # what a pass over many siblings needs comes first: it fits half a cache line
    int64_t level         # when its turn comes, among its siblings
    int64_t id
    uint32_t place        # in its heap
    uint32_t first        # slot of the oldest child; 0: none, for the root in slot 0 is nobody's child
    uint16_t weight
    uint16_t deficit      # what the last division by the weight has left over
    uint8_t active        # has something to send
    uint8_t is_runnable   # is active, or something below it is: says in which heap it stands
    uint32_t last         # slot of the youngest child
    uint32_t parent
    uint32_t older        # slots of its neighbours among its parent's children, which are linked in the order in which
    uint32_t younger      # they came
    uint64_t idle         # turns that its children, all of them waiting, have had and do not show yet
    int64_t last_level    # of the child that was scheduled last
    PyObject *name        # owned: the stream's id as it was given
    uint64_t born         # how many came before it
    Children children

cdef struct Heap:
    uint32_t *first
    int64_t step
    uint32_t count


cdef inline Heap runnable_heap(const Node *parent) noexcept nogil:
    return Heap(parent.children.slots, 1, parent.children.runnable)


cdef inline Heap waiting_heap(const Node *parent) noexcept nogil:
    return Heap(parent.children.slots + parent.children.room - 1, -1, parent.children.waiting)


cdef inline uint32_t at(Heap heap, uint32_t place) noexcept nogil:
    return heap.first[heap.step * <int64_t>place]


cdef inline bint is_before(const Node *one, int64_t level, int64_t id) noexcept nogil:
    return one.level < level or (one.level == level and one.id < id)


cdef inline void put(Heap heap, Node *nodes, uint32_t place, uint32_t slot) noexcept nogil:
    heap.first[heap.step * <int64_t>place] = slot
    nodes[slot].place = place


cdef inline void sift_up(Heap heap, Node *nodes, uint32_t place) noexcept nogil:
    """Moves what stands at `place` forward until its order is right."""
    cdef uint32_t slot = at(heap, place)
    cdef uint32_t above
    while place:
        above = at(heap, (place - 1) // 2)
        if is_before(&nodes[above], nodes[slot].level, nodes[slot].id):
            break
        put(heap, nodes, place, above)
        place = (place - 1) // 2
    put(heap, nodes, place, slot)


cdef inline void sift_down(Heap heap, Node *nodes, uint32_t place) noexcept nogil:
    """Moves what stands at `place` back until its order is right."""
    cdef uint32_t slot = at(heap, place)
    cdef uint64_t below = 2 * <uint64_t>place + 1
    while below < heap.count:
        if (below + 1 < heap.count
                and is_before(&nodes[at(heap, <uint32_t>below + 1)], nodes[at(heap, <uint32_t>below)].level,
                              nodes[at(heap, <uint32_t>below)].id)):
            below += 1
        if is_before(&nodes[slot], nodes[at(heap, <uint32_t>below)].level, nodes[at(heap, <uint32_t>below)].id):
            break
        put(heap, nodes, place, at(heap, <uint32_t>below))
        place = <uint32_t>below
        below = 2 * <uint64_t>place + 1
    put(heap, nodes, place, slot)


cdef inline void heapify(Heap heap, Node *nodes) noexcept nogil:
    cdef uint32_t place
    for place in range(heap.count // 2, 0, -1):
        sift_down(heap, nodes, place - 1)


cdef inline void enqueue(Node *nodes, uint32_t slot) noexcept nogil:
    """Puts a node into the heap of its parent that its `is_runnable` names. There must be room."""
    cdef Node *parent = &nodes[nodes[slot].parent]
    cdef Heap heap
    if nodes[slot].is_runnable:
        parent.children.runnable += 1
        heap = runnable_heap(parent)
    else:
        parent.children.waiting += 1
        heap = waiting_heap(parent)
    put(heap, nodes, heap.count - 1, slot)
    sift_up(heap, nodes, heap.count - 1)


cdef inline void dequeue(Node *nodes, uint32_t slot) noexcept nogil:
    """Takes a node out of its heap; the last one there takes its place."""
    cdef Node *parent = &nodes[nodes[slot].parent]
    cdef uint32_t place = nodes[slot].place
    cdef uint32_t moved
    cdef Heap heap
    if nodes[slot].is_runnable:
        heap = runnable_heap(parent)
        parent.children.runnable -= 1
    else:
        heap = waiting_heap(parent)
        parent.children.waiting -= 1
    heap.count -= 1
    if place != heap.count:
        moved = at(heap, heap.count)
        put(heap, nodes, place, moved)
        sift_up(heap, nodes, place)
        sift_down(heap, nodes, nodes[moved].place)


cdef inline uint32_t take_turn(Node *node) noexcept nogil:
    """A turn costs 256 / weight levels; what the division leaves over counts at the next one. How many it were."""
    cdef uint32_t credit = 256 + <uint32_t>node.deficit
    cdef uint32_t levels = credit // node.weight
    node.level += levels
    node.deficit = <uint16_t>(credit - levels * node.weight)
    return levels


cdef inline void take_turns(Node *node, uint64_t turns) noexcept nogil:
    """As so many times take_turn(), at least once."""
    cdef uint64_t credit = 256 * turns + node.deficit
    node.level += <int64_t>(credit // node.weight)
    node.deficit = <uint16_t>(credit % node.weight)


cdef inline uint32_t overtaken(const Node *parent, const Node *nodes, int64_t level, int64_t id,
                               uint32_t *places) noexcept nogil:
    """Writes to `places` where the waiting children stand that are before (level, id): how many. They are the top of
    the heap, and come in the order of their places."""
    cdef Heap heap = waiting_heap(parent)
    cdef uint32_t found = 0
    cdef uint32_t seen = 0
    cdef uint64_t below
    if heap.count and is_before(&nodes[at(heap, 0)], level, id):
        places[0] = 0
        found = 1
    while seen < found:
        below = 2 * <uint64_t>places[seen] + 1
        seen += 1
        if below < heap.count and is_before(&nodes[at(heap, <uint32_t>below)], level, id):
            places[found] = <uint32_t>below
            found += 1
        if below + 1 < heap.count and is_before(&nodes[at(heap, <uint32_t>below + 1)], level, id):
            places[found] = <uint32_t>below + 1
            found += 1
    return found
