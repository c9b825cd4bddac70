"""The dicts of loaded modules. Looking at them runs no code of theirs: a lazy module stays unloaded."""
import sys
from types import GetSetDescriptorType, MemberDescriptorType

from fasth2.activation.layers import LAYERS

_FIRST = {"h2", *LAYERS}


def namespace(module):
    """The dict in which `module` keeps its names, or None where it has no plain one. What stands in sys.modules may be
    any object, and may compute `__dict__`, `__class__` and every attribute."""
    for cls in type(module).__mro__:
        descriptor = cls.__dict__.get("__dict__")
        if type(descriptor) in (GetSetDescriptorType, MemberDescriptorType):
            found = descriptor.__get__(module)
            return found if type(found) is dict else None
        if descriptor is not None:
            return None
    return None


def namespaces(others=()):
    """Pairs (module name, dict) of all loaded modules and of `others` (iterable of such names and modules), fasth2's
    own aside; each dict once, those of h2 and of the layers first."""
    modules = [*sys.modules.copy().items(), *others]
    seen = {id(module) for name, module in modules if _package(name) == "fasth2"}
    found = []
    for name, module in modules:
        if id(module) in seen:
            continue
        seen.add(id(module))
        names = namespace(module)
        if names is not None and id(names) not in seen:
            seen.add(id(names))
            found.append((name, names))
    return sorted(found, key=lambda pair: _package(pair[0]) not in _FIRST)


def names_of(objects, others=()):
    """Where the module-level names of `objects` (a set of their ids) are: pairs (module name, name)."""
    return [
        (module, name)
        for module, names in namespaces(others)
        if mentions(names, objects)
        for name, value in names.copy().items()
        if id(value) in objects
    ]


def mentions(names, objects):
    """Whether a value of `names` (dict) is one of `objects` (a set of ids)."""
    try:
        return not objects.isdisjoint(map(id, names.values()))
    except RuntimeError:  # another thread has added a name
        return not objects.isdisjoint(map(id, names.copy().values()))


def _package(name):
    """The top-level package of the module `name` (str)."""
    return name.partition(".")[0]
