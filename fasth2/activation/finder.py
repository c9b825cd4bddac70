"""The import hook: an upstream name, at its first import, is fasth2's module."""
import sys
import warnings
from importlib import import_module
from importlib.machinery import ModuleSpec

from fasth2.activation import upstream
from fasth2.activation.errors import ActivationError
from fasth2.activation.layers import LAYERS, is_replaced, modules, stock


class Finder:
    """Stands first in sys.meta_path. `layers` maps each layer that it answers for to `strict` (bool), and
    `left` each that it has left on upstream to the reason (str). Both dicts are replaced, never changed."""

    def __init__(self):
        self.layers = {}
        self.left = {}

    def find_spec(self, fullname, path=None, target=None):
        """A spec that leads to fasth2's module of the same name, or None (importlib.abc.MetaPathFinder)."""
        layer, below, _ = fullname.partition(".")
        if layer not in self.layers or not (is_replaced(layer) if below else self._takes(layer)):
            return None
        from importlib.util import find_spec  # not before a layer is asked for: it loads half a dozen modules

        own = find_spec(f"fasth2.{fullname}")
        if own is None:
            return None  # not a module of upstream's either
        spec = ModuleSpec(fullname, Alias(fullname), origin=own.origin)
        spec.submodule_search_locations = own.submodule_search_locations
        return spec

    def reason(self, layer):
        """Why `layer` stays on upstream (str), or None. It does with another version, and with another version of what
        it needs: of a package that is loaded, or that Python would import without us."""
        if layer in self.left:
            return self.left[layer]
        mismatches = map(self._mismatch, [layer, *LAYERS[layer].needs])
        return next(filter(None, mismatches), None)

    def _mismatch(self, layer):
        if is_replaced(layer):
            return None
        if stock(layer):
            return upstream.mismatch(layer, upstream.loaded_version(layer))
        behind = sys.meta_path[sys.meta_path.index(self) + 1:] if self in sys.meta_path else sys.meta_path
        spec = upstream.find(layer, list(behind))
        return upstream.mismatch(layer, upstream.version(spec)) if spec else None

    def _takes(self, layer):
        """Decide, at the first import of `layer`, whether it becomes fasth2's."""
        if layer in self.left or upstream.is_searching(layer):
            return False
        reason = self.reason(layer)
        if reason and self.layers[layer]:
            raise ActivationError(f"{reason}, and fasth2.install(strict=True) was asked for")
        if reason:
            self.leave(layer, reason, stacklevel=4)  # the line that imports; warnings skips importlib's own frames
        return not reason

    def leave(self, layer, reason, *, stacklevel):
        """Leave `layer` on upstream for `reason`, with one warning."""
        self.left = {**self.left, layer: reason}
        warnings.warn(f"fasth2 leaves {layer} alone: {reason}", RuntimeWarning, stacklevel=stacklevel)


class Alias:
    """Loader that gives the upstream name `name` (str) fasth2's module, imported only now."""

    def __init__(self, name):
        self.name = name
        self.spec = None

    def create_module(self, spec):
        """fasth2's module itself (importlib.abc.Loader). importlib will write `spec` over its own `__spec__` ..."""
        module = import_module(f"fasth2.{self.name}")
        self.spec = module.__spec__
        return module

    def exec_module(self, module):
        """... which is put back here: reload and importlib.resources go by it. The modules that have come with it get
        their upstream names too, as they would have got them from upstream's own import."""
        module.__spec__ = self.spec
        layer = self.name.partition(".")[0]
        for name in [name for each in (layer, *LAYERS[layer].needs) for name in modules(each)]:
            if f"fasth2.{name}" in sys.modules:
                sys.modules.setdefault(name, sys.modules[f"fasth2.{name}"])
