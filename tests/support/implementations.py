"""The two sides of every comparison: `subject`, the package under test, and `upstream`, hpack 4.2.0 itself.

`FASTH2_TEST_SUBJECT` names another package for the subject's place. With `hpack` there, upstream is held against its
own behaviour: a test that then fails asserts something else than upstream does, and says so with
`@pytest.mark.difference` (which turns it into an expected failure there).
"""
import importlib
import os
from pathlib import Path

import fasth2

MODULES = ("exceptions", "hpack", "huffman", "huffman_constants", "huffman_table", "struct", "table")


def load(package):
    """The package of that name, with every module of hpack's imported below it."""
    for module in MODULES:
        importlib.import_module(f"{package}.{module}")
    return importlib.import_module(package)


SUBJECT = os.environ.get("FASTH2_TEST_SUBJECT", "fasth2.hpack")
upstream = load("hpack")
subject = load(SUBJECT)

# Without this the whole differential suite could compare fasth2 with itself and pass.
if Path(upstream.__file__).is_relative_to(Path(fasth2.__file__).parent):
    raise RuntimeError("`hpack` leads to fasth2 here: run the tests without fasth2.install()")
