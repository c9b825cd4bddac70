"""HTTP/2 header compression and framing at C speed, behind the APIs of hpack and hyperframe.

`fasth2.install()` makes `import hpack` mean `fasth2.hpack`, and h2 run on it, whether h2 is imported already or not.
Importing fasth2 alone changes nothing and loads no codec.
"""
from fasth2.activation import ActivationError, install, status, uninstall

__all__ = ["ActivationError", "install", "status", "uninstall"]
__version__ = "0.1.0.dev0"
