"""One connection's worth of operations, done by upstream, the subject and nghttp2 side by side, and compared.

An operation is a JSON-able list, so that a session that showed a difference can be kept and replayed:
  ["decode", block in hex, raw]         ["encode", [[name, value (hex), sensitive], ...], huffman]
  ["allowed", size]  ["limit", size]    ["resize", size]: the encoder's table     ["shrink", size]: the decoder's table
"""
from differential import nghttp2
from fuzz.driver import Disagreement
from support.implementations import subject
from support.mended import upstream
from support.state import decoder_state, encoder_state, fields, outcome


class Session:
    """A codec of each implementation. `run` does one operation on all of them and raises Disagreement."""

    def __init__(self, hpack=subject):
        self.decoders = hpack.Decoder(), upstream.Decoder()
        self.encoders = hpack.Encoder(), upstream.Encoder()
        self.peer = hpack.Decoder(max_header_list_size=2**24)  # of what the encoders send
        self.peer.max_allowed_table_size = 2**32 - 1
        # nghttp2 takes part until an operation that it has no equal for.
        available = nghttp2.library is not None
        self.inflater = nghttp2.Inflater() if available else None
        self.witness = nghttp2.Inflater(table_size=2**32 - 1) if available else None

    def run(self, operation):
        """Returns what upstream came to: ("returned", value) or ("raised", class name, message)."""
        name, *arguments = operation
        return getattr(self, name)(*arguments)

    def decode(self, block, raw):
        block = bytes.fromhex(block)
        ours, theirs = self.decoders
        found, expected = outcome(ours.decode, block, raw=raw), outcome(theirs.decode, block, raw=raw)
        if found[0] != expected[0] or (found[0] == "raised" and found != expected):
            raise Disagreement(f"decode: {found} instead of {expected}")
        if found[0] == "returned" and fields(found[1]) != fields(expected[1]):
            raise Disagreement(f"decode: {fields(found[1])} instead of {fields(expected[1])}")
        self._compare("decoder", decoder_state(ours), decoder_state(theirs))
        if self.inflater is not None:
            self._inflate(block, raw, expected)
        return expected

    def _inflate(self, block, raw, expected):
        oversized = expected[0] == "raised" and expected[1] == "OversizedHeaderListError"
        if oversized or len(block) > nghttp2.LONGEST_STRING:
            self.inflater = None  # has no such limit, or another one
            return
        try:
            found = self.inflater.decode(block)
        except nghttp2.Rejected as error:
            self.inflater = None
            if expected[0] == "returned":
                raise Disagreement(f"nghttp2 rejects ({error}) what upstream decodes to {expected[1]}") from None
            return
        if expected[0] == "raised" and "max_table_size_updates" in expected[2]:  # size-update-flood
            self.inflater = None
            return
        if expected[0] == "raised":
            self.inflater = None if "UTF-8" not in expected[2] else self.inflater  # text is not nghttp2's matter
            if "UTF-8" not in expected[2]:
                raise Disagreement(f"nghttp2 decodes to {found} what upstream rejects: {expected}")
            return
        wanted = [(*(part if raw else part.encode() for part in header), not header.indexable)
                  for header in expected[1]]
        self._compare("nghttp2", found, wanted)
        table = self.decoders[0].header_table
        self._compare("nghttp2's table", self.inflater.table(), (list(table.dynamic_entries), table._current_size))

    def encode(self, headers, huffman):
        headers = [(bytes.fromhex(name), bytes.fromhex(value), sensitive) for name, value, sensitive in headers]
        ours, theirs = self.encoders
        found, expected = outcome(ours.encode, headers, huffman), outcome(theirs.encode, headers, huffman)
        if found != expected:
            raise Disagreement(f"encode: {found} instead of {expected}")
        self._compare("encoder", encoder_state(ours), encoder_state(theirs))
        if expected[0] == "returned":
            sent = [header[:2] for header in headers]
            if self.peer is not None:
                self._compare("what arrives", outcome(self.peer.decode, expected[1], raw=True), ("returned", sent))
            if self.witness is not None:
                found = outcome(lambda: [field[:2] for field in self.witness.decode(expected[1])])
                self._compare("what arrives at nghttp2", found, ("returned", sent))
        return expected

    def resize(self, size):
        for encoder in self.encoders:
            encoder.header_table_size = size
        self._compare("encoder", *map(encoder_state, self.encoders))
        # Stock hpack (as the subject) forgets to announce its sizes when the same one is set twice, and announces them
        # with the next one, when they evict what the encoder still has: no peer can follow.
        if not self.encoders[1].header_table.resized and self.encoders[1].table_size_changes:
            self.peer = self.witness = None
        return "returned", None

    def allowed(self, size):
        if self.inflater is not None and size < self.decoders[1].max_allowed_table_size:
            self.inflater = None
        for decoder in self.decoders:
            decoder.max_allowed_table_size = size
        if self.inflater is not None:
            self.inflater.raise_limit(size)
        return "returned", None

    def limit(self, size):
        for decoder in self.decoders:
            decoder.max_header_list_size = size
        return "returned", None

    def shrink(self, size):
        self.inflater = None
        for decoder in self.decoders:
            decoder.header_table_size = size
        self._compare("decoder", *map(decoder_state, self.decoders))
        return "returned", None

    def _compare(self, what, found, expected):
        if found != expected:
            raise Disagreement(f"{what}: {found} instead of {expected}")

