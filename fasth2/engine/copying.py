"""How objects of the engine's public classes are copied and pickled.

The classes carry upstream's `__module__`, so that while fasth2 is not installed their names lead to upstream's own
classes. An instance of one is therefore rebuilt by `instance`, which finds the class where it really is.
"""
from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined]
from importlib import import_module

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def instance(home: str, name: str) -> Any:
    """An empty instance of the class `name` of the module `home`: what a copy or a pickle of one calls."""
    cls = getattr(import_module(home), name)
    return cls.__new__(cls)


def reducer(home: str, *fields: str) -> Callable[[Any, Any], tuple[Any, ...]]:
    """A `__reduce_ex__` for classes of the module `home`, whose instances have `fields` besides what `vars` gives."""

    def __reduce_ex__(self: Any, protocol: Any) -> tuple[Any, ...]:
        cls = type(self)
        own = getattr(import_module(home), cls.__name__, None) is cls
        made = (instance, (home, cls.__name__)) if own else (__newobj__, (cls,))
        found = vars(self) | {name: getattr(self, name) for name in fields if hasattr(self, name)}
        return *made, (None, found)

    return __reduce_ex__
