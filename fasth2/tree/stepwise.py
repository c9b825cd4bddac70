"""The tree's methods on Stream objects: for a tree that is no tree any more, and for ids that are not plain ints.

A PriorityTree that was loosened (see fasth2.tree.tree) has its streams in `_streams` (dict, id -> Stream, 0 being the
root) and is walked by these functions. They do what priority 2.0.0 does, step for step.
"""
from fasth2.errors.priority import (
    DuplicateStreamError,
    MissingStreamError,
    PriorityLoop,
    PseudoStreamError,
    TooManyStreamsError,
)
from fasth2.tree.stream import Stream


def insert_stream(tree, stream_id, depends_on, weight, exclusive):
    """`PriorityTree.insert_stream`."""
    if stream_id in tree._streams:
        raise DuplicateStreamError("Stream %d already in tree" % stream_id)
    refuse_more_than(tree, 1)
    stream = Stream(stream_id, weight)
    depends_on = depends_on or 0
    if depends_on and depends_on == stream_id:
        raise PriorityLoop("Stream %d must not depend on itself." % stream_id)
    if depends_on not in tree._streams:
        refuse_more_than(tree, 2)
    attach(parent_of(tree, depends_on), stream, exclusive)
    tree._streams[stream_id] = stream


def reprioritize(tree, stream_id, depends_on, weight, exclusive):
    """`PriorityTree.reprioritize`."""
    stream = changeable(tree, stream_id, "reprioritize")
    parent, is_below = tree._streams[0], False
    if depends_on:
        if depends_on == stream_id:
            raise PriorityLoop("Stream %d must not depend on itself" % stream_id)
        parent = parent_of(tree, depends_on)
        is_below = depends(parent, stream)
    stream.weight = weight
    if is_below:  # RFC 7540 section 5.3.3: the new parent first takes the place beside the stream
        parent.parent.remove_child(parent)
        stream.parent.add_child(parent)
    stream.parent.remove_child(stream, strip_children=False)
    attach(parent, stream, exclusive)


def remove_stream(tree, stream_id):
    """`PriorityTree.remove_stream`."""
    stream = changeable(tree, stream_id, "remove")
    del tree._streams[stream_id]
    stream.parent.remove_child(stream)


def set_active(tree, stream_id, active):
    """`PriorityTree.block` and `PriorityTree.unblock`."""
    changeable(tree, stream_id, "unblock" if active else "block").active = active


def changeable(tree, stream_id, verb):
    """The Stream with that id, if there is one and it is not the root."""
    if stream_id == 0:
        raise PseudoStreamError(f"Cannot {verb} stream 0")
    try:
        return tree._streams[stream_id]
    except KeyError:
        raise MissingStreamError("Stream %d not in tree" % stream_id) from None


def parent_of(tree, stream_id):
    """The Stream with that id. One that is not there, or no longer, comes back idle (RFC 7540 section 5.3.4)."""
    if stream_id not in tree._streams:
        tree.insert_stream(stream_id)
        tree.block(stream_id)
    return tree._streams[stream_id]


def attach(parent, stream, exclusive):
    """Makes `stream` a child of `parent`."""
    if exclusive:
        parent.add_child_exclusive(stream)
    else:
        parent.add_child(stream)


def depends(stream, other):
    """Whether `stream` depends on `other`, directly or not. PriorityLoop where its way up never ends."""
    seen = set()
    above = stream.parent
    while above.stream_id != other.stream_id:
        if above.stream_id == 0:
            return False
        if id(above) in seen:
            raise PriorityLoop("Stream %d is in a priority loop." % stream.stream_id)
        seen.add(id(above))
        above = above.parent
    return True


def refuse_more_than(tree, more):
    """TooManyStreamsError if `more` (int) further streams, the root counted, are over the maximum."""
    maximum = tree._maximum_streams
    if len(tree._streams) + more > maximum:
        raise TooManyStreamsError("Refusing to insert %d streams into priority tree at once" % (maximum + 1))
