"""HTTP/2 header compression and framing at C speed, behind the APIs of hpack and hyperframe.

`fasth2.install()` before the first `import h2` makes `import hpack` mean `fasth2.hpack`. Importing fasth2 alone
changes nothing and loads no codec.
"""
from fasth2.activation import ActivationError, install, status, uninstall

__all__ = ["ActivationError", "install", "status", "uninstall"]
__version__ = "0.1.0.dev0"
