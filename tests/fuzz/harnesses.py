"""Every harness by its name. Each compares fasth2 with upstream; header blocks with libnghttp2 too."""
from importlib import import_module

from fuzz.driver import Harness

# Name -> (module with Session, module with next_operation, LENGTH and JUDGED).
MODULES = {
    "headers": ("fuzz.sessions", "fuzz.operations"),
    "frames": ("fuzz.frames", "fuzz.frames"),
    "trees": ("fuzz.trees", "fuzz.trees"),
    "connections": ("fuzz.connections", "fuzz.scripts"),
}


def load(name):
    """The Harness of that name; ImportError where its upstream is not installed."""
    session, generator = map(import_module, MODULES[name])
    return Harness(name, session.Session, generator.next_operation, generator.LENGTH, generator.JUDGED)
