"""Priority trees as plain values that compare."""
import copy


def tree_state(tree):
    """All that can be seen of a PriorityTree of either implementation. Looks at a copy: looking loosens fasth2's."""
    streams = copy.deepcopy(tree)._streams
    return list(streams), {
        stream_id: {
            "weight": stream.weight,
            "active": stream.active,
            "parent": stream.parent and stream.parent.stream_id,
            "children": [child.stream_id for child in stream.children],
            "queue": sorted((level, child.stream_id) for level, child in stream.child_queue),
            "last_weight": stream.last_weight,
            "deficit": stream._deficit,
        }
        for stream_id, stream in streams.items()
    }


def outcome(call, *arguments):
    """What a call comes to: ("returned", value), or ("raised", names of the class and its bases, message)."""
    try:
        return "returned", call(*arguments)
    except Exception as error:
        return "raised", [each.__name__ for each in type(error).__mro__], str(error)
