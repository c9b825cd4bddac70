"""Whole connections: h2's client and server on stock codecs, and the same two, called in the same way, on fasth2's.

After each step both pairs must have given the same events, octets and errors, and hold the same tables. Steps:
  [method of H2Connection, who, argument, ...], who being "client" or "server"; octets are in hex
  ["deliver", who, octets or null: how many of those that who has sent reach the other end]
  ["inject", who, octets in hex that who receives from nowhere]
"""
import importlib
import sys
from collections import deque
from pathlib import Path

from fuzz.driver import Disagreement
from support.state import decoder_state, encoder_state, fields, outcome

ENDS = ("client", "server")
OTHER = {"client": "server", "server": "client"}


def modules():
    """What of h2 is used here, as it is imported now."""
    return {name: importlib.import_module(name) for name in ("h2.config", "h2.connection", "h2.utilities", "hpack.struct")}


def h2_on(packages):
    """The modules of an h2 imported anew, with fasth2's `packages` for its own."""
    stock = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("h2", *packages)}
    for name in stock:
        del sys.modules[name]
    try:
        for package in packages:
            alias(package)
        return modules()
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("h2", *packages)]:
            del sys.modules[name]
        sys.modules.update(stock)


def alias(package):
    """Make `package` mean fasth2's."""
    module = importlib.import_module(f"fasth2.{package}")
    sys.modules[package] = module
    for path in Path(module.__file__).parent.glob("*.py"):
        if path.stem != "__init__":
            sys.modules[f"{package}.{path.stem}"] = importlib.import_module(f"fasth2.{package}.{path.stem}")


STOCK = modules()
OURS = h2_on(["hpack", "hyperframe"])
STRUCT = STOCK["hpack.struct"]
if STRUCT.__name__ != "hpack.struct" or not OURS["hpack.struct"].__name__.startswith("fasth2"):
    raise RuntimeError("there are no two h2 here, on stock and on fasth2's codecs")


class Pair:
    """A client and a server of one h2, and what each has sent that has not arrived."""

    def __init__(self, h2):
        self.ends = {who: h2["h2.connection"].H2Connection(h2["h2.config"].H2Configuration(
            client_side=who == "client", header_encoding=None)) for who in ENDS}
        self.sent = {who: b"" for who in ENDS}
        self.struct = h2["hpack.struct"]
        for who in ENDS:
            self.ends[who].initiate_connection()
        for who in ENDS:
            self.collect(who)

    def collect(self, who):
        """What that end has to send now."""
        octets = self.ends[who].data_to_send()
        self.sent[who] += octets
        return octets

    def step(self, name, who, arguments):
        """(outcome with events in plain values, octets sent by that end)."""
        sys.modules["hpack.struct"] = self.struct  # a header tuple says that it is of the class that is there
        came = outcome(self.act, name, who, arguments)
        sys.modules["hpack.struct"] = STRUCT
        receiver = OTHER[who] if name == "deliver" else who
        return came, self.collect(receiver)

    def act(self, name, who, arguments):
        if name == "deliver":
            (count,) = arguments
            count = len(self.sent[who]) if count is None else count
            octets, self.sent[who] = self.sent[who][:count], self.sent[who][count:]
            return list(map(portrait, self.ends[OTHER[who]].receive_data(octets)))
        if name == "inject":
            return list(map(portrait, self.ends[who].receive_data(bytes.fromhex(arguments[0]))))
        found = getattr(self.ends[who], name)(*map(self.decoded, arguments))
        return [portrait(event) for event in found] if name == "acknowledge_received_data" and found else None

    def decoded(self, argument):
        """An argument as h2 takes it: header lists and octets from hex, identifiers of settings as ints."""
        if isinstance(argument, list):
            fields = [(bytes.fromhex(name), bytes.fromhex(value), sensitive) for name, value, sensitive in argument]
            return [self.struct.NeverIndexedHeaderTuple(name, value) if sensitive else (name, value) for name, value, sensitive in fields]
        if isinstance(argument, dict):
            return {int(key): value for key, value in argument.items()}
        return bytes.fromhex(argument) if isinstance(argument, str) else argument

    def state(self, who):
        return encoder_state(self.ends[who].encoder), decoder_state(self.ends[who].decoder)


def portrait(event):
    """An event as plain values: header fields with their classes, other events and frames by their text."""
    return type(event).__name__, [
        (name, fields(value) if name == "headers" and value else repr(value))
        for name, value in sorted(vars(event).items())]


class Session:
    """The two pairs; `met` are the documented differences that came up (list of str)."""

    def __init__(self, h2=OURS):
        self.ours, self.theirs = Pair(h2), Pair(STOCK)
        self.met = []

    def run(self, step):
        """Returns what stock h2 came to: ("returned", events) or ("raised", class name, message)."""
        name, who, *arguments = step
        before = encoder_state(self.theirs.ends[who].encoder)
        found, expected = self.ours.step(name, who, arguments), self.theirs.step(name, who, arguments)
        self._compare(step, found, expected)
        if expected[0][0] == "raised" and name in ("send_headers", "push_stream"):
            self.take_back(self.theirs.ends[who].encoder, before)
        for end in ENDS:
            self._compare(end, self.ours.state(end), self.theirs.state(end))
        return expected[0]

    def take_back(self, encoder, before):
        """Row failed-encode: what stock's encoder keeps of a call that failed is undone, as fasth2 does."""
        if encoder_state(encoder) != before:
            self.met.append("failed-encode")
            table, encoder.table_size_changes = encoder.header_table, before["pending"]
            table.dynamic_entries = deque(before["entries"])
            table._current_size, table.resized = before["size"], before["resized"]

    def _compare(self, what, found, expected):
        if found != expected:
            raise Disagreement(f"{what}: {found} instead of {expected}")

