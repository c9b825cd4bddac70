"""Switches fasth2 on in a Python that was started under `fasth2 run`, and makes room for the sitecustomize it hides.

Every Python imports `sitecustomize` when it starts (see the documentation of `site`), and this folder stands first on
PYTHONPATH. Whichever Python is started may be of any version and of another environment, hence the old syntax.
"""
import os
import sys


def is_set(name):
    """Whether the environment variable `name` (str) says yes: it is there, and neither empty nor 0."""
    return os.environ.get(name, "") not in ("", "0")


def switch_on():
    """Switch fasth2 on where this Python has one that was compiled for it; otherwise go on without."""
    try:
        from fasth2.activation.child import switch_on

        switch_on(tell)
    except Exception:
        go_without(sys.exc_info()[1])


def go_without(error):
    """Go on as if nothing were there. An `error` that says more than that fasth2 is not here is told all the same.
    FASTH2_STRICT ends the process instead."""
    absent = isinstance(error, (ImportError, SyntaxError))
    if not absent or is_set("FASTH2_STRICT") or is_set("FASTH2_REPORT"):
        tell("fasth2: process %d, %s, is without fasth2: %s\n" % (os.getpid(), sys.executable, error))
    if is_set("FASTH2_STRICT"):
        os._exit(1)


def tell(line):
    """Write `line` (str) to standard error, if there is one. Not through Python's buffer: where nobody reads, what is
    left in it would change the exit status."""
    try:
        os.write(sys.__stderr__.fileno(), line if isinstance(line, bytes) else line.encode("utf-8", "replace"))
    except Exception:
        pass


def make_room():
    """Import the `sitecustomize` that comes after this one, if there is one. Whatever it raises, `site` gets."""
    here = os.path.dirname(__file__)
    sys.path[:] = [folder for folder in sys.path if folder != here]
    sys.modules.pop(__name__, None)
    import sitecustomize  # noqa: F401


this = sys.modules.get(__name__)  # Python 2 clears the globals of a module that nobody refers to
if not is_set("FASTH2_DISABLE"):
    switch_on()
make_room()
