"""Objects and classes that cannot be turned from one side's to the other's: connections that are alive, subclasses."""
import gc
import sys

from fasth2.activation.layers import LAYERS
from fasth2.activation.namespaces import namespace


def connection_classes(layers, modules):
    """The classes (list) whose objects are connections of `layers` (list of str), as far as they are loaded: in
    `modules` (dict, name -> module) or in sys.modules."""
    found = []
    for path in dict.fromkeys(path for layer in layers for path in LAYERS[layer].connections):
        module, _, name = path.rpartition(".")
        names = namespace(modules.get(module, sys.modules.get(module)))
        cls = names.get(name) if names else None
        if issubclass(type(cls), type):
            found.append(cls)
    return found


def objects_of(classes):
    """All objects of `classes` (list) and their subclasses that the garbage collector knows and cannot free, in the
    order of `classes`: the collector's is the order in which they were made only where there is a GIL."""
    wanted = {}  # by id: a metaclass may make classes unhashable
    for position, cls in enumerate(classes):
        for each in [cls, *subclasses([cls])]:
            wanted.setdefault(id(each), position)
    if wanted.keys().isdisjoint(map(id, map(type, gc.get_objects()))):
        return []
    gc.collect()  # a connection that was dropped is a cycle, and waits for this
    found = [each for each in gc.get_objects() if id(type(each)) in wanted]
    return sorted(found, key=lambda each: wanted[id(type(each))])


def subclasses(classes):
    """The classes derived from `classes` (list), directly or not."""
    found = {}
    waiting = list(classes)
    while waiting:
        for derived in type.__subclasses__(waiting.pop()):
            if id(derived) not in found:
                found[id(derived)] = derived
                waiting.append(derived)
    return list(found.values())


def derived_outside(objects):
    """The classes (list) that derive from those among `objects` (list) and are not themselves among them."""
    classes = [each for each in objects if issubclass(type(each), type)]
    inside = {id(cls) for cls in classes}
    return [derived for derived in subclasses(classes) if id(derived) not in inside]


def described(objects):
    """How many there are of which class, as list of str."""
    counts = {}
    for each in objects:
        name = name_of(type(each))
        counts[name] = counts.get(name, 0) + 1
    return [f"{count} {name} object{'s' * (count > 1)}" for name, count in counts.items()]


def name_of(cls):
    """The full name of a class."""
    return f"{cls.__module__}.{cls.__qualname__}"
