"""Whole connections: a client and a server of one h2, and the same two of another h2, called in the same way.

After each step both pairs must have given the same events, octets, log lines and errors, and be in the same state.
Steps, in which octets are hex:
  ["begin", null, options]       a new client and server, see Pair
  ["deliver", who, n, kind]      n octets (null: all) of those that who has sent reach the other end, in a buffer of
                                 that kind: "octets", "array" or "view"
  ["inject", who, octets]        who receives octets from nowhere
  ["tamper", who, at, mask]      an octet on its way from who is changed
  ["set", who, path, value]      an attribute of the connection, or of an object on it
  [name, who, argument, ...]     a method or a property of H2Connection; who is "client" or "server"
Arguments: octets in hex, with "view:" or "array:" before them for a memoryview or a bytearray, "text:" before a str;
header lists as [[name, value, kind], ...], see KINDS; settings as {identifier: value}.
"""
import re
from collections import deque

from fuzz.driver import Disagreement
from support import h2s
from support.h2state import connection_state, first_difference, outcome
from support.state import encoder_state

ENDS = ("client", "server")
OTHER = {"client": "server", "server": "client"}
OBJECT = re.compile(r"<[\w.]*\b(\w+(?: object)?) at 0x[0-9a-f]+>")  # the text of an object without one of its own

# How a header field is handed over. The first two are the booleans of other harnesses: is it never to be indexed?
KINDS = (
    lambda struct, name, value: (name, value),
    lambda struct, name, value: struct.NeverIndexedHeaderTuple(name, value),
    lambda struct, name, value: (name.decode("latin-1"), value.decode("latin-1")),
    lambda struct, name, value: struct.HeaderTuple(name, value),
    lambda struct, name, value: struct.NeverIndexedHeaderTuple(name.decode("latin-1"), value.decode("latin-1")),
    lambda struct, name, value: [name, value],
)


class Log:
    """A logger that keeps the lines."""

    def __init__(self):
        self.lines = []

    def debug(self, text, *arguments):
        self.lines.append(OBJECT.sub(r"<\1>", text % arguments))

    def trace(self, text, *arguments):
        self.lines.append("trace: " + OBJECT.sub(r"<\1>", text % arguments))


class Pair:
    """A client and a server of one h2, and what each has sent that has not arrived.

    options: dict; "client" and "server": keywords of H2Configuration; "upgrade": by HTTP/1.1; "closed": how many closed
    streams are remembered; "hold": octets are taken from an end only when they are delivered; "amount": taken by so
    many at a time; "log": with a logger."""

    def __init__(self, h2, options):
        self.h2, self.options = h2, options
        self.logs = {who: Log() for who in ENDS}
        self.sent = dict.fromkeys(ENDS, b"")
        with h2:
            self.ends = {who: self.made(who) for who in ENDS}
            self.greet()
            for who in ENDS:
                self.collect(who)

    def made(self, who):
        given = self.options.get(who, {})
        config = self.h2.config.H2Configuration(client_side=who == "client", **given)
        if self.options.get("log"):
            config.logger = self.logs[who]
        cls = self.h2.connection.H2Connection
        if "closed" in self.options:
            cls = type("Connection", (cls,), {"MAX_CLOSED_STREAMS": self.options["closed"]})
        return cls(config)

    def greet(self):
        if self.options.get("upgrade"):
            self.ends["server"].initiate_upgrade_connection(self.ends["client"].initiate_upgrade_connection())
        else:
            for who in ENDS:
                self.ends[who].initiate_connection()

    def collect(self, who):
        """What that end has to send now."""
        amount, octets = self.options.get("amount"), b""
        while part := self.ends[who].data_to_send(amount):
            octets += part
        self.sent[who] += octets
        return octets

    def step(self, name, who, arguments):
        """(outcome, octets that the end sent, lines that it logged)."""
        receiver = OTHER[who] if name == "deliver" else who
        with self.h2:
            came = outcome(self.act, name, who, *arguments)
            octets = b"" if self.options.get("hold") else self.collect(receiver)
        lines, self.logs[receiver].lines = self.logs[receiver].lines, []
        return came, octets, lines

    def act(self, name, who, *arguments):
        own = getattr(self, f"act_{name}", None)
        if own is not None:
            return own(who, *arguments)
        given = [self.given(argument) for argument in arguments]
        found = getattr(self.ends[who], name)
        try:
            return found(*given) if callable(found) else found
        finally:
            for each in given:
                if isinstance(each, bytearray):
                    each[:] = bytes(len(each))  # whoever wants its octets has taken them

    def act_deliver(self, who, count=None, kind="octets"):
        if self.options.get("hold"):
            self.collect(who)
        count = len(self.sent[who]) if count is None else count
        octets, self.sent[who] = self.sent[who][:count], self.sent[who][count:]
        return self.received(OTHER[who], octets, kind)

    def act_inject(self, who, octets):
        return self.received(who, bytes.fromhex(octets), "octets")

    def received(self, who, octets, kind):
        array = bytearray(octets)
        buffer = {"octets": octets, "array": array, "view": memoryview(array)}[kind]
        try:
            return self.ends[who].receive_data(buffer)
        finally:
            array[:] = bytes(len(array))

    def act_tamper(self, who, at, mask):
        octets = bytearray(self.sent[who])
        if octets:
            octets[at % len(octets)] ^= mask
        self.sent[who] = bytes(octets)

    def act_set(self, who, path, value):
        *way, name = path.split(".")
        target = self.ends[who]
        for part in way:
            target = getattr(target, part)
        setattr(target, name, value)

    def given(self, argument):
        """An argument as h2 takes it."""
        if isinstance(argument, list):
            return [KINDS[kind](self.h2.struct, bytes.fromhex(name), bytes.fromhex(value))
                    for name, value, kind in argument]
        if isinstance(argument, dict):
            return {int(key): value for key, value in argument.items()}
        if not isinstance(argument, str):
            return argument
        kind, _, rest = argument.rpartition(":") if not argument.startswith("text:") else ("text", ":", argument[5:])
        return {"": bytes.fromhex, "view": lambda octets: memoryview(bytes.fromhex(octets)),
                "array": bytearray.fromhex, "text": str}[kind](rest)

    def state(self, who):
        with self.h2:
            return connection_state(self.ends[who])

LARGEST_STREAM = 2**31 - 1


class Session:
    """Two pairs of other implementations; `met` are the documented differences that came up (list of str).

    ours, theirs: support.h2s.H2; by default h2 on fasth2's codecs, and stock h2."""

    def __init__(self, ours=None, theirs=None):
        self.h2s = ours or on_codecs(), theirs or stock()
        self.codecs_differ = self.h2s[0].struct is not self.h2s[1].struct
        self.met = []
        self.begin({})

    def begin(self, options):
        self.ours, self.theirs = (Pair(h2, options) for h2 in self.h2s)
        self.over = False  # where a documented difference leaves nothing to compare until the next `begin`
        for who in ENDS:
            self._compare(f"{who} at the beginning", self.ours.state(who), self.theirs.state(who))
            self._compare(f"what {who} sent", self.ours.sent[who], self.theirs.sent[who])

    def run(self, step):
        """Returns what the oracle came to: ("returned", value) or ("raised", class name, message, ...)."""
        name, who, *arguments = step
        if name == "begin":
            self.begin(*arguments)
        if name == "begin" or self.over:
            return "returned", None
        if self.codecs_differ and name == "push_stream" and arguments[1] > LARGEST_STREAM:
            self.met.append("B6")  # what is written of such a number has its reserved bit set
            self.over = True
            return "returned", None
        encoders = [pair.ends[who].encoder for pair in (self.ours, self.theirs)]
        before = encoder_state(encoders[1])
        found, expected = self.ours.step(name, who, arguments), self.theirs.step(name, who, arguments)
        receiver = OTHER[who] if name == "deliver" else who
        if self.is_refused_early(found[0], expected[0]):
            return expected[0]
        self._compare(step, found, expected)
        if self.codecs_differ and expected[0][0] == "raised" and name in ("send_headers", "push_stream"):
            self.take_back(*encoders, before)
        self._compare(f"{receiver} after {step}", self.ours.state(receiver), self.theirs.state(receiver))
        return expected[0]

    def is_refused_early(self, found, expected):
        """Row overlong-frame: fasth2's h2 refuses a frame that is too long at its ninth octet, h2 when it is whole."""
        refused = expected[0] == "returned" and found[:2] == ("raised", "FrameTooLargeError")
        if refused and found[2].startswith("Received overlong frame") and self.h2s[0].name == "fasth2.h2":
            self.met.append("overlong-frame")
            self.over = True
        return self.over

    def take_back(self, own_encoder, encoder, before):
        """Row failed-encode: what stock's encoder keeps of a call that failed is undone, where fasth2 has undone it."""
        if encoder_state(own_encoder) == before != encoder_state(encoder):
            self.met.append("failed-encode")
            table, encoder.table_size_changes = encoder.header_table, before["pending"]
            table.dynamic_entries = deque(before["entries"])
            table._current_size, table.resized = before["size"], before["resized"]

    def _compare(self, what, found, expected):
        if found != expected:
            raise Disagreement(f"{first_difference(found, expected)}; {what}")


_made = {}


def stock():
    """Stock h2, loaded once."""
    return _made.get("stock") or _made.setdefault("stock", h2s.stock())


def on_codecs():
    """h2 on fasth2's codecs, loaded once."""
    return _made.get("codecs") or _made.setdefault("codecs", h2s.on_codecs())


def own():
    """fasth2's h2, loaded once."""
    return _made.get("own") or _made.setdefault("own", h2s.own())
