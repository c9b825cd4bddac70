"""`priority` 2.0.0's API over fasth2's tree."""
from fasth2.priority.priority import (  # noqa: F401
    BadWeightError,
    DeadlockError,
    DuplicateStreamError,
    MissingStreamError,
    PriorityError,
    PriorityLoop,
    PriorityTree,
    PseudoStreamError,
    Stream,
    TooManyStreamsError,
)

__version__ = "2.0.0"
