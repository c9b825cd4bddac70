"""`hpack.struct`."""
from __future__ import annotations

from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["Header", "HeaderTuple", "HeaderWeaklyTyped", "NeverIndexedHeaderTuple"]

Header: TypeAlias = "HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes, bytes]"
HeaderWeaklyTyped: TypeAlias = "HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes | str, bytes | str]"
