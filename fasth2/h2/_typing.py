"""`h2._typing`."""
from __future__ import annotations

from typing import Protocol


class Buffer(Protocol):
    """Anything that has the buffer protocol (PEP 688). Source: h2._typing.Buffer."""

    __module__ = "h2._typing"

    def __buffer__(self, flags: int, /) -> memoryview: ...
