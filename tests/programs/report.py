"""What fasth2.status() says in a program under test."""


def prove(text, side):
    """Raise an AssertionError unless the report `text` (str) of fasth2.status() is one of `side` (str)."""
    assert is_on(text) == (side == "fasth2"), text


def is_on(text):
    """Whether the report `text` (str) of fasth2.status() says that fasth2 is in place of both layers; an
    AssertionError where it says neither that nor that it is off."""
    lines = text.strip().splitlines()
    states = [line.split(None, 1)[1] for line in lines[1:] if line.split()[0] in ("hpack", "hyperframe")]
    assert len(states) == 2, text
    if all(state.startswith("is fasth2.") for state in states) and lines[0].endswith(" is on"):
        return True
    assert all(state.startswith("is upstream's") for state in states), text
    return False
