from collections.abc import Iterable, Sequence
from typing import Any

from fasth2.codec.headertuple import HeaderTuple
from fasth2.codec.huffman import HuffmanEncoder
from fasth2.codec.table import HeaderTable

class BlockEncoder:
    header_table: HeaderTable
    huffman_coder: HuffmanEncoder
    table_size_changes: list[int]
    _announced: int | None
    _most_used: int
    _sizes_set: int
    def __init__(self) -> None: ...
    def encode(
        self,
        headers: Iterable[HeaderTuple | tuple[bytes | str, bytes | str] | tuple[bytes | str, bytes | str, bool | None]]
        | dict[bytes | str, bytes | str],
        huffman: bool = True,
    ) -> bytes: ...

def to_bytes(value: bytes | str | Any) -> bytes: ...
def is_regular_field(name: bytes | str | Any) -> bool: ...
def declare_encoder_steps(cls: type[Any], names: Sequence[str]) -> None: ...
