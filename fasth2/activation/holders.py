"""Which loaded modules hold on to objects of a layer, as `from hpack import Encoder` does."""
import sys
from types import ModuleType

_namespace = ModuleType.__dict__["__dict__"].__get__  # past __getattr__ and lazy modules: looking must load nothing


def holders(packages):
    """Names (sorted list of str) of the loaded modules that have at module level a module, class or function of
    `packages` (upstream's names, or fasth2's such as "fasth2.hpack"), those packages and fasth2 aside."""
    loaded = [(name, module) for name, module in list(sys.modules.items()) if isinstance(module, ModuleType)]
    inside = [module for name, module in loaded if _is_within(name, packages)]
    homes = {name.rpartition(".")[2] for name in packages} | {"fasth2"}
    objects = {id(module) for module in inside}
    for module in inside:
        objects |= {id(value) for value in list(_namespace(module).values()) if _home(value) in homes}
    return sorted(
        name
        for name, module in loaded
        if id(module) not in objects
        and not _is_within(name, ["fasth2"])
        and any(id(value) in objects for value in list(_namespace(module).values()))
    )


def _is_within(name, packages):
    """Whether the module `name` (str) is one of `packages` (iterable of str) or below one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _home(value):
    """The top-level package in which a class or function says it was defined, or None for other values."""
    home = getattr(value, "__module__", None) if callable(value) else None
    return home.partition(".")[0] if isinstance(home, str) else None
