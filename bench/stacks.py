"""Whole HTTP/2 connections under test: h2 on stock packages, h2 on fasth2, jh2's fork of h2, ngh2, and fasth2's own
engine where it is there. Each is driven by the API that its users have (`drive_h2`, `drive_ngh2`); a new stack is one
row of `_LOADERS`.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Protocol

from bench.implementations import Field

OVER_CODECS = "h2 on fasth2"  # the stock h2 on fasth2's codecs, where fasth2 has connections of its own
STREAMS = 1_100  # at once, by the server's settings
MAX_CONCURRENT_STREAMS = 0x3  # RFC 9113 section 6.5.2


@dataclass(frozen=True)
class Exchange:
    """One request and its response. Header lists of (name, value); `trailers` may be empty."""

    request: list[Field]
    upload: bytes
    response: list[Field]
    download: bytes
    trailers: list[Field]


Batch = list[Exchange]  # streams that are open at the same time
Received = dict[tuple[str, int], list]  # (side, stream) -> header lists and pieces of bodies, as they came


class Pair(Protocol):
    """A client and a server that have greeted each other."""

    def open(self, exchange: Exchange) -> None:
        """Carry a request over that stays without an answer."""

    def drive(self, batches: Sequence[Batch]) -> list[Received]:
        """Carry batches of exchanges over; what both sides received, by batch."""


@dataclass(frozen=True)
class Stack:
    """One implementation of connections. name: what the reports call it; pair: makes a client and a server."""

    name: str
    pair: Callable[[], Pair]


@contextmanager
def _standing_for(packages: dict[str, ModuleType]) -> Iterator[None]:
    """While the block runs, imports of these top-level names, and of all below them, give these packages, and h2 is
    imported anew. Afterwards `sys.modules` is as before."""
    names = {"h2", *packages}
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}
    for name, package in packages.items():
        sys.modules[name] = package
        for module in iter_modules(package.__path__):
            sys.modules[f"{name}.{module.name}"] = import_module(f"{package.__name__}.{module.name}")
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]
        sys.modules.update(hidden)


def _h2_shaped(name: str, package: str) -> Stack:
    """A package with h2's API."""
    driver = import_module("bench.drive_h2").H2Pair
    parts = [import_module(f"{package}.{part}") for part in ("connection", "config", "events")]
    if not hasattr(parts[0], "H2Connection"):
        raise ImportError(f"{package} has no H2Connection")
    return Stack(name, partial(driver, *parts))


def _stock() -> Stack:
    if import_module("hpack").__name__ != "hpack":
        raise ImportError("`import hpack` means fasth2 in this process; run the benchmarks without fasth2.install()")
    return _h2_shaped("h2", "h2")


def _fasth2() -> Stack:
    layers = {name: import_module(f"fasth2.{name}") for name in ("hpack", "hyperframe")}
    with _standing_for(layers):
        stack = _h2_shaped("fasth2", "h2")
        if import_module("h2.connection").Encoder is not layers["hpack"].Encoder:
            raise ImportError("h2 does not run on fasth2")
    return stack


def _engine() -> Stack:
    """fasth2's own connections."""
    if find_spec("fasth2.h2") is None:
        raise ImportError("there are none yet")
    return _h2_shaped("fasth2.h2", "fasth2.h2")


def _jh2() -> Stack:
    return _h2_shaped("jh2", "jh2")


def _ngh2() -> Stack:
    return Stack("ngh2", import_module("bench.drive_ngh2").Ngh2Pair)


_LOADERS = {"fasth2": _fasth2, "fasth2.h2": _engine, "h2": _stock, "jh2": _jh2, "ngh2": _ngh2}


def load() -> tuple[list[Stack], list[str]]:
    """Every stack that can be imported, h2 on fasth2 first, and one line for each that cannot."""
    found, missing = [], []
    for name, loader in _LOADERS.items():
        try:
            found.append(loader())
        except ImportError as error:
            missing.append(f"connections of {name} are left out: {error}")
    return found, missing


def contenders() -> dict[str, Stack]:
    """By the names of the report: fasth2 is its own engine where that is there, else h2 on its codecs."""
    found = {each.name: each for each in load()[0]}
    if "fasth2.h2" in found:
        found = {"fasth2": found.pop("fasth2.h2"), OVER_CODECS: found.pop("fasth2"), **found}
    return found
