"""The environment variables of fasth2, all called FASTH2_ and something."""
import os


def is_set(name):
    """Whether the variable `name` (str) says yes: it is there, and neither empty nor 0."""
    return os.environ.get(name, "") not in ("", "0")


def only():
    """The layers (list of str) that FASTH2_ONLY names, separated by commas; None where it names none."""
    return os.environ.get("FASTH2_ONLY", "").replace(",", " ").split() or None
