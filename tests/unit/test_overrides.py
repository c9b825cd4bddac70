"""Subclasses that override steps of the algorithm, and codecs with another table or Huffman coder, are honoured.

Every case is a function of the module that it extends; upstream's and the subject's variant then meet the same
headers and blocks. `calls` records which steps ran, in which order and with what, so an override that is skipped, or
called with something else, shows even where the result would be the same.
"""
import pytest

from support.implementations import subject as hpack
from support.mended import upstream
from support.state import decoder_state, encoder_state, fields, outcome

HEADERS = [
    [(":method", "GET"), (":path", "/"), ("name", "value"), ("password", "secret", True)],
    [(":method", "PUT"), (":path", "/x"), ("name", "value"), ("name", "other"), (":method", "GET", True)],
    [],
    [("name", "value", True), ("näme", "✓"), ("", ""), (1, None)],
]

ENCODER_STEPS = ["add", "_encode_indexed", "_encode_literal", "_encode_indexed_literal", "_encode_table_size_change"]
DECODER_STEPS = ["_decode_indexed", "_decode_literal", "_decode_literal_index", "_decode_literal_no_index",
                 "_update_encoding_context", "_assert_valid_table_size"]
TABLE_STEPS = ["add", "search", "get_by_index", "_shrink"]


def plain(value):
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


def recording(base, step, calls):
    """A subclass of `base` whose `step` notes its arguments and result, and is otherwise the base's."""
    def record(self, *args, **kwargs):
        result = outcome(getattr(base, step), self, *args, **kwargs)
        calls.append((step, [plain(arg) for arg in args], {k: plain(v) for k, v in kwargs.items()}, result))
        return getattr(base, step)(self, *args, **kwargs) if result[0] == "raised" else result[1]

    return type(f"Recording{base.__name__}", (base,), {step: record})


def _blocks():
    """Blocks of every kind of representation, good and bad, for one decoder in turn."""
    encoder = upstream.Encoder()
    encoder.header_table_size = 200
    made = [encoder.encode(headers) for headers in HEADERS] + [encoder.encode(HEADERS[1], huffman=False)]
    encoder.header_table_size = 100
    encoder.header_table_size = 4096
    made.append(encoder.encode(HEADERS[0]))
    extra = ["04026162" "00016101620f2f0163", "be", "", "20", "8220", "ff", "bf", "3fe21f", "40827fff0161", "100161",
             "1f",
             "4001ff0161", "00026162"]
    return made + [bytes.fromhex(block) for block in extra]


BLOCKS = _blocks()


def assert_encoders_agree(ours, theirs):
    for size in (None, 100, 100, 0, 4096):
        for encoder in (ours, theirs):
            if size is not None:
                encoder.header_table_size = size
        for headers in HEADERS:
            for huffman in (True, False):
                assert outcome(ours.encode, headers, huffman) == outcome(theirs.encode, headers, huffman)
                assert encoder_state(ours) == encoder_state(theirs)


def assert_decoders_agree(ours, theirs):
    for block in BLOCKS:
        for raw in (False, True):
            found, expected = outcome(ours.decode, block, raw=raw), outcome(theirs.decode, block, raw=raw)
            if expected[0] == "returned":
                assert found[0] == "returned" and fields(found[1]) == fields(expected[1])
            else:
                assert found == expected
            assert decoder_state(ours) == decoder_state(theirs)


@pytest.mark.parametrize("step", ENCODER_STEPS)
def test_encoder_step_is_called(step):
    ours, theirs = [], []
    assert_encoders_agree(recording(hpack.Encoder, step, ours)(), recording(upstream.Encoder, step, theirs)())
    assert theirs
    assert ours == theirs


@pytest.mark.parametrize("step", DECODER_STEPS)
def test_decoder_step_is_called(step):
    ours, theirs = [], []
    assert_decoders_agree(recording(hpack.Decoder, step, ours)(), recording(upstream.Decoder, step, theirs)())
    assert theirs
    assert [(name, result) for name, _, _, result in ours] == [(name, result) for name, _, _, result in theirs]
    assert [args for _, args, _, _ in ours] == [args for _, args, _, _ in theirs]


@pytest.mark.parametrize("step", TABLE_STEPS)
@pytest.mark.parametrize("codec", ["Encoder", "Decoder"])
def test_step_of_a_replaced_table_is_called(codec, step):
    logs = [], []
    pair = []
    for module, calls in zip((hpack, upstream), logs):
        made = getattr(module, codec)()
        made.header_table = recording(module.table.HeaderTable, step, calls)()
        pair.append(made)
    (assert_encoders_agree if codec == "Encoder" else assert_decoders_agree)(*pair)
    assert logs[0] == logs[1]
    if (codec, step) not in (("Encoder", "get_by_index"), ("Decoder", "search")):
        assert logs[1]


@pytest.mark.parametrize("step", ["encode"])
def test_replaced_huffman_coder_is_called(step):
    logs = [], []
    pair = []
    for module, calls in zip((hpack, upstream), logs):
        encoder = module.Encoder()
        encoder.huffman_coder = recording(module.huffman.HuffmanEncoder, step, calls)(
            module.huffman_constants.REQUEST_CODES, module.huffman_constants.REQUEST_CODES_LENGTH)
        pair.append(encoder)
    assert_encoders_agree(*pair)
    assert logs[1] and logs[0] == logs[1]


# What is out there, pattern by pattern


def without_indexing(module):
    """A browser's imitation: some fields are sent without indexing, by overriding `add` and its helpers."""
    class Encoder(module.Encoder):
        def add(self, to_add, sensitive, huffman=False):
            name, value = to_add
            index_mode = module.hpack.INDEX_NONE if name in (b":path", b"name") else module.hpack.INDEX_INCREMENTAL
            match = self.header_table.search(name, value)
            if match is None:
                encoded = self._encode_literal(name, value, index_mode, huffman)
            else:
                index, name, perfect = match
                if perfect:
                    return self._encode_indexed(index)
                encoded = self._encode_indexed_literal(index, value, index_mode, huffman)
            if index_mode is module.hpack.INDEX_INCREMENTAL:
                self.header_table.add(name, value)
            return encoded
    return Encoder


def own_literals(module):
    """Overrides the literal forms alone; builds on `encode_integer`'s bytearray and on `huffman_coder`."""
    class Encoder(module.Encoder):
        def _encode_literal(self, name, value, indexbit, huffman=False):
            name_length = module.hpack.encode_integer(len(name), 7)
            coded = self.huffman_coder.encode(value)
            value_length = module.hpack.encode_integer(len(coded), 7)
            value_length[0] |= 0x80
            return b"".join([indexbit, bytes(name_length), name, bytes(value_length), coded])

        def _encode_indexed_literal(self, index, value, indexbit, huffman=False):
            prefix = module.hpack.encode_integer(index, 6 if indexbit == module.hpack.INDEX_INCREMENTAL else 4)
            prefix[0] |= ord(indexbit)
            return bytes(prefix) + bytes(module.hpack.encode_integer(len(value), 7)) + value
    return Encoder


def shouting(module):
    class Encoder(module.Encoder):
        def encode(self, headers, huffman=True):
            return super().encode([(name, str(value).upper()) for name, value, *_ in headers], huffman)
    return Encoder


def own_table(module):
    """Replaces the table by a subclass that sets its size behind the property's back."""
    class Table(module.table.HeaderTable):
        def __init__(self):
            super().__init__()
            self._maxsize = 128

    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self.header_table = Table()
    return Encoder


def no_dynamic_table(module):
    class Table(module.table.HeaderTable):
        def add(self, name, value):
            pass

    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self.header_table = Table()
    return Encoder


def duck_table(module):
    """A table that is no HeaderTable at all."""
    class Table:
        maxsize = 4096
        resized = False
        _current_size = 0
        dynamic_entries = ()

        def search(self, name, value):
            return (5, name, None) if name == b":path" else None

        def add(self, name, value):
            self.dynamic_entries = (*self.dynamic_entries, (name, value))

    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self.header_table = Table()
    return Encoder


def duck_huffman(module):
    class Coder:
        def encode(self, octets):
            return octets[::-1]

    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self.huffman_coder = Coder()
    return Encoder


def other_codes(module):
    """A HuffmanEncoder of the stock class over another code."""
    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self.huffman_coder = module.huffman.HuffmanEncoder(list(range(257)), [8] * 257)
    return Encoder


def patched_coder(module):
    """The stock coder with its tables assigned afterwards."""
    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self.huffman_coder.huffman_code_list = list(range(257))
            self.huffman_coder.huffman_code_list_lengths = [8] * 257
    return Encoder


def only_a_name(module):
    """Overrides nothing."""
    class Encoder(module.Encoder):
        note = "mine"
    return Encoder


def instance_step(module):
    """Overrides a step on the instance."""
    class Encoder(module.Encoder):
        def __init__(self):
            super().__init__()
            self._encode_indexed = lambda index: b"\x80\x80"[: index % 3]
    return Encoder


def stock_with_table_of_subclass(module):
    def make():
        encoder = module.Encoder()
        encoder.header_table = own_table(module)().header_table
        return encoder
    return make


def stock_with_instance_step(module):
    """Upstream's own class with a step assigned on one object."""
    def make():
        encoder = module.Encoder()
        encoder.add = lambda to_add, sensitive, huffman=False: to_add[0] + to_add[1]
        return encoder
    return make


def stock_with_table_step(module):
    def make():
        encoder = module.Encoder()
        encoder.header_table.search = lambda name, value: None
        return encoder
    return make


def stock_with_another_stock_table(module):
    def make():
        encoder = module.Encoder()
        encoder.header_table = module.table.HeaderTable()
        encoder.header_table.maxsize = 128
        return encoder
    return make


def resizes_otherwise(module):
    class Encoder(module.Encoder):
        def _encode_table_size_change(self):
            last, self.table_size_changes = self.table_size_changes[-1:], []
            return b"".join(b"\x3f" + bytes([size % 96]) for size in last)
    return Encoder


def own_size_property(module):
    class Encoder(module.Encoder):
        @property
        def header_table_size(self):
            return self.header_table.maxsize

        @header_table_size.setter
        def header_table_size(self, value):
            self.header_table.maxsize = min(value, 64)
    return Encoder


ENCODERS = [without_indexing, own_literals, shouting, own_table, no_dynamic_table, duck_table, duck_huffman,
            other_codes,
            patched_coder, only_a_name, instance_step, stock_with_table_of_subclass, stock_with_instance_step,
            stock_with_table_step, stock_with_another_stock_table, resizes_otherwise, own_size_property]


@pytest.mark.parametrize("variant", ENCODERS, ids=lambda variant: variant.__name__)
def test_encoder_variant(variant):
    assert_encoders_agree(variant(hpack)(), variant(upstream)())


def one_field_at_a_time(module):
    """A research decoder: its own loop over upstream's steps, with memoryview slices."""
    class Decoder(module.Decoder):
        def decode(self, data, raw=False):
            view, headers, offset = memoryview(data), [], 0
            while offset < len(data):
                first = data[offset]
                if first & 0x80:
                    header, consumed = self._decode_indexed(view[offset:])
                elif first & 0x40:
                    header, consumed = self._decode_literal_index(view[offset:])
                elif first & 0x20:
                    header, consumed = None, self._update_encoding_context(view[offset:])
                else:
                    header, consumed = self._decode_literal_no_index(view[offset:])
                headers += [header] * (header is not None)
                offset += consumed
            self._assert_valid_table_size()
            return headers
    return Decoder


def relabels(module):
    class Decoder(module.Decoder):
        def _decode_literal_index(self, data):
            header, consumed = super()._decode_literal_index(data)
            return module.NeverIndexedHeaderTuple(*header), consumed

        def _decode_literal(self, data, should_index):
            header, consumed = super()._decode_literal(data, should_index)
            return type(header)(bytes(header[0]).upper(), *header[1:]), consumed
    return Decoder


def any_table_size(module):
    class Decoder(module.Decoder):
        def _assert_valid_table_size(self):
            pass

        def _update_encoding_context(self, data):
            size, consumed = module.hpack.decode_integer(data, 5)
            self.header_table_size = min(size, 1000)
            return consumed
    return Decoder


def decoder_with_own_table(module):
    class Table(module.table.HeaderTable):
        def get_by_index(self, index):
            if index == 70:
                return b"seventy", b"70"
            return super().get_by_index(index)

    class Decoder(module.Decoder):
        def __init__(self, *args):
            super().__init__(*args)
            self.header_table = Table()
    return Decoder


def stock_decoder_with_step(module):
    def make():
        decoder = module.Decoder()
        decoder._decode_indexed = lambda data: (module.HeaderTuple(b"any", b"index"), 1)
        return decoder
    return make


def stock_decoder_with_table(module):
    def make():
        decoder = module.Decoder()
        decoder.header_table = module.table.HeaderTable()
        decoder.header_table.maxsize = 100
        return decoder
    return make


def stock_decoder_with_table_step(module):
    def make():
        decoder = module.Decoder()
        decoder.header_table.get_by_index = lambda index: (b"index", b"%d" % index)
        return decoder
    return make


def other_sizes(module):
    class Decoder(module.Decoder):
        @property
        def header_table_size(self):
            return super().header_table_size + 1

        @header_table_size.setter
        def header_table_size(self, value):
            module.Decoder.header_table_size.fset(self, value // 2)
    return Decoder


def small_list(module):
    class Decoder(module.Decoder):
        def __init__(self):
            super().__init__(max_header_list_size=100)
    return Decoder


DECODERS = [one_field_at_a_time, relabels, any_table_size, decoder_with_own_table, stock_decoder_with_step,
            stock_decoder_with_table, stock_decoder_with_table_step, other_sizes, small_list]


@pytest.mark.parametrize("variant", DECODERS, ids=lambda variant: variant.__name__)
def test_decoder_variant(variant):
    assert_decoders_agree(variant(hpack)(), variant(upstream)())


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview, lambda block: memoryview(block[::-1])[::-1]])
def test_decode_is_asked_once(buffer):
    """Whatever a subclass's decode() hands on, and in whatever form."""
    calls = []

    class Decoder(hpack.Decoder):
        def decode(self, data, raw=False):
            calls.append(bytes(data))
            return super().decode(buffer(bytes(data)), raw)

    assert Decoder().decode(b"\x82\x40\x01a\x01b\xbe") == [(":method", "GET"), ("a", "b"), ("a", "b")]
    assert len(calls) == 1


def test_one_table_for_both_directions():
    """Nothing forbids it: what the encoder put in, the decoder finds."""
    results = []
    for module in (hpack, upstream):
        encoder, decoder = module.Encoder(), module.Decoder()
        decoder.header_table = encoder.header_table
        block = encoder.encode([("name", "value"), ("name", "other")])
        results.append((decoder.decode(b"\xbe\xbf"), block, encoder_state(encoder)))
    assert results[0] == results[1]


def test_table_of_the_other_implementation():
    """A table, or a coder, of the real hpack in the subject's codec is just another replaced one."""
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    encoder.header_table, decoder.header_table = upstream.table.HeaderTable(), upstream.table.HeaderTable()
    encoder.huffman_coder = upstream.Encoder().huffman_coder
    assert_encoders_agree(encoder, upstream.Encoder())
    decoder.max_header_list_size = 2**16
    assert_decoders_agree(decoder, upstream.Decoder())


@pytest.mark.parametrize("owner, name",
                         [("Encoder", "add"), ("Encoder", "_encode_indexed"), ("Decoder", "_decode_indexed"),
                                         ("Decoder", "_decode_literal"), ("table.HeaderTable", "search"),
                                         ("table.HeaderTable", "add"), ("table.HeaderTable", "get_by_index")])
def test_step_patched_on_the_class(monkeypatch, owner, name):
    """As `unittest.mock.patch.object` does it: on upstream's class itself, for a while."""
    logs = [], []
    for module, calls in zip((hpack, upstream), logs):
        cls = module
        for part in owner.split("."):
            cls = getattr(cls, part)
        original = getattr(cls, name)

        def patched(self, *args, original=original, calls=calls, **kwargs):
            calls.append([plain(arg) for arg in args])
            return original(self, *args, **kwargs)

        monkeypatch.setattr(cls, name, patched)
    assert_encoders_agree(hpack.Encoder(), upstream.Encoder())
    assert_decoders_agree(hpack.Decoder(), upstream.Decoder())
    assert logs[1] and logs[0] == logs[1]
    monkeypatch.undo()
    done = len(logs[0])
    assert_encoders_agree(hpack.Encoder(), upstream.Encoder())
    assert_decoders_agree(hpack.Decoder(), upstream.Decoder())
    assert len(logs[0]) == done


def test_reading_changes_nothing():
    """Looking at every attribute between two blocks leaves the codec on the same path, with the same result."""
    looked, plain_encoder = hpack.Encoder(), hpack.Encoder()
    for headers in HEADERS:
        assert looked.encode(headers) == plain_encoder.encode(headers)
        list(looked.header_table.dynamic_entries)
        repr(looked.header_table), looked.header_table._current_size, looked.huffman_coder, vars(looked)
        looked.header_table.search(b"name", b"value")
    assert encoder_state(looked) == encoder_state(plain_encoder)


@pytest.mark.parametrize("owner, name", [("Encoder", "header_table_size"), ("Decoder", "header_table_size"),
                                         ("table.HeaderTable", "maxsize")])
def test_properties_can_be_built_upon(owner, name):
    """`@Base.name.setter` and `Base.name.fset(...)`, the usual ways to override half of a property."""
    for module in (hpack, upstream):
        base = module
        for part in owner.split("."):
            base = getattr(base, part)
        halved = getattr(base, name).setter(lambda self, value, base=base: getattr(base, name).fset(self, value // 2))
        made = type("Halving", (base,), {name: halved})()
        setattr(made, name, 100)
        assert getattr(made, name) == 50


def test_attributes_looked_up_in_a_way_of_ones_own():
    """A step that only `__getattribute__` knows of."""
    def answering(base, step, answer):
        def look_up(self, name):
            return answer if name == step else base.__getattribute__(self, name)

        return type("Codec", (base,), {"__getattribute__": look_up})()

    for library in (hpack, upstream):
        encoder = answering(library.Encoder, "add", lambda to_add, sensitive, huffman=False: b"\x82")
        assert encoder.encode([("name", "value")]) == b"\x82"
        decoder = answering(library.Decoder, "_decode_indexed", lambda data: (library.HeaderTuple(b"n", b"v"), 1))
        assert decoder.decode(b"\x84") == [("n", "v")]
