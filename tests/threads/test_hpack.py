"""Encoder, Decoder and HeaderTable under threads.

A codec of one's own gives what it gives without threads. One codec that several threads use does each call as a whole,
as if no other thread were there meanwhile; in whatever order the calls come, the table adds up.
"""
import pickle

from fasth2.hpack import Decoder, Encoder, HPACKError, NeverIndexedHeaderTuple
from fasth2.hpack.hpack import HeaderTable
from support import corpus
from support.state import decoder_state, encoder_state, table_state
from support.threads import TIMES, hammer, hammer_once

THREADS = 4
RUN = 10  # field lines that one call enters into the table

# What calls may say while another thread changes the same table: those of a deque and of its iterator among them.
ALLOWED = (HPACKError, RuntimeError, IndexError)


def assert_adds_up(table):
    """Entries, size and limit fit together, and both ways into the table lead to the same entries."""
    state = table_state(table)
    assert state["size"] == sum(32 + len(name) + len(value) for name, value in state["entries"])
    assert state["size"] <= max(state["maxsize"], 0)
    for index, entry in enumerate(state["entries"], 62):
        assert table.get_by_index(index) == entry
        assert table.search(*entry)[0] <= index


def assert_whole_runs(entries):
    """Each call's field lines stand together and in order; evictions may have taken the first of the oldest run."""
    lines = [(name, int(value)) for name, value in reversed(entries)]
    assert lines
    at = 0
    while at < len(lines):
        name, first = lines[at]
        assert first == 0 or at == 0
        assert lines[at:at + RUN - first] == [(name, position) for position in range(first, RUN)]
        at += RUN - first


def run_of(worker, number):
    return [(f"x-{worker}-{number}", str(position)) for position in range(RUN)]


def literal_block(headers):
    """Literals with incremental indexing (RFC 7541 section 6.2.1), without Huffman code."""
    return b"".join(b"\x40" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
                    for name, value in headers)


# --- codecs of one's own --------------------------------------------------------------------------------------------

def there_and_back(lists):
    """Every block that an Encoder makes of the lists, what a Decoder makes of it, and both tables at the end."""
    encoder, decoder = Encoder(), Decoder(max_header_list_size=1 << 20)
    steps = []
    for number, headers in enumerate(lists):
        if number % 7 == 3:
            encoder.header_table_size = decoder.max_allowed_table_size = 512 * (number % 5 + 1)
        block = encoder.encode(headers, huffman=number % 3 > 0)
        steps.append((block, decoder.decode(block, raw=number % 2 > 0)))
    return steps, encoder_state(encoder), decoder_state(decoder)


def test_codecs_of_their_own_give_what_they_give_without_threads():
    stories = [corpus.own_lists(path)[:60] for path in corpus.OWN]
    expected = [there_and_back(lists) for lists in stories]
    results = hammer(*(lambda _, lists=lists: there_and_back(lists) for lists in stories), rounds=3)
    assert results == [[once] * 3 for once in expected]


# --- one decoder ----------------------------------------------------------------------------------------------------

def test_a_shared_decoder_reads_what_each_thread_gave_it():
    decoder = Decoder()
    decoder.decode(literal_block([("shared", "entry")]))
    block = b"\x82\xbe\x10\x01n\x01v\x00\x01a\x00"  # indexed twice, never-indexed, not indexed: the table stays
    expected = [(":method", "GET"), ("shared", "entry"), ("n", "v"), ("a", "")]
    jobs = [lambda _: decoder.decode(block), lambda _: decoder.decode(bytearray(block)),
            lambda _: decoder.decode(memoryview(block)), lambda _: decoder.decode(block)]
    for results in hammer(*jobs, rounds=2000):
        assert results == [expected] * 2000
    raw = hammer(*[lambda _: decoder.decode(block, raw=True)] * THREADS, rounds=500)
    assert raw == [[[(name.encode(), value.encode()) for name, value in expected]] * 500] * THREADS


def test_a_shared_decoder_takes_each_block_as_a_whole():
    decoder = Decoder()
    results = hammer(*[lambda number, worker=worker: decoder.decode(literal_block(run_of(worker, number)))
                       for worker in range(THREADS)], rounds=800)
    assert results == [[run_of(worker, number) for number in range(800)] for worker in range(THREADS)]
    assert_adds_up(decoder.header_table)
    assert_whole_runs(list(decoder.header_table.dynamic_entries))


def test_a_shared_decoder_stands_whatever_threads_do_to_it():
    decoder = Decoder()
    blocks = [literal_block(run_of(0, 0)), b"\xbe\xbf\xc0", b"\x20", b"\x3f\xe1\x1f", b"\xff\xff", b"\x40\x01\xff\x01v",
              b"\x40\x01n", b"\x40\x03\xc3\xa9x\x01v", b"\x82" * 50, b"\x40\x84\xff\xff\xff\xff\x00"]

    def limits(number):
        decoder.max_allowed_table_size = 4096 * (number % 3)
        decoder.max_header_list_size = 1 << 20 if number % 5 else 40
        return decoder.max_allowed_table_size, decoder.max_header_list_size

    def table_size(number):
        decoder.header_table_size = number % 4096
        return decoder.header_table_size

    def exchange(number):
        if number % 20 == 0:
            decoder.header_table = HeaderTable()
        return pickle.dumps(decoder)

    jobs = [lambda number: decoder.decode(blocks[number % len(blocks)]),
            lambda number: decoder.decode(blocks[number * 7 % len(blocks)], raw=True),
            limits, table_size, exchange, lambda _: list(decoder.header_table.dynamic_entries)]
    hammer(*jobs, rounds=1500, allowed=ALLOWED)
    assert_adds_up(decoder.header_table)


# --- one encoder ----------------------------------------------------------------------------------------------------

def test_a_shared_encoder_writes_each_block_as_a_whole():
    encoder = Encoder()
    results = hammer(*[lambda number, worker=worker: encoder.encode(run_of(worker, number), huffman=False)
                       for worker in range(THREADS)], rounds=800)
    assert_adds_up(encoder.header_table)
    assert_whole_runs(list(encoder.header_table.dynamic_entries))
    # The name is spelt out once and then the newest entry (62): wherever the block came in the order, it is the same.
    for worker, blocks in enumerate(results):
        for number, block in enumerate(blocks):
            first, *others = run_of(worker, number)
            assert block == literal_block([first]) + b"".join(b"\x7e\x01" + value.encode() for _, value in others)


def test_a_shared_encoder_gives_everybody_his_own_block():
    encoder = Encoder()
    headers = [(":method", "GET"), NeverIndexedHeaderTuple("n", "v"), ("authorization", "secret", True)]
    expected = Encoder().encode(headers)
    jobs = [lambda _: encoder.encode(headers), lambda _: encoder.encode(iter(headers)),
            lambda _: encoder.encode([(name.encode(), value.encode(), True) for name, value, *_ in headers]),
            lambda _: encoder.encode(tuple(headers))]
    for results in hammer(*jobs, rounds=2000):
        assert results == [expected] * 2000


def test_a_shared_encoder_stands_whatever_threads_do_to_it():
    encoder = Encoder()
    growing = []

    def resize(number):
        encoder.header_table_size = number * 37 % 5000
        return list(encoder.table_size_changes)

    def exchange(number):
        if number % 20 == 0:
            encoder.header_table = HeaderTable()
            encoder.huffman_coder = None if number % 40 else encoder.huffman_coder
        return pickle.dumps(encoder)

    def change_list(number):
        if number % 9 == 8:
            growing.clear()
        growing.append((f"name-{number % 11}", f"value-{number}"))
        growing.insert(0, growing.pop())

    encoder.huffman_coder = encoder.huffman_coder
    jobs = [lambda number: encoder.encode(run_of(0, number)), lambda _: encoder.encode(growing), change_list, resize,
            exchange, lambda number: encoder.encode(dict(run_of(1, number)))]
    hammer(*jobs, rounds=1500, allowed=(*ALLOWED, AttributeError))
    assert_adds_up(encoder.header_table)


def test_encoders_that_share_a_table():
    encoders = [Encoder() for _ in range(THREADS)]
    for encoder in encoders:
        encoder.header_table = encoders[0].header_table
    hammer(*[lambda number, worker=worker: encoders[worker].encode(run_of(worker, number))
             for worker in range(THREADS)], rounds=800)
    assert_adds_up(encoders[0].header_table)
    assert_whole_runs(list(encoders[0].header_table.dynamic_entries))


# --- one table ------------------------------------------------------------------------------------------------------

def test_a_shared_table_adds_up():
    table = HeaderTable()

    def size(number):
        table.maxsize = 500 + number * 31 % 4000
        return table.resized, table.maxsize

    def look(number):
        assert table.search(b":method", b"GET") == (2, b":method", b"GET")
        assert table.get_by_index(1) == (b":authority", b"")
        return table.get_by_index(62 + number % 5)

    def mark(number):
        table.resized = [object()] if number % 3 else False
        return table.resized

    jobs = [lambda number: table.add(b"name-%d" % (number % 50), b"value"), size, look, mark,
            lambda number: table.search(b"name-%d" % (number % 50), b"value"),
            lambda _: (len(table.dynamic_entries), repr(table), pickle.dumps(table))]
    hammer(*jobs, rounds=2000, allowed=ALLOWED)
    table.resized = False
    assert_adds_up(table)


def test_a_table_that_is_loosened_while_it_works():
    for _ in range(20 * TIMES):
        table = HeaderTable()
        encoder, decoder = Encoder(), Decoder()
        encoder.header_table = decoder.header_table = table

        def loosen(number):
            if number == 10:
                table.dynamic_entries.append((b"by", b"hand"))

        jobs = [lambda number: encoder.encode([(f"n-{number}", "v")]), loosen,
                lambda number: decoder.decode(literal_block([(f"d-{number}", "v")])),
                lambda number: table.add(b"a-%d" % number, b"v")]
        hammer_once(jobs, 30, ALLOWED)
        entries = list(table.dynamic_entries)
        assert (b"by", b"hand") in entries
        assert len(entries) <= 91  # what is entered by 3 jobs in 30 rounds, and by hand; nothing appears twice
        assert len(set(entries)) == len(entries)
