"""Header blocks that an attacker would send: what an octet of them costs, and whether the cost stays linear.

The limits on header lists and on size updates are lifted, so that every octet is worked on; with them in force the
families that yield fields end after 2,047 of them, and floods of size updates after 64. The ceiling holds for a block
of one frame of the default size, the growth for two such blocks against one. Blocks of 1 MiB, the longest that h2
collects, are shown beside them: there the system's part grows, which hands out fresh pages for each list of a million
field lines and takes them back.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bench.implementations import Implementation
from bench.measure import DOUBLED, SUBJECT, Case, Contender

OCTETS = 16 * 1024  # of a block; doubled for the growth
OCTETS_LONG = 1024 * 1024
OCTETS_ANSWER = 2 * 1024  # for comparing the results
CEILING = 20.0  # ns per octet
GROWTH = 2.2
NO_LIMIT = 1 << 40


def _integer(value: int, bits: int, first: int = 0) -> bytes:
    """RFC 7541 section 5.1; `first` holds the bits before the prefix."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    octets, value = [first | limit], value - limit
    while value >= 128:
        octets.append(value & 127 | 128)
        value >>= 7
    return bytes([*octets, value])


def _string(octets: bytes, huffman: bool = False) -> bytes:
    return _integer(len(octets), 7, 0x80 if huffman else 0) + octets


def _repeated(unit: bytes, head: bytes = b"", tail: bytes = b"") -> Callable[[int], bytes]:
    return lambda octets: head + unit * (max(1, (octets - len(head) - len(tail)) // len(unit))) + tail


def _literal_of(unit: bytes, huffman: bool, head: bytes = b"\x00\x00", tail: bytes = b"") -> Callable[[int], bytes]:
    """One literal whose value fills the block."""
    return lambda octets: head + _string(unit * (max(1, octets // len(unit))) + tail, huffman)


@dataclass(frozen=True)
class Family:
    """One kind of hostile block.

    name: what the block consists of.
    block: from a number of octets to a block of about that many.
    raw: whether it is decoded to bytes.
    """

    name: str
    block: Callable[[int], bytes]
    raw: bool = True


_PADDED_ZEROS = b"\x80\x80\x80\x00"
_ENTRY_OF_4000 = b"\x40\x01x" + _string(b"v" * 4000)
_ZEROS = b"\x00" * 5  # eight times "0", whose code is 00000
_WIDE = "\u0100".encode()  # a text of such characters is kept in two octets each, under a longer head
_NEWLINES = bytes.fromhex("fffffff3ffffffcfffffff3ffffffc")  # four times 0x0a, whose code has 30 bits

FAMILIES = (
    Family("size updates, to 0", _repeated(b"\x20")),
    Family("size updates, 0 and 4,096 in turn", _repeated(b"\x20" + _integer(4096, 5, 0x20))),
    Family("size updates, padded integers", _repeated(b"\x3f" + _PADDED_ZEROS, tail=_integer(4096, 5, 0x20))),
    Family("references to a static entry", _repeated(b"\x82")),
    Family("references to an empty dynamic entry", _repeated(b"\xbe", head=b"\x40\x00\x00")),
    Family("references to an entry of 1,000 octets", _repeated(b"\xbe", head=b"\x40\x01x" + _string(b"v" * 1000))),
    Family("references, decoded to str", _repeated(b"\xbe", head=b"\x40\x01x" + _string(b"v" * 60)), raw=False),
    Family("empty literals, not indexed", _repeated(b"\x00\x00\x00")),
    Family("empty literals, never indexed", _repeated(b"\x10\x00\x00")),
    Family("empty literals, indexed", _repeated(b"\x40\x00\x00")),
    Family("two-octet literals, not indexed", _repeated(b"\x01\x00")),
    Family("two-octet literals, indexed", _repeated(b"\x41\x00")),
    Family("two-octet literals, decoded to str", _repeated(b"\x01\x00"), raw=False),
    Family("literals of two characters, decoded to str", _repeated(b"\x01\x02ab"), raw=False),
    Family("literals of one wider character, to str", _repeated(b"\x01\x02" + _WIDE), raw=False),
    Family("literals of one wider character, indexed, to str", _repeated(b"\x41\x02" + _WIDE), raw=False),
    Family("names and values of one wider character, to str", _repeated(b"\x40\x02" + _WIDE + b"\x02" + _WIDE),
           raw=False),
    Family("one long literal of wider characters, to str", _literal_of(_WIDE, False), raw=False),
    Family("literals with padded integers", _repeated(b"\x0f" + _PADDED_ZEROS + b"\x7f" + _PADDED_ZEROS + b"v" * 127)),
    Family("padded name indexes", _repeated(b"\x0f" + _PADDED_ZEROS + b"\x00")),
    Family("literals larger than the table", _repeated(b"\x40\x01x" + _string(b"v" * 5000))),
    Family("entries that evict all, and small ones", _repeated(_ENTRY_OF_4000 + b"\x40\x00\x00" * 30)),
    Family("crumbs of a cookie", _repeated(b"\x60\x01c")),
    Family("one long plain literal", _literal_of(b"v", False)),
    Family("one long Huffman string, 5-bit codes", _literal_of(_ZEROS, True)),
    Family("one long Huffman string, 30-bit codes", _literal_of(_NEWLINES, True)),
    Family("Huffman strings of one octet", _repeated(b"\x01\x81\x07")),
    Family("Huffman strings of one octet, indexed", _repeated(b"\x41\x81\x07")),
    Family("a long Huffman string with EOS at its end", _literal_of(_ZEROS, True, tail=b"\xff\xff\xff\xff")),
    Family("a long literal that is not UTF-8, to str", _literal_of(b"v", False, tail=b"\xff"), raw=False),
    Family("literals that are not UTF-8, to str", _repeated(b"\x00\x01\xff\x01\xff"), raw=False),
    Family("references to an entry that is not UTF-8, to str", _repeated(b"\xbe", head=b"\x40\x01x\x01\xff"),
           raw=False),
    Family("fields, then a bad index", _repeated(b"\x82", tail=b"\xff\xff\xff\xff\x7f")),
    Family("fields, then an endless integer", _repeated(b"\x82", tail=b"\xff" * 12)),
    Family("fields, then a truncated literal", _repeated(b"\x82", tail=b"\x00\x7f\xff\x7fx")),
    Family("fields, then a late size update", _repeated(b"\x82", tail=b"\x20")),
    Family("a literal longer than what is left", lambda octets: b"\x00" + _integer(octets * 4, 7) + b"x" * octets),
)


def lifted(decoder: Any) -> Any:
    """The decoder, without its limits; hpack knows only the first."""
    decoder.max_header_list_size = NO_LIMIT
    decoder.max_table_size_updates = NO_LIMIT
    return decoder


def _outcome(each: Implementation, family: Family, octets: int) -> tuple[Any, Any]:
    """What one decoder makes of the block, a list or an exception, and the decoder."""
    decoder = lifted(each.Decoder())
    try:
        return decoder.decode(family.block(octets), raw=family.raw), decoder
    except each.pieces.HPACKError as error:
        return error, decoder


def _contender(each: Implementation, family: Family, octets: int) -> Contender:
    block = family.block(octets)
    refusal = each.pieces.HPACKError

    def state():
        return lifted(each.Decoder()).decode

    def run(decode) -> None:
        with suppress(refusal):
            decode(block, raw=family.raw)

    def answer() -> dict[str, Any]:
        result, decoder = _outcome(each, family, OCTETS_ANSWER)
        refused = isinstance(result, Exception)
        return {
            "fields": type(result).__name__ if refused else each.plain(result),
            "tables": [tuple(entry) for entry in decoder.header_table.dynamic_entries],
        }

    return Contender(state, run, len(block), answer)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """One case a family; the drop-ins only, since others accept other blocks."""
    drop_ins = {each.name: each for each in implementations if each.drop_in}
    for family in FAMILIES:
        contenders = {}
        for name, each in drop_ins.items():
            contenders[name] = _contender(each, family, OCTETS)
            if name == SUBJECT:
                contenders[DOUBLED] = _contender(each, family, 2 * OCTETS)
                contenders[f"{name}, 1 MiB"] = _contender(each, family, OCTETS_LONG)
        yield Case("hostile blocks", family.name, "octet", contenders, ceiling=CEILING, growth=GROWTH)
