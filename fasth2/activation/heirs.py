"""Exception classes that programs have derived from one side's go over to the other's, so that `except` finds them."""
from fasth2.activation.live import derived_outside


def is_exception(cls):
    """Whether `cls` (any object) is a class of exceptions."""
    return issubclass(type(cls), type) and issubclass(cls, BaseException)


class Rebasing:
    """pairs: list of (object, object that comes in its place), one for one."""

    def __init__(self, pairs):
        self.twins = {id(old): new for old, new in pairs if is_exception(old)}
        self.classes = [old for old, _ in pairs if is_exception(old)]
        self.done = []  # (class, its bases before)

    def apply(self):
        """Change the bases of all classes derived from `pairs`. One that Python does not let go stays."""
        for cls in derived_outside(self.classes):
            bases = cls.__bases__
            new = tuple(self.twins.get(id(base), base) for base in bases)
            if new != bases:
                try:
                    cls.__bases__ = new
                except TypeError:
                    continue
                self.done.append((cls, bases))

    def undo(self):
        """Put back what `apply` has changed."""
        while self.done:
            cls, bases = self.done.pop()
            cls.__bases__ = bases
