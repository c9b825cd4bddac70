"""Whole input spaces: every block of up to two octets, and every prefix of every recorded header block.

FASTH2_EXHAUSTIVE=1 takes what is too much for every run: other tables and limits, and the stories of
http2jp/hpack-test-case, where they are.
"""
import copy
import os
from collections import deque

import pytest

from differential import nghttp2
from support import recorded
from support.corpus import STORIES, WHY_NO_STORIES, stories, story_cases
from support.implementations import subject
from support.mended import upstream
from support.state import decoder_state, fields, outcome

EXHAUSTIVE = bool(os.environ.get("FASTH2_EXHAUSTIVE"))
exhaustive_only = pytest.mark.skipif(not EXHAUSTIVE, reason="minutes: FASTH2_EXHAUSTIVE=1")

BLOCKS = [b"", *(bytes([first]) for first in range(256)),
          *(bytes([first, second]) for first in range(256) for second in range(256))]
# What stands in a decoder's table before each of them, newest first.
TABLES = {"empty": [], "three entries": [(b"name", b"value"), (b"", b""), (b"n" * 40, b"v" * 100)]}


def plain(result):
    """An outcome, what was decoded as plain values."""
    return ("returned", fields(result[1])) if result[0] == "returned" else result


def filled(module, entries):
    decoder = module.Decoder()
    for name, value in reversed(entries):
        decoder.header_table.add(name, value)
    return decoder


def refill(decoder, entries, size):
    """Upstream's decoder as filled() gives it, in less time."""
    table = decoder.header_table
    table.dynamic_entries, table._current_size, table._maxsize, table.resized = deque(entries), size, 4096, False


def compare_blocks(entries, raw):
    theirs = filled(upstream, entries)
    size = theirs.header_table._current_size
    for block in BLOCKS:
        ours = filled(subject, entries)
        refill(theirs, entries, size)
        assert plain(outcome(ours.decode, block, raw=raw)) == plain(outcome(theirs.decode, block, raw=raw)), block.hex()
        assert decoder_state(ours) == decoder_state(theirs), block.hex()


def test_every_block_of_two_octets():
    compare_blocks(TABLES["empty"], raw=True)


@exhaustive_only
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
@pytest.mark.parametrize("entries", TABLES.values(), ids=TABLES)
def test_every_block_of_two_octets_in_every_way(entries, raw):
    compare_blocks(entries, raw)


@pytest.mark.skipif(nghttp2.library is None, reason="libnghttp2 cannot be loaded")
def test_every_block_of_two_octets_as_nghttp2():
    for block in BLOCKS:
        try:
            expected = nghttp2.Inflater().decode(block)
        except nghttp2.Rejected:
            expected = None
        found = outcome(subject.Decoder().decode, block, raw=True)
        found = [(*each, not each.indexable) for each in found[1]] if found[0] == "returned" else None
        assert found == expected, block.hex()


# ---- prefixes --------------------------------------------------------------------------------------------------


class Prefixes:
    """A connection's two decoders; `cut` tries every prefix of the next block on copies of them, then all of it. (Of a
    long block some hundred; all of them in the exhaustive run.)

    fasth2's decoder is copied; upstream's table is put back by hand, which takes less time.
    """

    def __init__(self, limit=4096):
        self.ours, self.theirs = subject.Decoder(), upstream.Decoder()
        self.ours.max_header_list_size = self.theirs.max_header_list_size = 2**24
        self.allow(limit)
        self.count = self.sound = 0

    def allow(self, limit):
        self.ours.max_allowed_table_size = self.theirs.max_allowed_table_size = limit

    def cut(self, block):
        table = self.theirs.header_table
        before = list(table.dynamic_entries), table._current_size, table._maxsize, table.resized
        for length in range(0, len(block), 1 if EXHAUSTIVE else 1 + len(block) // 400):
            found = plain(outcome(copy.deepcopy(self.ours).decode, block[:length], raw=True))
            expected = plain(outcome(self.theirs.decode, block[:length], raw=True))
            assert found == expected, block[:length].hex()
            self.count += 1
            self.sound += expected[0] == "returned"
            table.dynamic_entries, table._current_size, table._maxsize, table.resized = (deque(before[0]), *before[1:])
        assert plain(outcome(self.ours.decode, block, raw=True)) == plain(outcome(self.theirs.decode, block, raw=True))
        assert decoder_state(self.ours) == decoder_state(self.theirs)


def cut_recorded(path, most):
    """The Prefixes of both senders of each connection, after `most` blocks of each, or all."""
    cut = []
    for connection in recorded.load(path)[1]:
        prefixes = {sender: Prefixes() for sender in recorded.OTHER}
        blocks = dict.fromkeys(recorded.OTHER, 0)
        for what, sender, value in connection.compression():
            if what == "limit":
                prefixes[sender].allow(value)
            elif most is None or blocks[sender] < most:
                blocks[sender] += 1
                prefixes[sender].cut(value.header_block)
        cut += prefixes.values()
    return cut


@pytest.mark.parametrize("path", recorded.FILES, ids=lambda path: path.stem)
def test_every_prefix_of_recorded_blocks(path):
    """Of the first blocks, which fill the tables; of all of them in the exhaustive run."""
    cut = cut_recorded(path, None if EXHAUSTIVE else 2)
    assert sum(each.count for each in cut) > sum(each.sound for each in cut) > 0  # some end where a field line does


@exhaustive_only
@pytest.mark.skipif(not STORIES.is_dir(), reason=WHY_NO_STORIES)
@pytest.mark.parametrize("encoder", ["nghttp2", "nghttp2-change-table-size", "haskell-http2-linear-huffman"])
def test_every_prefix_of_every_story(encoder):
    for path in stories(encoder):
        prefixes = Prefixes()
        for block, _, size in story_cases(path):
            if size is not None:
                prefixes.allow(size)
            prefixes.cut(block)
        assert prefixes.count > prefixes.sound > 0
