from typing import Any

from typing_extensions import Self

# As upstream types it, although the strings are str unless the caller asked for bytes.
class HeaderTuple(tuple[bytes, bytes]):
    __slots__ = ()
    indexable: bool
    def __new__(cls, *args: Any) -> Self: ...

class NeverIndexedHeaderTuple(HeaderTuple):
    __slots__ = ()
    def __new__(cls, *args: Any) -> Self: ...

def rebuild(indexable: bool, items: tuple[Any, ...], /) -> HeaderTuple: ...
