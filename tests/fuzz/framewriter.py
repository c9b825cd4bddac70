"""Frames from a random source: mostly sound, and broken in every way that RFC 9113 sections 4 and 6 know."""

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, ALTSVC = range(6, 11)
ACK = END_STREAM = 0x01
END_HEADERS, PADDED, PRIORITIZED = 0x04, 0x08, 0x20
ON_CONNECTION = (SETTINGS, PING, GOAWAY)
FLAGS = {DATA: [0, END_STREAM, PADDED, PADDED | END_STREAM],
         HEADERS: [END_HEADERS, END_HEADERS | END_STREAM, PADDED, PRIORITIZED, PADDED | PRIORITIZED | END_HEADERS],
         SETTINGS: [0, 0, 0, ACK], PING: [0, ACK], PUSH_PROMISE: [END_HEADERS, PADDED], CONTINUATION: [0, END_HEADERS]}

# The faults that `frame` can build in.
FAULTS = ("short", "long", "padding", "stream", "value", "reserved bit", "flags", "noise", "type", "octet changed")


def wire(frame_type, flags, stream, payload, length=None):
    """A frame's octets; `length` is what its header says, if it is to lie."""
    length = len(payload) if length is None else length
    return (length & 0xFFFFFF).to_bytes(3, "big") + bytes([frame_type, flags]) + stream.to_bytes(4, "big") + payload


class FrameWriter:
    """Writes frames with choices of `rng`."""

    def __init__(self, rng):
        self.rng = rng

    def number(self, bits):
        choice = self.rng.random()
        if choice < 0.5:
            return self.rng.randint(0, 10)
        if choice < 0.7:
            return self.rng.choice([2**bits - 1, 2**(bits - 1), 2**(bits - 1) - 1])
        return self.rng.getrandbits(bits)

    def octets(self, longest):
        return self.rng.randbytes(self.rng.randint(0, longest))

    def padded(self, flags, content):
        """`content` with as much padding as the flag wants, less than there is content."""
        if not flags & PADDED:
            return content
        padding = self.rng.randint(0, 20)
        return bytes([padding]) + content + bytes(padding)

    def priority(self):
        return self.number(32).to_bytes(4, "big") + bytes([self.rng.randrange(256)])

    def settings(self):
        """Identifiers of one octet: those of two are row B7."""
        entries = [(self.rng.randint(0, 9), self.number(32)) for _ in range(self.rng.randint(0, 6))]
        if self.rng.random() < 0.03:
            entries = [(index % 256, index) for index in range(self.rng.choice([100, 1000, 2730]))]
        return b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in entries)

    def payload(self, frame_type, flags):
        """A sound payload."""
        rng = self.rng
        if frame_type == DATA:
            return self.padded(flags, self.octets(40))
        if frame_type == HEADERS:
            # With one octet at least, since hyperframe takes padding that fills the payload for an error (row B3).
            return self.padded(flags, (self.priority() if flags & PRIORITIZED else b"") + b"\x82" + self.octets(30))
        if frame_type == PRIORITY:
            return self.priority()
        if frame_type == RST_STREAM:
            return self.number(32).to_bytes(4, "big")
        if frame_type == SETTINGS:
            return b"" if flags & ACK else self.settings()
        if frame_type == PUSH_PROMISE:
            promised = 2 * rng.randint(1, 2**30 - 1)
            return self.padded(flags, promised.to_bytes(4, "big") + self.octets(30))
        if frame_type == PING:
            return rng.randbytes(8)
        if frame_type == GOAWAY:
            return self.number(31).to_bytes(4, "big") + self.number(32).to_bytes(4, "big") + self.octets(10)
        if frame_type == WINDOW_UPDATE:
            return rng.choice([1, 2, 65535, 2**31 - 1, rng.randint(1, 2**31 - 1)]).to_bytes(4, "big")
        if frame_type == ALTSVC:
            origin = self.octets(12)
            return len(origin).to_bytes(2, "big") + origin + self.octets(20)
        return self.octets(40)

    def stream(self, frame_type):
        if frame_type in ON_CONNECTION:
            return 0
        if frame_type in (WINDOW_UPDATE, ALTSVC) and self.rng.random() < 0.4:
            return 0
        return self.rng.choice([1, 2, 3, 5, 2**31 - 1, self.rng.randint(1, 2**31 - 1)])

    def sound(self):
        """(type, flags, stream, payload)."""
        frame_type = self.rng.choice([*range(11), self.rng.randrange(256)])
        flags = self.rng.choice(FLAGS.get(frame_type, [0, 0xFF & self.rng.getrandbits(8)]))
        return frame_type, flags, self.stream(frame_type), self.payload(frame_type, flags)

    def frame(self):
        """(octets, fault or None)."""
        frame_type, flags, stream, payload = self.sound()
        if self.rng.random() < 0.6:
            return wire(frame_type, flags, stream, payload), None
        fault = self.rng.choice(FAULTS)
        return self.spoiled(fault, frame_type, flags, stream, payload), fault

    def spoiled(self, fault, frame_type, flags, stream, payload):
        rng = self.rng
        if fault == "short":
            payload = payload[:rng.randint(0, max(0, len(payload) - 1))]
        elif fault == "long":
            payload += rng.randbytes(rng.randint(1, 7))
        elif fault == "padding":
            frame_type, flags = rng.choice([DATA, HEADERS, PUSH_PROMISE]), PADDED | rng.choice([0, PRIORITIZED])
            payload = bytes([len(payload) + rng.randint(-7, 7) & 0xFF]) + payload
        elif fault == "stream":
            stream = rng.choice([0, 1, 2**31, 2**32 - 1])
        elif fault == "value":
            frame_type, flags = rng.choice([WINDOW_UPDATE, PUSH_PROMISE, SETTINGS, ALTSVC]), rng.choice([0, ACK])
            payload = rng.choice([bytes(4), bytes([0, 0, 0, 3]), bytes(6), b"\xff\xff\x00\x00"]) + self.octets(3)
        elif fault == "reserved bit":
            payload = bytes([payload[0] | 0x80]) + payload[1:] if payload else b"\x80"
        elif fault == "flags":
            flags = rng.randrange(256)
        elif fault == "noise":
            payload = self.octets(40)
        elif fault == "type":
            frame_type = rng.randrange(12)
        elif payload:
            at = rng.randrange(len(payload))
            payload = payload[:at] + bytes([payload[at] ^ (1 << rng.randrange(8))]) + payload[at + 1:]
        return wire(frame_type, flags, stream, payload)

    def buffer(self):
        """What a receiver may hold: several frames, the last of them often cut, and some with a length that lies."""
        octets = b"".join(self.frame()[0] if self.rng.random() < 0.2 else wire(*self.sound())
                          for _ in range(self.rng.randint(0, 6)))
        if self.rng.random() < 0.1:
            octets += wire(*self.sound(), length=self.number(24)) + self.octets(20)
        if self.rng.random() < 0.4:
            octets = octets[:self.rng.randint(0, len(octets))]
        return octets
