"""Frames and flags under threads.

Frames of one's own give what they give without threads. What several threads do to one frame, or to a buffer that is
being parsed, happens in some order; nothing that was never on the frame or in the buffer comes out, and nothing breaks.
"""
import copy
import pickle

from fasth2.codec.frame import parse_frames
from fasth2.codec.frameread import count_frames
from fasth2.hpack import Decoder, HPACKError
from fasth2.hyperframe import frame as frames
from fasth2.hyperframe.exceptions import HyperframeError
from fasth2.hyperframe.flags import Flag, Flags
from support.threads import hammer

THREADS = 4


def some_of_each(worker):
    """Frames of every type; what they hold depends on the worker."""
    text = b"%d" % worker
    unknown = frames.ExtensionFrame(0xF0, worker, flag_byte=0xAA, body=text)
    unknown.body_len = len(text)
    return [
        frames.DataFrame(worker + 1, text * 50, pad_length=worker, flags=["PADDED", "END_STREAM"]),
        frames.HeadersFrame(worker + 1, text, depends_on=3, stream_weight=worker, flags=["PRIORITY", "END_HEADERS"]),
        frames.PriorityFrame(worker + 1, depends_on=5, stream_weight=worker, exclusive=True),
        frames.RstStreamFrame(worker + 1, error_code=worker),
        frames.SettingsFrame(0, {1: worker, 3: 100}),
        frames.PushPromiseFrame(worker + 1, promised_stream_id=2 * worker + 2, data=text),
        frames.PingFrame(0, b"%08d" % worker),
        frames.GoAwayFrame(0, last_stream_id=worker, error_code=1, additional_data=text),
        frames.WindowUpdateFrame(0, window_increment=worker + 1),
        frames.ContinuationFrame(worker + 1, text),
        frames.AltSvcFrame(0, origin=b"origin", field=text),
        unknown,
    ]


def there_and_back(worker):
    made = some_of_each(worker)
    wire = b"".join(frame.serialize() for frame in made)
    parsed, consumed = parse_frames(wire, 16384)
    one_by_one = []
    view = memoryview(wire)
    while view:
        frame, length = frames.Frame.parse_frame_header(view[:9])
        frame.parse_body(view[9:9 + length])
        one_by_one.append(frame)
        view = view[9 + length:]
    texts = [[repr(frame) for frame in each] for each in (made, parsed, one_by_one)]
    return wire, consumed, texts, b"".join(frame.serialize() for frame in parsed), pickle.dumps(parsed)


def test_frames_of_their_own_give_what_they_give_without_threads():
    expected = [there_and_back(worker) for worker in range(THREADS)]
    results = hammer(*[lambda _, worker=worker: there_and_back(worker) for worker in range(THREADS)], rounds=150)
    assert results == [[once] * 150 for once in expected]


def test_a_shared_frame_shows_one_of_the_values_that_it_was_given():
    frame = frames.DataFrame(1, b"start")
    values = [b"%d" % number * 20 for number in range(10)]

    def write(number):
        frame.data = values[number % 10]

    def serialized(_):
        wire = frame.serialize()
        assert int.from_bytes(wire[:3], "big") == len(wire) - 9
        return wire[9:]

    jobs = [write, serialized, lambda _: frame.data, lambda _: frame.serialize_body(), write]
    _, *read, _ = hammer(*jobs, rounds=3000)
    for results in read:
        assert set(results) <= {b"start", *values}


def test_a_shared_frame_stands_whatever_threads_do_to_it():
    frame = frames.HeadersFrame(1, b"data", flags=["END_HEADERS"])
    payload = memoryview(b"\x00\x00\x00\x03\x10fragment")

    def write(number):
        frame.data = b"%d" % number
        frame.stream_weight = number % 256
        frame.extra = number
        frame.depends_on = number

    def flags(number):
        frame.flags.add("PRIORITY")
        if number % 3 == 0:
            frame.flags.discard("PRIORITY")
        if number % 50 == 0:
            frame.flags = Flags(frame.defined_flags)
        return list(frame.flags)

    def attributes(number):
        if number % 100 == 99:
            frame.__dict__ = dict(frame.__dict__)
            del frame.extra
        return copy.copy(frame), repr(frame)

    jobs = [write, flags, attributes, lambda _: frame.parse_body(payload), lambda _: frame.serialize(),
            lambda _: pickle.dumps(frame)]
    hammer(*jobs, rounds=1000, allowed=(AttributeError, HyperframeError, RuntimeError))
    assert frame.stream_id == 1
    frame.flags, frame.data = Flags(frame.defined_flags), b"data"
    assert frame.serialize() == b"\x00\x00\x04\x01\x00\x00\x00\x00\x01data"


def test_settings_that_change_while_they_are_sent():
    frame = frames.SettingsFrame(0, {1: 1})

    def change(number):
        frame.settings[number % 7 + 1] = number
        frame.settings.pop(number * 3 % 7 + 1, None)

    def serialized(_):
        wire = frame.serialize()
        assert len(wire) == 9 + int.from_bytes(wire[:3], "big")
        found = [int.from_bytes(wire[at:at + 2], "big") for at in range(9, len(wire), 6)]
        assert len(set(found)) == len(found) and set(found) <= set(range(1, 8))
        return True

    # Step by step, as upstream does it, a dict that changes is an error of the dict's; fasth2 goes straight.
    hammer(change, serialized, change, serialized, rounds=2000)


def test_shared_flags_stay_a_set_of_what_is_defined():
    for flags in (frames.DataFrame(1).flags, Flags([Flag("END_STREAM", 1), Flag("PADDED", 8)])):
        jobs = [lambda _: flags.add("PADDED"), lambda _: flags.discard("PADDED"), lambda _: flags.add("END_STREAM"),
                lambda _: "PADDED" in flags, lambda _: sorted(flags),
                lambda _: (len(flags), repr(flags), flags == set())]
        hammer(*jobs, rounds=1500, allowed=(RuntimeError,))  # the set's own, where it changes under an iterator
        assert "END_STREAM" in flags and set(flags) <= {"END_STREAM", "PADDED"}


# --- buffers --------------------------------------------------------------------------------------------------------

def test_a_buffer_that_is_released_or_resized_while_frames_are_read_from_it():
    wire = b"".join(frame.serialize() for frame in some_of_each(1))
    shared = {}

    def renew(_):
        shared["buffer"] = bytearray(wire)
        shared["view"] = memoryview(shared["buffer"])

    def release(number):
        shared["view"].release()
        shared["buffer"].extend(wire * (number % 40))  # moves it, unless somebody is reading
        del shared["buffer"][:9]

    def parse_header(_):
        view = shared["view"][:9]
        return frames.Frame.parse_frame_header(view)[1]

    def parse_body(_):
        frame = frames.DataFrame(1)
        frame.parse_body(shared["view"])
        return len(frame.data)

    renew(0)
    jobs = [renew, release, parse_header, parse_body, lambda _: parse_frames(shared["buffer"], 16384)[1],
            lambda _: count_frames(shared["buffer"], 16384)]
    # BufferError: an export is held; ValueError: the view is released.
    hammer(*jobs, rounds=1500, allowed=(BufferError, ValueError, HyperframeError))


def test_a_buffer_that_is_written_to_while_it_is_decoded():
    buffer = bytearray(b"\x00\x04name\x05value" * 20)
    decoder = Decoder()

    def write(number):
        buffer[number * 7 % len(buffer)] = number % 256

    for results in hammer(write, *[lambda _: decoder.decode(buffer)] * 3, rounds=1500, allowed=(HPACKError,))[1:]:
        for headers in results:
            for header in headers:
                for string in header:
                    assert string.encode().decode() == string  # text that is what it says it is


# --- classes --------------------------------------------------------------------------------------------------------

def test_a_class_that_is_patched_while_its_frames_are_at_work():
    class_flags = frames.PingFrame.defined_flags
    plain = frames.PingFrame(0, b"12345678").serialize()
    original = frames.PingFrame.serialize_body

    def patch(number):
        if number % 2:
            frames.PingFrame.serialize_body = lambda self: b"patched!"
        else:
            frames.PingFrame.serialize_body = original
        class_flags.append(Flag("MORE", 2))
        class_flags.pop()

    patched = plain[:9] + b"patched!"
    jobs = [patch, *[lambda _: frames.PingFrame(0, b"12345678").serialize()] * 3]
    try:
        results = hammer(*jobs, rounds=400)
    finally:
        frames.PingFrame.serialize_body = original
    for seen in results[1:]:
        assert set(seen) <= {plain, patched}
    assert class_flags == [Flag("ACK", 1)]
    assert frames.PingFrame(0, b"12345678").serialize() == plain
