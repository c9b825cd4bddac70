"""`hyperframe.flags`."""
from fasth2.codec.flags import Flag, Flags

__all__ = ["Flag", "Flags"]
