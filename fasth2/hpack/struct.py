"""hpack.struct."""
from fasth2.codec.headertuple import HeaderTuple, NeverIndexedHeaderTuple  # noqa: F401

Header = "HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes, bytes]"
HeaderWeaklyTyped = "HeaderTuple | NeverIndexedHeaderTuple | tuple[bytes | str, bytes | str]"
