"""All module-level references to one side's objects, turned to the other side's: all of them, or none."""
import sys

from fasth2.activation.layers import LAYERS
from fasth2.activation.namespaces import mentioned, namespaces

_FIRST = {*LAYERS}
_PASSES = 3  # the second finds what other threads have bound during the first


class Rebinding:
    """pairs: list of (object, object that comes in its place), one for one.
    others: list of (name, module) to look into besides the loaded modules.
    dicts: list of dicts to look into besides.
    keep: set of (module name, name) that stay as they are."""

    def __init__(self, pairs, *, others=(), dicts=(), keep=frozenset()):
        self.twins = {id(old): new for old, new in pairs}
        self.objects = frozenset(self.twins)
        self.others = others
        self.dicts = dicts
        self.keep = keep
        self.done = []  # (dict, {key: old value}, {key: new value})

    def apply(self):
        """Change everything, or nothing where an exception ends it."""
        try:
            for _ in range(_PASSES):
                plan = self._plan()
                if not plan:
                    break
                for names, new in plan:
                    self._change(names, new)
        except BaseException:
            self.undo()
            raise

    def undo(self):
        """Put back what `apply` has changed and nobody has changed since."""
        while self.done:
            names, old, new = self.done[-1]
            names.update({key: value for key, value in old.items() if names.get(key) is new[key]})
            self.done.pop()

    def _plan(self):
        """Pairs (dict, {key: new value}). sys.modules comes first, so that new imports find the new side; then h2's
        modules and upstream's."""
        plan = [(sys.modules, self._turned(sys.modules, lambda key: key.partition(".")[0] != "fasth2"))]
        plan += [(names, self._turned(names, lambda key: True)) for names in self.dicts]
        pairs = namespaces(self.others)
        if mentioned(self.objects, *(names for _, names in pairs)):
            for module, names in sorted(pairs, key=lambda pair: pair[0].partition(".")[0] not in _FIRST):
                if mentioned(self.objects, names):
                    plan.append((names, self._turned(names, lambda key: (module, key) not in self.keep)))  # noqa: B023
        return [(names, new) for names, new in plan if new]

    def _turned(self, names, wanted):
        """{key: new value} for the keys of `names` (dict) that are `wanted` (a function) and have one."""
        return {
            key: self.twins[id(value)]
            for key, value in names.copy().items()
            if id(value) in self.objects and wanted(key)
        }

    def _change(self, names, new):
        """One update a dict, since no other thread can see the half of one."""
        old = {key: names[key] for key in new if self.twins.get(id(names.get(key))) is new[key]}
        new = {key: new[key] for key in old}
        self.done.append((names, old, new))
        names.update(new)
