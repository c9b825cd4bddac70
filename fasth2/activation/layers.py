"""The layers that fasth2 can replace, and what of them is loaded."""
import sys

# Upstream's top-level package -> its one version that fasth2 mirrors. fasth2's own is `fasth2.` and the same name.
LAYERS = {
    "hpack": "4.2.0",
    "hyperframe": "6.1.0",
    "priority": "2.0.0",
}


def loaded(layer):
    """Upstream's module names (list of str) of `layer` that stand in sys.modules, whosever modules they are."""
    names = [name for name in list(sys.modules) if name == layer or name.startswith(f"{layer}.")]
    return [name for name in names if sys.modules.get(name) is not None]  # None blocks an import, and is no module


def is_replaced(name):
    """Whether upstream's module `name` (str) is fasth2's module at this moment."""
    module = sys.modules.get(name)
    return module is not None and module is sys.modules.get(f"fasth2.{name}")


def stock(layer):
    """As `loaded`, but for upstream's own modules only."""
    return [name for name in loaded(layer) if not is_replaced(name)]
