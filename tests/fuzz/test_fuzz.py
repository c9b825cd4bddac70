"""The fuzzer itself: its kept findings, a fixed stretch of its inputs, and whether it would notice a defect."""
import json
import random
from pathlib import Path

import pytest

from fuzz import fuzz_hpack
from fuzz.blocks import FAULTS, BlockWriter
from fuzz.sessions import Disagreement, Session, replay
from support.implementations import subject, upstream

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.json"))


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_kept_session(path):
    replay(json.loads(path.read_text())["operations"])


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
]


def test_fixed_sessions_agree_and_reach_everything():
    tally = fuzz_hpack.Tally()
    for seed in range(400):
        fuzz_hpack.run_session(seed, tally)
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
            fuzz_hpack.run_session(seed, fuzz_hpack.Tally(), Session(Defective))


def test_difference_is_kept_and_ends_the_run(tmp_path, monkeypatch, capsys):
    class Defective:
        Decoder, Encoder = forgets_never_indexed(subject)

    monkeypatch.setattr(fuzz_hpack, "Session", lambda: Session(Defective))
    monkeypatch.setattr(fuzz_hpack, "replay", lambda operations: replay(operations, Defective))
    assert fuzz_hpack.main(["--seconds", "60", "--seed", "1", "--keep", str(tmp_path)]) == 1
    assert "DIFFERENCE" in capsys.readouterr().out
    (kept,) = tmp_path.glob("*.json")
    operations = json.loads(kept.read_text())["operations"]
    assert len(operations) < fuzz_hpack.LENGTH // 2  # most of the session has no part in it
    replay(operations)
    with pytest.raises(Disagreement):
        replay(operations, Defective)


def test_command(capsys):
    assert fuzz_hpack.main(["--seconds", "0.2", "--seed", "7"]) == 0
    assert "no difference" in capsys.readouterr().out
