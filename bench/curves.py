"""What a header block costs as it grows: by the number of its fields, by the length of a value, by the size of the
table. Each subject is one curve of the report's plots.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from bench.implementations import Field, Implementation, upstream
from bench.measure import Case, Contender
from bench.workloads import text

FIELDS = (1, 2, 5, 10, 20, 50, 100, 200)
VALUES = (8, 32, 128, 512, 2048, 8192, 32768)
TABLES = (0, 256, 1024, 4096, 16384, 65536)
WORK = 20_000  # octets in one run, about
NEW = 20  # fields that are not in the table yet, for its curves


def _fields(count: int, length: int, seed: str) -> list[Field]:
    """Field lines that no table has."""
    random = Random(seed)
    return [(b"x-field-%03d" % number, text(random, length)) for number in range(count)]


def _decoder(each: Implementation, size: int) -> Any:
    decoder = each.Decoder()
    if size != 4096:
        decoder.max_allowed_table_size = size
        decoder.header_table_size = size
    return decoder


def _encoder(each: Implementation, size: int) -> Any:
    encoder = each.Encoder()
    if size != 4096:
        encoder.header_table_size = size
    return encoder


def _decoding(each: Implementation, lists: list[list[Field]], size: int, copies: int, units: int) -> Contender:
    """The last of the header lists; those before it fill the table."""
    writer = _encoder(upstream(), size)
    *filling, block = [writer.encode(headers) for headers in lists]

    def state():
        made = [_decoder(each, size) for _ in range(copies)]
        for decoder in made:
            for octets in filling:
                decoder.decode(octets, raw=True)
        return [decoder.decode for decoder in made]

    def run(decoders) -> None:
        for decode in decoders:
            decode(block, raw=True)

    def answer() -> dict[str, Any]:
        return {"fields": each.plain(state()[0](block, raw=True))}

    return Contender(state, run, units * copies, answer)


def _encoding(each: Implementation, lists: list[list[Field]], size: int, copies: int, units: int) -> Contender:
    *filling, headers = [each.fields(headers) for headers in lists]

    def state():
        made = [_encoder(each, size) for _ in range(copies)]
        for encoder in made:
            for fields in filling:
                encoder.encode(fields)
        return [encoder.encode for encoder in made]

    def run(encoders) -> None:
        for encode in encoders:
            encode(headers)

    def answer() -> dict[str, Any]:
        reader, writer = _decoder(upstream(), size), _encoder(each, size)
        decoded = [reader.decode(writer.encode(fields), raw=True) for fields in [*filling, headers]]
        return {"fields, as hpack reads them,": [[tuple(field) for field in fields] for fields in decoded]}

    return Contender(state, run, units * copies, answer)


def _pair(
    implementations: Sequence[Implementation], by: str, name: str, at: int, unit: str, lists: list[list[Field]],
    *, size: int = 4096, units: int = 1,
) -> Iterator[Case]:
    octets = sum(len(name) + len(value) for headers in lists for name, value in headers)
    copies = max(1, min(40, WORK // octets))
    for subject, contender in (("decode", _decoding), ("encode", _encoding)):
        contenders = {each.name: contender(each, lists, size, copies, units) for each in implementations}
        yield Case(f"{subject} by {by}", name, unit, contenders, at=at)


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Decoding to bytes and encoding, on new connections: all fields are literals, Huffman-coded."""
    by_subject: dict[str, list[Case]] = {}
    for case in _cases(implementations):
        by_subject.setdefault(case.subject, []).append(case)
    for curve in by_subject.values():
        yield from curve


def _cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    for count in FIELDS:
        yield from _pair(implementations, "header count", f"{count} field{'s' * (count > 1)}", count, "block",
                         [_fields(count, 24, "fields")])
    for length in VALUES:
        yield from _pair(implementations, "value length", f"{length:,} octets", length, "field",
                         [_fields(1, length, "values")])
    for size in TABLES:
        filling = [_fields(size // 80, 37, f"table {number}") for number in range(1 if size else 0)]
        yield from _pair(implementations, "table size", f"{size:,} octets", size, "field",
                         [*filling, _fields(NEW, 24, "new")], size=size, units=NEW)
