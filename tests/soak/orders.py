"""What is asked of the servers, as octets on the wire know it: requests of the web and calls of gRPC."""
from dataclasses import dataclass

from programs.traffic import fields
from soak.octets import body

SIZES = [0, 1, 1_000, 100, 0, 16_384, 3_000, 70_000, 10, 1_000]  # of bodies, in turn


@dataclass
class Order:
    """Request `number` (int): its header list, trailers excluded, and its body; and what is owed for it: fields and
    trailers (lists of (bytes, bytes), in whatever order, among others) and the body (bytes-like)."""

    number: int
    headers: list
    upload: bytes
    owed_fields: list
    owed_body: bytes
    owed_trailers: list

    def wrong(self, headers, octets, trailers):
        """Why a response with these is not the one that is owed (str), or an empty str."""
        if dict(headers).get(b":status") != b"200":
            return f"request {self.number}: {headers}"
        for what, found, owed in (("fields", headers, self.owed_fields), ("trailers", trailers, self.owed_trailers)):
            own = sorted(pair for pair in found if pair[0].startswith((b"x-", b"grpc-status")))
            if own != sorted(owed):
                return f"request {self.number}: {what} {own}, where {sorted(owed)} are owed"
        if octets != self.owed_body:
            return f"request {self.number}: a wrong body of {len(octets)} octets for {len(self.owed_body)}"
        return ""


def sizes(number, largest):
    """The sizes (int) of the bodies of request and response `number`; one of forty is the `largest`."""
    sent = largest if number % 40 == 13 else SIZES[number % 10]
    received = largest if number % 40 == 31 else SIZES[number // 10 % 10]
    return min(sent, largest), min(received, largest)


def web(number, largest):
    """An Order for the ASGI application, whose bodies have `largest` octets at most."""
    sent, received = sizes(number, largest)
    own = [*own_fields(number), (b"x-upload", b"%d" % sent), (b"x-download", b"%d" % received)]
    headers = [(b":method", b"POST" if sent else b"GET"), (b":scheme", b"http"), (b":authority", b"localhost"),
               (b":path", b"/soak/%d" % number), *own, *((b"content-length", b"%d" % sent) for _ in range(sent > 0))]
    return Order(number, headers, bytes(body(number, sent)), [*own, (b"x-size", b"%d" % received)],
                 bytes(body(number, received)), [])


def call(number, largest):
    """An Order for the gRPC service: two messages there, three back, of `largest` octets at most."""
    sent, received = sizes(number, largest)
    own = [*own_fields(number), (b"x-upload", b"%d" % sent), (b"x-download", b"%d" % received)]
    own = [(name, value) for name, value in own if value]  # grpclib takes no empty ones
    headers = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/soak.Soak/Call"),
               (b":authority", b"localhost"), (b"te", b"trailers"), (b"content-type", b"application/grpc"), *own]
    upload = message(body(number, sent)) + message(body(number + 1, sent // 2))
    owed = b"".join(message(body(number + part, received)) for part in range(3))
    return Order(number, headers, upload, own, owed, [(b"grpc-status", b"0"), (b"x-size", b"%d" % received)])


def own_fields(number):
    """Fields that come back, some the same each time, some never; they fill and empty the tables."""
    names = ("x-number", "x-trace", "x-page", "x-odd", "x-long", f"x-field-{number % 97}")
    return [(name.encode(), value.strip().encode()) for name, value in fields(number) if name in names]


def message(octets):
    """A message as gRPC frames it (bytes)."""
    return b"\0" + len(octets).to_bytes(4, "big") + octets
