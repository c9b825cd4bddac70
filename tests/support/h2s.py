"""Implementations of h2's API side by side in one process, each with its own modules.

`stock()` is h2 4.4.1 on hpack and hyperframe, as it is installed: the oracle. `on_codecs()` is the same source on
fasth2's codecs, `changed()` stock's source with a change of its text, and `own()` fasth2's h2.
"""
import importlib
import re
import sys
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from itertools import count
from pathlib import Path

MODULES = ("config", "connection", "errors", "events", "exceptions", "frame_buffer", "settings", "stream", "utilities",
           "windows")
VERSION = "4.4.1"
_numbers = count()


class H2:
    """The modules of `package` (str), as attributes; `struct` is the module whose header tuples go with them.

    claims: fasth2's header tuples say that they are of the class that `hpack.struct` in sys.modules has; a copy of h2
        that runs on them must find them there."""

    def __init__(self, name, package, hpack, claims=False):
        self.name = name
        for module in MODULES:
            setattr(self, module, importlib.import_module(f"{package}.{module}"))
        self.struct = importlib.import_module(f"{hpack}.struct")
        self.claims = claims

    def __enter__(self):
        """Calls of this implementation are made inside of `with`."""
        if self.claims:
            self._before = sys.modules["hpack.struct"]
            sys.modules["hpack.struct"] = self.struct

    def __exit__(self, *error):
        if self.claims:
            sys.modules["hpack.struct"] = self._before

    def __repr__(self):
        return self.name


def stock():
    """h2 itself; RuntimeError where its names lead to fasth2, since nothing would be compared then."""
    h2 = importlib.import_module("h2.connection")
    own = Path(importlib.import_module("fasth2").__file__).parent
    homes = [Path(h2.__file__), Path(h2.Encoder.__init__.__code__.co_filename)]
    if importlib.import_module("h2").__version__ != VERSION or any(own in home.parents for home in homes):
        raise RuntimeError(f"`h2` does not lead to h2 {VERSION} on its own codecs here")
    return on_mended(H2("h2", copied(lambda module, source: source), "hpack"))


def on_mended(h2):
    """With hpack's codecs that have the documented differences put in (support.mended)."""
    from support.mended import Decoder, Encoder  # not where fasth2 is installed in hpack's place (support.replay)

    h2.connection.Encoder, h2.connection.Decoder = Encoder, Decoder
    return h2


def own():
    """fasth2's h2."""
    return H2("fasth2.h2", "fasth2.h2", "fasth2.hpack")


def on_codecs():
    """h2's source on fasth2's codecs."""
    def change(module, source):
        return re.sub(r"^( *)from (hpack|hyperframe)\b", r"\1from fasth2.\2", source, flags=re.MULTILINE)

    return H2("h2 on fasth2's codecs", copied(change), "fasth2.hpack", claims=True)


def changed(module, old, new):
    """Stock h2 whose `module` (str) has the text `new` wherever h2's has `old`."""
    def change(name, source):
        if name != module:
            return source
        assert old in source, f"h2.{module} has no {old!r}"
        return source.replace(old, new)

    return on_mended(H2(f"h2 with {new!r}", copied(change), "hpack"))


def copied(change):
    """The name of a new package, whose modules are h2's as `change(module, source)` gives them."""
    package = f"h2_copy_{next(_numbers)}"
    finder = _Finder(package, Path(importlib.import_module("h2").__file__).parent, change)
    sys.meta_path.insert(0, finder)
    try:
        for module in MODULES:
            say_they_are_h2s(importlib.import_module(f"{package}.{module}"), f"h2.{module}")
    finally:
        sys.meta_path.remove(finder)
    return package


def say_they_are_h2s(module, name):
    """The classes that this copy of the module `name` has made say what h2's say."""
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            value.__module__ = name


class _Finder:
    def __init__(self, package, folder, change):
        self.package, self.folder, self.change = package, folder, change

    def find_spec(self, name, path=None, target=None):
        package, _, module = name.partition(".")
        if package != self.package:
            return None
        source = self.folder / f"{module or '__init__'}.py"
        return ModuleSpec(name, _Loader(source, self.change), is_package=not module) if source.exists() else None


class _Loader(InspectLoader):
    def __init__(self, path, change):
        self.path, self.change = path, change

    def get_source(self, name):
        return self.change(self.path.stem, self.path.read_text(encoding="utf-8"))

    def is_package(self, name):
        return self.path.stem == "__init__"
