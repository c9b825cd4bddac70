"""The layers that fasth2 can replace, and what of them is loaded."""
import sys

# Upstream's top-level package -> its one version that fasth2 mirrors. fasth2's own is `fasth2.` and the same name.
LAYERS = {
    "hpack": "4.2.0",
    "hyperframe": "6.1.0",
}

# Layer -> the classes whose objects carry a connection from one call to the next, by upstream's names. Such an object
# stays of the class that it was made of, so none may be alive when the layer is exchanged.
CONNECTIONS = {
    "hpack": ("h2.connection.H2Connection", "hpack.hpack.Encoder", "hpack.hpack.Decoder"),
    "hyperframe": ("h2.connection.H2Connection",),
    "priority": ("priority.priority.PriorityTree",),
    "h2": ("h2.connection.H2Connection",),
}

# Layers whose classes are meant to be derived from: a class that somebody derived from upstream's stays upstream's.
DERIVED = {"h2"}


def loaded(layer):
    """Upstream's module names (list of str) of `layer` that stand in sys.modules, whosever modules they are."""
    names = [name for name in sys.modules.copy() if is_within(name, layer)]
    return [name for name in names if sys.modules.get(name) is not None]  # None blocks an import, and is no module


def is_replaced(name):
    """Whether upstream's module `name` (str) is fasth2's module at this moment."""
    module = sys.modules.get(name)
    return module is not None and module is sys.modules.get(f"fasth2.{name}")


def stock(layer):
    """As `loaded`, but for upstream's own modules only."""
    return [name for name in loaded(layer) if not is_replaced(name)]


def is_within(name, *packages):
    """Whether the module `name` (str) is one of `packages` (str) or below one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)
