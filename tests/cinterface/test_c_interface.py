"""The C interface as docs/c-interface.md promises it: modules of somebody else's, compiled against an installed fasth2.

They are compiled against a copy of the files that a wheel has, so that nothing but those is needed.
"""
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import fasth2
from fasth2.hpack import Decoder, Encoder, HPACKDecodingError, InvalidTableIndex, NeverIndexedHeaderTuple
from fasth2.hpack.hpack import encode_integer
from fasth2.hpack.huffman import HuffmanEncoder
from fasth2.hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

pytest.importorskip("Cython", reason="Cython compiles the modules that use the C interface")
pytest.importorskip("setuptools", reason="setuptools builds the modules that use the C interface")
if not Path(sysconfig.get_path("include"), "Python.h").is_file():
    pytest.skip("this interpreter has no Python.h to compile with", allow_module_level=True)
if os.name == "posix" and not shutil.which((os.environ.get("CC") or sysconfig.get_config_var("CC")).split()[0]):
    pytest.skip("there is no C compiler", allow_module_level=True)
HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "c-interface.md"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
SHIPPED = (".py", ".pyi", ".pxd", ".h", SUFFIX)

HEADERS = [(":method", "GET"), (":path", "/a"), ("x-own", "caf\u00e9"), ("cookie", "secret", True)]
HUFFMAN = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what a wheel of fasth2 has in it."""
    folder = tmp_path_factory.mktemp("installed")
    package = Path(fasth2.__file__).parent
    for path in package.rglob("*"):
        if path.name.endswith(SHIPPED):
            copy = folder / "fasth2" / path.relative_to(package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    assert not list(folder.rglob("*.pyx"))
    return folder


def python(installed, folder, *arguments):
    """Runs Python in `folder` with that fasth2. What it compiles is sanitized where fasth2 is."""
    sanitizers = " -fsanitize=address,undefined" if "FASTH2_SANITIZED" in os.environ else ""
    environment = os.environ | {"PYTHONPATH": str(installed), "LDFLAGS": os.environ.get("LDFLAGS", "") + sanitizers,
                                "CFLAGS": os.environ.get("CFLAGS", "-O1") + sanitizers}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def kernels(installed, tmp_path_factory):
    """tests/cinterface/kernels.pyx, compiled."""
    folder = tmp_path_factory.mktemp("kernels")
    for name in ("setup.py", "kernels.pyx"):
        shutil.copy(HERE / name, folder)
    python(installed, folder, "setup.py", "-q", "build_ext", "--inplace")
    spec = importlib.util.spec_from_file_location("kernels", folder / f"kernels{SUFFIX}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_example_of_the_page(installed, tmp_path):
    """Every file that the page shows, built and run as it says."""
    files = dict(re.findall(r"^`(\w+\.\w+)`[^\n]*:\n\n```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"),
                            re.DOTALL | re.MULTILINE))
    assert set(files) == {"setup.py", "pyproject.toml", "example.pyx", "use.py"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    python(installed, tmp_path, "setup.py", "-q", "build_ext", "--inplace")
    python(installed, tmp_path, "use.py")


def test_page_names_what_is_there():
    """Every function that the page names is declared in a .pxd."""
    declared = "".join(path.read_text() for path in (Path(fasth2.__file__).parent / "codec").glob("*.pxd"))
    named = set(re.findall(r"`(?:\w+\.)?([a-z_]+)\(", PAGE.read_text(encoding="utf-8")))
    assert {"next_frame", "decode_to_list", "encode_to_bytes", "huffman_encode"} <= named
    python_names = {"decode", "encode", "get_include"}
    assert not {name for name in named - python_names if not re.search(rf"\b{name}\(", declared)}


def test_get_include():
    folder = Path(fasth2.get_include())
    assert folder.is_absolute()
    wanted = {name for path in folder.glob("*.pxd") for name in re.findall(r'extern from "(\w+\.h)"', path.read_text())}
    assert wanted - {"Python.h"} and all((folder / name).is_file() for name in wanted - {"Python.h"})


def test_huffman(kernels):
    for text in (b"", b"a", b"www.example.com", bytes(range(256)), b"\xff" * 1000):
        coded = HUFFMAN.encode(text)
        assert kernels.huffman_code(text) == (coded, coded)
        assert kernels.huffman_text(coded) == (text, text.isascii())
    for wrong in (b"\xff\xff\xff\xff", b"\xff", b"\x00"):
        with pytest.raises(HPACKDecodingError):
            kernels.huffman_text(wrong)


def test_integers(kernels):
    for value in (0, 30, 31, 1337, 2**32 - 1):
        for prefix_bits in range(1, 9):
            octets = bytes(encode_integer(value, prefix_bits))
            assert kernels.integer(value, prefix_bits, 0) == (octets, value, len(octets))
    assert kernels.integer(10, 5, 0x20)[0] == b"\x2a"
    with pytest.raises(HPACKDecodingError, match="too long"):
        kernels.integer(2**63, 5, 0)


def test_numbers(kernels):
    assert kernels.numbers() == (bytes(range(1, 18)), [0x0102, 0x030405, 0x06070809, 0x0A0B0C0D0E0F1011])


def test_header_tuple(kernels):
    made = kernels.never_indexed(b"name", b"value")
    assert type(made) is NeverIndexedHeaderTuple and made == (b"name", b"value")
    other = NeverIndexedHeaderTuple(b"name", b"value")
    assert made == other and sys.getrefcount(made) == sys.getrefcount(other)


@pytest.mark.parametrize("raw", [False, True])
def test_decoding(kernels, raw):
    encoder = Encoder()
    decoders = [Decoder() for _ in range(3)]
    for _ in range(3):
        block = encoder.encode(HEADERS)
        wanted = decoders[0].decode(block, raw)
        assert kernels.fields(decoders[1], block, raw) == wanted
        found = kernels.headers(decoders[2], block, raw)
        assert found == wanted and list(map(type, found)) == list(map(type, wanted))
        assert len({tuple(decoder.header_table.dynamic_entries) for decoder in decoders}) == 1


@pytest.mark.parametrize("block", [
    b"\xff\xff\xff\xff\xff\xff\xff", b"\xbe", b"\x40\x7f", b"\x82\x20", b"\x00\x01\xff\x00"])
def test_errors_of_decoding(kernels, block):
    with pytest.raises(HPACKDecodingError) as wanted:
        Decoder().decode(block)
    for function in (kernels.fields, kernels.headers):
        with pytest.raises(type(wanted.value), match=re.escape(str(wanted.value))):
            function(Decoder(), block, False)


def test_decoder_that_is_overridden(kernels):
    class Noting(Decoder):
        def _decode_indexed(self, data):
            noted.append(bytes(data))
            return super()._decode_indexed(data)

    noted = []
    decoder = Noting()
    assert kernels.fields(decoder, b"\x82", False) is None
    assert kernels.headers(decoder, b"\x82", False) == [(":method", "GET")] and noted == [b"\x82"]
    with pytest.raises(InvalidTableIndex):
        kernels.headers(decoder, b"\xbe", False)


@pytest.mark.parametrize("huffman", [False, True])
def test_encoding(kernels, huffman):
    ours, wanted = Encoder(), Encoder()
    for encoder in (ours, wanted):
        encoder.header_table_size = 0
        encoder.header_table_size = 200
    for headers in (HEADERS, [("long", "x" * 5000)], [], HEADERS):
        assert kernels.block(ours, headers, huffman) == wanted.encode(headers, huffman)
        assert list(ours.header_table.dynamic_entries) == list(wanted.header_table.dynamic_entries)
        assert ours.header_table.resized is False and ours.table_size_changes == wanted.table_size_changes == []


def test_encoder_that_is_overridden(kernels):
    class Shouting(Encoder):
        def add(self, to_add, sensitive, huffman=False):
            return super().add((to_add[0], to_add[1].upper()), sensitive, huffman)

    encoder = Shouting()
    encoder.header_table_size = 100
    block = kernels.block(encoder, [("name", "value")], True)
    assert Decoder().decode(block) == [("name", "VALUE")] and block[0] == 0x3F


def test_encoding_that_fails(kernels):
    encoder = Encoder()
    with pytest.raises(IndexError):
        kernels.block(encoder, [("name", "value"), ("no value",)], True)
    assert not encoder.header_table.dynamic_entries


@pytest.mark.parametrize("room", [0, 3, 256])
def test_writer(kernels, room):
    for parts in ([], [b""], [b"abc"], [b"a", b"bcd", b"e" * 300, b"", b"f" * 10000]):
        assert kernels.written(parts, room) == b"".join(parts)
