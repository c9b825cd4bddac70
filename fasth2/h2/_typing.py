"""`h2._typing`."""
from __future__ import annotations

from typing import Protocol

__all__ = ["Buffer"]


class Buffer(Protocol):
    """Anything that has the buffer protocol (PEP 688). Source: h2._typing.Buffer."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


Buffer.__module__ = "h2._typing"
