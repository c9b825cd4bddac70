"""The tree's methods on Stream objects: for a tree that is no tree any more, and for ids that are not plain ints.

A PriorityTree that was loosened (see fasth2.tree.tree) has its streams in `_streams` (dict, id -> Stream, 0 being the
root) and is walked by these functions. They do what priority 2.0.0 does, step for step: a stream that moves keeps the
children that its former parent got too. Shared children multiply with every stream that goes, so there is a bound to
them: beyond it, every stream belongs to its parent alone again.
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
        bound_shares(tree, len(parent.children))
    stream.parent.remove_child(stream, strip_children=False)
    attach(parent, stream, exclusive)


def remove_stream(tree, stream_id):
    """`PriorityTree.remove_stream`."""
    stream = changeable(tree, stream_id, "remove")
    del tree._streams[stream_id]
    stream.parent.remove_child(stream)
    bound_shares(tree, len(stream.children))


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


def bound_shares(tree, handed_on):
    """Takes note of `handed_on` (int) children that a stream has left to its parent. When they are many, counts the
    children of all, and ends all sharing if they are several times as many as there are streams."""
    limit = 1024 + 8 * len(tree._streams)
    tree._handed_on += handed_on
    if tree._handed_on > limit:
        tree._handed_on = 0
        if sum(len(stream.child_queue) for stream in reachable(tree)) > limit:
            separate(tree)


def reachable(tree):
    """All Streams that next() can come to (list), the root first; streams that are gone can be among them."""
    found = [tree._root_stream]
    seen = {id(found[0])}
    for stream in found:
        for _, child in stream.child_queue:
            if id(child) not in seen:
                seen.add(id(child))
                found.append(child)
    return found


def separate(tree):
    """Leaves each stream to its parent alone, and to the root where its way up does not end there."""
    root = tree._root_stream
    streams = [stream for stream in tree._streams.values() if stream is not root]
    for stream in tree._streams.values():
        stream.children, stream.child_queue = [], []
    for stream in streams:
        if not is_rooted(tree, stream):
            stream.parent = root
    for stream in streams:
        stream.parent.add_child(stream)


def is_rooted(tree, stream):
    """Whether the way up from `stream` leads over streams of the tree to its root."""
    for _ in tree._streams:
        stream = stream.parent
        if stream is None or tree._streams.get(stream.stream_id) is not stream:
            return False
        if stream is tree._root_stream:
            return True
    return False


def refuse_more_than(tree, more):
    """TooManyStreamsError if `more` (int) further streams, the root counted, are over the maximum."""
    maximum = tree._maximum_streams
    if len(tree._streams) + more > maximum:
        raise TooManyStreamsError("Refusing to insert %d streams into priority tree at once" % (maximum + 1))
