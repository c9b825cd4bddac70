"""One switch at a time, and meanwhile no import of what is switched."""
from _thread import allocate_lock, get_ident  # threading would cost more to import than install() takes
from importlib._bootstrap import _ModuleLockManager  # importlib has no public name for a module's lock

from fasth2.activation.errors import ActivationError
from fasth2.activation.layers import LAYERS, loaded

_lock = allocate_lock()
_holder = None  # the thread that has the lock


class Turn:
    """Context manager of install() and uninstall(). It waits for imports of the layers' modules in other threads, and
    keeps other threads from beginning one."""

    def __enter__(self):
        global _holder
        if _holder == get_ident():  # from a finaliser or a signal handler, in the middle of a switch
            raise ActivationError("fasth2 is being switched on or off in this very thread; call it again afterwards")
        self.imports = []
        for name in sorted({*LAYERS, *(name for layer in LAYERS for name in loaded(layer))}):
            manager = _ModuleLockManager(name)
            try:
                manager.__enter__()
            except RuntimeError:  # importlib's deadlock: that import waits for this thread. `half_imported` sees it
                continue
            self.imports.append(manager)
        _lock.acquire()
        _holder = get_ident()
        return self

    def __exit__(self, *error):
        global _holder
        _holder = None
        _lock.release()
        for manager in reversed(self.imports):
            manager.__exit__(*error)


def half_imported(modules):
    """The first name of `modules` (dict, name -> module) whose import has not come to its end, or None. During a Turn
    that import is this thread's own, or waits for it."""
    for name, module in modules.items():
        if getattr(getattr(module, "__spec__", None), "_initializing", False):
            return name
    return None
