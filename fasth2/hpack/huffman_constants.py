"""`hpack.huffman_constants`: the codes of RFC 7541 Appendix B, and their lengths in bits, EOS last."""
from fasth2.codec.huffman import REQUEST_CODES, REQUEST_CODES_LENGTH

__all__ = ["REQUEST_CODES", "REQUEST_CODES_LENGTH"]
