"""The codecs, compiled: frames, header blocks, tables and Huffman strings."""
