"""Which object of fasth2's stands for which of upstream's, and whether upstream's are still upstream's."""
import sys
from enum import Enum, EnumMeta
from importlib import import_module
from struct import Struct
from types import FunctionType

from fasth2.activation.layers import is_replaced, is_within
from fasth2.activation.namespaces import namespace

_CONTAINERS = (dict, list, set, Struct)  # values that are objects of their own, as no number or string is
_MAKERS = ("abc", "dataclasses", "enum", "typing")


def counterparts(modules):
    """Pairs (upstream's object, fasth2's) for all modules, classes, members of enums, functions and containers of
    `modules` (dict, name -> upstream's module), by module and name. Imports fasth2's modules."""
    pairs = {}
    spaces = {id(namespace(module)) for module in modules.values()}
    for name, theirs, ours in _sides(modules):
        pairs[id(modules[name])] = modules[name], sys.modules[f"fasth2.{name}"]
        for attribute, value in theirs.items():
            own = ours.get(attribute)
            if not attribute.startswith("__") and _is_from(value, own, modules, spaces) and _is_ours(own, name):
                pairs.setdefault(id(value), (value, own))
                pairs.update({id(member): (member, twin) for member, twin in _members(value, own)})
    return list(pairs.values())


def own_objects(layer):
    """fasth2's own modules, classes, members of enums, functions and containers that its loaded modules of `layer`
    show (list)."""
    found = []
    for name in [name for name in sys.modules.copy() if is_within(name, f"fasth2.{layer}")]:
        module = sys.modules.get(name)
        values = (namespace(module) or {}).copy()
        public = [value for key, value in values.items() if not key.startswith("__")]
        shown = [value for value in public if _is_ours(value, layer)]
        found += [module, *shown, *(member for value in shown for member, _ in _members(value, value))]
    return found


def patches(modules):
    """What is not as upstream's source has made it in `modules` (dict, name -> upstream's module): names (list of str)
    of functions, classes, methods and values. A function tells by its globals in which module it was compiled."""
    spaces = {id(namespace(module)) for module in modules.values()}
    found = []
    for name, theirs, ours in _sides(modules):
        for attribute, own in ours.items():
            if attribute.startswith("__") or attribute not in theirs:
                continue
            value = theirs[attribute]
            if issubclass(type(value), type) and isinstance(own, type) and _home(value) in modules:
                if _home(value) == name:
                    found += [f"{name}.{attribute}.{method}" for method in _patched_methods(value, own, spaces)]
            elif not _is_as_made(value, own, spaces):
                found.append(f"{name}.{attribute}")
    return found


def strangers(layers, pairs):
    """Names (list of str) in h2's modules that hold something else than the `layers`' object of that name: a mock in
    place of `h2.connection.Encoder`, or a class of another copy of hpack. `pairs` as of `counterparts`."""
    known = {id(own) for pair in pairs for own in pair}
    expected = {value.__name__ for value, own in pairs if isinstance(value, (type, FunctionType))}
    found = []
    for module in [name for name in sys.modules.copy() if is_within(name, "h2") and not is_replaced(name)]:
        for attribute, value in (namespace(sys.modules.get(module)) or {}).copy().items():
            # h2 has a `_to_bytes` of its own, and an exception that is called as one of priority's.
            if id(value) in known or attribute.startswith("_") or _is_named_as_of(value, ["h2"]):
                continue
            if attribute in expected or _is_named_as_of(value, layers):
                found.append(f"{module}.{attribute}")
    return found


def _sides(modules):
    """(name, upstream's names, fasth2's names) of each of `modules`."""
    for name, module in modules.items():
        own = import_module(f"fasth2.{name}")
        yield name, (namespace(module) or {}).copy(), namespace(own).copy()


def _members(value, own):
    """Pairs (member, member of the same name) of two enums; an empty list where they are none."""
    if not (issubclass(type(value), EnumMeta) and issubclass(type(own), EnumMeta)):
        return []
    return [(member, own[name]) for name, member in value.__members__.items() if name in own.__members__]


def _is_from(value, own, modules, spaces):
    """Whether `value` was made by one of upstream's `modules`."""
    if issubclass(type(value), type):
        return _home(value) in modules
    if type(value) is FunctionType:
        return id(value.__globals__) in spaces
    return type(value) in _CONTAINERS and isinstance(own, type(value))


def _is_ours(value, name):
    """Whether `value`, in fasth2's module of upstream's `name` (str), is an object that fasth2 has made."""
    if isinstance(value, _CONTAINERS):
        return True
    home = getattr(value, "__module__", None) if callable(value) else None
    return isinstance(home, str) and is_within(home, name.partition(".")[0], "fasth2")


def _is_as_made(value, own, spaces):
    """Whether `value`, in an upstream module and no class, is what fasth2's `own` stands for."""
    if value is own:
        return True
    if type(value) is FunctionType:
        return id(value.__globals__) in spaces
    if callable(own):
        return False
    if type(value) is dict and isinstance(own, dict):
        return {_label(key): _label(part) for key, part in value.items()} == {
            _label(key): _label(part) for key, part in own.items()
        }
    if type(value) is list and isinstance(own, list):
        return [*map(_label, value)] == [*map(_label, own)]
    if type(value) in (int, str, bytes):
        return value == own
    return isinstance(own, type(value))


def _label(part):
    """`part` of a table, or its name if it is a class, a function or a member of an enum: the same on both sides."""
    if type(part) is tuple:
        return tuple(map(_label, part))
    if isinstance(part, Enum):
        return type(part).__name__, part.name
    if issubclass(type(part), type) or type(part) is FunctionType:
        return part.__module__, part.__qualname__
    return part


def _patched_methods(cls, own, spaces):
    """Names in the dict of upstream's class `cls` under which there is code that was not compiled there, or no code
    where fasth2's class `own` has a method."""
    if hasattr(cls, "_fields"):
        return []  # a NamedTuple: collections has made its methods
    return [
        name
        for name, value in vars(cls).items()
        if value is not vars(own).get(name, cls)  # what an enum has of the type of its members
        for part in _parts(value)
        if (not _is_made_in(part, spaces) if type(part) is FunctionType else callable(part))
        or (part is value and not callable(part) and callable(getattr(own, name, None)))
    ]


def _is_made_in(function, spaces):
    """Whether `function` has the globals (`spaces`, a set of ids) of upstream's modules, or of one that makes methods
    for their classes."""
    return id(function.__globals__) in spaces or function.__globals__.get("__name__") in _MAKERS


def _parts(value):
    """The functions in a value of a class's dict."""
    if type(value) in (staticmethod, classmethod):
        return [value.__func__]
    if type(value) is property:
        return [part for part in (value.fget, value.fset, value.fdel) if part is not None]
    return [value]


def _home(cls):
    """The module in which the class `cls` says that it was made."""
    return vars(cls).get("__module__")


def _is_named_as_of(value, layers):
    """Whether `value` is a class or function that says it is of one of `layers`."""
    home = _home(value) if issubclass(type(value), type) else None
    home = value.__module__ if type(value) is FunctionType else home
    return isinstance(home, str) and is_within(home, *layers)
