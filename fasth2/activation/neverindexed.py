"""Stock header tuples that outlive the switch, a program's constants for one, stay never-indexed.

h2 keeps the mark of a header tuple that its own `HeaderTuple` recognises, and makes a plain tuple of any other. So
after the switch stock's say, by `__class__`, that they are fasth2's. (fasth2's do the same where stock is in place: see
codec/headertuple.c.)
"""


def claim(stock, indexed, never_indexed):
    """Let objects of the class `stock` (upstream's HeaderTuple) count as one of the two, by their `indexable`."""

    def attribute(self, name):
        if name != "__class__":
            return tuple.__getattribute__(self, name)
        return indexed if self.indexable else never_indexed

    stock.__getattribute__ = attribute


def release(stock):
    """Undo `claim`."""
    if "__getattribute__" in vars(stock):
        del stock.__getattribute__
