"""Which slot has the stream with a given id: a hash table with open addressing. Calls no Python.

The ids are a peer's choice, so the hash has a multiplier that it cannot know.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from fasth2.tree.siblings cimport Node


cdef struct Ids:
    uint32_t *slots       # owned; 0: empty, for the root is not in here
    uint32_t mask         # places less one, a power of two less one; 0: no places yet
    uint32_t count
    uint64_t multiplier   # odd


cdef inline uint32_t home(const Ids *ids, int64_t id) noexcept nogil:
    """Where the search for an id begins."""
    return <uint32_t>((<uint64_t>id * ids.multiplier) >> 32) & ids.mask


cdef inline uint32_t ids_find(const Ids *ids, const Node *nodes, int64_t id) noexcept nogil:
    """The slot of the node with that id, or 0."""
    cdef uint32_t place
    if ids.mask == 0:
        return 0
    place = home(ids, id)
    while ids.slots[place] and nodes[ids.slots[place]].id != id:
        place = (place + 1) & ids.mask
    return ids.slots[place]


cdef inline void ids_add(Ids *ids, const Node *nodes, uint32_t slot) noexcept nogil:
    """Enters a node that is not in it. There must be an empty place, and another one to end searches."""
    cdef uint32_t place = home(ids, nodes[slot].id)
    while ids.slots[place]:
        place = (place + 1) & ids.mask
    ids.slots[place] = slot
    ids.count += 1


cdef inline void ids_remove(Ids *ids, const Node *nodes, int64_t id) noexcept nogil:
    """Takes the node with that id out, and moves up those that were put further on because of it."""
    cdef uint32_t hole = home(ids, id)
    cdef uint32_t place
    while nodes[ids.slots[hole]].id != id:
        hole = (hole + 1) & ids.mask
    place = hole
    while True:
        place = (place + 1) & ids.mask
        if ids.slots[place] == 0:
            break
        if ((place - home(ids, nodes[ids.slots[place]].id)) & ids.mask) >= ((place - hole) & ids.mask):
            ids.slots[hole] = ids.slots[place]
            hole = place
    ids.slots[hole] = 0
    ids.count -= 1
