"""HTTP/2 at C speed, behind the APIs of h2, hpack, hyperframe and priority.

`fasth2.install()` makes `import h2` mean `fasth2.h2`, and so on, whether they are imported already or not.
Importing fasth2 alone changes nothing and loads nothing compiled.
"""
import os

from fasth2.activation import ActivationError, install, status, uninstall

__all__ = ["ActivationError", "get_include", "install", "status", "uninstall"]
__version__ = "0.2.0"


def get_include():
    """The folder (str) of fasth2's C headers, for the `include_dirs` of modules that cimport from it."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "codec")
