"""How a running interpreter is switched over to fasth2, and back."""
import os
import sys
from _thread import allocate_lock

from fasth2.activation import upstream
from fasth2.activation.errors import ActivationError
from fasth2.activation.finder import Finder
from fasth2.activation.layers import LAYERS, is_replaced, loaded, stock

_lock = allocate_lock()  # threading would cost more to import than install() takes


def install(*, only=None, strict=False):
    """Make upstream's names mean fasth2's modules, each at its first import. Imports no codec, takes about 1 ms.

    Call it before h2, hpack or hyperframe is imported. Calling it again is harmless and can add layers. Safe to call
    from several threads. `FASTH2_DISABLE=1` in the environment makes it do nothing.

    only: the layers to replace, an iterable of "hpack" and the like, or one such str; None for all of `LAYERS`.
    strict: bool; raise where an installed upstream version is not the one that fasth2 mirrors. Otherwise that layer
        stays on upstream, with one RuntimeWarning. An upstream that is not installed at all is no error.

    Raises ActivationError, and changes nothing, where upstream's modules are already imported, or with `strict`;
    ValueError for the name of a layer that there is not.
    """
    wanted = _chosen(only)
    if disabled():
        return
    with _lock:
        finder = current() or Finder()
        new = [layer for layer in wanted if layer not in finder.layers]
        alone = {layer: reason for layer in new if (reason := _loaded_mismatch(layer))}
        _refuse_imported([layer for layer in new if layer not in alone])
        reasons = [reason for layer in wanted if (reason := alone.get(layer) or finder.reason(layer))] if strict else ()
        if reasons:
            raise ActivationError("; ".join(reasons))
        finder.layers = {**finder.layers, **{layer: strict or finder.layers.get(layer, False) for layer in wanted}}
        if finder not in sys.meta_path:
            sys.meta_path.insert(0, finder)
    for layer, reason in alone.items():
        finder.leave(layer, reason, stacklevel=3)


def uninstall():
    """Undo install(): the next import of an upstream name is upstream's. Harmless where nothing is installed.

    Raises ActivationError, and changes nothing, where a loaded module outside fasth2 (h2's, say, or one that says
    `import hpack`) has a replaced module or something out of one: it would go on using fasth2 beside upstream.
    """
    with _lock:
        replaced = [layer for layer in LAYERS if is_replaced(layer)]
        if replaced:
            from fasth2.activation.holders import holders

            held = holders([f"fasth2.{layer}" for layer in replaced])
            if held:
                raise ActivationError(
                    f"cannot switch back to {_and(replaced)}: {_and(held, most=4)} "
                    f"{'have' if len(held) > 1 else 'has'} fasth2's objects; "
                    "start a new process instead, with FASTH2_DISABLE=1 where install() would be called"
                )
        finder = current()
        if finder:
            sys.meta_path.remove(finder)
        for name in [name for layer in replaced for name in loaded(layer) if is_replaced(name)]:
            del sys.modules[name]


def status():
    """What is replaced at this moment, by what, and what was left alone and why: a `Status`, readable by print().

    Computed at the call from sys.modules and sys.meta_path."""
    from fasth2.activation.report import Status

    return Status(current(), disabled())


def disabled():
    """Whether the environment's FASTH2_DISABLE switches fasth2 off (anything but empty and 0 does)."""
    return os.environ.get("FASTH2_DISABLE", "") not in ("", "0")


def current():
    """The Finder that stands in sys.meta_path, or None."""
    return next((finder for finder in list(sys.meta_path) if isinstance(finder, Finder)), None)


def _chosen(only):
    """The layers (list of str) that `only` of install() names, in the order of LAYERS."""
    names = LAYERS if only is None else {only} if isinstance(only, str) else set(only)
    unknown = [str(name) for name in names if name not in LAYERS]
    if unknown:
        raise ValueError(f"fasth2 has no layer {_and(sorted(unknown))}; it has {_and(list(LAYERS))}")
    return [layer for layer in LAYERS if layer in names]


def _loaded_mismatch(layer):
    """Why a `layer` that is already imported could not be replaced by any install(), or None."""
    return upstream.mismatch(layer, upstream.loaded_version(layer)) if stock(layer) else None


def _refuse_imported(layers):
    """Raise ActivationError if any of `layers` has been imported as upstream's."""
    imported = [layer for layer in layers if stock(layer)]
    if imported:
        from fasth2.activation.holders import holders

        held = holders(imported)
        raise ActivationError(
            f"{_and(imported)} {'are' if len(imported) > 1 else 'is'} already imported"
            + (f" (in use by {_and(held, most=4)})" if held else "")
            + "; call fasth2.install() before anything imports hpack, hyperframe or h2"
        )


def _and(names, most=None):
    """`names` (list of str) as a phrase, at most `most` of them by name."""
    shown = names if most is None or len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
