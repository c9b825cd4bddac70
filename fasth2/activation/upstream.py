"""Upstream's packages as Python would import them without fasth2: which version of them is there."""
import os
import sys
from _thread import get_ident

from fasth2.activation.layers import LAYERS
from fasth2.activation.words import listed

_searching = set()  # (thread, layer): a finder behind ours may ask for the same name again, through ours


def is_searching(layer):
    """Whether this thread is inside `find(layer)`."""
    return (get_ident(), layer) in _searching


def find(layer, finders):
    """The spec by which one of `finders` (a list, in the order of sys.meta_path) would import `layer`, or None.

    A directory that merely has the layer's name (a namespace package) is not upstream.
    """
    key = get_ident(), layer
    _searching.add(key)
    try:
        for finder in finders:
            find_spec = getattr(finder, "find_spec", None)
            spec = find_spec(layer, None) if find_spec else None
            if spec is not None:
                return spec if spec.origin else None
    finally:
        _searching.discard(key)
    return None


def version(spec):
    """The version (str) that the package of `spec` states in its source, or its metadata in their name, or None.

    importlib.metadata would be slower than all the rest, and can speak of another copy than the one imported.
    """
    try:
        source = spec.loader.get_data(spec.origin)
    except (AttributeError, OSError):  # a frozen or compiled package, or a loader of somebody's own
        return None
    for line in source.splitlines():
        if line.startswith(b"__version__") and b"=" in line:
            return line.partition(b"=")[2].partition(b"#")[0].strip(b" \t\"'").decode("ascii", "replace")
    return _version_beside(spec.origin)


def _version_beside(origin):
    """The version in the name of the metadata beside the package at `origin` (str): priority 1.3.0 states no other."""
    folder, package = os.path.split(os.path.dirname(origin))
    try:
        names = [name for name in os.listdir(folder) if name.startswith(package + "-") and name.endswith(".dist-info")]
    except OSError:  # in an archive, for one
        return None
    return names[0][len(package) + 1:-len(".dist-info")] if len(names) == 1 else None


def loaded_version(layer):
    """The version (str) of the module `layer` in sys.modules, or None where it states none."""
    module = sys.modules.get(layer)
    stated = getattr(module, "__version__", None)
    if isinstance(stated, str):
        return stated
    origin = getattr(module, "__file__", None)
    return _version_beside(origin) if isinstance(origin, str) else None


def mismatch(layer, found):
    """Why fasth2 does not stand in for upstream's version `found` (str or None): a clause, or None where it does."""
    mirror = LAYERS[layer]
    if found == mirror.version or found in mirror.older:
        return None
    known = listed([*mirror.older, mirror.version])
    return f"{layer} {found or 'of an unknown version'} is installed, and fasth2 mirrors {layer} {known} only"
