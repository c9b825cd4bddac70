"""One switch at a time, and not in the middle of an import of what is switched."""
import os
import sys
from _thread import allocate_lock, get_ident  # threading would cost more to import than install() takes
from importlib._bootstrap import _lock_unlock_module  # importlib has no public name for it

from fasth2.activation.errors import ActivationError
from fasth2.activation.layers import loaded, modules

_lock = allocate_lock()
_holder = None  # the thread that has the lock


class Turn:
    """Context manager around a switch. Threads take turns."""

    def __enter__(self):
        global _holder
        if _holder == get_ident():  # from a finaliser or a signal handler, in the middle of a switch
            raise ActivationError("fasth2 is being switched on or off in this very thread; call it again afterwards")
        _lock.acquire()
        _holder = get_ident()

    def __exit__(self, *error):
        global _holder
        _holder = None
        _lock.release()


def _after_fork():
    """In the child: whoever else had the lock is not there to let go of it."""
    global _lock, _holder
    if _holder != get_ident():
        _lock, _holder = allocate_lock(), None


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)


def wait_for_imports(layers):
    """Return when no import of one of upstream's modules of `layers` (iterable of str) that other threads had begun
    goes on. Not for use during a Turn: such an import may wait for that."""
    for layer in layers:
        for name in modules(layer):
            _lock_unlock_module(name)


def half_imported(layers):
    """The first loaded module of `layers` (iterable of str) whose import has not come to its end, or None."""
    for layer in layers:
        for name in loaded(layer):
            if getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False):
                return name
    return None
