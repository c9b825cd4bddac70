"""A layer that is loaded changes hands: from upstream to fasth2, and back. Each way refuses, or changes everything."""
import sys
from enum import EnumMeta
from importlib import import_module

from fasth2.activation import upstream
from fasth2.activation.counterparts import counterparts, own_objects, patches, strangers
from fasth2.activation.errors import ActivationError
from fasth2.activation.heirs import Rebasing, is_exception
from fasth2.activation.layers import LAYERS, is_replaced, is_within, loaded, stock
from fasth2.activation.live import connection_classes, derived_outside, name_of, objects_of
from fasth2.activation.machines import members_of, widen
from fasth2.activation.namespaces import names_of, namespace
from fasth2.activation.neverindexed import claim, release
from fasth2.activation.reasons import alive, changed, derived
from fasth2.activation.rebind import Rebinding
from fasth2.activation.taken import Taken, own, taken
from fasth2.activation.words import agreed, listed

_NEW_PROCESS = "start a new process with FASTH2_DISABLE=1 where install() would be called"


def prepare(layers, *, patched, **_):
    """Before `layers` (list of str) get an import hook: look for what the hook would not reach, and for what must stay
    when it goes."""
    for layer in layers:
        names = [] if patched or loaded(layer) else strangers([layer], [])
        if names:
            raise ActivationError(
                f"cannot switch {layer} over to fasth2: {agreed(names, 'is', 'are')} of a copy of {layer} that somebody"
                " has taken out of sys.modules; start a new process, or import h2 again"
            )
        if not is_replaced(layer):
            objects = {id(value) for value in own_objects(layer)}
            own[layer] = {(module, name) for module, name, _ in names_of(objects)} if objects else set()


def take_over(layers, *, live, patched, strict):
    """Turn the loaded `layers` (list of str) over to fasth2, with the options (bool) of install()."""
    modules = {name: sys.modules[name] for layer in layers for name in stock(layer)}
    if not modules:
        return
    classes = connection_classes(layers, modules)
    connections = objects_of(classes)
    pairs = {layer: counterparts(_of(layer, modules)) for layer in layers}
    both = [pair for layer in layers for pair in pairs[layer]]
    reasons = [
        *([] if live else alive(connections, "; or install(live=True), and they go on with upstream's code")),
        *([] if patched else changed(dict.fromkeys([*patches(modules), *strangers(layers, both)]))),
        *(derived([old for old, _ in both if not is_exception(old)]) if strict else []),
    ]
    if reasons:
        connections.clear()  # the traceback must not keep them
        raise ActivationError(f"cannot switch {listed(layers)} over to fasth2: {'; '.join(reasons)}")

    widen(modules, both)
    rebasing = Rebasing(both)
    rebinding = Rebinding(
        [*both, *_dispatch_tables(connections, both)],
        others=[*modules.items(), *_taken_modules()],
        dicts=[*(names for each in connections if (names := namespace(each))), *members_of(connections)],
        keep=_compared(layers) | _not_values(layers, modules, pairs),
    )
    try:
        rebasing.apply()
        rebinding.apply()
        if not live and objects_of([old for old, _ in both if old in classes]):
            raise ActivationError("another thread has opened a connection meanwhile; call fasth2.install() earlier")
        _remember(layers, modules, pairs)
    except BaseException:
        rebinding.undo()
        rebasing.undo()
        raise


def give_back(layers):
    """Turn the replaced `layers` (list of str) back to upstream's modules: to those that install() found loaded, and
    where anything else of fasth2's is in use, to newly imported ones."""
    classes = connection_classes(layers, {})
    reasons = [
        *alive(objects_of(classes), ""),
        *derived([value for layer in layers for value in own_objects(layer) if not is_exception(value)]),
    ]
    if reasons:
        raise ActivationError(f"cannot switch back to {listed(layers)}: {'; '.join(reasons)}; or {_NEW_PROCESS}")
    before = {name: sys.modules[name] for layer in layers for name in loaded(layer)}
    known = [(new, old) for layer in layers if layer in taken for old, new in taken[layer].pairs]
    stock = objects_of(connection_classes(["h2"], taken["h2"].modules)) if "h2" in layers and "h2" in taken else []
    steps = [
        Rebasing(known),
        Rebinding(known, others=_taken_modules(), dicts=members_of(stock), keep=_kept(layers)),
    ]
    try:
        for step in steps[:]:
            step.apply()
        new = _imported_anew(_with_needs([layer for layer in layers if in_use(layer)]))
        steps += [Rebasing(new), Rebinding(new, others=_taken_modules(), keep=_kept(layers))]
        for step in steps[2:]:
            step.apply()
        left = [module for layer in layers for module in in_use(layer)]
        if left:
            raise ActivationError(f"{agreed(left, 'has', 'have')} something of fasth2's that upstream has not")
        if objects_of([cls for cls in classes if not is_within(cls.__module__, "h2")]):
            raise ActivationError("another thread has opened a connection meanwhile; call fasth2.uninstall() later")
        for name in [name for layer in layers for name in loaded(layer) if is_replaced(name)]:
            del sys.modules[name]
    except BaseException:
        for step in reversed(steps):
            step.undo()
        for name in [name for layer in layers for name in loaded(layer) if name not in before]:
            del sys.modules[name]
        sys.modules.update(before)
        raise
    _forget(layers)


def in_use(layer):
    """Names (list of str) of the modules outside fasth2 that have something of fasth2's `layer`, and had it from
    upstream's name as far as one can tell; and of exceptions that are derived from fasth2's."""
    objects = own_objects(layer)
    found = names_of({id(value) for value in objects}, _taken_modules())
    modules = dict.fromkeys(module for module, name, _ in found if (module, name) not in own.get(layer, ()))
    return [*modules, *(name_of(cls) for cls in derived_outside([each for each in objects if is_exception(each)]))]


def left_behind():
    """What of upstream's replaced layers is still in use: names at module level, and classes derived from upstream's.
    dict, layer -> list of str."""
    pairs = {layer: each.pairs for layer, each in taken.copy().items()}  # other threads may switch meanwhile
    layer_of = {id(old): layer for layer in pairs for old, _ in pairs[layer]}
    found = {layer: [] for layer in pairs}
    for module, name, value in names_of(frozenset(layer_of)):
        found[layer_of[id(value)]].append(f"{module}.{name}")
    for layer in pairs:
        found[layer] += [name_of(cls) for cls in derived_outside([old for old, _ in pairs[layer]])]
    return found


def _with_needs(layers):
    """`layers` (list of str) and those that they need: upstream's own import those."""
    needed = {need for layer in layers for need in LAYERS[layer].needs}
    return [layer for layer in LAYERS if layer in layers or layer in needed]


def _imported_anew(layers):
    """Pairs (fasth2's object, upstream's) of `layers`. Upstream's modules are in sys.modules when it returns."""
    names = [name for layer in layers for name in loaded(layer) if is_replaced(name)]
    for name in names:
        del sys.modules[name]
    for name in names:
        layer = name.partition(".")[0]
        try:
            import_module(name)
            reason = upstream.mismatch(layer, upstream.loaded_version(layer))
        except Exception as error:  # whatever upstream's module, or somebody's import hook, may raise
            reason = f"{name} cannot be imported ({error})"
        if reason:
            users = agreed(dict.fromkeys(user for each in layers for user in in_use(each)), "has", "have")
            blocked = f"{users} fasth2's objects, but {reason}"
            raise ActivationError(f"cannot switch back to {layer}: {blocked}; {_NEW_PROCESS}")
    modules = {name: sys.modules[name] for layer in layers for name in stock(layer)}
    return [(new, old) for old, new in counterparts(modules)]


def _dispatch_tables(connections, pairs):
    """Pairs (table, new table) for the `connections` that are alive: h2 looks a frame's method up by its class, and is
    to know fasth2's frames as well as those that it has got already."""
    twins = {id(old): new for old, new in pairs}
    tables = [(namespace(each) or {}).get("_frame_dispatch_table") for each in connections]
    return [
        (table, {**table, **{twins[id(cls)]: method for cls, method in table.items() if id(cls) in twins}})
        for table in tables
        if type(table) is dict
    ]


def _compared(layers):
    """The names, as pairs (module, name), that stay upstream's where upstream's own code compares."""
    return {tuple(path.rsplit(".", 1)) for layer in layers for path in LAYERS[layer].compared}


def _not_values(layers, modules, pairs):
    """The names, as pairs (module, name), in upstream's own `modules` (dict, name -> module) of layers that exchange
    only values, of everything else that has a counterpart in `pairs` (dict, layer -> list of pairs)."""
    kept = set()
    for layer in layers:
        values = LAYERS[layer].values
        others = {id(old) for old, _ in pairs[layer] if not _is_value(old, values)} if values else ()
        for module, each in _of(layer, modules).items():
            kept |= {(module, name) for name, value in (namespace(each) or {}).copy().items() if id(value) in others}
    return kept


def _is_value(old, values):
    """Whether `old`, an object of upstream's, is of those classes and modules (list of full names)."""
    if issubclass(type(type(old)), EnumMeta):
        old = type(old)  # a member of an enum
    home, name = getattr(old, "__module__", None), getattr(old, "__qualname__", None)
    return home in values or f"{home}.{name}" in values


def _remember(layers, modules, pairs):
    """Note what has been taken over, and let stock header tuples that are left count as fasth2's."""
    new = {}
    for layer in layers:
        earlier = taken.get(layer, Taken({}, []))
        new[layer] = Taken({**earlier.modules, **_of(layer, modules)}, [*earlier.pairs, *pairs[layer]])
    for old, own_class in _header_tuples(new):
        claim(old, own_class, sys.modules["fasth2.hpack.struct"].NeverIndexedHeaderTuple)
    taken.update(new)


def _forget(layers):
    """Undo `_remember` for what has been given back, and let go of what `prepare` has noted."""
    for old, _ in _header_tuples({layer: taken[layer] for layer in layers if layer in taken}):
        release(old)
    for layer in layers:
        taken.pop(layer, None)
        own.pop(layer, None)


def _header_tuples(layers):
    """The pair (stock's HeaderTuple, fasth2's) in `layers` (dict, layer -> Taken), as a list of one or none."""
    own_class = getattr(sys.modules.get("fasth2.hpack.struct"), "HeaderTuple", None)
    return [(old, new) for each in layers.values() for old, new in each.pairs if new is own_class]


def _of(layer, modules):
    """Those of `modules` (dict, name -> module) that are of `layer`."""
    return {name: module for name, module in modules.items() if is_within(name, layer)}


def _taken_modules():
    """Upstream's modules that are no longer in sys.modules, but go on in what is left of them: pairs (name, module)."""
    return [pair for each in taken.values() for pair in each.modules.items()]


def _kept(layers):
    """The names that `prepare` has noted for `layers`."""
    return frozenset().union(*(own.get(layer, ()) for layer in layers))
