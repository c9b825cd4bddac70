"""Frames, parsed by fasth2 and by hyperframe: all that can be seen of them, and what they are written as.

Operations: ["parse", a frame in hex], and ["buffer", octets in hex, max_frame_size] for the parser of many frames.
"""
import hyperframe.frame as upstream

import fasth2.hyperframe.frame as own
from fasth2.codec.frame import parse_frames
from fasth2.errors.hyperframe import HyperframeError
from fuzz.driver import Disagreement
from fuzz.framewriter import FrameWriter
from support.differences import corrected
from support.frames import outcome, parsed, portrait

LENGTH = 24  # operations in a session
JUDGED = frozenset({"parse", "buffer"})

if upstream.DataFrame is own.DataFrame:
    raise RuntimeError("`hyperframe` leads to fasth2 here: there is no oracle")


def next_operation(rng, session):
    """(operation, the fault built into it or None)."""
    writer = FrameWriter(rng)
    if rng.random() < 0.85:
        octets, fault = writer.frame()
        return ["parse", octets.hex()], fault
    return ["buffer", writer.buffer().hex(), rng.choice([16384, 2**24 - 1, 20])], None


class Session:
    """Frames know nothing of each other; `met` are the documented differences that came up (list of str)."""

    def __init__(self):
        self.met = []

    def run(self, operation):
        name, octets, *arguments = operation
        return getattr(self, name)(bytes.fromhex(octets), *arguments)

    def parse(self, octets):
        """Returns what upstream came to: ("returned", ...) or ("raised", class name, message)."""
        expected, found = outcome(parsed, upstream, octets), outcome(parsed, own, octets)
        row = corrected(octets)
        if row is not None:
            self.met.append(f"row {row}")
        if (expected == found) != (row is None):
            raise Disagreement(f"{found} instead of {expected} (row: {row})")
        return expected[1][0] if expected[0] == "returned" else expected

    def buffer(self, octets, longest):
        """The whole frames of a buffer at once, against one after the other. Returns ("returned", count) or the error.

        One by one they are fasth2's own: `parse` holds those against upstream.
        """
        found, expected = outcome(parse_frames, octets, longest), outcome(one_by_one, octets, longest)
        if found[0] == "returned":
            frames, consumed = found[1]
            found = "returned", ([portrait(frame) for frame in frames], consumed)
        if found[:2] != expected[:2]:
            raise Disagreement(f"{found} instead of {expected}")
        return ("returned", len(expected[1][0])) if expected[0] == "returned" else expected


def one_by_one(octets, longest):
    """([portrait, ...], octets consumed); raises where the first frame is wrong."""
    found, at = [], 0
    while len(octets) - at >= 9:
        try:
            length = int.from_bytes(octets[at:at + 3], "big")
            if length > longest:
                raise own.InvalidFrameError("too long")
            if len(octets) - at - 9 < length:
                break
            frame, _ = own.Frame.parse_frame_header(octets[at:at + 9])
            frame.parse_body(memoryview(octets)[at + 9:at + 9 + length])
        except HyperframeError:
            if not found:
                raise
            break
        found.append(portrait(frame))
        at += 9 + length
    return found, at
