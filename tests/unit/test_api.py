"""The names, modules, signatures and attributes by which upstream's users find things."""
import importlib
import inspect
import pkgutil

import pytest

from support.implementations import MODULES, SUBJECT, upstream
from support.implementations import subject as hpack
from support.processes import python

# What upstream's modules import for their own use, and a function that only one of them ever calls, once.
BORROWED = {"annotations", "logging", "TYPE_CHECKING", "Any", "Optional", "deque", "_build_static_table_mapping"}


@pytest.mark.parametrize("module", MODULES)
def test_every_name_of_the_module(module):
    ours, theirs = getattr(hpack, module), getattr(upstream, module)
    wanted = {name for name in vars(theirs) if not name.startswith("__")} - BORROWED
    assert wanted, "upstream has nothing here"
    assert not {name for name in wanted if not hasattr(ours, name)}


def test_package():
    assert hpack.__all__ == upstream.__all__
    assert hpack.__version__ == upstream.__version__ == "4.2.0"
    assert {name for name in vars(upstream) if not name.startswith("__")} - BORROWED <= set(vars(hpack))
    assert {info.name for info in pkgutil.iter_modules(upstream.__path__)} == set(MODULES)
    for name in hpack.__all__:
        assert getattr(hpack, name) is not None


@pytest.mark.parametrize("module", MODULES)
def test_module_imported_first(module):
    """Each in a fresh interpreter: no import order is wrong."""
    assert python(f"import {SUBJECT}.{module} as m; print(m.__name__)") == f"{SUBJECT}.{module}\n"


@pytest.mark.parametrize("module", MODULES)
def test_classes_and_functions_say_where_upstream_has_them(module):
    ours, theirs = getattr(hpack, module), getattr(upstream, module)
    for name, thing in vars(theirs).items():
        if isinstance(thing, type) and thing.__module__.startswith("hpack"):
            found = getattr(ours, name)
            assert (found.__module__, found.__qualname__) == (thing.__module__, thing.__qualname__)
            assert repr(found) == repr(thing)
            assert [base.__name__ for base in found.__mro__ if base.__module__.startswith("hpack")] == [
                base.__name__ for base in thing.__mro__ if base.__module__.startswith("hpack")]


def test_things_are_the_same_wherever_they_are_found():
    for name in hpack.__all__:
        thing = getattr(hpack, name)
        assert getattr(importlib.import_module(f"{SUBJECT}.{thing.__module__.partition('.')[2]}"), name) is thing
    assert hpack.hpack.HeaderTable is hpack.table.HeaderTable
    assert hpack.hpack.HuffmanEncoder is hpack.huffman.HuffmanEncoder
    assert hpack.hpack.HeaderTuple is hpack.struct.HeaderTuple is hpack.HeaderTuple
    assert hpack.hpack.decode_huffman is hpack.huffman_table.decode_huffman
    assert hpack.hpack.HPACKDecodingError is hpack.exceptions.HPACKDecodingError


def signature(thing):
    return [(p.name, p.default) for p in inspect.signature(thing).parameters.values() if p.name != "self"]


CALLABLES = [
    "Encoder", "Encoder.encode", "Encoder.add", "Encoder._encode_indexed", "Encoder._encode_literal",
    "Encoder._encode_indexed_literal", "Encoder._encode_table_size_change", "Decoder", "Decoder.decode",
    "Decoder._assert_valid_table_size", "Decoder._update_encoding_context", "Decoder._decode_indexed",
    "Decoder._decode_literal", "Decoder._decode_literal_index", "Decoder._decode_literal_no_index", "table.HeaderTable",
    "table.HeaderTable.add", "table.HeaderTable.search", "table.HeaderTable.get_by_index", "table.table_entry_size",
    "huffman.HuffmanEncoder", "huffman.HuffmanEncoder.encode", "huffman_table.decode_huffman", "hpack.encode_integer",
    "hpack.decode_integer", "hpack._dict_to_iterable", "hpack._to_bytes", "hpack._unicode_if_needed",
]


@pytest.mark.parametrize("path", CALLABLES)
def test_signature(path):
    ours, theirs = hpack, upstream
    for name in path.split("."):
        ours, theirs = getattr(ours, name), getattr(theirs, name)
    assert signature(ours) == signature(theirs)
    private = path.split(".")[-1].startswith("_")
    assert private or ours.__name__ == theirs.__name__
    assert private or inspect.getdoc(ours)


@pytest.mark.parametrize("call", [
    lambda m: m.Encoder(1), lambda m: m.Encoder(x=1), lambda m: m.Decoder(1, 2), lambda m: m.Decoder(limit=1),
    lambda m: m.table.HeaderTable(1), lambda m: m.Encoder().encode(), lambda m: m.Encoder().encode([], True, 1),
    lambda m: m.Encoder().encode([], huff=True), lambda m: m.Decoder().decode(),
    lambda m: m.Decoder().decode(b"", True, 1),
    lambda m: m.Decoder().decode(data=b"", text=True), lambda m: m.Encoder().add((b"", b"")),
    lambda m: m.huffman.HuffmanEncoder(), lambda m: m.huffman_table.decode_huffman(),
])
def test_wrong_arguments(call):
    for module in (hpack, upstream):
        with pytest.raises(TypeError):
            call(module)


def test_keywords():
    assert hpack.Decoder(max_header_list_size=100).max_header_list_size == 100
    assert hpack.Decoder(100).max_header_list_size == 100
    assert hpack.Decoder().decode(data=b"\x82", raw=True) == [(b":method", b"GET")]
    assert hpack.Encoder().encode(headers=[(":method", "GET")], huffman=False) == b"\x82"


def test_fresh_codecs():
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    assert repr(encoder).startswith("<hpack.hpack.Encoder object at 0x")
    assert repr(decoder).startswith("<hpack.hpack.Decoder object at 0x")
    assert encoder.header_table_size == decoder.header_table_size == 4096
    assert decoder.max_header_list_size == hpack.hpack.DEFAULT_MAX_HEADER_LIST_SIZE == 65536
    assert decoder.max_allowed_table_size == 4096
    assert type(encoder.header_table) is type(decoder.header_table) is hpack.table.HeaderTable
    assert type(encoder.huffman_coder) is hpack.huffman.HuffmanEncoder
    assert encoder.header_table is encoder.header_table
    assert encoder.huffman_coder is encoder.huffman_coder


def test_constants():
    for name in ("INDEX_NONE", "INDEX_NEVER", "INDEX_INCREMENTAL", "VARINT_MAX_LENGTH", "DEFAULT_MAX_HEADER_LIST_SIZE",
                 "_PREFIX_BIT_MAX_NUMBERS"):
        assert getattr(hpack.hpack, name) == getattr(upstream.hpack, name)
    for name in ("REQUEST_CODES", "REQUEST_CODES_LENGTH"):
        assert list(getattr(hpack.huffman_constants, name)) == getattr(upstream.huffman_constants, name)
    for name in ("HUFFMAN_COMPLETE", "HUFFMAN_EMIT_SYMBOL", "HUFFMAN_FAIL", "HUFFMAN_TABLE"):
        assert getattr(hpack.huffman_table, name) == getattr(upstream.huffman_table, name)


@pytest.mark.parametrize("make", ["Encoder", "Decoder", "table.HeaderTable"])
def test_objects_take_any_attribute(make):
    cls = hpack
    for name in make.split("."):
        cls = getattr(cls, name)
    made = cls()
    made.note = "anything"
    assert made.note == "anything" and vars(made)["note"] == "anything"
    del made.note
    with pytest.raises(AttributeError):
        made.note


def test_classes_can_be_changed(monkeypatch):
    for cls in (hpack.Encoder, hpack.Decoder, hpack.table.HeaderTable, hpack.huffman.HuffmanEncoder):
        monkeypatch.setattr(cls, "note", lambda self: "new", raising=False)
    assert hpack.Encoder().note() == hpack.Decoder().note() == hpack.table.HeaderTable().note() == "new"


@pytest.mark.parametrize("name", ["header_table_size", "header_table", "huffman_coder", "table_size_changes"])
def test_encoder_attributes_can_be_assigned(name):
    for module in (hpack, upstream):
        encoder, other = module.Encoder(), module.Encoder()
        value = getattr(other, name)
        setattr(encoder, name, value)
        assert getattr(encoder, name) is value or name == "header_table_size"


@pytest.mark.parametrize("name, value",
                         [("max_header_list_size", 5), ("max_allowed_table_size", 7), ("header_table_size", 9)])
def test_decoder_attributes_can_be_assigned(name, value):
    decoder = hpack.Decoder()
    setattr(decoder, name, value)
    assert getattr(decoder, name) == value


def test_exceptions():
    for name in vars(upstream.exceptions):
        theirs = getattr(upstream.exceptions, name)
        if isinstance(theirs, type):
            ours = getattr(hpack.exceptions, name)
            assert [base.__name__ for base in ours.__mro__] == [base.__name__ for base in theirs.__mro__]
            assert ours("text", 5).args == ("text", 5)
            assert str(ours("text")) == "text"


@pytest.mark.skipif(SUBJECT != "fasth2.hpack", reason="about fasth2")
def test_nothing_of_upstream_is_imported():
    """Neither at import nor in use, the slow paths and the errors included."""
    assert python("""
        import sys
        import fasth2, fasth2.hpack as hpack, logging
        class Encoder(hpack.Encoder):
            def add(self, *args):
                return super().add(*args)
        block = Encoder().encode([("name", "value")])
        hpack.Decoder().decode(block)
        logging.getLogger("hpack").setLevel(10)
        hpack.Encoder().encode([("name", "value", True)])
        try:
            hpack.Decoder().decode(b"\\x80")
        except hpack.HPACKError:
            pass
        print([name for name in sys.modules if name.partition(".")[0] in ("hpack", "hyperframe", "h2", "priority")])
    """) == "[]\n"
