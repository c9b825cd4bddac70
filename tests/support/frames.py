"""What can be seen of a frame of either implementation, as plain values that compare."""


def plain(value):
    """A value of either side as one of neither."""
    if type(value).__name__ == "Flags":
        return ("Flags", sorted(value))
    return (type(value).__name__, value)


def fields(frame):
    return [(name, plain(value)) for name, value in vars(frame).items()]


def outcome(action, *arguments):
    """What `action` returns, or the class and the text of what it raises."""
    try:
        return "returned", action(*arguments)
    except Exception as error:
        cause = None if error.__cause__ is None else type(error.__cause__).__name__
        return "raised", type(error).__name__, str(error), cause


def portrait(frame):
    """Everything that can be seen of a frame. Its serialised form first: looking at `vars` changes the way it goes."""
    text = outcome(repr, frame)
    wire = outcome(frame.serialize)
    measured = outcome(lambda: frame.flow_controlled_length)
    seen = type(frame).__name__, text, wire, measured, frame.stream_id, sorted(frame.flags), frame.body_len
    return seen, fields(frame), outcome(repr, frame), outcome(frame.serialize)


def parsed(side, octets):
    """The portrait of the frame in `octets`, or of what is left of it after an error."""
    frame, length = side.Frame.parse_frame_header(memoryview(octets)[:9])
    result = outcome(frame.parse_body, memoryview(octets)[9:])
    return result, length, portrait(frame)
