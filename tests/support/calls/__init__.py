"""A table of calls: every public entry point of the compiled layers, with arguments that it takes and that it refuses.

What must hold for all of them alike (no memory, no leak, no growth: tests/faults) is tested over this table, so that a
new entry point needs a row here and no test of its own. `test_every_entry_point_is_called` looks for those that have
none.
"""
from collections.abc import Callable
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One call, on an object of its own.

    `kept`: a call that fails for want of memory leaves the object as it was. Where that is not promised, `mend` puts
    an object into a state that can be told, from where on it is as good as a new one.
    """

    name: str
    make: Callable[[], Any]                          # the object
    act: Callable[[Any], Any]                        # the call under test, on it
    show: Callable[[Any], Any] = lambda result: result   # its result as something that compares
    look: Callable[[Any], Any] = lambda thing: None  # all that can be seen of the object, as something that compares
    kept: bool = True
    mend: Callable[[Any], Any] = lambda thing: None

    def __str__(self):
        return self.name

    def outcome(self, thing):
        """What the call on `thing` comes to: ("returned", value) or ("raised", class, message)."""
        try:
            result = self.act(thing)
        except Exception as error:
            return "raised", type(error), str(error)
        return "returned", self.show(result)


def all_calls():
    """The whole table (list of Call)."""
    from support.calls import codec, engine, frames, tree

    return [*codec.CALLS, *frames.CALLS, *tree.CALLS, *engine.CALLS]
