"""Whether fasth2's compiled modules are there for the running interpreter."""
import os
from importlib.machinery import EXTENSION_SUFFIXES

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NOT_COMPILED = (
    f"fasth2: {PACKAGE} has no compiled modules, as a source tree has none. Run `fasth2` instead of `python -m fasth2` "
    "to use an installed one, or `pip install -e .` to compile here"
)


def is_compiled():
    """Whether they are: bool. Looks for the file of one of them and imports nothing."""
    huffman = os.path.join(PACKAGE, "codec", "huffman")
    return any(os.path.exists(huffman + suffix) for suffix in EXTENSION_SUFFIXES)
