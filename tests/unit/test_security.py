""".github/SECURITY.md keeps its word: every row of its tables names tests that are there and run, and the rows that no
other file of tests is about have theirs here."""
import ast
import itertools
import re
from pathlib import Path

import pytest

from fasth2.hpack import Decoder, Encoder, HeaderTuple
from support.implementations import SUBJECT, upstream
from support.implementations import subject as hpack

TESTS = Path(__file__).parents[1]
POLICY = TESTS.parent / ".github" / "SECURITY.md"
of_the_repository = pytest.mark.skipif(not POLICY.exists(), reason="this tree is a part of the repository: no .github/")

# The rows that there must be: what is known of attacks on HPACK decoders (A), encoders (E) and frame parsers (B), on
# what stands on them (C), on priority trees (T), and of faults (F).
EXPECTED = [f"{table}{number}" for table, count in {"A": 19, "E": 9, "B": 15, "C": 2, "D": 11, "T": 3, "F": 7}.items()
            for number in range(1, count + 1)]


def attack_table():
    """The rows of all attack tables: {name of the row: [attack, what fasth2 does, tests]}."""
    found = {}
    for line in POLICY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and re.fullmatch(r"[A-Z]\d+", cells[0]):
            assert cells[0] not in found
            found[cells[0]] = cells[1:]
    return found


def is_skipped(decorators):
    """Whether one of the decorators (of ast) skips a test whatever the circumstances."""
    for decorator in decorators:
        text = ast.unparse(decorator)
        if re.search(r"\bmark\.skip\b", text) or re.search(r"skipif\(\s*(True|1)\b", text):
            return True
    return False


def collected():
    """{name: file} of the tests that pytest collects below tests/ and that may run: by pytest's own rules for names,
    without those that are skipped on every occasion, or stand in a file that is."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        marks = [node.value for node in tree.body if isinstance(node, ast.Assign)
                 and "pytestmark" in map(ast.unparse, node.targets)]
        # A module that always skips says so at its own level, under no condition.
        always = any(isinstance(node, ast.Expr) and ast.unparse(node).startswith("pytest.skip(") for node in tree.body)
        if always or is_skipped(marks):
            continue
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test")]
        scopes = [tree, *classes]
        for node in itertools.chain.from_iterable(scope.body for scope in scopes):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                if not is_skipped(node.decorator_list):
                    found[node.name] = path
            elif isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase"):
                found.update({target.id: path for target in node.targets if isinstance(target, ast.Name)})
    return found


@of_the_repository
def test_every_known_attack_has_its_row():
    assert list(attack_table()) == EXPECTED


@of_the_repository
@pytest.mark.parametrize("row", EXPECTED)
def test_every_row_names_tests_that_run(row):
    cells = attack_table()[row]
    assert len(cells) == 3 and all(cells)
    named = re.findall(r"`(test_\w+)`", cells[2])
    assert named
    assert re.sub(r"`test_\w+`|[\s,]", "", cells[2]) == "", "the last column is for tests alone"
    assert set(named) - set(collected()) == set()


@of_the_repository
def test_the_limits_that_are_told_are_the_limits():
    text = POLICY.read_text(encoding="utf-8")
    table = {cells[0]: cells[1] for cells in re.findall(r"^\| ([\w ,]+) \| ([\d,]+)\b[^|]*\|", text, re.MULTILINE)}
    numbers = {name: int(value.replace(",", "")) for name, value in table.items()}
    from fasth2.h2.connection import H2Connection
    from fasth2.h2.frame_buffer import CONTINUATION_BACKLOG
    from fasth2.priority import PriorityTree

    assert numbers == {
        "header list, received": Decoder().max_header_list_size,
        "dynamic table, received": Decoder().max_allowed_table_size,
        "size updates in a block": Decoder().max_table_size_updates,
        "octets of an integer": 6,
        "dynamic table, sent": Encoder().max_header_table_size,
        "size updates that wait to be told": 2,
        "frames of a header block": CONTINUATION_BACKLOG,
        "closed streams that are remembered": H2Connection.MAX_CLOSED_STREAMS,
        "streams of a priority tree": PriorityTree()._maximum_streams,
    }


def test_the_check_finds_what_is_wrong(tmp_path, monkeypatch):
    """Tests that are misspelt, skipped for good, or no tests at all do not count."""
    (tmp_path / "test_one.py").write_text(
        "import pytest\n@pytest.mark.skip\ndef test_never(): pass\n"
        "@pytest.mark.skipif(True, reason='')\ndef test_never_either(): pass\n"
        "@pytest.mark.skipif(x, reason='')\ndef test_sometimes(): pass\n"
        "def helper():\n    def test_inside(): pass\n"
        "class TestIt:\n    def test_in_class(self): pass\nclass Other:\n    def test_nowhere(self): pass\n")
    (tmp_path / "test_two.py").write_text(
        "import pytest\npytest.skip('no', allow_module_level=True)\ndef test_a(): pass")
    (tmp_path / "test_three.py").write_text("import pytest\npytestmark = pytest.mark.skip('no')\ndef test_b(): pass")
    (tmp_path / "other.py").write_text("def test_c(): pass")
    monkeypatch.setitem(globals(), "TESTS", tmp_path)
    assert set(collected()) == {"test_sometimes", "test_in_class"}


# ---- rows of their own -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("module", [hpack, upstream], ids=["fasth2", "upstream"])
def test_a_size_that_was_lowered_for_a_while_is_forgotten(module):
    """A10: the block after the second change needs no update; a block that goes over what is allowed now is refused."""
    decoder = module.Decoder()
    decoder.decode(b"\x40\x01a\x01b")
    decoder.max_allowed_table_size = 0
    decoder.max_allowed_table_size = 4096
    assert decoder.decode(b"\xbe") == [("a", "b")]
    decoder.max_allowed_table_size = 0
    with pytest.raises(module.InvalidTableSizeError):
        decoder.decode(b"\x82")


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
def test_empty_name_is_delivered(raw):
    """A14: with a value, without one, indexed, and as a reference to what was indexed."""
    block = bytes.fromhex("00 00 01 04  40 00 00  10 00 01 61  be")
    names = [header[0] for header in hpack.Decoder().decode(block, raw)]
    assert names == [b"" if raw else ""] * 4
    assert [header[1] for header in hpack.Decoder().decode(block)] == ["\x04", "", "a", ""]


@pytest.mark.difference("encoder-table-limit")
def test_entries_of_a_table_are_few():
    """E8: the smallest entries there are, as many as a peer's size allows, and beyond."""
    encoder = hpack.Encoder()
    encoder.header_table_size = 2 ** 32 - 1
    for number in range(0, 4000, 100):
        encoder.encode([(b"", b"%d" % each) for each in range(number, number + 100)])
    assert len(encoder.header_table.dynamic_entries) <= 2 ** 16 // 32


FIELDS = [
    ("Upper-Case", " spaces around "), ("cookie", "a=1"), ("cookie", "b=2"), ("host", "one"), ("host", "two"),
    ("line", "break\r\nheader: injected"), ("nul", "a\0b"), (":method", "GET"), ("after", "pseudo"), (":path", "/"),
    ("connection", "close"), ("transfer-encoding", "chunked"), ("content-length", "-1"), ("", ""), ("tab", "\t"),
]


@pytest.mark.parametrize("huffman", [True, False])
def test_fields_are_delivered_as_they_came(huffman):
    """C1: what h2 has to refuse reaches it, in its order."""
    block = upstream.Encoder().encode(FIELDS, huffman)
    assert hpack.Decoder().decode(block) == FIELDS
    assert hpack.Decoder().decode(block, raw=True) == [(name.encode(), value.encode()) for name, value in FIELDS]
    again = hpack.Decoder().decode(hpack.Encoder().encode([HeaderTuple(*field) for field in FIELDS], huffman))
    assert again == FIELDS


@pytest.mark.skipif(SUBJECT == "hpack", reason="about h2 on fasth2")
@pytest.mark.parametrize("payload", [b"", b"x" * 100], ids=["empty", "full"])
def test_continuation_flood_through_h2(python, payload):
    """B11: the block that never ends is ended by h2, whatever the size of its frames."""
    assert python(f"""
import fasth2, sys
fasth2.install()
import h2.connection, h2.config, h2.exceptions
from hyperframe.frame import ContinuationFrame, HeadersFrame, SettingsFrame
assert HeadersFrame.serialize.__module__.startswith("fasth2") and "hyperframe.frame" in sys.modules
server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
server.initiate_connection()
server.receive_data(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + SettingsFrame().serialize())
server.receive_data(HeadersFrame(1, b"\\x82").serialize())
for number in range(1, 1000):
    try:
        server.receive_data(ContinuationFrame(1, {payload!r}).serialize())
    except h2.exceptions.ProtocolError:
        break
print(number)
""") == "64"
