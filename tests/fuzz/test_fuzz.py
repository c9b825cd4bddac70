"""The harness for header blocks: a fixed stretch of its inputs, whether it would notice a defect; the command."""
import json
import random

import pytest

from fuzz import __main__ as command
from fuzz import counts, driver, harnesses
from fuzz.blocks import FAULTS, BlockWriter
from fuzz.driver import Disagreement
from fuzz.sessions import Session
from fuzz.source import Octets
from support.implementations import SUBJECT, subject, upstream

HEADERS = harnesses.load("headers")


def run(seed, tally=None, session=None):
    """One session of the harness for header blocks."""
    driver.run_session(HEADERS, random.Random(seed), tally or driver.Tally(HEADERS), session)


# Every kind of verdict that a decoder can come to; a session that stops reaching one tests less than it says.
VERDICTS = [
    "HPACKDecodingError: Truncated header block",
    "HPACKDecodingError: Incomplete Huffman string",
    "HPACKDecodingError: Invalid Huffman string",
    "HPACKDecodingError: Variable integer representation is too long",
    "HPACKDecodingError: Unable to decode HPACK integer representation from",
    "HPACKDecodingError: Unable to decode headers as UTF-N",
    "HPACKDecodingError: Table size update not at the start of the block",
    "InvalidTableIndex: Invalid table index N",
    "InvalidTableSizeError: Encoder exceeded max allowable table size",
    "InvalidTableSizeError: Encoder did not shrink table size to within the max",
    "OversizedHeaderListError: A header list larger than N has been received",
    *(["HPACKDecodingError: More than N table size updates (max_table_size_updates)"] if SUBJECT != "hpack" else []),
]


def test_fixed_sessions_agree_and_reach_everything():
    tally = driver.Tally(HEADERS)
    for seed in range(400):
        run(seed, tally)
    assert tally.share >= 0.5
    assert set(tally.errors) == set(VERDICTS)
    assert min(tally.errors.values()) >= 10


def test_every_fault_is_built_in():
    rng, decoder = random.Random(1), upstream.Decoder()
    faults = [BlockWriter(rng, decoder).block()[1] for _ in range(2000)]
    assert set(faults) == {None, *FAULTS}
    assert faults.count(None) > 1000


def test_every_sound_block_is_accepted():
    rng = random.Random(2)
    for _ in range(50):
        decoder = upstream.Decoder(max_header_list_size=2**20)
        for _ in range(20):
            decoder.decode(b"".join(BlockWriter(rng, decoder).sound()), raw=True)


# Defects of the kinds that codecs have had. Each is put into a copy of the subject; a fuzzer that misses one is blind.


def forgets_never_indexed(module):
    class Decoder(module.Decoder):
        def decode(self, data, raw=False):
            return [module.HeaderTuple(*header) for header in super().decode(data, raw)]
    return Decoder, module.Encoder


def off_by_one_limit(module):
    class Decoder(module.Decoder):
        def decode(self, data, raw=False):
            self.max_header_list_size += 1
            try:
                return super().decode(data, raw)
            finally:
                self.max_header_list_size -= 1
    return Decoder, module.Encoder


def evicts_too_late(module):
    class Table(module.table.HeaderTable):
        def _shrink(self):
            self._maxsize += 32
            super()._shrink()
            self._maxsize -= 32

    class Decoder(module.Decoder):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.header_table = Table()
    return Decoder, module.Encoder


def accepts_late_updates(module):
    class Decoder(module.Decoder):
        def decode(self, data, raw=False):
            try:
                return super().decode(data, raw)
            except module.HPACKDecodingError as error:
                if "not at the start" in str(error):
                    return []
                raise
    return Decoder, module.Encoder


def other_error_class(module):
    class Decoder(module.Decoder):
        def decode(self, data, raw=False):
            try:
                return super().decode(data, raw)
            except module.InvalidTableIndexError as error:
                raise module.HPACKDecodingError(str(error)) from None
    return Decoder, module.Encoder


def indexes_sensitive(module):
    class Encoder(module.Encoder):
        def encode(self, headers, huffman=True):
            return super().encode([header[:2] for header in headers], huffman)
    return module.Decoder, Encoder


def drops_first_size_update(module):
    class Encoder(module.Encoder):
        def encode(self, headers, huffman=True):
            del self.table_size_changes[:-1]
            return super().encode(headers, huffman)
    return module.Decoder, Encoder


DEFECTS = [forgets_never_indexed, off_by_one_limit, evicts_too_late, accepts_late_updates, other_error_class,
           indexes_sensitive, drops_first_size_update]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_defect_is_found(defect):
    class Defective:
        Decoder, Encoder = defect(subject)

    with pytest.raises(Disagreement):
        for seed in range(400):
            run(seed, session=Session(Defective))


def test_difference_is_kept_and_ends_the_run(tmp_path, monkeypatch, capsys):
    class Defective:
        Decoder, Encoder = forgets_never_indexed(subject)

    blind = HEADERS._replace(session=lambda: Session(Defective))
    monkeypatch.setattr(harnesses, "load", lambda name: blind)
    assert command.main(["--seconds", "60", "--seed", "1", "--keep", str(tmp_path)]) == 1
    assert "DIFFERENCE" in capsys.readouterr().out
    (kept,) = tmp_path.glob("difference-headers-*.json")
    operations = json.loads(kept.read_text())["operations"]
    assert len(operations) < HEADERS.length // 2  # most of the session has no part in it
    driver.replay(HEADERS, operations)
    with pytest.raises(Disagreement):
        driver.replay(blind, operations)


def test_what_an_implementation_lets_out_is_a_difference(tmp_path):
    class Broken(Session):
        def decode(self, block, raw):
            raise OverflowError("of the kind that h2 does not catch")

    said = []
    broken = HEADERS._replace(session=Broken)
    assert not driver.fuzz(broken, 1, tmp_path, count=1, report=lambda line, **options: said.append(line))
    assert "OverflowError" in said[0]


def test_command_adds_up(tmp_path, capsys):
    """Two runs go on where the first one ended."""
    path = tmp_path / "counts.json"
    for _ in range(2):
        assert command.main(["--count", "3", "--seed", "7", "--counts", str(path)]) == 0
    assert "no difference (seeds 10 to 12)" in capsys.readouterr().out
    found = counts.read(path)["headers"]
    assert found["seeds"] == [[7, 3], [10, 3]] and found["sessions"] == 6
    assert found["inputs"] == found["operations"]["decode"] > found["accepted"] > 0


def test_choices_out_of_octets():
    """What a coverage-guided fuzzer mutates: the same octets are the same session, however few they are."""
    for octets in (b"", b"\x00", bytes(range(256)) * 4):
        first, second = ([HEADERS.next_operation(source, Session())[0] for _ in range(5)]
                         for source in (Octets(octets), Octets(octets)))
        assert first == second
    rng = Octets(b"\x12\x34")
    assert rng.getrandbits(12) == 0x234 and rng.spent and rng.random() == 0.0 and rng.choice("abc") == "a"
