"""How a running interpreter is switched over to fasth2, and back."""
import sys

from fasth2.activation import environment
from fasth2.activation.errors import ActivationError
from fasth2.activation.finder import Finder
from fasth2.activation.layers import LAYERS, is_replaced, loaded, stock
from fasth2.activation.turn import Turn, half_imported, wait_for_imports
from fasth2.activation.words import listed

_ATTEMPTS = 20  # of install(), where other threads import upstream meanwhile


def install(*, only=None, strict=False, live=False, patched=False):
    """Make upstream's names mean fasth2's modules.

    Upstream's modules that nobody has imported yet become fasth2's at their first import: that takes about 1 ms, and
    imports no codec. Those that are imported already are exchanged now: in every loaded module, h2's first, the names
    at module level that have an upstream module, class, function or table get fasth2's. Calling it again is harmless
    and can add layers. Safe to call from several threads. `FASTH2_DISABLE=1` in the environment makes it do nothing.

    only: the layers to replace, an iterable of "hpack" and the like, or one such str; those that they stand on come
        along: with "h2" also "hpack" and "hyperframe". None for those that `FASTH2_ONLY` in the environment names,
        with commas between, and for all `LAYERS` where it is not set.
    strict: bool; raise where something would stay upstream's: a layer whose installed version is not the one that
        fasth2 mirrors, which otherwise stays on upstream with one RuntimeWarning; and classes that are derived from
        upstream's already, which otherwise go on as they are. An upstream that is not installed at all is no error.
    live: bool; switch although connections are alive. They go on as they are, with upstream's code; new ones have
        fasth2's.
    patched: bool; switch although upstream's code was patched. The patches do not come along.

    Raises ActivationError, and changes nothing, where the program would be left half on upstream, or with `strict`;
    ValueError for the name of a layer that there is not.
    """
    wanted = _chosen(only)
    if disabled():
        return
    placed = []
    try:
        _switch_all(wanted, strict, {"live": live, "patched": patched, "strict": strict}, placed)
    except ActivationError:
        if placed and placed[0] is current():  # a first attempt was not refused, a later one is
            try:
                uninstall()
            except ActivationError:
                pass  # by then connections are alive on either side; status() shows what is whose
        raise


def uninstall():
    """Undo install(): upstream's names mean upstream's modules again, and so do the names at module level that have got
    something of fasth2's by them. Harmless where nothing is installed.

    Names that had something of fasth2's before install() keep it. Later ones are switched back as well, since
    `from fasth2.hpack import Encoder` and `from hpack import Encoder` leave the same behind.

    Raises ActivationError, and changes nothing, where connections are alive, where a class outside derives from one of
    fasth2's, and where fasth2's objects are in use and upstream's cannot be imported.
    """
    wait_for_imports(LAYERS)
    with Turn():
        finder = current()
        layers = finder.layers if finder else {}
        replaced = [layer for layer in LAYERS if any(is_replaced(name) for name in loaded(layer))]
        try:
            if finder:
                finder.layers = {}
            if replaced:
                from fasth2.activation.exchange import give_back

                give_back(replaced)
        except BaseException:
            if finder:
                finder.layers = layers
            raise
        if finder:
            sys.meta_path.remove(finder)


def status():
    """What is replaced at this moment, by what, and what was left alone and why: a `Status`, readable by print().

    Computed at the call from the interpreter's modules and import hooks."""
    from fasth2.activation.report import Status

    return Status(current(), disabled())


def disabled():
    """Whether the environment's FASTH2_DISABLE switches fasth2 off (anything but empty and 0 does)."""
    return environment.is_set("FASTH2_DISABLE")


def current():
    """The Finder that stands in sys.meta_path, or None."""
    return next((finder for finder in list(sys.meta_path) if isinstance(finder, Finder)), None)


def _chosen(only):
    """The layers (list of str) that `only` of install() or FASTH2_ONLY names, and those that they need, in the order of
    LAYERS."""
    asked, where = (only, "") if only is not None else (environment.only(), "FASTH2_ONLY: ")
    names = LAYERS if asked is None else {asked} if isinstance(asked, str) else set(asked)
    unknown = sorted(str(name) for name in names if name not in LAYERS)
    if unknown:
        raise ValueError(f"{where}fasth2 has no layer {listed(unknown)}; it has {listed(LAYERS)}")
    needed = {need for name in names for need in LAYERS[name].needs}
    return [layer for layer in LAYERS if layer in names or layer in needed]


def _switch_all(wanted, strict, overrides, placed):
    """The attempts of install(): one, and another for each time that other threads have imported upstream's modules
    meanwhile. `placed` (list) gets the Finder, if it was not in place before."""
    for _ in range(_ATTEMPTS):
        wait_for_imports(wanted)
        with Turn():
            known, half = current(), half_imported(wanted)
            finder, left = (None, {}) if half else _switch(wanted, strict, overrides)
            if finder and finder is not known:
                placed.append(finder)
        for layer, reason in left.items():
            finder.leave(layer, reason, stacklevel=4)  # the line that calls install()
        wait_for_imports(wanted)  # those that had found upstream before our import hook was there
        with Turn():
            late = finder and [layer for layer in wanted if layer not in finder.left and stock(layer)]
            if finder and not (late and finder is current()):  # without it, another thread has uninstalled since
                return
    raise ActivationError(f"{half or wanted[0]} is just being imported; call fasth2.install() before that or after it")


def _switch(wanted, strict, overrides):
    """Do the work of install() for the layers `wanted` (list of str). Returns the Finder that is in place, and what it
    is to leave on upstream from now on, with the reasons (dict, str -> str)."""
    finder = current() or Finder()
    alone = {layer: reason for layer in wanted if (stock(layer) or strict) and (reason := finder.reason(layer))}
    if strict and alone:
        raise ActivationError("; ".join(dict.fromkeys(alone.values())))
    new = [layer for layer in wanted if layer not in finder.layers]
    late = [layer for layer in wanted if stock(layer) and layer not in alone]
    if late or (new and ("h2" in sys.modules or any(f"fasth2.{layer}" in sys.modules for layer in new))):
        from fasth2.activation import exchange

        exchange.prepare([layer for layer in new if layer not in alone], **overrides)
        exchange.take_over(late, **overrides)
    finder.layers = {**finder.layers, **{layer: strict or finder.layers.get(layer, False) for layer in wanted}}
    if finder not in sys.meta_path:
        sys.meta_path.insert(0, finder)
    return finder, {layer: reason for layer, reason in alone.items() if layer not in finder.left}
