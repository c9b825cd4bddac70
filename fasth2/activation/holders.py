"""Which loaded modules hold on to objects of a layer, as `from hpack import Encoder` does."""
import sys
from types import ModuleType

from fasth2.activation.layers import loaded

_namespace = ModuleType.__dict__["__dict__"].__get__  # past __getattr__ and lazy modules: looking must load nothing


def holders(layers):
    """Names (sorted list of str) of the loaded modules, outside `layers` (str) and fasth2, that have at module level
    a module, class or function of what is loaded under the names of `layers`."""
    insiders = (*layers, "fasth2")
    objects = {}
    for module in [sys.modules[name] for layer in layers for name in loaded(layer)]:
        objects[id(module)] = module
        for value in list(_namespace(module).values()):
            if _home(value) in insiders:
                objects[id(value)] = value
    return sorted(
        name
        for name, module in list(sys.modules.items())
        if isinstance(module, ModuleType)
        and name.partition(".")[0] not in insiders
        and any(id(value) in objects for value in list(_namespace(module).values()))
    )


def _home(value):
    """The top-level package in which a class or function was defined, or None for other values."""
    home = getattr(value, "__module__", None) if callable(value) else None
    return home.partition(".")[0] if isinstance(home, str) else None
