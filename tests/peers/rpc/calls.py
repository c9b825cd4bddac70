"""gRPC calls of every shape, and what both ends owe each other for call `number`. The number goes as metadata."""
from dataclasses import dataclass
from hashlib import sha256

from peers.orders import Wrong, body

SERVICE = "/peers.Test/"
KINDS = ("unary", "unary", "feed", "unary", "collect", "unary", "echo", "fail", "unary", "hold")
NOT_FOUND, DETAILS = 5, "nothing here: “%d” \n 100%% ✓"  # travels percent-encoded
CANCELLED = 1


@dataclass
class Call:
    """What call `number` (int) consists of; all sizes in octets.

    kind: str, one of KINDS and the name of the method. sends, returns: lists of int, the sizes of the messages of
    client and server. metadata, initial, trailing: lists of (name, value), from the client and from the server; values
    of names that end with -bin are bytes. code, details: int and str, the status.
    """

    number: int

    def __post_init__(self):
        number = self.number
        self.kind = KINDS[number % len(KINDS)]
        size = 1_000_000 + number if number % 100 == 50 else number * 7 % 3_000
        several = [(size + place) * place // 3 for place in range(number % 5 + 2)]
        self.sends = several if self.kind in ("collect", "echo") else [size]
        answers = {"feed": several, "hold": several, "echo": self.sends, "fail": []}
        self.returns = answers.get(self.kind, [size * 3 // 2])
        digest = sha256(b"%d" % number).digest()
        self.metadata = [
            ("x-number", str(number)),
            (f"x-wanted-{number % 30}", "w" * (number * 29 % 150) + str(number)),
            ("authorization", f"Bearer {digest.hex()}"),
            ("trace-bin", digest),
        ]
        self.initial = [("x-answer", str(number)), (f"x-field-{number % 40}", "v" * (number * 37 % 200) + digest.hex())]
        self.trailing = [("x-last", f"{number}-{digest.hex()[:number % 60]}"), ("checksum-bin", digest[::-1])]
        self.code = {"fail": NOT_FOUND, "hold": CANCELLED}.get(self.kind, 0)
        self.details = DETAILS % number if self.kind == "fail" else ""


def check_same(call, what, got, owed):
    """Raise Wrong unless `got` is `owed`; `call` (Call) and `what` (str) are for the message."""
    if got != owed:
        raise Wrong(f"call {call.number} ({call.kind}): {what} is {str(got)[:500]}, not {str(owed)[:500]}")


def check_messages(call, got, sizes):
    """Raise Wrong unless the messages `got` (list of bytes) are those of `sizes` (list of int)."""
    check_same(call, "sizes of messages", [len(message) for message in got], sizes)
    check_same(call, "messages", [message == body(size) for message, size in zip(got, sizes)], [True] * len(sizes))


def check_metadata(call, what, got, owed):
    """Raise Wrong unless all of `owed` (list of (name, value)) is in the metadata `got`; programs add some."""
    check_same(call, what, [pair for pair in got if pair in owed], owed)


def called(metadata):
    """The Call that a server is asked for with `metadata` (list of (name, value))."""
    return Call(int(dict(metadata)["x-number"]))
