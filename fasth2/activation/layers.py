"""The layers that fasth2 can replace, and what of them is loaded."""
import sys


class Mirror:
    """What fasth2 stands in for: one upstream package.

    version: str, the one that fasth2 mirrors. fasth2's own package is `fasth2.` and upstream's name.
    older: str, other versions that it can stand in for as well, with spaces between: they do the same.
    modules: str, the modules below it, with spaces between.
    connections: classes (full names) whose objects carry a connection from one call to the next. Such an object stays
        of the class that it was made of, so none may be alive when the layer is exchanged.
    compared: classes (full names, with spaces between) with which upstream's own code compares the objects of
        connections that are alive. There the name stays upstream's.
    needs: str, the layers that fasth2's stands on, with spaces between. It is replaced together with them, or not.
    values: str, modules and classes (full names, with spaces between) whose objects go to the program and back: events,
        exceptions, enums. Where it is given, only these change hands inside upstream's own modules as well, and what
        else is there goes on with upstream's.
    """

    def __init__(self, version, modules, connections, *, older="", compared="", needs="", values=""):
        self.version = version
        self.older = older.split()
        self.modules = modules.split()
        self.connections = connections
        self.compared = compared.split()
        self.needs = needs.split()
        self.values = values.split()


_CONNECTION = "h2.connection.H2Connection"

# Upstream's top-level package -> what fasth2 mirrors of it. What a layer needs stands before it.
LAYERS = {
    "hpack": Mirror(
        "4.2.0", "exceptions hpack huffman huffman_constants huffman_table struct table",
        [_CONNECTION, "hpack.hpack.Encoder", "hpack.hpack.Decoder"],
    ),
    "hyperframe": Mirror("6.1.0", "exceptions flags frame", [_CONNECTION]),
    "priority": Mirror(
        "2.0.0", "priority", ["priority.priority.PriorityTree"],
        older="1.3.0",  # Twisted's
        compared="priority.priority.Stream",
    ),
    "h2": Mirror(
        "4.4.1", "_typing config connection errors events exceptions frame_buffer settings stream utilities windows",
        [_CONNECTION],
        needs="hpack hyperframe",
        values="h2.errors h2.events h2.exceptions h2.settings.SettingCodes h2.settings.ChangedSetting "
               "h2.connection.ConnectionState h2.connection.ConnectionInputs h2.connection.AllowedStreamIDs "
               "h2.stream.StreamState h2.stream.StreamInputs h2.stream.StreamClosedBy",
    ),
}


def modules(layer):
    """The names of upstream's modules of `layer`, the package first (list of str)."""
    return [layer, *(f"{layer}.{module}" for module in LAYERS[layer].modules)]


def loaded(layer):
    """Those of `modules` that stand in sys.modules, whosever modules they are."""
    return [name for name in modules(layer) if sys.modules.get(name) is not None]  # None blocks an import


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
