"""Every harness by its name. Each compares fasth2 with upstream; header blocks with libnghttp2 too."""
from importlib import import_module

from fuzz.driver import Harness

# Name -> (module with the session's class, its name, module with next_operation, LENGTH and JUDGED).
MODULES = {
    "headers": ("fuzz.sessions", "Session", "fuzz.operations"),
    "frames": ("fuzz.frames", "Session", "fuzz.frames"),
    "trees": ("fuzz.trees", "Session", "fuzz.trees"),
    "connections": ("fuzz.connections", "Session", "fuzz.scripts"),
    "engine": ("fuzz.engine", "Session", "fuzz.scripts"),
    "engine-on-codecs": ("fuzz.engine", "SessionOnCodecs", "fuzz.scripts"),
}


def load(name):
    """The Harness of that name; ImportError where its upstream is not installed."""
    session, cls, generator = MODULES[name]
    session, generator = import_module(session), import_module(generator)
    return Harness(name, getattr(session, cls), generator.next_operation, generator.LENGTH, generator.JUDGED)
