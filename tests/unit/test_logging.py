"""Debug logging: upstream's loggers and lines, nothing when it is off, and never a sensitive value."""
import contextlib
import logging
import re

import pytest

from support.implementations import subject as hpack
from support.mended import upstream

LOGGERS = ("hpack.hpack", "hpack.table")


class Records(logging.Handler):
    def __init__(self):
        super().__init__(level=0)
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def lines(self):
        """(logger, level, text); the text without addresses of memory, which upstream prints for a memoryview."""
        return [(r.name, r.levelno, re.sub(r"0x[0-9a-f]+", "0x", r.getMessage())) for r in self.records]


@contextlib.contextmanager
def recorded(*names, level=logging.DEBUG):
    """Everything that is logged anywhere while the loggers of these names are set to `level`."""
    handler, root = Records(), logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    try:
        for name in names:
            logging.getLogger(name).setLevel(level)
        yield handler
    finally:
        root.removeHandler(handler)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)


HEADERS = [(":method", "GET"), (":path", "/sample"), ("name", "välue"), ("name", "other"), (":method", "GET"),
           (1, None)]


def work(module):
    """A little of everything, with no sensitive value in it."""
    encoder, decoder = module.Encoder(), module.Decoder()
    for headers in (HEADERS, HEADERS, [], {"a": "b", ":c": "d"}):
        for huffman in (True, False):
            decoder.decode(encoder.encode(headers, huffman))
    encoder.header_table_size = 100
    encoder.header_table_size = 80
    decoder.decode(encoder.encode(HEADERS), raw=True)
    decoder.max_header_list_size = 60
    for block in ("be", "ff", "", "20", "8220", "40ff", "0085", "1f", "3fe1ff03", "0f2f0178", "04026162", "828684"):
        with contextlib.suppress(module.HPACKError):
            decoder.decode(bytes.fromhex(block))
    encoder.add((b"added", b"by hand"), False)
    module.hpack.encode_integer(1337, 5)
    module.hpack.decode_integer(b"\x1f\x9a\x0a", 5)
    table = module.table.HeaderTable()
    table.add(b"name", b"value")
    table.maxsize = 10


def log_of(module, *names, level=logging.DEBUG):
    with recorded(*names, level=level) as handler:
        work(module)
    return handler.lines()


@pytest.mark.parametrize("names", [LOGGERS, LOGGERS[:1], LOGGERS[1:], ("hpack",), ("",)], ids="+".join)
def test_lines_are_upstreams(names):
    ours, theirs = log_of(hpack, *names), log_of(upstream, *names)
    assert theirs, "the test logs nothing"
    assert {name for name, _, _ in ours} <= set(LOGGERS)
    assert ours == theirs


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR])
def test_nothing_above_debug(level):
    assert log_of(hpack, *LOGGERS, level=level) == []


def test_nothing_by_default():
    assert log_of(hpack) == []


def test_switched_on_between_two_blocks():
    encoder = hpack.Encoder()
    encoder.encode(HEADERS)
    with recorded(*LOGGERS) as handler:
        encoder.encode(HEADERS)
    assert handler.records
    with recorded() as handler:
        encoder.encode(HEADERS)
    assert not handler.records


def test_disabled_for_everybody():
    logging.disable(logging.DEBUG)
    try:
        assert log_of(hpack, *LOGGERS) == []
    finally:
        logging.disable(logging.NOTSET)


def test_same_results_with_and_without():
    quiet, loud = [], []
    for results, names in ((quiet, ()), (loud, LOGGERS)):
        with recorded(*names):
            encoder, decoder = hpack.Encoder(), hpack.Decoder()
            for headers in (HEADERS, [("password", "secret", True)], HEADERS):
                block = encoder.encode(headers)
                results += [block, decoder.decode(block), list(encoder.header_table.dynamic_entries)]
    assert quiet == loud


def test_loggers_are_module_attributes():
    assert hpack.hpack.log is logging.getLogger("hpack.hpack")
    assert hpack.table.log is logging.getLogger("hpack.table")


# Sensitive values

SECRET = b"correct-horse-battery-staple"


def forms(secret):
    """Every way in which these octets could stand in a log: as they are, Huffman-coded, in hex."""
    coded = upstream.Encoder().huffman_coder.encode(secret)
    found = []
    for octets in (secret, coded):
        # A part is as bad as the whole, and a repr may be cut short or escape what is not printable.
        for part in (octets[:12], octets[-12:], octets[len(octets) // 2 - 4:][:8]):
            found += [repr(part)[2:-1], part.hex(), part.hex(" "), str(list(part))[1:-1], part.decode("latin-1")]
    return found


def leaks(handler, secret=SECRET):
    texts = []
    for record in handler.records:
        texts += [record.getMessage(), repr(record.args), str(record.msg), str(record.exc_info), str(vars(record))]
    return sorted({text for text in texts for form in forms(secret) if form in text})


def never_indexed(module, cls=None):
    return (cls or module.NeverIndexedHeaderTuple)(b"password", SECRET)


SENSITIVE = {
    "three items": lambda m: [(b"password", SECRET, True)],
    "str": lambda m: [("password", SECRET.decode(), 1)],
    "class": lambda m: [m.NeverIndexedHeaderTuple(b"password", SECRET)],
    "static name": lambda m: [(":path", SECRET, True), ("authorization", SECRET, True)],
    "among others": lambda m: [*HEADERS, (b"password", SECRET, True), *HEADERS],
    "truthy object": lambda m: [("password", SECRET, object())],
    "upstream's class": lambda m: [upstream.NeverIndexedHeaderTuple("password", SECRET)],
}


@pytest.mark.difference("sensitive-values-in-logs")
@pytest.mark.parametrize("names", [LOGGERS, LOGGERS[:1], ("",)], ids="+".join)
@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("case", SENSITIVE)
def test_encoder_keeps_secrets(case, huffman, names):
    with recorded(*names) as handler:
        hpack.Encoder().encode(SENSITIVE[case](hpack), huffman)
    assert handler.records
    assert not leaks(handler)


@pytest.mark.difference("sensitive-values-in-logs")
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("case", SENSITIVE)
def test_decoder_keeps_secrets(case, huffman, raw):
    block = hpack.Encoder().encode(SENSITIVE[case](hpack), huffman)
    with recorded(*LOGGERS) as handler:
        decoded = hpack.Decoder().decode(block, raw)
    assert any(field.indexable is False for field in decoded)
    assert handler.records
    assert not leaks(handler)


@pytest.mark.difference("sensitive-values-in-logs")
@pytest.mark.parametrize("cut", [1, 5, 20])
def test_decoder_keeps_secrets_of_a_broken_block(cut):
    """Neither the log nor the error of a block that fails after, or in, a never-indexed field shows it."""
    block = hpack.Encoder().encode([(b"password", SECRET, True), (b"name", b"value")], huffman=False)
    for broken in (block[:-cut], block + b"\xff", block + b"\x40\xff\xff\xff\xff\xff\xff"):
        with recorded(*LOGGERS) as handler, pytest.raises(hpack.HPACKError) as caught:
            hpack.Decoder().decode(broken)
        assert not leaks(handler)
        assert SECRET.decode()[:8] not in str(caught.value)


def test_add_redacts():
    with recorded(*LOGGERS) as handler:
        hpack.Encoder().add((b"password", SECRET), True, False)
    assert not leaks(handler)
    assert any("SENSITIVE_REDACTED" in line for _, _, line in handler.lines())
    with recorded(*LOGGERS) as theirs:
        upstream.Encoder().add((b"password", SECRET), True, False)
    assert handler.lines() == theirs.lines()


@pytest.mark.parametrize("variant", ["subclass", "replaced table"])
@pytest.mark.difference("sensitive-values-in-logs")
def test_stepwise_encoder_keeps_secrets(variant):
    class Encoder(hpack.Encoder):
        def _encode_indexed(self, index):
            return super()._encode_indexed(index)

    class Table(hpack.table.HeaderTable):
        pass

    encoder = Encoder() if variant == "subclass" else hpack.Encoder()
    if variant == "replaced table":
        encoder.header_table = Table()
    for case in SENSITIVE.values():
        with recorded(*LOGGERS) as handler:
            encoder.encode(case(hpack), huffman=False)
        assert not leaks(handler)


def test_the_check_for_leaks_finds_them():
    """What the tests above look for is what upstream does."""
    for huffman in (True, False):
        with recorded(*LOGGERS) as handler:
            upstream.Decoder().decode(upstream.Encoder().encode([(b"password", SECRET, True)], huffman))
        assert len(leaks(handler)) >= 2
