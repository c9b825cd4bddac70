"""Names of h2's modules that somebody rebinds.

Upstream's code is in the modules whose names it uses. Here it is in modules of the engine, so that what is assigned to
h2.connection, say, is assigned there, too; and connections go step by step while a name is not as it comes.
"""
from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from fasth2.engine.ways import declare_names

_names_as_they_come: dict[ModuleType, dict[str, Any]] = {}
_homes: dict[ModuleType, list[tuple[ModuleType, set[str]]]] = {}   # where its code is, and which of its names that uses


class Face(ModuleType):
    """A module of fasth2.h2, once it is complete."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        for home, names in _homes[self]:
            if name in names:
                setattr(home, name, value)
        _look_at_names()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        for home, names in _homes[self]:
            if name in names and hasattr(home, name):
                delattr(home, name)
        _look_at_names()


def open_face(name: str, *homes: ModuleType, besides: tuple[str, ...] = ()) -> None:
    """Called by the module `name` at its end. Its code is in `homes`, which do not yet have what the module defines.

    `besides`: names that connections do not use once they are there.
    """
    face = sys.modules[name]
    names = {each: value for each, value in vars(face).items() if not each.startswith("__")}
    _homes[face] = []
    for home in homes:
        shared = vars(home).keys() & names.keys()
        for each in shared:
            setattr(home, each, names[each])
        _homes[face].append((home, shared))
    _names_as_they_come[face] = {each: value for each, value in names.items() if each not in besides}
    face.__class__ = Face
    _look_at_names()


def _look_at_names() -> None:
    declare_names(all(vars(face).get(name) is value for face, names in _names_as_they_come.items()
                      for name, value in names.items()))
