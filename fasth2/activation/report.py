"""What status() returns: facts about each layer, read from the interpreter when they are asked for."""
import sys

from fasth2.activation import upstream
from fasth2.activation.layers import LAYERS, is_replaced, loaded, stock
from fasth2.activation.taken import taken
from fasth2.activation.words import agreed


class Layer:
    """One layer at one moment.

    name: str, upstream's top-level package.
    mirrored: str, the upstream version that fasth2 stands in for.
    installed: str or None, the upstream version that Python would find here without fasth2.
    state: "fasth2" (upstream's name means fasth2's module), "waiting" (it will, at its first import), "upstream"
        (upstream's own, loaded or not) or "mixed" (both are there: something went round the import hook, or has
        upstream's objects still).
    modules: list of str, the upstream names that are fasth2's modules now.
    left: list of str, what is upstream's still although the layer was replaced: modules, names at module level, and
        classes derived from upstream's.
    reason: str, why the layer is not fasth2's, or not all of it; empty where it is or will be.
    """

    def __init__(self, name, finder, disabled, left):
        self.name = name
        spec = upstream.find(name, [hook for hook in sys.meta_path if hook is not finder])
        self.installed = spec and (upstream.version(spec) or "of an unknown version")
        mirror = LAYERS[name]
        self.mirrored = self.installed if self.installed in mirror.older else mirror.version
        names = loaded(name)
        self.modules = [module for module in names if is_replaced(module)]
        self.reason = "" if self.modules else _reason(name, finder, disabled, bool(names))
        self.state = "upstream" if self.reason else "fasth2" if self.modules else "waiting"
        self.left = [*stock(name), *left] if self.modules else []
        if self.left:
            self.state, self.reason = "mixed", f"{agreed(self.left, 'is', 'are')} still upstream's"

    def __str__(self):
        instead = f"in place of {self.name} {self.mirrored}" + ("" if self.installed else ", which is not installed")
        if self.state == "fasth2":
            return f"is fasth2.{self.name}, {instead}"
        if self.state == "waiting":
            return f"will be fasth2.{self.name} at its first import, {instead}"
        if self.state == "mixed":
            return f"is fasth2.{self.name} in part: {self.reason}"
        return f"is upstream's{f' {self.installed}' if self.installed else ', not installed'}: {self.reason}"


class Status:
    """All layers at one moment: `layers` (dict, name -> Layer), `active` (bool: at least one is fasth2's or waiting),
    `disabled` (bool: FASTH2_DISABLE is set). str() is a report of a line a layer."""

    def __init__(self, finder, disabled):
        self.disabled = disabled
        left = _left_behind()
        self.layers = {name: Layer(name, finder, disabled, left.get(name, [])) for name in LAYERS}
        self.active = any(layer.state != "upstream" for layer in self.layers.values())

    def __str__(self):
        from fasth2 import __version__

        width = max(map(len, self.layers))
        lines = [f"  {name:{width}}  {layer}" for name, layer in self.layers.items()]
        return "\n".join([f"fasth2 {__version__} is {'on' if self.active else 'off'}", *lines])

    def __repr__(self):
        states = ", ".join(f"{name}: {layer.state}" for name, layer in self.layers.items())
        return f"<fasth2 status: {states}>"


def _reason(layer, finder, disabled, is_loaded):
    """Why `layer` is not fasth2's and will not be (str), or an empty str where it will be."""
    if finder is None:
        return "FASTH2_DISABLE is set" if disabled else "fasth2.install() was not called"
    if layer not in finder.layers:
        return "fasth2.install() was not asked to replace it"
    return finder.reason(layer) or ("it went round fasth2's import hook" if is_loaded else "")


def _left_behind():
    """What goes on with upstream's objects of replaced layers (dict, layer -> list of str)."""
    if not taken:
        return {}  # upstream's were never loaded
    from fasth2.activation.exchange import left_behind

    return left_behind()
