"""C interface of the priority tree."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from fasth2.tree.ids cimport Ids
from fasth2.tree.siblings cimport Node


cdef class Tree:
    cdef Node *nodes            # owned; the root is in slot 0. NULL in a loosened tree
    cdef uint32_t *scratch      # owned; as much room as for nodes
    cdef uint32_t room
    cdef uint32_t used          # slots that ever had a node
    cdef uint32_t free          # the first slot that has none any more, linked by `younger`; 0: none
    cdef Ids ids                # of all nodes but the root
    cdef uint64_t births
    cdef uint32_t idle_nodes    # how many nodes have `idle` turns
    cdef object maximum         # int: the most nodes, the root counted
    cdef int64_t limit          # the same, cut to what fits
    cdef dict streams           # id -> Stream in a loosened tree, else None
    cdef object walking         # the lock (RLock) of those who walk a loosened tree
    cdef uint32_t forks         # how many forks led to the process that made it
    cdef int64_t handed_on      # see fasth2.tree.stepwise

    # As upstream's methods. MemoryError leaves the tree as it was.
    cpdef insert_stream(self, stream_id, depends_on=*, weight=*, exclusive=*)
    cpdef reprioritize(self, stream_id, depends_on=*, weight=*, exclusive=*)
    cpdef remove_stream(self, stream_id)
    cpdef block(self, stream_id)
    cpdef unblock(self, stream_id)
    cdef next_stream(self)      # the id (int) of the stream to serve; DeadlockError where all are blocked
