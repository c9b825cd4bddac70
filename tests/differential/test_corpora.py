"""Real header lists, encoded and decoded by the subject, hpack and nghttp2: the same octets, fields and tables."""
import pytest

from differential import nghttp2
from support.corpus import OWN, STORIES, WHY_NO_STORIES, own_lists, stories, story_cases
from support.implementations import subject as hpack
from support.mended import upstream
from support.state import decoder_state, encoder_state, fields

ENCODERS = ["nghttp2", "nghttp2-change-table-size", "haskell-http2-linear-huffman"]

need_stories = pytest.mark.skipif(not STORIES.is_dir(), reason=WHY_NO_STORIES)


def story_parameters(*folders):
    paths = [path for folder in folders for path in stories(folder)]
    return pytest.mark.parametrize("path", paths, ids=lambda path: f"{path.parent.name}-{path.stem}")


def bare(headers):
    return [tuple(header[:2]) for header in headers]


def octets(headers):
    return [(name.encode(), value.encode()) for name, value, *_ in headers]


def assert_three_agree(lists, huffman, sizes=()):
    """Encodes `lists` on one connection. `sizes` are table sizes, one set before every third list."""
    ours, theirs = hpack.Encoder(), upstream.Encoder()
    decoders = hpack.Decoder(), upstream.Decoder()
    inflater = nghttp2.Inflater(table_size=2**16) if nghttp2.library is not None else None
    for decoder in decoders:
        decoder.max_allowed_table_size = 2**16
    for number, headers in enumerate(lists):
        if sizes and number % 3 == 1:
            size = sizes[number // 3 % len(sizes)]
            if size != theirs.header_table_size:
                ours.header_table_size = theirs.header_table_size = size
        block = ours.encode(headers, huffman)
        assert block == theirs.encode(headers, huffman)
        assert encoder_state(ours) == encoder_state(theirs)
        raw = number % 2 == 0
        found, expected = (decoder.decode(block, raw=raw) for decoder in decoders)
        assert fields(found) == fields(expected)
        assert bare(found) == (octets(headers) if raw else bare(headers))
        assert decoder_state(decoders[0]) == decoder_state(decoders[1])
        if inflater is not None:
            assert [field[:2] for field in inflater.decode(block)] == octets(headers)
            assert inflater.table() == (list(ours.header_table.dynamic_entries), ours.header_table._current_size)


@pytest.mark.parametrize("sizes", [(), (4096, 0, 100, 4096, 256, 60_000)], ids=["one size", "many sizes"])
@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_lists(path, huffman, sizes):
    assert_three_agree(own_lists(path), huffman, sizes)


def test_own_lists_on_one_connection():
    assert_three_agree([headers for path in OWN for headers in own_lists(path)] * 2, huffman=True)


@pytest.mark.skipif(nghttp2.library is None, reason="libnghttp2 cannot be loaded")
@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_lists_from_nghttp2(path):
    deflater, decoders = nghttp2.Deflater(), (hpack.Decoder(), upstream.Decoder())
    for headers in own_lists(path):
        block = deflater.encode([(name, value, bool(flag)) for (name, value), flag in
                                 zip(octets(headers), (header[2:] for header in headers))])
        found, expected = (decoder.decode(block) for decoder in decoders)
        assert fields(found) == fields(expected)
        assert bare(found) == bare(headers)


@need_stories
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "text"])
@story_parameters(*ENCODERS)
def test_story_is_decoded(path, raw):
    ours, theirs = hpack.Decoder(), upstream.Decoder()
    for block, headers, size in story_cases(path):
        if size is not None:
            ours.max_allowed_table_size = theirs.max_allowed_table_size = size
        found = ours.decode(block, raw=raw)
        assert found == (octets(headers) if raw else headers)
        assert fields(found) == fields(theirs.decode(block, raw=raw))
        assert decoder_state(ours) == decoder_state(theirs)


@need_stories
@pytest.mark.parametrize("huffman", [True, False], ids=["huffman", "plain"])
@story_parameters("raw-data")
def test_story_is_encoded(path, huffman):
    assert_three_agree([headers for _, headers, _ in story_cases(path)], huffman)


@need_stories
def test_stories_are_all_there():
    """That a folder in another shape would not let the tests above pass on nothing."""
    assert all(len(stories(name)) >= 31 for name in [*ENCODERS, "raw-data"])
