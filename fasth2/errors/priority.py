"""What priority 2.0.0 raises, class for class (upstream: priority.priority)."""
from fasth2.errors import reducer

_UPSTREAM = "priority.priority"


class PriorityError(Exception):
    """Root of everything that the tree raises."""

    __module__ = _UPSTREAM
    __reduce__ = reducer(__name__)


class DeadlockError(PriorityError):
    """No stream can go on: all of them are blocked."""

    __module__ = _UPSTREAM


class PriorityLoop(PriorityError):
    """A stream would depend on itself (RFC 7540 section 5.3.1)."""

    __module__ = _UPSTREAM


class DuplicateStreamError(PriorityError):
    """A stream that is to be inserted is in the tree already."""

    __module__ = _UPSTREAM


class MissingStreamError(KeyError, PriorityError):
    """A stream that is to be changed is not in the tree."""

    __module__ = _UPSTREAM


class TooManyStreamsError(PriorityError):
    """The tree has as many streams as it may have."""

    __module__ = _UPSTREAM


class BadWeightError(PriorityError):
    """A weight that is no int from 1 to 256 (RFC 7540 section 5.3.2)."""

    __module__ = _UPSTREAM


class PseudoStreamError(PriorityError):
    """Stream 0, the root of the tree, cannot be changed."""

    __module__ = _UPSTREAM
