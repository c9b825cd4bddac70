"""`priority.priority`."""
from fasth2.errors.priority import (  # noqa: F401
    BadWeightError,
    DeadlockError,
    DuplicateStreamError,
    MissingStreamError,
    PriorityError,
    PriorityLoop,
    PseudoStreamError,
    TooManyStreamsError,
)
from fasth2.tree.stream import Stream  # noqa: F401
from fasth2.tree.tree import PriorityTree  # noqa: F401
