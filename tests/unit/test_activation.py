"""install(), uninstall() and status(), each scenario in an interpreter of its own."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fasth2
from fasth2.activation.layers import LAYERS

# What upstream's wheels hold, by hand: the test's own idea of what has to be replaced.
MODULES = {
    "hpack": ["exceptions", "hpack", "huffman", "huffman_constants", "huffman_table", "struct", "table"],
    "hyperframe": ["exceptions", "flags", "frame"],
    "priority": ["priority"],
    "h2": ["_typing", "config", "connection", "errors", "events", "exceptions", "frame_buffer", "settings", "stream",
           "utilities", "windows"],
}
ALL = [(layer, module) for layer in LAYERS for module in MODULES[layer]]
HOME = str(Path(fasth2.__file__).parents[1])

# Hides every upstream package from the path, as if none were installed.
NO_UPSTREAM = f"""
import sys
from importlib.machinery import PathFinder
class NoUpstream:
    def find_spec(name, path=None, target=None):
        return None if name in {list(LAYERS)} else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = NoUpstream
"""


def test_layers_name_every_module_of_upstream():
    assert {layer: sorted(LAYERS[layer].modules) for layer in LAYERS} == {layer: MODULES[layer] for layer in LAYERS}


# -- what install() replaces


@pytest.mark.parametrize("layer", LAYERS)
def test_an_upstream_name_is_fasth2s_module(python, layer):
    python(f"""
import fasth2, sys
fasth2.install()
import {layer}
import fasth2.{layer}
assert {layer} is fasth2.{layer} is sys.modules["{layer}"]
""")


@pytest.mark.parametrize("layer, module", ALL)
def test_so_is_each_of_its_modules(python, layer, module):
    python(f"""
import fasth2, sys
fasth2.install()
import {layer}.{module} as aliased
from {layer} import {module} as from_parent
import fasth2.{layer}.{module} as own
assert aliased is own is from_parent is sys.modules["{layer}.{module}"]
assert vars(sys.modules["{layer}"])["{module}"] is own
assert own.__name__ == own.__spec__.name == "fasth2.{layer}.{module}"
""")


@pytest.mark.parametrize("layer", LAYERS)
def test_one_import_fills_sys_modules_as_upstreams_does(python, layer):
    pytest.importorskip(layer, reason=f"{layer} is not installed")
    show = f"""
import {layer}
import sys
print(*sorted(name for name in sys.modules if name.partition(".")[0] == "{layer}"))
"""
    assert python("import fasth2; fasth2.install()" + show) == python(show)


@pytest.mark.parametrize("layer", LAYERS)
def test_fasth2s_module_first_then_upstreams_name(python, layer):
    python(f"""
import fasth2, sys
import fasth2.{layer}
assert not any(name.partition(".")[0] == "{layer}" for name in sys.modules)
fasth2.install()
import {layer}
assert {layer} is fasth2.{layer}
""")


def test_specs_are_fasth2s_own_and_reload_works(python):
    python("""
import fasth2.hpack
specs = fasth2.hpack.__spec__, fasth2.hpack.__loader__, fasth2.hpack.__path__, fasth2.hpack.__package__
fasth2.install()
import hpack, importlib
assert specs == (hpack.__spec__, hpack.__loader__, hpack.__path__, hpack.__package__)
assert hpack.__spec__ is specs[0] and hpack.__spec__.name == "fasth2.hpack"
assert importlib.reload(hpack) is hpack is fasth2.hpack and hpack.__spec__.name == "fasth2.hpack"
""")


def test_a_name_that_upstream_lacks(python):
    python("""
import fasth2, importlib.util
fasth2.install()
for name in "hpack.nonsense", "hpack.struct.nonsense":
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        assert error.name == name and "fasth2" not in str(error), error
    else:
        raise AssertionError(name)
assert importlib.util.find_spec("hpack.nonsense") is None
try:
    import hpacked
except ModuleNotFoundError as error:
    assert error.name == "hpacked"
else:
    raise AssertionError
""")


def test_h2_is_served_by_fasth2(python):
    python("""
import fasth2
fasth2.install()
import h2.connection
import fasth2.h2.connection, fasth2.hpack
assert h2.connection.H2Connection is fasth2.h2.connection.H2Connection and h2.__version__ == "4.4.1"
assert h2.connection.Encoder is fasth2.hpack.Encoder
""")


def test_only_chooses_layers(python):
    python("""
import fasth2, sys
fasth2.install(only=[])
assert not fasth2.status().active
for only in "hpack", ["hpack"], {"hpack": 1}:
    fasth2.install(only=only)
assert fasth2.status().layers["hpack"].state == "waiting"
others = [layer for name, layer in fasth2.status().layers.items() if name != "hpack"]
assert all(layer.reason == "fasth2.install() was not asked to replace it" for layer in others)
fasth2.install()
assert all(layer.state == "waiting" for layer in fasth2.status().layers.values())
""")


ENGINE = ["hpack", "hyperframe", "h2"]


@pytest.mark.parametrize("only, expected", [
    ("h2", ENGINE), ("hpack,h2", ENGINE), ("h2,priority", [*LAYERS]), ("hpack", ["hpack"]),
    ("hpack,hyperframe", ["hpack", "hyperframe"]), ("hyperframe,priority", ["hyperframe", "priority"]),
])
@pytest.mark.parametrize("by", ["argument", "environment"])
def test_h2_comes_with_the_codecs_that_it_stands_on(python, only, expected, by):
    """And the codecs without it, for an h2 of upstream's."""
    argument, environment = (f"only={only.split(',')}", {}) if by == "argument" else ("", {"FASTH2_ONLY": only})
    python(f"""
import fasth2
fasth2.install({argument})
states = {{name: layer.state for name, layer in fasth2.status().layers.items()}}
assert states == {{name: "waiting" if name in {expected} else "upstream" for name in states}}, states
""", **environment)


def test_codecs_without_h2(python):
    pytest.importorskip("h2", reason="h2 is not installed")
    python("""
import fasth2, sys
fasth2.install(only=["hpack", "hyperframe"])
import h2.connection
assert h2.connection.__name__ == "h2.connection" and h2.connection.Encoder is sys.modules["fasth2.hpack"].Encoder
assert fasth2.status().layers["h2"].reason == "fasth2.install() was not asked to replace it"
assert not any(name.startswith(("fasth2.h2", "fasth2.engine")) for name in sys.modules)
""")


def test_everybody_sees_the_same_classes(python):
    """What h2 hands out is of the classes that hpack and hyperframe have."""
    python("""
import fasth2
fasth2.install(only="h2")
from support.worlds import Pair
import h2.events, hpack, hyperframe.frame
pair = Pair()
assert type(pair.client.encoder) is hpack.Encoder and type(pair.client.decoder) is hpack.Decoder
received, answered = pair.get("/", hpack.NeverIndexedHeaderTuple("x-secret", "value"))
assert {type(header) for header in received} == {hpack.HeaderTuple, hpack.NeverIndexedHeaderTuple}
(event,) = pair.server.receive_data(bytes([0, 0, 1, 0xee, 0, 0, 0, 0, 0, 7]))
assert type(event) is h2.events.UnknownFrameReceived and type(event.frame) is hyperframe.frame.ExtensionFrame
""")


def test_h2_is_given_back(python):
    pytest.importorskip("h2", reason="h2 is not installed")
    python("""
import fasth2, sys
fasth2.install()
from h2.connection import H2Connection
connection = H2Connection()
try:
    fasth2.uninstall()
except fasth2.ActivationError as error:
    assert "connections are alive (1 h2.connection.H2Connection object" in str(error), error
else:
    raise AssertionError
del connection
fasth2.uninstall()
import h2.connection
assert h2.connection.H2Connection is H2Connection
import os
assert os.path.dirname(fasth2.__file__) not in h2.connection.__file__, h2.connection.__file__
from support.worlds import Pair
Pair().get("/")
""")


def test_importing_h2_imports_nothing_that_upstreams_does_not(python):
    pytest.importorskip("h2", reason="h2 is not installed")
    show = """
import h2.connection, h2.events
import sys
print(*sorted(name for name in sys.modules if not name.startswith(("fasth2", "_cy", "cython_runtime"))))
"""
    theirs = set(python(show).split())
    ours = set(python("import fasth2; fasth2.install()" + show).split())
    assert ours - theirs <= {"importlib.machinery", "importlib.util", "importlib._abc"}


# -- an h2 that fasth2 does not mirror, or that stands on another codec


@pytest.mark.parametrize("version", ["4.3.0", "4.5.0"])
def test_another_h2_gets_the_codecs(python, package, version):
    reason = f"h2 {version} is installed, and fasth2 mirrors h2 4.4.1 only"
    python(f"""
import warnings
import fasth2
fasth2.install()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import h2, hpack, hyperframe
    fasth2.install()
assert h2.__name__ == "h2" and h2.__version__ == {version!r}
assert hpack.__name__ == "fasth2.hpack" and hyperframe.__name__ == "fasth2.hyperframe"
assert [str(warning.message) for warning in caught] == ["fasth2 leaves h2 alone: {reason}"]
layer = fasth2.status().layers["h2"]
assert (layer.state, layer.installed, layer.reason) == ("upstream", {version!r}, {reason!r})
""", path=package("h2", f'__version__ = "{version}"\n', version))


@pytest.mark.parametrize("version", ["4.3.0", "4.5.0"])
def test_another_h2_that_is_loaded_gets_the_codecs(python, version):
    """The real one's source, that says it is another: it goes on, on fasth2's codecs."""
    pytest.importorskip("h2", reason="h2 is not installed")
    python(f"""
import h2, h2.connection, fasth2
h2.__version__ = {version!r}
try:
    fasth2.install(strict=True)
except fasth2.ActivationError as error:
    assert str(error) == "h2 {version} is installed, and fasth2 mirrors h2 4.4.1 only"
else:
    raise AssertionError
fasth2.install()
import fasth2.hpack
assert h2.__name__ == "h2" and h2.connection.Encoder is fasth2.hpack.Encoder
assert {{name: layer.state for name, layer in fasth2.status().layers.items()}} == {{
    "hpack": "fasth2", "hyperframe": "fasth2", "priority": "waiting", "h2": "upstream"}}
from support.worlds import Pair
Pair().get("/")
""", "-Wignore")


@pytest.mark.parametrize("codec, version", [("hpack", "4.1.0"), ("hyperframe", "6.2.0")])
def test_h2_stays_with_a_codec_that_stays(python, package, codec, version):
    """Whoever updates a codec for the sake of a mend gets it, also below h2."""
    pytest.importorskip("h2", reason="h2 is not installed")
    reason = f"{codec} {version} is installed, and fasth2 mirrors {codec} {LAYERS[codec].version} only"
    other = {"hpack": "hyperframe", "hyperframe": "hpack"}[codec]
    site = package(codec, f'__version__ = "{version}"\n', version)
    python(f"""
import warnings
import fasth2
try:
    fasth2.install(strict=True)
except fasth2.ActivationError as error:
    assert str(error) == {reason!r}, error
else:
    raise AssertionError
fasth2.install()
assert fasth2.status().layers["h2"].reason == {reason!r} and fasth2.status().layers["{other}"].state == "waiting"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import h2
    import {codec}, {other}
assert h2.__name__ == "h2" and {codec}.__name__ == "{codec}" and {other}.__name__ == "fasth2.{other}"
assert [str(warning.message) for warning in caught] == [
    "fasth2 leaves h2 alone: {reason}", "fasth2 leaves {codec} alone: {reason}"], [*map(str, caught)]
""", path=site)


@pytest.mark.parametrize("codec", ["hpack", "hyperframe"])
def test_a_loaded_h2_stays_with_a_loaded_codec_that_stays(python, codec):
    pytest.importorskip("h2", reason="h2 is not installed")
    python(f"""
import h2.connection, hpack, hyperframe, fasth2
{codec}.__version__ = "9.9"
fasth2.install()
assert h2.__name__ == "h2" and {codec}.__name__ == "{codec}"
states = {{name: layer.state for name, layer in fasth2.status().layers.items()}}
assert [name for name in ("hpack", "hyperframe", "h2") if states[name] == "upstream"] == ["{codec}", "h2"], states
from support.worlds import Pair
Pair().get("/")
""", "-Wignore")


def test_only_refuses_an_unknown_layer():
    with pytest.raises(ValueError, match=r"no layer h3 and quic; it has hpack"):
        fasth2.install(only=["quic", "h3", "hpack"])


# -- what install() leaves alone


def test_install_imports_no_codec_and_nothing_slow(python):
    """The whole list, so that whoever adds a module to it looks at its cost."""
    loaded = python("""
import os, sys
before = set(sys.modules)
import fasth2
fasth2.install()
print(*sorted(set(sys.modules) - before))
""", "-S")
    parts = ["environment", "errors", "finder", "layers", "turn", "upstream", "words"]
    own = {"", ".activation", *(f".activation.{name}" for name in parts)}
    machinery = {"importlib", "importlib._bootstrap", "importlib._bootstrap_external", "importlib.machinery"}
    machinery |= {"warnings", "_py_warnings", "_contextvars"}
    assert set(loaded.split()) <= {f"fasth2{name}" for name in own} | machinery


def test_looking_for_a_name_does_not_import_it(python):
    python("""
import fasth2, sys, importlib.util
fasth2.install()
spec = importlib.util.find_spec("hpack")
import fasth2.activation
own = importlib.util.find_spec("fasth2.hpack")
assert spec.name == "hpack" and spec.origin == own.origin
assert "hpack" not in sys.modules and "fasth2.hpack" not in sys.modules
fasth2.status()
assert "hpack" not in sys.modules and "fasth2.hpack" not in sys.modules
""")


def test_without_upstream(python):
    python(NO_UPSTREAM + """
import fasth2
try:
    import hpack
except ModuleNotFoundError:
    pass
else:
    raise AssertionError("the test hides nothing")
fasth2.install(strict=True)
import hpack.table
import fasth2.hpack
assert hpack is fasth2.hpack
status = fasth2.status().layers["hpack"]
assert status.installed is None and status.state == "fasth2"
assert str(status).endswith("in place of hpack 4.2.0, which is not installed")
""")


def test_a_folder_of_upstreams_name_is_not_upstream(python, tmp_path):
    (tmp_path / "hpack").mkdir()
    only_here = f"PathFinder.find_spec(name, [{str(tmp_path)!r}])"
    python(NO_UPSTREAM.replace("return None if", f"return {only_here} if") + """
import hpack
assert hpack.__file__ is None, "the test makes no namespace package"
del sys.modules["hpack"], hpack
import fasth2
fasth2.install(strict=True)
assert fasth2.status().layers["hpack"].installed is None
import hpack
assert hpack.__name__ == "fasth2.hpack"
""")


def test_disable(python):
    python("""
import sys
before = list(sys.meta_path)
import fasth2
fasth2.install(strict=True)
assert sys.meta_path == before
assert fasth2.status().disabled and not fasth2.status().active
assert fasth2.status().layers["hpack"].reason == "FASTH2_DISABLE is set"
import fasth2.hpack
fasth2.uninstall()
""", FASTH2_DISABLE="1")


@pytest.mark.parametrize("value", ["", "0"])
def test_disable_can_say_no(python, value):
    python("import fasth2; fasth2.install(); assert fasth2.status().active", FASTH2_DISABLE=value)


def test_an_import_that_somebody_blocked_stays_blocked(python):
    python("""
import sys
sys.modules["hpack"] = None
import fasth2
fasth2.install()
try:
    import hpack
except ModuleNotFoundError:
    pass
else:
    raise AssertionError
""")


# -- a version that fasth2 does not mirror


def test_another_version_is_left_alone_with_one_warning(python, package):
    site = package()
    python(f"""
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import fasth2
    fasth2.install()
    assert not caught
    import hpack; line = 8
    import hpack.struct
    fasth2.install()
    __import__("hpack")
assert hpack.__file__.startswith({str(site)!r}) and hpack.struct.HeaderTuple is tuple
(warning,) = caught
assert warning.category is RuntimeWarning, warning
assert (warning.filename, warning.lineno) == ("<string>", line), warning
reason = "hpack 3.0.0 is installed, and fasth2 mirrors hpack 4.2.0 only"
assert str(warning.message) == "fasth2 leaves hpack alone: " + reason
layer = fasth2.status().layers["hpack"]
assert (layer.state, layer.installed, layer.reason) == ("upstream", "3.0.0", reason)
assert str(layer) == "is upstream's 3.0.0: " + reason
""", path=site)


def test_status_foresees_another_version(python, package):
    python("""
import fasth2
fasth2.install()
layer = fasth2.status().layers["hpack"]
assert (layer.state, layer.installed) == ("upstream", "3.0.0")
""", path=package())


def test_strict_refuses_another_version(python, package):
    python("""
import fasth2, sys
before = list(sys.meta_path)
try:
    fasth2.install(strict=True)
except fasth2.ActivationError as error:
    assert str(error) == "hpack 3.0.0 is installed, and fasth2 mirrors hpack 4.2.0 only"
else:
    raise AssertionError
assert sys.meta_path == before
""", path=package())


def test_strict_refuses_another_version_that_comes_later(python, package):
    python(f"""
import fasth2, sys
fasth2.install(strict=True)
sys.path.insert(0, {str(package())!r})
try:
    import hpack
except fasth2.ActivationError as error:
    assert "3.0.0" in str(error) and "strict" in str(error)
else:
    raise AssertionError
""")


def test_another_version_already_imported_is_left_alone_too(python, package):
    site = package()
    python("""
import hpack, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import fasth2
    fasth2.install(); line = 6
    fasth2.install()
import hpack.struct
assert hpack.__version__ == "3.0.0" and hpack.struct.HeaderTuple is tuple
assert [(warning.category, warning.lineno) for warning in caught] == [(RuntimeWarning, line)]
assert fasth2.status().layers["hpack"].state == "upstream"
try:
    fasth2.install(strict=True)
except fasth2.ActivationError as error:
    assert "3.0.0" in str(error)
else:
    raise AssertionError
""", path=site)


@pytest.mark.parametrize("source", ["", "version = '4.2.0'\n", "from hpack.struct import HeaderTuple\n"])
def test_a_version_that_cannot_be_read_is_left_alone(python, package, source):
    python("""
import fasth2
fasth2.install()
import hpack.struct
assert hpack.struct.HeaderTuple is tuple
assert "hpack of an unknown version is installed" in fasth2.status().layers["hpack"].reason
""", "-Wignore", path=package(source=source, version=None))


@pytest.mark.parametrize("late", ["", "import priority"])
def test_a_version_that_stands_in_the_metadata_alone(python, package, late):
    """priority 1.3.0, which Twisted asks for, is such a package."""
    python(f"""
{late}
import fasth2
fasth2.install(strict=True)
import priority
assert priority.__name__ == "fasth2.priority"
assert str(fasth2.status().layers["priority"]) == "is fasth2.priority, in place of priority 1.3.0"
""", path=package("priority", "", "1.3.0"))


def test_a_wrong_version_that_stands_in_the_metadata_alone(python, package):
    python("""
import fasth2
fasth2.install()
import priority
assert priority.__name__ == "priority"
reason = "priority 1.2.0 is installed, and fasth2 mirrors priority 1.3.0 and 2.0.0 only"
assert fasth2.status().layers["priority"].reason == reason
""", "-Wignore", path=package("priority", "", "1.2.0"))


@pytest.mark.parametrize(
    "line", ["__version__ = '4.2.0'", '__version__: str = "4.2.0"  # the last', "__version__='4.2.0'"]
)
def test_spellings_of_the_mirrored_version(python, package, line):
    python("""
import fasth2
fasth2.install(strict=True)
import hpack
assert hpack.__name__ == "fasth2.hpack"
""", path=package(source=line + "\n"))


def test_import_hooks_of_others_that_look_behind_themselves(python):
    """wrapt's and its like: a finder that asks the whole import system again for the name it was asked for."""
    pytest.importorskip("hpack", reason="hpack is not installed")
    python("""
import importlib.util, sys
class Nosy:
    busy = False
    def find_spec(self, name, path=None, target=None):
        if self.busy:
            return None
        self.busy = True
        try:
            return importlib.util.find_spec(name)
        finally:
            self.busy = False
sys.meta_path.insert(0, Nosy())
import fasth2
fasth2.install(strict=True)
assert fasth2.status().layers["hpack"].installed == "4.2.0"
import hpack
assert hpack.__name__ == "fasth2.hpack"
""")


# -- back, and again


def test_uninstall_gives_upstream_back(python):
    pytest.importorskip("hpack", reason="hpack is not installed")
    python("""
import fasth2, sys
before = list(sys.meta_path)
fasth2.uninstall()
fasth2.install()
__import__("hpack.table")
assert fasth2.status().layers["hpack"].state == "fasth2"
fasth2.uninstall()
fasth2.uninstall()
assert sys.meta_path == before
assert not any(name.partition(".")[0] == "hpack" for name in sys.modules)
assert fasth2.status().layers["hpack"].state == "upstream"
__import__("hpack.table")
assert sys.modules["hpack"].__name__ == "hpack" and sys.modules["hpack.table"].__name__ == "hpack.table"
assert sys.modules["fasth2.hpack"] is not sys.modules["hpack"]
assert fasth2.hpack.table is sys.modules["fasth2.hpack.table"]
""")


def test_install_again(python):
    python("""
import fasth2, sys
for turn in range(3):
    fasth2.install()
    fasth2.install()
    __import__("hpack.table")
    assert sys.modules["hpack"] is sys.modules["fasth2.hpack"]
    assert sys.modules["hpack.table"] is sys.modules["fasth2.hpack.table"]
    assert sum(type(finder).__name__ == "Finder" for finder in sys.meta_path) == 1
    fasth2.uninstall()
""")


def test_uninstall_looks_at_modules_without_waking_them(python):
    python("""
import importlib.util, sys
import fasth2
fasth2.install()
__import__("hpack")
spec = importlib.util.find_spec("colorsys")
spec.loader = importlib.util.LazyLoader(spec.loader)
lazy = sys.modules["colorsys"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lazy)
class Odd:
    def __getattr__(self, name):
        raise RuntimeError(name)
sys.modules["odd"] = Odd()
fasth2.uninstall()
assert type(lazy) is not type(sys), "uninstall() has loaded a lazy module"
""")


# -- threads


def test_threads_install_and_import_at_once(python):
    python("""
import sys, threading
import fasth2
barrier = threading.Barrier(16)
found, errors = set(), []
def work():
    try:
        barrier.wait()
        fasth2.install()
        import hpack.table
        found.add((id(hpack), id(hpack.table), id(sys.modules["fasth2.hpack"])))
    except BaseException as error:
        errors.append(error)
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not errors, errors
assert sum(type(finder).__name__ == "Finder" for finder in sys.meta_path) == 1
import hpack
assert found == {(id(hpack), id(hpack.table), id(hpack))}
assert hpack.__spec__.name == "fasth2.hpack" and hpack.table.__spec__.name == "fasth2.hpack.table"
""")


# -- status


def test_status_is_computed_from_the_interpreter(python):
    """Not from a flag: what somebody else does to sys.modules and sys.meta_path shows."""
    pytest.importorskip("hpack", reason="hpack is not installed")
    python("""
import fasth2, sys
states = []
def note():
    layer = fasth2.status().layers["hpack"]
    states.append((layer.state, len(layer.modules) > 0, bool(layer.reason)))
note()
fasth2.install(); note()
__import__("hpack"); note()
finder = sys.meta_path.pop(0); note()
for name in [name for name in sys.modules if name.startswith("hpack")]: del sys.modules[name]
note()
sys.meta_path.insert(0, finder); note()
assert states == [
    ("upstream", False, True),
    ("waiting", False, False),
    ("fasth2", True, False),
    ("fasth2", True, False),
    ("upstream", False, True),
    ("waiting", False, False),
], states
sys.meta_path.remove(finder)
__import__("hpack")
sys.meta_path.insert(0, finder); note()
assert states[-1] == ("upstream", False, True)
sys.modules["hpack.table"] = sys.modules["fasth2.hpack.table"]
note()
assert states[-1] == ("mixed", True, True)
""")


def test_status_in_words(python):
    pytest.importorskip("hpack", reason="hpack is not installed")
    off, waiting, on, short = python("""
import fasth2
print(fasth2.status(), end="\\0")
fasth2.install()
print(fasth2.status(), end="\\0")
import hpack.table
print(fasth2.status(), end="\\0")
print(repr(fasth2.status()))
""").split("\0")
    version = fasth2.__version__
    assert off.splitlines()[0] == f"fasth2 {version} is off"
    assert "is upstream's 4.2.0: fasth2.install() was not called" in off
    assert waiting.splitlines()[0] == f"fasth2 {version} is on"
    assert "will be fasth2.hpack at its first import, in place of hpack 4.2.0" in waiting
    assert on.splitlines()[0] == f"fasth2 {version} is on"
    assert "is fasth2.hpack, in place of hpack 4.2.0" in on
    assert short.startswith("<fasth2 status: hpack: fasth2")


# -- the pytest plugin


@pytest.fixture
def pytest_run(tmp_path):
    """Runs a test module in a pytest of its own, with the plugin."""

    def run(source, *options, path="", **env):
        (tmp_path / "test_something.py").write_text(source)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FASTH2", "PYTEST"))}
        search = os.pathsep.join(filter(None, [str(path), HOME]))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "-p", "fasth2.pytest_plugin"],
            env={**inherited, "PYTHONPATH": search, **env}, cwd=tmp_path, text=True, capture_output=True, timeout=60,
        )

    return run


def test_plugin_runs_a_suite_on_fasth2(pytest_run):
    done = pytest_run("import hpack\ndef test(): assert hpack.__name__ == 'fasth2.hpack'\n")
    assert done.returncode == 0, done.stdout
    header, _, rest = done.stdout.partition("collected")
    assert "will be fasth2.hpack at its first import" in header
    assert "is fasth2.hpack, in place" in rest


def test_plugin_says_that_it_is_disabled(pytest_run):
    done = pytest_run("import sys\ndef test(): assert 'fasth2.hpack' not in sys.modules\n", FASTH2_DISABLE="1")
    assert done.returncode == 0, done.stdout
    assert "FASTH2_DISABLE is set" in done.stdout.partition("collected")[0]


def test_plugin_refuses_in_one_line(pytest_run, package):
    done = pytest_run("def test(): pass\n", path=package())
    assert done.returncode == 4
    assert done.stderr.strip() == (
        "ERROR: fasth2.pytest_plugin: hpack 3.0.0 is installed, and fasth2 mirrors hpack 4.2.0 only"
    )
