"""What fasth2.status() says in a program under test."""

LOADED = ("h2",)                 # the engine, which every program has loaded when it is asked
BELOW = ("hpack", "hyperframe")  # loaded only where the program itself imports them: the engine needs none of them


def prove(text, side):
    """Raise an AssertionError unless the report `text` (str) of fasth2.status() is one of `side` (str)."""
    assert is_on(text) == (side == "fasth2"), text


def is_on(text):
    """Whether the report `text` (str) of fasth2.status() says that the engine runs, and that no layer below is
    upstream's; an AssertionError where it says neither that nor that all of them are off."""
    first, *lines = text.strip().splitlines()
    states = dict(line.split(None, 1) for line in lines)
    assert {*LOADED, *BELOW} <= states.keys(), text
    if (
        first.endswith(" is on")
        and all(states[name].startswith(f"is fasth2.{name}, ") for name in LOADED)
        and all(states[name].startswith((f"is fasth2.{name}, ", f"will be fasth2.{name} ")) for name in BELOW)
    ):
        return True
    assert all(states[name].startswith("is upstream's") for name in (*LOADED, *BELOW)), text
    return False
