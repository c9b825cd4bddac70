"""The exception of activation."""


class ActivationError(RuntimeError):
    """fasth2 could not be switched on or off as asked; nothing was changed. The message says why and what to do."""

    __module__ = "fasth2"
