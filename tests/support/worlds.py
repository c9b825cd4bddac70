"""For programs that are switched over while they run: what is bound where, and an exchange over h2. Imports no upstream
package by itself, so that a test decides when that happens."""
import sys
from types import ModuleType

NOTES = ("before", "message", "messages", "steps", "turn", "bound", "opened", "box")

_dict = ModuleType.__dict__["__dict__"].__get__


def snapshot():
    """Every value of every loaded module but fasth2's, of sys.modules and sys.meta_path, by name."""
    others = {name: module for name, module in sys.modules.items() if name.partition(".")[0] != "fasth2"}
    values = {("sys.modules", name): module for name, module in others.items()}
    values |= {("sys.meta_path", at): finder for at, finder in enumerate(sys.meta_path)}
    for name, module in list(sys.modules.items()):
        if issubclass(type(module), ModuleType) and name.partition(".")[0] not in ("fasth2", "support"):
            values |= {(name, attribute): value for attribute, value in _dict(module).items()}
    return values


def differences(before):
    """What is another object than in the snapshot `before`, or is gone: sorted list of its keys. The test's own notes
    do not count."""
    now = snapshot()
    changed = {key for key, value in before.items() if key not in now or now[key] is not value}
    return sorted(changed - {("__main__", name) for name in NOTES}, key=str)


def packages(*names):
    """The loaded modules (dict, by name) of these top-level packages."""
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in names}


class Pair:
    """A client and a server of h2, wired to each other in memory."""

    def __init__(self, **config):
        from h2.config import H2Configuration
        from h2.connection import H2Connection

        self.client = H2Connection(H2Configuration(client_side=True, **config))
        self.server = H2Connection(H2Configuration(client_side=False, **config))
        self.client.initiate_connection()
        self.server.initiate_connection()
        self.sent = b""
        self.carry()

    def carry(self):
        """Deliver what both have to send, until neither has; the events of each. `sent` is what the client wrote."""
        from_client, from_server = [], []
        while True:
            up, down = self.client.data_to_send(), self.server.data_to_send()
            if not up and not down:
                return from_client, from_server
            self.sent += up
            from_client += self.server.receive_data(up) if up else []
            from_server += self.client.receive_data(down) if down else []

    def get(self, path, *headers, body=b"a body"):
        """One request with its response; the header fields and the body that each side received."""
        stream = self.client.get_next_available_stream_id()
        request = [(":method", "GET"), (":path", path), (":scheme", "https"), (":authority", "example.com"), *headers]
        self.sent = b""
        self.client.send_headers(stream, request, end_stream=True)
        received, _ = self.carry()
        self.server.send_headers(stream, [(":status", "200"), ("x-path", path)])
        self.server.send_data(stream, body, end_stream=True)
        _, answered = self.carry()
        fields = [event.headers for event in received + answered if hasattr(event, "headers")]
        data = b"".join(event.data for event in answered if hasattr(event, "data"))
        assert data == body, (data, [*map(str, answered)])
        return fields

    def close(self):
        """GOAWAY both ways."""
        self.client.close_connection()
        self.carry()


def form_of(name, sent):
    """The first octet of the literal field line of the new name `name` (bytes) in what was `sent`: 0x40 is indexed,
    0x00 not, 0x10 never (RFC 7541 section 6.2)."""
    from fasth2.codec.huffman import REQUEST_CODES, REQUEST_CODES_LENGTH, HuffmanEncoder

    coded = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(name)
    at = sent.index(bytes([0x80 | len(coded)]) + coded)
    return sent[at - 1]
