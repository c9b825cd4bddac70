"""Which interpreters of a process may load fasth2, and what loading it does to the GIL."""
import sys

import pytest

from support.processes import python
from support.threads import FREE_THREADED

MODULES = ("codec.decoder", "codec.dynamictable", "codec.encoder", "codec.flags", "codec.frame", "codec.framecore",
           "codec.frameread", "codec.framewrite", "codec.headertuple", "codec.huffman", "codec.integer", "codec.table",
           "tree.tree")

IN_ANOTHER = """
import sys
sys.path[:] = {path!r}
refused = []
for name in {modules!r}:
    try:
        __import__("fasth2." + name)
    except ImportError as error:
        assert str(error), name
        refused.append(name)
assert refused == list({modules!r}), refused
"""

MAIN = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
{before}
created = {create}
failure = interpreters.{run}(created, {text!r})
assert failure is None, failure
interpreters.destroy(created)
{after}
print("done")
"""


@pytest.mark.parametrize("before", ["", "import fasth2.hpack, fasth2.hyperframe.frame, fasth2.priority"],
                         ids=["first", "loaded"])
@pytest.mark.parametrize("isolated", [True, False], ids=["own GIL", "shared GIL"])
def test_another_interpreter_is_refused(isolated, before):
    if not before and not (isolated and sys.version_info >= (3, 12)):
        pytest.skip("with a shared GIL, the first interpreter that loads fasth2 has it")
    if sys.version_info >= (3, 13):
        create = f"interpreters.create({'isolated' if isolated else 'legacy'!r})"
    else:
        create = f"interpreters.create(isolated={isolated})"
    text = IN_ANOTHER.format(path=sys.path, modules=MODULES)
    after = """
import fasth2.hpack
assert fasth2.hpack.Decoder().decode(fasth2.hpack.Encoder().encode([("a", "b")])) == [("a", "b")]
"""
    out = python(MAIN.format(before=before, create=create, run="run_string", text=text, after=after))
    assert out == "done\n"


@pytest.mark.skipif(not FREE_THREADED, reason="this interpreter always has a GIL")
def test_loading_fasth2_leaves_the_gil_off():
    out = python("""
        import os, sys
        assert "PYTHON_GIL" not in os.environ or os.environ["PYTHON_GIL"] == "0"
        import fasth2.hpack, fasth2.hyperframe, fasth2.codec.frame, fasth2.priority
        print(sys._is_gil_enabled())
    """)
    assert out == "False\n"
