from collections.abc import Iterable
from typing import SupportsIndex

REQUEST_CODES: list[int]
REQUEST_CODES_LENGTH: list[int]

def decode_huffman(huffman_string: bytes | bytearray | memoryview | Iterable[SupportsIndex] | None) -> bytes: ...

class CodeList(list[int]): ...

class HuffmanEncoderCore:
    huffman_code_list: list[int]
    huffman_code_list_lengths: list[int]
    def encode(self, bytes_to_encode: bytes | bytearray | memoryview | Iterable[int] | None) -> bytes: ...

class HuffmanEncoder(HuffmanEncoderCore):
    def __init__(self, huffman_code_list: list[int], huffman_code_list_lengths: list[int]) -> None: ...

def rfc_list(rfc: int) -> CodeList: ...
def restore_encoder(
    cls: type[HuffmanEncoderCore] | None, huffman_code_list: list[int], huffman_code_list_lengths: list[int]
) -> HuffmanEncoderCore: ...
