"""The dicts of loaded modules. Looking at them runs no code of theirs: a lazy module stays unloaded."""
import sys
from itertools import chain
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType

from fasth2.activation.layers import is_within

_names_of_module = ModuleType.__dict__["__dict__"].__get__


def namespace(module):
    """The dict in which `module` keeps its names, or None where it has no plain one. What stands in sys.modules may be
    any object, and may compute `__dict__`, `__class__` and every attribute."""
    if type(module) is ModuleType:
        return _names_of_module(module)
    for cls in type(module).__mro__:
        descriptor = cls.__dict__.get("__dict__")
        if type(descriptor) in (GetSetDescriptorType, MemberDescriptorType):
            found = descriptor.__get__(module)
            return found if type(found) is dict else None
        if descriptor is not None:
            return None
    return None


def namespaces(others=()):
    """Pairs (module name, dict) of all loaded modules and of `others` (iterable of such names and modules), which go by
    those names; fasth2's own aside, each dict once."""
    modules = [*others, *sys.modules.copy().items()]
    found = {}
    for name, module in modules:
        names = namespace(module)
        if names is not None:
            found.setdefault(id(names), (name, names))
    for name, module in modules:
        if name.startswith("fasth2") and is_within(name, "fasth2"):
            found.pop(id(namespace(module)), None)
    return list(found.values())


def names_of(objects, others=()):
    """Where `objects` (a set of ids) have a name at module level: triples (module name, name, object)."""
    pairs = namespaces(others)
    return [
        (module, name, value)
        for module, names in (pairs if mentioned(objects, *(names for _, names in pairs)) else ())
        if mentioned(objects, names)
        for name, value in names.copy().items()
        if id(value) in objects
    ]


def mentioned(objects, *dicts):
    """Whether one of `objects` (a set of ids) is among the values of `dicts`."""
    try:
        return not objects.isdisjoint(map(id, chain.from_iterable(names.values() for names in dicts)))
    except RuntimeError:  # another thread has added a name
        return any(not objects.isdisjoint(map(id, names.copy().values())) for names in dicts)
