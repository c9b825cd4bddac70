"""The data of Appendix A and B, and the header made from it."""
import subprocess
import sys

import pytest

from fasth2.codec import codegen, rfc7541


def find(name):
    """A static table look-up as a reader of the header does it: (first index, count), or None."""
    lengths = [len(known) for known, _ in rfc7541.STATIC_TABLE]
    if not min(lengths) <= len(name) <= max(lengths):
        return None
    first, count = codegen.name_slots()[codegen.slot(name)]
    return (first, count) if first and rfc7541.STATIC_TABLE[first - 1][0] == name else None


def names():
    return list(dict.fromkeys(name for name, _ in rfc7541.STATIC_TABLE))


def test_header_is_what_the_generator_writes():
    assert codegen.HEADER.read_bytes() == codegen.render().encode("ascii")


def test_check_passes_without_a_compiled_module():
    blocked = "import sys; sys.modules['fasth2.codec.huffman'] = None; sys.argv[1:] = ['--check']; "
    command = blocked + "import runpy; runpy.run_module('fasth2.codec.codegen', run_name='__main__')"
    assert subprocess.run([sys.executable, "-c", command]).returncode == 0


def test_check_refuses_a_stale_header_in_one_line(tmp_path, monkeypatch):
    stale = tmp_path / "rfc7541.h"
    monkeypatch.setattr(codegen, "HEADER", stale)
    for content in (None, "something else"):
        if content is not None:
            stale.write_text(content)
        with pytest.raises(SystemExit) as refused:
            codegen.main(["--check"])
        assert isinstance(refused.value.code, str) and "\n" not in refused.value.code  # status 1, and printed
    codegen.main([])
    codegen.main(["--check"])


def test_static_table_is_upstreams():
    table = pytest.importorskip("hpack.table").HeaderTable
    assert rfc7541.STATIC_TABLE == table.STATIC_TABLE


def test_huffman_code_is_upstreams():
    upstream = pytest.importorskip("hpack.huffman_constants")
    assert list(rfc7541.HUFFMAN_CODE) == list(zip(upstream.REQUEST_CODES, upstream.REQUEST_CODES_LENGTH))


def test_huffman_code_is_canonical_and_complete():
    """RFC 7541 section 5.2: codes of one length are consecutive, and follow those of the length before."""
    expected, bits_before = 0, 5
    for code, bits in sorted(rfc7541.HUFFMAN_CODE, key=lambda pair: pair[::-1]):
        expected <<= bits - bits_before
        assert code == expected
        expected, bits_before = code + 1, bits
    assert expected == 1 << bits_before == 1 << codegen.LONGEST



def test_hash_finds_all_names():
    assert len(names()) == 52
    table = [name for name, _ in rfc7541.STATIC_TABLE]
    for name in names():
        assert find(name) == (table.index(name) + 1, table.count(name))
    slots = [codegen.slot(name) for name in names()]
    assert len(set(slots)) == 52
    assert sum(first > 0 for first, _ in codegen.name_slots()) == 52


def test_hash_finds_nothing_else():
    known = set(names())
    near = {name[:i] + bytes([octet]) + name[i + 1 :]
            for name in known for i in range(len(name)) for octet in range(256)}
    near |= {name[:i] + name[i + 1 :] for name in known for i in range(len(name))}
    near |= {name + tail for name in known for tail in (b"s", b"\0", b":")} | {name.upper() for name in known}
    near |= {b"", b":", b"ab", b"x" * 27, b"x" * 28}
    slots = codegen.name_slots()
    for name in near - known:
        first, _ = slots[codegen.slot(name)] if name else (0, 0)
        assert not first or rfc7541.STATIC_TABLE[first - 1][0] != name
    for name in list(near - known)[:500]:
        assert find(name) is None
