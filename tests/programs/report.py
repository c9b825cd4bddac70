"""What fasth2.status() says in a program under test."""
import re

from programs.recipes import REPORTS

LAYERS = ("hpack", "hyperframe", "priority", "h2")


def prove(text, side, program=None):
    """Raise an AssertionError unless the report `text` (str) of fasth2.status() is one of `side` (str): on fasth2, the
    one that the page shows for `program` (str, its heading; None: for any of them)."""
    first, *lines = text.strip().splitlines()
    states = dict(line.split(None, 1) for line in lines)
    assert tuple(states) == LAYERS, text
    if side == "fasth2":
        shown = [REPORTS[program]] if program else REPORTS.values()
        assert re.fullmatch(r"fasth2 \S+ is on", first), text
        assert [*map(alike, lines)] in [[*map(alike, report)] for report in shown], text
    else:
        assert re.fullmatch(r"fasth2 \S+ is off", first), text
        assert all(state.startswith("is upstream's") for state in states.values()), text


def alike(line):
    """`line` (str) without the version of priority: all programs are tested in one environment, which has Twisted's or
    Hypercorn's, where each of them alone has its own or none."""
    return re.sub("(in place of priority) .*", r"\1", line)
