"""HTTP/2 header compression and framing at C speed, behind the APIs of hpack and hyperframe.

`fasth2.install()` makes `import hpack` mean `fasth2.hpack`, and h2 run on it, whether h2 is imported already or not.
Importing fasth2 alone changes nothing and loads no codec.
"""
import os

from fasth2.activation import ActivationError, install, status, uninstall

__all__ = ["ActivationError", "get_include", "install", "status", "uninstall"]
__version__ = "0.2.0"


def get_include():
    """The folder (str) of fasth2's C headers, for the `include_dirs` of modules that cimport from it."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "codec")
