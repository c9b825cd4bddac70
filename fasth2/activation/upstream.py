"""Upstream's packages as Python would import them without fasth2: which version of them is there."""
import os
import os
import sys
from _thread import get_ident

from fasth2.activation.layers import LAYERS

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
    """The version (str) that the package of `spec` states in its own source, or else in its metadata's name; None where
    neither can be read.

    importlib.metadata would be slower than all the rest, and can speak of another copy than the one imported.
    """
    try:
        source = spec.loader.get_data(spec.origin)
    except (AttributeError, OSError):  # a frozen or compiled package, or a loader of somebody's own
        return None
    for line in source.splitlines():
        if line.startswith(b"__version__") and b"=" in line:
            return line.partition(b"=")[2].partition(b"#")[0].strip(b" \t\"'").decode("ascii", "replace")
    return _recorded_version(spec)


def _recorded_version(spec):
    """The version (str) in the name of the metadata that was installed beside the package of `spec`, or None."""
    try:
        beside = os.listdir(os.path.dirname(os.path.dirname(spec.origin)))
    except OSError:  # in an archive
        return None
    found = [entry[len(spec.name) + 1:].removesuffix(".dist-info") for entry in beside
             if entry.startswith(f"{spec.name}-") and entry.endswith(".dist-info")]
    return found[0] if len(found) == 1 else None


def loaded_version(layer):
    """The version (str) of the module `layer` in sys.modules, or None where none is to be found."""
    module = sys.modules.get(layer)
    stated = getattr(module, "__version__", None)
    if stated is None and getattr(module, "__spec__", None) is not None:
        stated = _recorded_version(module.__spec__)
    return stated if isinstance(stated, str) else None


def mismatch(layer, found):
    """Why fasth2 does not stand in for upstream's version `found` (str or None): a clause, or None where it does."""
    mirror = LAYERS[layer]
    if found == mirror.version or found in mirror.older:
        return None
    return f"{layer} {found or 'of an unknown version'} is installed, and fasth2 mirrors {layer} {mirror.version} only"
