"""The calls of header compression: fasth2.hpack and its modules."""
import copy
import pickle

from fasth2.hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple, hpack
from fasth2.hpack.hpack import REQUEST_CODES, REQUEST_CODES_LENGTH
from fasth2.hpack.huffman import HuffmanEncoder
from fasth2.hpack.huffman_table import decode_huffman
from fasth2.hpack.table import HeaderTable, table_entry_size
from support.calls import Call
from support.state import decoder_state, encoder_state, fields, table_state

BIG = 1 << 30  # an int that takes memory


class Text:
    """Not a string, but has a str()."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


class SteppingEncoder(Encoder):
    """Overrides a step, so that all of them are taken."""

    def add(self, to_add, sensitive, huffman=False):
        return super().add(to_add, sensitive, huffman)


class SteppingDecoder(Decoder):
    def _decode_indexed(self, data):
        return super()._decode_indexed(data)


class OwnTable(HeaderTable):
    """A subclass: its entries are in a deque."""


LINES = [(":method", "GET"), (b"bytes", b"value"), ("näme", "välue"), HeaderTuple("tuple", "field"),
         NeverIndexedHeaderTuple("secret", "never"), ("x", "y", True), ("name", "value" * 30)]
FEW = [("n", "v"), ("secret", "y", True), ("n", "v")]      # enough for what takes every step in Python
MANY = [(f"n{number}", "v" * 40) for number in range(40)]  # more than the table holds
LONG = [("long", "x" * 5000), (b"\xff", b"\xfe" * 3000)]   # more than fits on the stack


# ---- Encoder -------------------------------------------------------------------------------------------------------

def used_encoder(cls=Encoder):
    encoder = cls()
    encoder.encode([("old", "entry"), ("older", "entry")])
    return encoder


def resized_encoder(cls=Encoder):
    """Two sizes are to be told to the peer."""
    encoder = used_encoder(cls)
    encoder.header_table_size = 100
    encoder.header_table_size = 2000
    return encoder


def loose_encoder():
    """Its table was changed by hand."""
    encoder = used_encoder()
    encoder.header_table.dynamic_entries.append((b"by", b"hand"))
    return encoder


def coded_encoder():
    """Its Huffman code is not RFC 7541's."""
    encoder = used_encoder()
    encoder.huffman_coder = HuffmanEncoder(list(range(257)), [9] * 257)
    return encoder


def new_table(codec):
    codec.header_table = HeaderTable()
    codec.table_size_changes = []


def encode(name, headers, make=used_encoder, huffman=True, **options):
    """`headers` is called for the argument."""
    return Call(f"Encoder.encode {name}", make, lambda encoder: encoder.encode(headers(), huffman), look=encoder_state,
                **options)


def unkept(**options):
    """For what goes step by step, as upstream does it: what came before the failure has happened."""
    return {"kept": False, "mend": new_table, **options}


ENCODER_CALLS = [
    Call("Encoder()", lambda: None, lambda _: Encoder(), show=encoder_state),
    encode("a list", lambda: LINES),
    encode("plain", lambda: LINES, huffman=False),
    encode("an iterator", lambda: iter(LINES)),
    encode("a dict", lambda: {"a": "b", ":path": "/", b"bytes": b"value"}),
    encode("what has a str()", lambda: [(Text("name"), Text("välue"))]),
    encode("more than the table", lambda: MANY),
    encode("long strings", lambda: LONG),
    encode("long strings, plain", lambda: LONG, huffman=False),
    encode("nothing", lambda: []),
    encode("table sizes", lambda: [*LINES, *MANY], make=resized_encoder),
    encode("table sizes alone", lambda: [], make=resized_encoder),
    encode("no headers", lambda: None),
    encode("no string", lambda: [*LINES, ("a",)]),
    encode("a surrogate", lambda: [*LINES, ("\ud800", "v")]),
    encode("step by step", lambda: FEW, **unkept(make=lambda: used_encoder(SteppingEncoder))),
    encode("table sizes step by step", lambda: FEW, **unkept(make=lambda: resized_encoder(SteppingEncoder))),
    encode("a loose table", lambda: FEW, **unkept(make=loose_encoder)),
    encode("another Huffman code", lambda: FEW, **unkept(make=coded_encoder)),
    Call("Encoder.add", used_encoder, lambda encoder: encoder.add((b"name", b"value"), False, True),
         look=encoder_state, **unkept()),
    Call("Encoder.add, sensitive", used_encoder, lambda encoder: encoder.add((b"name", b"value"), True),
         look=encoder_state, **unkept()),
    Call("Encoder.header_table_size", used_encoder, lambda encoder: setattr(encoder, "header_table_size", BIG),
         look=encoder_state, **unkept()),
    Call("Encoder.header_table_size, no int", used_encoder,
         lambda encoder: setattr(encoder, "header_table_size", "many"), look=encoder_state),
    Call("Encoder.header_table_size, read", resized_encoder, lambda encoder: encoder.header_table_size,
         look=encoder_state),
    Call("Encoder.header_table", used_encoder, lambda encoder: setattr(encoder, "header_table", HeaderTable()),
         look=encoder_state),
    Call("Encoder.huffman_coder", Encoder, lambda encoder: encoder.huffman_coder.encode(b"text"), look=encoder_state),
    Call("Encoder.huffman_coder, set", Encoder,
         lambda encoder: setattr(encoder, "huffman_coder", HuffmanEncoder([1] * 257, [9] * 257)), look=encoder_state),
    Call("Encoder.table_size_changes", resized_encoder, lambda encoder: tuple(encoder.table_size_changes)),
    Call("Encoder.max_header_table_size", used_encoder,
         lambda encoder: (setattr(encoder, "max_header_table_size", BIG), encoder.max_header_table_size),
         look=encoder_state, kept=False),
    Call("Encoder.max_header_table_size, no number", used_encoder,
         lambda encoder: setattr(encoder, "max_header_table_size", "many"), look=encoder_state),
    Call("pickled Encoder", resized_encoder, lambda encoder: pickle.loads(pickle.dumps(encoder)), show=encoder_state,
         look=encoder_state),
    Call("copied Encoder", resized_encoder, copy.deepcopy, show=encoder_state, look=encoder_state),
    Call("Encoder's attributes", used_encoder, lambda encoder: (setattr(encoder, "note", BIG), vars(encoder).copy()),
         kept=False),
]


# ---- Decoder -------------------------------------------------------------------------------------------------------

def block_of(*lists):
    """One header block with these lists in turn."""
    encoder = Encoder()
    return b"".join(encoder.encode(headers) for headers in lists)


def used_decoder(cls=Decoder, raw=False):
    decoder = cls()
    decoder.decode(block_of([("old", "entry"), ("older", "entry"), ("öld", "ëntry")]), raw)
    return decoder


def loose_decoder():
    decoder = used_decoder()
    decoder.header_table.dynamic_entries.append((b"by", b"hand"))
    return decoder


def decode(name, block, raw=False, make=used_decoder, wrap=bytes):
    """On errors the table keeps what came before them, and so it does here."""
    data = wrap(block)
    return Call(f"Decoder.decode {name}", make, lambda decoder: decoder.decode(data, raw), show=fields,
                look=decoder_state, kept=False, mend=new_decoder_table)


def new_decoder_table(decoder):
    decoder.header_table = HeaderTable()


def strided(block):
    return memoryview(bytes(octet for pair in zip(block, block) for octet in pair))[::2]


BLOCK = block_of(LINES, LINES, MANY)
# What RFC 7541 does not allow, one of a kind.
BROKEN = {
    "bad index": b"\x80", "index of 35 bits": b"\xff\xff\xff\xff\xff\x7f", "truncated": b"\x40\x05ab",
    "integer without end": b"\xff" + b"\xff" * 9, "truncated integer": b"\x7f", "late size": b"\x82\x20",
    "size too large": b"\x3f\xff\xff\x0f", "not UTF-8": b"\x40\x01\xff\x01a\xbe", "bad Huffman": b"\x40\x01a\x81\xff",
    "EOS": b"\x40\x01a\x84\xff\xff\xff\xff", "name of no entry": b"\x7f\x7f\x01a",
}

DECODER_CALLS = [
    Call("Decoder()", lambda: None, lambda _: Decoder(500), show=decoder_state),
    decode("text", BLOCK),
    decode("raw", BLOCK, raw=True),
    decode("what it knows as text", b"\xbe\xbf\xc0\x7e\x01v\x1f\x2f\x01v", raw=True),
    decode("what it knows as bytes", b"\xbe\xbf\xc0\x7e\x01v\x1f\x2f\x01v", make=lambda: used_decoder(raw=True)),
    decode("a long string", block_of(LONG[:1])),
    decode("long octets", block_of(LONG), raw=True),
    decode("nothing", b""),
    decode("table sizes", b"\x20\x3f\xe1\x1f" + BLOCK),
    decode("a bytearray", BLOCK, wrap=bytearray),
    decode("a view", BLOCK, wrap=memoryview),
    decode("a strided view", BLOCK, wrap=strided),
    decode("wider items", BLOCK[:4], wrap=lambda block: memoryview(block).cast("I")),
    decode("no buffer", BLOCK, wrap=lambda block: None),
    decode("step by step", block_of(FEW), make=lambda: used_decoder(SteppingDecoder)),
    decode("a loose table", block_of(FEW), make=loose_decoder),
    decode("too much", b"\x82" * 200, make=lambda: Decoder(500)),
    decode("too much, step by step", b"\x82" * 5, make=lambda: SteppingDecoder(100)),
    *(decode(name, block) for name, block in BROKEN.items()),
    *(decode(f"{name}, step by step", block, make=SteppingDecoder) for name, block in BROKEN.items()),
    Call("Decoder.header_table_size", used_decoder, lambda decoder: setattr(decoder, "header_table_size", BIG),
         look=decoder_state, kept=False, mend=new_decoder_table),
    Call("Decoder.header_table_size, read", used_decoder, lambda decoder: decoder.header_table_size,
         look=decoder_state),
    Call("Decoder.header_table", used_decoder, lambda decoder: decoder.header_table, show=table_state),
    Call("Decoder.max_header_list_size", used_decoder,
         lambda decoder: (setattr(decoder, "max_header_list_size", BIG), decoder.max_header_list_size),
         look=decoder_state, kept=False),
    Call("Decoder.max_allowed_table_size", used_decoder,
         lambda decoder: (setattr(decoder, "max_allowed_table_size", BIG), decoder.max_allowed_table_size),
         look=decoder_state, kept=False),
    Call("Decoder.max_table_size_updates", used_decoder,
         lambda decoder: (setattr(decoder, "max_table_size_updates", BIG), decoder.max_table_size_updates),
         look=decoder_state, kept=False),
    decode("a flood of sizes", b"\x20" * 100),
    Call("pickled Decoder", used_decoder, lambda decoder: pickle.loads(pickle.dumps(decoder)), show=decoder_state,
         look=decoder_state),
    Call("copied Decoder", used_decoder, copy.deepcopy, show=decoder_state, look=decoder_state),
]


# ---- HeaderTable ---------------------------------------------------------------------------------------------------

def used_table(cls=HeaderTable):
    table = cls()
    for number in range(16):  # as many as the ring holds at first
        table.add(b"name", b"%d" % number)
    return table


def anew(table):
    table.__init__()


def table(name, act, make=used_table, **options):
    return Call(f"HeaderTable.{name}", make, act, look=table_state, **options)


def own_table():
    return used_table(OwnTable)


TABLE_CALLS = [
    Call("HeaderTable()", lambda: None, lambda _: HeaderTable(), show=table_state),
    Call("HeaderTable's subclass", lambda: None, lambda _: OwnTable(), show=table_state),
    table("add", lambda table: table.add(b"name", b"value")),
    table("add, many", lambda table: [table.add(b"name", b"%d" % number) for number in range(60)], kept=False,
          mend=anew),
    table("add, too large", lambda table: table.add(b"name", b"value" * 2000)),
    table("add, text", lambda table: table.add("name", "value"), kept=False, mend=anew),
    table("add to a subclass", lambda table: table.add(b"name", b"value"), own_table, kept=False, mend=anew),
    table("add, evicting, in a subclass", lambda table: table.add(b"name", b"v" * 3900), own_table, kept=False,
          mend=anew),
    table("search", lambda table: [table.search(b"name", b"7"), table.search(b"name", b"other"),
                                   table.search(b":method", b"PUT"), table.search(b"no", b"")]),
    table("search, text", lambda table: table.search("name", "7")),
    table("search in a subclass", lambda table: table.search(b"name", b"7"), own_table),
    table("get_by_index", lambda table: [table.get_by_index(index) for index in (2, 62, 77)]),
    table("get_by_index, none", lambda table: table.get_by_index(78)),
    table("get_by_index, no int", lambda table: table.get_by_index("62")),
    table("get_by_index of a subclass", lambda table: [table.get_by_index(index) for index in (2, 62)], own_table),
    table("get_by_index of a subclass, none", lambda table: table.get_by_index(78), own_table),
    table("maxsize", lambda table: (setattr(table, "maxsize", 100), table.maxsize), kept=False, mend=anew),
    table("maxsize, huge", lambda table: (setattr(table, "maxsize", 1 << 80), table.maxsize), kept=False, mend=anew),
    table("maxsize, no int", lambda table: setattr(table, "maxsize", None)),
    table("maxsize of a subclass", lambda table: setattr(table, "maxsize", 100), own_table, kept=False, mend=anew),
    table("resized", lambda table: (setattr(table, "resized", [BIG]), table.resized), kept=False, mend=anew),
    table("_maxsize", lambda table: (setattr(table, "_maxsize", BIG), table._maxsize, table._shrink()), kept=False,
          mend=anew),
    table("_current_size", lambda table: (table._current_size, setattr(table, "_current_size", 5)), kept=False,
          mend=anew),
    table("__repr__", repr),
    table("dynamic_entries", lambda table: [list(table.dynamic_entries), table.dynamic_entries[3],
                                            (b"name", b"3") in table.dynamic_entries,
                                            table.dynamic_entries.index((b"name", b"3")),
                                            table.dynamic_entries == table.dynamic_entries.copy(),
                                            list(reversed(table.dynamic_entries)), repr(table.dynamic_entries)]),
    table("dynamic_entries, past the end", lambda table: table.dynamic_entries[99]),
    table("dynamic_entries, changed", lambda table: (table.dynamic_entries.append((b"by", b"hand")),
                                                     table.dynamic_entries.rotate(3)), kept=False, mend=anew),
    table("dynamic_entries, set", lambda table: setattr(table, "dynamic_entries", []), kept=False, mend=anew),
    table("__init__", lambda table: table.__init__()),
    Call("table_entry_size", lambda: None, lambda _: table_entry_size(b"name", b"value")),
    Call("pickled HeaderTable", used_table, lambda table: pickle.loads(pickle.dumps(table)), show=table_state,
         look=table_state),
    Call("copied HeaderTable", own_table, copy.deepcopy, show=table_state, look=table_state),
]


# ---- tuples, strings, numbers --------------------------------------------------------------------------------------

def call(name, act, **options):
    """A call on nothing."""
    return Call(name, lambda: None, lambda _: act(), **options)


PART_CALLS = [
    *(call(f"{cls.__name__} {way}", lambda cls=cls, act=act: act(cls("name", "value")),
           show=lambda result: (type(result).__name__, result))
      for cls in (HeaderTuple, NeverIndexedHeaderTuple)
      for way, act in {
          "made": lambda header: header, "sliced": lambda header: header[:1], "added to": lambda header: header + ("x",),
          "hashed": hash, "shown": repr, "copied": copy.copy, "copied in depth": copy.deepcopy,
          "pickled": lambda header: pickle.loads(pickle.dumps(header)), "asked": lambda header: header.indexable,
          "of a class": lambda header: header.__class__, "compared": lambda header: header == ("name", "value"),
      }.items()),
    call("HeaderTuple of many", lambda: HeaderTuple(*range(50))),
    call("HeaderTuple of a keyword", lambda: HeaderTuple(name=1)),
    call("decode_huffman", lambda: decode_huffman(bytes.fromhex("f1e3c2e5f23a6ba0ab90f4ff"))),
    call("decode_huffman, long", lambda: decode_huffman(bytes.fromhex("f1e3c2e5f23a6ba0ab90f4ff") * 500)),
    call("decode_huffman, nothing", lambda: decode_huffman(b"")),
    call("decode_huffman, padding", lambda: decode_huffman(b"\xff\xff")),
    call("decode_huffman, EOS", lambda: decode_huffman(b"\xff\xff\xff\xff")),
    call("decode_huffman, no octets", lambda: decode_huffman(5)),
    call("HuffmanEncoder()", lambda: HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(b"text")),
    call("HuffmanEncoder.encode, long", lambda: STOCK_CODER.encode(b"www.example.com" * 500)),
    call("HuffmanEncoder.encode, nothing", lambda: STOCK_CODER.encode(b"")),
    call("HuffmanEncoder.encode, no octets", lambda: STOCK_CODER.encode("text")),
    call("HuffmanEncoder.encode, another code", lambda: OWN_CODER.encode(b"text" * 20)),
    call("pickled HuffmanEncoder", lambda: pickle.loads(pickle.dumps(OWN_CODER)).encode(b"text")),
    call("encode_integer", lambda: [hpack.encode_integer(number, 5) for number in (3, 31, BIG, 1 << 80)]),
    call("encode_integer, negative", lambda: hpack.encode_integer(-1, 5)),
    call("encode_integer, bad prefix", lambda: hpack.encode_integer(1, 9)),
    call("decode_integer", lambda: [hpack.decode_integer(kind(b"\x1f\xff\xff\xff\x7f"), 5)
                                    for kind in (bytes, bytearray, memoryview, list)]),
    call("decode_integer, nothing", lambda: hpack.decode_integer(b"", 5)),
    call("decode_integer, too long", lambda: hpack.decode_integer(b"\x1f" + b"\xff" * 9, 5)),
    call("decode_integer, bad prefix", lambda: hpack.decode_integer(b"\x1f", 0)),
    call("_to_bytes", lambda: [hpack._to_bytes(thing) for thing in ("näme", b"name", 5)]),
    call("_to_bytes, surrogate", lambda: hpack._to_bytes("\ud800")),
    call("_dict_to_iterable", lambda: list(hpack._dict_to_iterable({"a": "b", ":p": "q"}))),
    call("_dict_to_iterable, no dict", lambda: list(hpack._dict_to_iterable(None))),
    call("_unicode_if_needed", lambda: [hpack._unicode_if_needed(HeaderTuple(b"n", b"v"), raw) for raw in (0, 1)]),
]

STOCK_CODER = Encoder().huffman_coder
OWN_CODER = HuffmanEncoder([number % 512 for number in range(257)], [9] * 257)

CALLS = [*ENCODER_CALLS, *DECODER_CALLS, *TABLE_CALLS, *PART_CALLS]
