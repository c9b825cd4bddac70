"""The codecs under test, each called the way its own users call it.

An adapter works before and after the clock runs, never while it runs: what is timed are the bound methods of the
implementation itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

Field = tuple  # (name: bytes, value: bytes) or (name: bytes, value: bytes, True) for one that is never indexed


@dataclass(frozen=True)
class Implementation:
    """One HPACK codec.

    name: what the reports call it; fasth2 is the one that the others are compared with.
    Encoder, Decoder: made without arguments; `encode(fields)` and `decode(block, raw=bool)`.
    fields: a workload's header list -> what `encode` takes.
    plain: what `decode` returns -> a workload's header list (with str for bytes, if decoded so).
    pieces: the package with hpack's modules, whose integers, Huffman coding and table are timed by themselves; None
        where the implementation does not have it.
    """

    name: str
    Encoder: type
    Decoder: type
    fields: Callable[[list[Field]], Any]
    plain: Callable[[Any], list[Field]]
    pieces: Any

    @property
    def drop_in(self) -> bool:
        """hpack or a replacement: the same API, the same bytes, the same errors."""
        return self.pieces is not None


def _plain_tuples(decoded) -> list[Field]:
    return [(name, value) if field.indexable else (name, value, True) for field in decoded for name, value in [field]]


def _hpack_shaped(name: str, module: str) -> Implementation:
    package = import_module(module)
    for submodule in ("hpack", "huffman", "huffman_constants", "huffman_table", "table"):
        import_module(f"{module}.{submodule}")
    return Implementation(
        name, package.Encoder, package.Decoder, fields=list, plain=_plain_tuples, pieces=package
    )


def fasth2() -> Implementation:
    """The subject itself."""
    return _hpack_shaped("fasth2", "fasth2.hpack")


def _hpack() -> Implementation:
    implementation = _hpack_shaped("hpack", "hpack")
    if implementation.pieces.__name__ != "hpack":
        raise ImportError("`import hpack` means fasth2 in this process; run the benchmarks without fasth2.install()")
    return implementation


def _jh2() -> Implementation:
    """jh2's compiled codec, which jh2's own connection uses where it is present; it has neither public integers nor
    a public table, and its pure-Python modules are a copy of an older hpack."""
    codec = import_module("jh2._hazmat")
    return Implementation(
        "jh2",
        codec.Encoder,
        codec.Decoder,
        fields=lambda headers: [field if len(field) == 3 else (*field, False) for field in headers],
        plain=lambda decoded: [(name, value, True) if never else (name, value) for name, value, never in decoded],
        pieces=None,
    )


_LOADERS = {"fasth2": fasth2, "hpack": _hpack, "jh2": _jh2}


def load() -> tuple[list[Implementation], list[str]]:
    """Every implementation that can be imported, fasth2 first, and one line for each that cannot."""
    found, missing = [], []
    for name, loader in _LOADERS.items():
        try:
            found.append(loader())
        except ImportError as error:
            missing.append(f"{name} is left out: {error} (pip install 'fasth2[bench]')")
    return found, missing


def upstream() -> Implementation:
    """hpack, the reference that makes the wire bytes of the workloads and reads back what the others encode."""
    return _hpack()
