"""The environment variables of fasth2, all called FASTH2_ and something."""
import os


def is_set(name):
    """Whether the variable `name` (str) says yes: it is there, and neither empty nor 0."""
    return os.environ.get(name, "") not in ("", "0")
