from collections.abc import Iterable, Sequence
from typing import Any

from fasth2.codec.headertuple import HeaderTuple
from fasth2.codec.table import HeaderTable

class BlockDecoder:
    header_table: HeaderTable
    max_header_list_size: int
    max_allowed_table_size: int
    _most_updates: int
    def __init__(self, max_header_list_size: int) -> None: ...
    def decode(self, data: bytes, raw: bool = False) -> Iterable[HeaderTuple]: ...

def declare_decoder_steps(cls: type[Any], names: Sequence[str]) -> None: ...
def may_hold_sensitive(block: bytes) -> bool: ...
