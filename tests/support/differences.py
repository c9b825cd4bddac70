"""Where fasth2's frames and priority trees differ from upstream's on purpose, as conditions on an input.

Each name is that of a row of docs/compatibility.md. An input to which no condition applies must come to the same. For
header blocks support.mended has upstream with the differences put in, so that all inputs can be compared there.
"""


def corrected(octets):
    """The row of docs/compatibility.md that makes fasth2 differ on this frame, or None."""
    frame_type, flags, payload = octets[3], octets[4], octets[9:]
    padded = flags & 0x08
    on_connection = not any((octets[5] & 0x7F, *octets[6:9]))
    if (frame_type in (0x1, 0x5) and on_connection) or (frame_type in (0x4, 0x7) and not on_connection):
        return None  # there is no frame
    if frame_type == 0x8 and len(payload) == 4 and payload[0] & 0x80:
        return "B5"
    if frame_type == 0x7 and len(payload) >= 8 and payload[0] & 0x80:
        return "B6"
    if frame_type == 0x1 and padded and payload:
        rest = len(payload) - 1
        taken = 5 if flags & 0x20 else 0
        if rest >= taken and (payload[0] >= rest) != (payload[0] > rest - taken) and payload[0]:
            return "B3"
    if frame_type == 0x5:
        start = 1 if padded else 0
        if len(payload) >= start + 4:
            if payload[start] & 0x80:
                return "B6"
            promised = int.from_bytes(payload[start:start + 4], "big")
            legal = promised and not promised % 2  # checked first, by both
            if legal and padded and len(payload) - 5 < payload[0] < len(payload):
                return "B4"
    if frame_type == 0x4 and not flags & 0x01 and any(payload[i] for i in range(0, len(payload) - 5, 6)):
        return "B7"
    return None


def row_of_frame(octets):
    """The row that makes a connection go another way over this frame, or None."""
    sizes = [octets[at + 2:at + 6] for at in range(9, len(octets) - 5, 6) if octets[at:at + 2] == b"\x00\x01"]
    if octets[3] == 0x4 and sizes and min(sizes) < sizes[-1]:
        return "settings-twice"
    return corrected(octets)


def tree_difference(tree, operation):
    """The row that a call [method, argument, ...] on priority's `tree` may lead to, or None.

    `shared-children`: upstream's tree stops being one here, and its time can double with every further call.
    tests/differential/test_priority.py goes that way, with few calls. `maximum-streams`: a parent that is inserted
    together with its first child is one stream too many.
    """
    takes_parent = operation[0] == "insert_stream" and operation[2] and operation[2] not in tree._streams
    if takes_parent and len(tree._streams) + 2 > tree._maximum_streams:
        return "maximum-streams"
    if operation[0] == "reprioritize" and below(tree, *operation[1:3]):
        return "shared-children"
    return None


def below(tree, stream_id, parent_id):
    """Would upstream's tree stop being one: does the parent depend on the stream, and has it children itself?"""
    parent = tree._streams.get(parent_id)
    return bool(parent and parent.children) and stream_id in ancestors(parent)


def ancestors(stream):
    while stream.parent is not None:
        stream = stream.parent
        yield stream.stream_id
