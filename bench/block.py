"""Header blocks: decoding to bytes and to str, encoding. Codecs are fresh for each connection."""

from collections.abc import Iterator, Sequence
from functools import partial

from bench.implementations import Field, Implementation, upstream
from bench.measure import Case, Contender
from bench.workloads import Workload, workloads

PASS = 400_000  # octets of header lists (RFC 7541 section 4.1) that one run handles: about a millisecond of fasth2
LEAST_WARM = 40  # connections in one run where most of each is warming up: enough fields for the clock
FLOORS = {"hpack": 60.0, "jh2": 5.0}
STORIES = {"decode to bytes": {"hpack": 90.0, "jh2": 5.0}, "encode": {"hpack": 80.0, "jh2": 6.0}}  # of recorded stories


def cases(implementations: Sequence[Implementation]) -> Iterator[Case]:
    """Three cases for each workload."""
    for subject, contender in (
        ("decode to bytes", partial(_decoding, raw=True)),
        ("decode to str", partial(_decoding, raw=False)),
        ("encode", _encoding),
    ):
        for workload in workloads():
            copies = max(LEAST_WARM if workload.warm else 1, PASS // workload.size)
            yield Case(
                subject,
                workload.name,
                "field",
                {each.name: contender(each, workload, copies=copies) for each in implementations},
                STORIES.get(subject, FLOORS) if workload.name == "recorded stories" else FLOORS,
            )


def _decoding(implementation: Implementation, workload: Workload, *, raw: bool, copies: int) -> Contender:
    connections = workload.blocks()

    def decode_all(work) -> None:
        for decode, blocks in work:
            for block in blocks:
                decode(block, raw=raw)

    def state():
        work = [(implementation.Decoder().decode, blocks) for _ in range(copies) for blocks in connections]
        decode_all([(decode, blocks[: workload.warm]) for decode, blocks in work])
        return [(decode, blocks[workload.warm :]) for decode, blocks in work]

    def answer() -> dict[str, list]:
        return {"fields": [_decoded(implementation, blocks, raw) for blocks in connections]}

    return Contender(state, decode_all, workload.fields * copies, answer)


def _encoding(implementation: Implementation, workload: Workload, *, copies: int) -> Contender:
    connections = [[implementation.fields(headers) for headers in connection] for connection in workload.connections]

    def encode_all(work) -> None:
        for encode, lists in work:
            for headers in lists:
                encode(headers)

    def state():
        work = [(implementation.Encoder().encode, lists) for _ in range(copies) for lists in connections]
        encode_all([(encode, lists[: workload.warm]) for encode, lists in work])
        return [(encode, lists[workload.warm :]) for encode, lists in work]

    def answer() -> dict[str, list]:
        wire = []
        for lists in connections:
            encoder = implementation.Encoder()
            wire.append([encoder.encode(headers) for headers in lists])
        answers = {"fields, as hpack reads them,": [_decoded(upstream(), blocks, True) for blocks in wire]}
        if implementation.drop_in:  # the very bytes
            answers["bytes"] = wire
        return answers

    return Contender(state, encode_all, workload.fields * copies, answer)


def _decoded(implementation: Implementation, blocks: list[bytes], raw: bool) -> list[list[Field]]:
    decoder = implementation.Decoder()
    return [implementation.plain(decoder.decode(block, raw=raw)) for block in blocks]
