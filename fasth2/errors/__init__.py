"""Upstream's exception hierarchies, one leaf module a package. They import nothing else of ours.

The classes carry upstream's `__module__`, so their instances cannot be pickled by class name: while fasth2 is not
installed, that name leads to upstream's own class. They are pickled by `rebuild` instead.
"""
from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def rebuild(leaf: str, name: str, args: tuple[Any, ...]) -> Exception:
    """The exception `name` of the module `leaf` (both str) with `args` (tuple): what a pickle of one calls."""
    cls: type[Exception] = getattr(import_module(leaf), name)
    return cls.__new__(cls, *args)  # what its __init__ would add comes with the state


def reducer(leaf: str) -> Callable[[Exception], str | tuple[Any, ...]]:
    """A `__reduce__` for the root class of a hierarchy whose classes are the globals of the module `leaf`."""

    def __reduce__(self: Exception) -> str | tuple[Any, ...]:
        cls = type(self)
        if getattr(import_module(leaf), cls.__name__, None) is not cls:
            return Exception.__reduce__(self)  # a subclass of somebody else's, found by its own name
        return rebuild, (leaf, cls.__name__, self.args), self.__dict__ or None

    return __reduce__
