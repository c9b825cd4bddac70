"""`hpack.huffman`: the Huffman encoder."""
from fasth2.codec.huffman import HuffmanEncoder

__all__ = ["HuffmanEncoder"]
