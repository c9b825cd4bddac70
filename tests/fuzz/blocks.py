"""Header lists and header blocks from a random source: mostly sound, and broken in every way that RFC 7541 knows.

The source is anything with random.Random's methods: a seeded one in the fuzzer, hypothesis' own in its tests.
"""
from support.implementations import upstream

NAMES = [b":method", b":path", b":status", b"cookie", b"accept", b"x", b"", b"custom-name", b"user-agent", b"n" * 40]
VALUES = [b"GET", b"/", b"200", b"", b"gzip, deflate", b"value", b"a=1; b=2", b"v" * 100, b"w" * 900]
SIZES = [0, 1, 31, 32, 33, 64, 100, 200, 500, 1000, 4095, 4096, 4097, 10_000]

# The faults that `block` can build in, each with the error it usually leads to.
FAULTS = ("index zero", "index too large", "integer too long", "integer truncated", "string truncated", "huffman eos",
          "huffman padding", "huffman long padding", "late update", "update too large", "cut", "noise", "random",
          "octet changed", "not UTF-8", "nothing but prefix", "update flood")

_huffman = upstream.Encoder().huffman_coder.encode


def integer(value, prefix_bits, first=0, padding=0):
    """A prefix integer; `padding` adds octets that carry nothing, which is legal up to five in all."""
    full = 2**prefix_bits - 1
    if value < full and not padding:
        return bytes([first | value])
    if value < full:
        return bytes([first | value])  # a value below the prefix's maximum has no longer form
    octets, value = [first | full], value - full
    while value >= 128:
        octets.append(value % 128 | 0x80)
        value //= 128
    if padding and len(octets) + padding <= 5:
        return bytes([*octets, value | 0x80, *[0x80] * (padding - 1), 0])
    return bytes([*octets, value])


def string(octets, huffman, padding=0):
    coded = _huffman(octets) if huffman else octets
    return integer(len(coded), 7, 0x80 if huffman else 0, padding) + coded


def header(rng):
    """(name, value) of bytes: from the small set that fills tables with matches, or of any octets."""
    name, value = rng.choice(NAMES), rng.choice(VALUES)
    if rng.random() < 0.25:
        name = octets(rng, 12)
    if rng.random() < 0.5:
        value = octets(rng, 30)
    return name, value


def octets(rng, longest):
    if rng.random() < 0.7:
        return bytes(rng.choice(b"abcdefghijklmnopqrstuvwxyz0123456789-/=;:%") for _ in range(rng.randint(0, longest)))
    return bytes(rng.randrange(128) for _ in range(rng.randint(0, longest)))


def headers(rng, most=8):
    """A header list for an encoder: [(name, value, sensitive)] of bytes."""
    return [(*header(rng), rng.random() < 0.1) for _ in range(rng.randint(0, most))]


STATIC_NAMES = [len(name) for name, _ in upstream.table.HeaderTable.STATIC_TABLE]


class BlockWriter:
    """Writes one block for `decoder`, in the knowledge of its table and limits, so that most blocks are sound."""

    def __init__(self, rng, decoder):
        self.rng = rng
        self.allowed = decoder.max_allowed_table_size
        self.maxsize = decoder.header_table.maxsize
        self.entries = [(len(name), len(value)) for name, value in decoder.header_table.dynamic_entries]

    def padding(self):
        return self.rng.randint(1, 4) if self.rng.random() < 0.05 else 0

    def index(self):
        if self.entries and self.rng.random() < 0.5:
            return 61 + self.rng.randint(1, len(self.entries))
        return self.rng.randint(1, 61)

    def string(self, octets):
        return string(octets, self.rng.random() < 0.6, self.padding())

    def insert(self, name_size, value_size):
        self.entries.insert(0, (name_size, value_size))
        self.evict()

    def evict(self):
        room = self.maxsize
        for kept, (name_size, value_size) in enumerate(self.entries):
            room -= 32 + name_size + value_size
            if room < 0:
                del self.entries[kept:]
                return

    def update(self, size=None):
        if size is None:
            size = self.rng.choice([s for s in SIZES if s <= self.allowed] or [0])
        self.maxsize = size
        self.evict()
        return integer(size, 5, 0x20, self.padding())

    def field(self):
        """One sound field line in any representation."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.4:
            return integer(self.index(), 7, 0x80, self.padding())
        name, value = header(rng)
        first, prefix_bits = ((0x40, 6) if kind < 0.75 else (0x00, 4) if kind < 0.9 else (0x10, 4))
        name_size = len(name)
        if rng.random() < 0.5:
            index = self.index()
            name_size = STATIC_NAMES[index - 1] if index <= 61 else self.entries[index - 62][0]
            line = integer(index, prefix_bits, first, self.padding()) + self.string(value)
        else:
            line = bytes([first]) + self.string(name) + self.string(value)
        if first == 0x40:
            self.insert(name_size, len(value))
        return line

    def sound(self):
        rng = self.rng
        due = self.maxsize > self.allowed and rng.random() < 0.8  # the rest shows what a decoder says to none
        updates = rng.randint(1, 3) if due or rng.random() < 0.1 else 0
        return [self.update() for _ in range(updates)] + [self.field() for _ in range(rng.randint(0, 10))]

    def broken(self, fault):
        """What, put into a block, makes it bad; None for the faults that spoil a whole block."""
        rng = self.rng
        literal = rng.choice([b"\x40", b"\x00", b"\x10"])
        return {
            "index zero": b"\x80",
            "index too large": integer(rng.choice([62 + len(self.entries), 127, 1000, 2**32, 2**35]), 7, 0x80),
            "integer too long": rng.choice([b"\xff", b"\x7f", b"\x3f", b"\x0f", b"\x1f", literal + b"\x7f"])
            + b"\x80" * rng.randint(5, 9) + b"\x01",
            "integer truncated": rng.choice([b"\xff", b"\x7f", b"\x3f", b"\x0f", literal + b"\xff"])
            + b"\x80" * rng.randint(0, 4),
            "string truncated": (
                literal + integer(rng.choice([20_000, 2**31, 2**32 + 1, 2**35]), 7, rng.choice([0, 0x80])) + b"abc"
            ),
            "huffman eos": literal + b"\x84\xff\xff\xff\xff" + string(b"v", False),
            "huffman padding": literal + string(b"n", False) + rng.choice([b"\x81\x18", b"\x82\x8c\x00", b"\x81\x00"]),
            "huffman long padding": (
                literal + string(b"n", False) + rng.choice([b"\x81\xff", b"\x82\x1f\xff", b"\x83\x07\xff\xff"])
            ),
            "late update": b"\x82" + integer(rng.choice(SIZES), 5, 0x20),
            "not UTF-8": (
                literal + string(b"n", False)
                + string(rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x80a"]), rng.random() < 0.5)
            ),
            "nothing but prefix": literal,
            "update flood": b"\x20" * rng.choice([65, 300]),
        }.get(fault)

    def block(self):
        """(block, fault or None)."""
        rng = self.rng
        lines = self.sound()
        if rng.random() < 0.62:
            return b"".join(lines), None
        fault = rng.choice(FAULTS)
        if fault == "update too large":
            too_large = rng.choice([self.allowed + 1, self.allowed * 2 + 5, 2**32, 2**35])
            return self.update(too_large) + b"".join(lines), fault
        bad = self.broken(fault)
        if bad is not None:
            lines.insert(0 if fault == "update flood" else rng.randint(0, len(lines)), bad)
            return b"".join(lines), fault
        return self.spoiled(b"".join(lines), fault), fault

    def spoiled(self, block, fault):
        rng = self.rng
        if fault == "cut":
            return block[:rng.randint(0, len(block))]
        if fault == "noise":
            at = rng.randint(0, len(block))
            return block[:at] + rng.randbytes(rng.randint(1, 6)) + block[at:]
        if fault == "octet changed" and block:
            at = rng.randrange(len(block))
            return block[:at] + bytes([block[at] ^ (1 << rng.randrange(8))]) + block[at + 1:]
        return rng.randbytes(rng.randint(0, 40))
