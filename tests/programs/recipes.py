"""The files and commands of docs/recipes.md: what its fenced blocks say, word for word.

A block with a title is a file of that name, a block of `sh` has a command a line.
"""
import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
SECTIONS = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
# Heading -> the lines of what status() says in that program, the first one left out.
REPORTS = {
    heading: report.splitlines()[1:]
    for heading, section in SECTIONS.items()
    for report in re.findall(r"^```text\n(fasth2 .*?)^```$", section, re.MULTILINE | re.DOTALL)
}
COMMANDS = "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)).splitlines()
PORTS = ("8443", "9443")  # that the page uses; the tests take free ones in their place


def command(start):
    """The one command (str) of the page that starts so, not counting an assignment to the environment before it."""
    found = [line for line in COMMANDS if line.removeprefix("PYTHONPATH=. ").startswith(start)]
    if len(found) != 1:
        raise LookupError(f"docs/recipes.md has {len(found)} commands that start with {start!r}")
    return found[0]


def heading(start):
    """The heading (str) under which the command of the page that starts so stands."""
    return next(heading for heading, section in SECTIONS.items() if command(start) in section.splitlines())
