from typing import Any

from typing_extensions import Self

class HeaderTuple(tuple[Any, ...]):
    indexable: bool
    def __new__(cls, *args: Any) -> Self: ...

class NeverIndexedHeaderTuple(HeaderTuple): ...

def rebuild(indexable: bool, items: tuple[Any, ...], /) -> HeaderTuple: ...
