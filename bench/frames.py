"""Frames: parsed, serialised, made and printed one by one, and parsed from a buffer all at once.

The contenders are fasth2's frames and hyperframe 6.1.0. Memoryview slices are made outside the clock: they cost as
much as the parse of a small frame.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import repeat
from typing import Any

from bench.implementations import Implementation
from bench.measure import Case, Contender

CALLS = 500  # in one run
BULK = 1_000  # frames in one buffer
MODULES = {"fasth2": "fasth2.hyperframe.frame", "hyperframe": "hyperframe.frame", "jh2": "jh2.hyperframe.frame"}

# name, class, arguments by position, arguments by keyword
FRAMES = (
    ("DATA", "DataFrame", (1, b"x" * 100), {}),
    ("DATA, padded", "DataFrame", (1, b"x" * 100), {"flags": ["PADDED", "END_STREAM"], "pad_length": 10}),
    ("HEADERS", "HeadersFrame", (301, b"h" * 60), {"flags": ["END_HEADERS", "END_STREAM"]}),
    ("HEADERS, priority", "HeadersFrame", (301, b"h" * 60), {"flags": ["END_HEADERS", "PRIORITY"], "depends_on": 3}),
    ("PRIORITY", "PriorityFrame", (301,), {"depends_on": 3, "stream_weight": 15}),
    ("RST_STREAM", "RstStreamFrame", (301,), {"error_code": 8}),
    ("SETTINGS", "SettingsFrame", (), {"settings": {1: 4096, 3: 100, 4: 65535}}),
    ("SETTINGS, ACK", "SettingsFrame", (), {"flags": ["ACK"]}),
    ("PUSH_PROMISE", "PushPromiseFrame", (301, 302, b"h" * 60), {"flags": ["END_HEADERS"]}),
    ("PING", "PingFrame", (), {"opaque_data": b"12345678"}),
    ("GOAWAY", "GoAwayFrame", (), {"last_stream_id": 301, "error_code": 2, "additional_data": b"bye"}),
    ("WINDOW_UPDATE", "WindowUpdateFrame", (301,), {"window_increment": 65535}),
    ("CONTINUATION", "ContinuationFrame", (301, b"h" * 60), {"flags": ["END_HEADERS"]}),
    ("ALTSVC", "AltSvcFrame", (0, b"example.com", b'h2=":443"'), {}),
    ("an unknown type", "ExtensionFrame", (0xF0, 301, 1, b"unknown"), {}),
)
BIG = ("DATA of 16 KiB", "DataFrame", (1, b"x" * 16384), {})
SHORT = ("DATA", "HEADERS")  # types that have the higher floors

Run = Callable[[Any], None]
Answer = Callable[[], dict[str, Any]]


def modules() -> dict[str, Any]:
    """The frame module of each contender that can be imported, fasth2 first."""
    found = {}
    for name, module in MODULES.items():
        try:
            found[name] = import_module(module)
        except ImportError:
            continue
    if found.get("hyperframe") is not None and found["hyperframe"].Frame is found["fasth2"].Frame:
        raise ImportError("`import hyperframe` means fasth2 here; run the benchmarks without fasth2.install()")
    return found


def _make(module: Any, recipe: tuple) -> Any:
    _, cls, arguments, keywords = recipe
    return getattr(module, cls)(*arguments, **keywords)


def _wire(recipe: tuple) -> bytes:
    octets = bytearray(_make(import_module(MODULES["fasth2"]), recipe).serialize())
    octets[:3] = (len(octets) - 9).to_bytes(3, "big")  # a frame of an unknown type keeps the length of its receipt
    return bytes(octets)


def _parse(module: Any, recipe: tuple) -> tuple[Any, Run, Answer]:
    wire = _wire(recipe)
    header, payload = memoryview(wire)[:9], memoryview(wire)[9:]
    parse_frame_header = module.Frame.parse_frame_header

    def run(state: Any) -> None:
        for _ in repeat(None, CALLS):
            frame, _ = parse_frame_header(header)
            frame.parse_body(payload)

    def answer() -> dict[str, Any]:
        frame, _ = parse_frame_header(header)
        frame.parse_body(payload)
        return {"text": repr(frame), "wire": frame.serialize()}

    return None, run, answer


def _serialise(module: Any, recipe: tuple) -> tuple[Any, Run, Answer]:
    frame = _make(module, recipe)

    def run(state: Any) -> None:
        for _ in repeat(None, CALLS):
            frame.serialize()

    return None, run, lambda: {"wire": frame.serialize()}


def _construct(module: Any, recipe: tuple) -> tuple[Any, Run, Answer]:
    _, name, arguments, keywords = recipe
    cls = getattr(module, name)

    def run(state: Any) -> None:
        for _ in repeat(None, CALLS):
            cls(*arguments, **keywords)

    return None, run, lambda: {"text": repr(cls(*arguments, **keywords))}


def _print(module: Any, recipe: tuple) -> tuple[Any, Run, Answer]:
    frame = _make(module, recipe)

    def run(state: Any) -> None:
        for _ in repeat(None, CALLS):
            repr(frame)

    return None, run, lambda: {"text": repr(frame)}


def _case(subject: str, recipe: tuple, operation: Callable, floor: float | None, ceiling: float | None = None) -> Case:
    contenders = {}
    for name, module in modules().items():
        _, run, answer = operation(module, recipe)
        contenders[name] = Contender(lambda: None, run, CALLS, answer)
    floors = {"hyperframe": floor} if floor and "hyperframe" in contenders else {}
    return Case(subject, recipe[0], "frame", contenders, floors, ceiling)


def _bulk(name: str, recipe: tuple, ceiling: float) -> Case:
    """One buffer of many frames, as they come from a socket; hyperframe's side cuts it as h2 does."""
    wire = _wire(recipe) * BULK
    contenders = {}
    for contender, module in modules().items():
        if contender == "fasth2":
            parse_frames = import_module("fasth2.codec.frame").parse_frames

            def parse(parse_frames=parse_frames) -> list:
                return parse_frames(wire, 16384)[0]
        else:
            def parse(module=module) -> list:
                view, frames, start = memoryview(wire), [], 0
                while start < len(wire):
                    frame, length = module.Frame.parse_frame_header(view[start : start + 9])
                    frame.parse_body(view[start + 9 : start + 9 + length])
                    frames.append(frame)
                    start += 9 + length
                return frames
        contenders[contender] = Contender(
            lambda: None, lambda state, parse=parse: parse() and None, BULK,
            lambda parse=parse: {"text": [repr(frame) for frame in parse()]},
        )
    return Case("parse many frames", name, "frame", contenders, {}, ceiling)


def _cursor() -> Case:
    """The C-level cursor alone: no frame is made."""
    count_frames = import_module("fasth2.codec.frame").count_frames
    wire = _wire(FRAMES[11]) * BULK
    contender = Contender(
        lambda: None, lambda state: count_frames(wire, 16384) and None, BULK,
        lambda: {"count": count_frames(wire, 16384)},
    )
    return Case("walk over frames", "the cursor alone", "frame", {"fasth2": contender}, {}, 10.0)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Every operation on every frame type; `implementations` (of HPACK) have no say here."""
    for recipe in FRAMES:
        yield _case("parse a frame", recipe, _parse, 12.0 if recipe[0].startswith(SHORT) else 8.0)
    yield _case("parse a frame", BIG, _parse, None)  # most of it is one copy of the payload, on both sides
    for recipe in FRAMES:
        floor = 6.0 if recipe[0].startswith(SHORT) else 2.0 if recipe[1] == "ExtensionFrame" else 4.0
        yield _case("serialise a frame", recipe, _serialise, floor)
    yield _case("serialise a frame", BIG, _serialise, 6.0)
    for recipe in FRAMES:
        yield _case("make a frame", recipe, _construct, 5.0)
    for recipe in (*FRAMES, BIG):
        yield _case("print a frame", recipe, _print, None, 1_500.0)
    for recipe, ceiling in ((FRAMES[11], 80.0), (FRAMES[5], 80.0), (FRAMES[9], 130.0), (FRAMES[2], 130.0)):
        yield _bulk(recipe[0], recipe, ceiling)
    yield _cursor()
