"""HTTP/2 header compression and framing at C speed, behind the APIs of hpack and hyperframe."""

__version__ = "0.1.0.dev0"
