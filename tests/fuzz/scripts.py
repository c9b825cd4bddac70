"""Connection scripts: which step comes next, given the state that stock h2's two ends are in. Mostly what h2 allows."""
from fuzz.blocks import BlockWriter, octets
from fuzz.connections import ENDS, OTHER
from fuzz.framewriter import CONTINUATION, HEADERS, SETTINGS, FrameWriter, wire
from support.differences import corrected, encoder_difference

LENGTH = 26  # steps in a script
JUDGED = frozenset({"deliver", "inject"})
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME_SIZE, MAX_HEADER_LIST = range(1, 7)
TABLE_SIZES = [0, 100, 1000, 4096, 8192]
NAMES = [b"accept", b"cookie", b"user-agent", b"x-request-id", b"cache-control", b"authorization", b"te", b"x-a"]
VALUES = [b"", b"*/*", b"trailers", b"a=1; b=2", b"v" * 60, b"w" * 700, b"secret", b"no-cache"]


def next_operation(rng, session):
    """(step, the fault built into it or None)."""
    return Writer(rng, session.theirs).step()


class Writer:
    """Writes one step for the Pair, with choices of `rng`."""

    def __init__(self, rng, pair):
        self.rng, self.pair = rng, pair

    def step(self):
        rng, choice = self.rng, self.rng.random()
        if choice < 0.4:
            who = rng.choice(ENDS) if not all(self.pair.sent.values()) else max(ENDS, key=lambda e: self.pair.sent[e])
            count = rng.randint(0, 40) if rng.random() < 0.15 else None
            return ["deliver", who, count], None
        if choice < 0.96:
            kind = rng.choices(["request", "answer", "body", "trailers", "push", "control"], [30, 30, 15, 6, 5, 20])[0]
            return getattr(self, kind)(), None
        if choice < 0.98:
            return self.wild(), "wild"
        return self.injection()

    # ---- what is sent on streams

    def streams(self, who, *states):
        return [number for number, stream in self.pair.ends[who].streams.items()
                if stream.state_machine.state.name in states]

    def next_stream(self, who):
        return (self.pair.ends[who].highest_outbound_stream_id or {"client": -1, "server": 0}[who]) + 2

    def request(self):
        stream = self.next_stream("client")
        return ["send_headers", "client", stream, self.request_headers(), self.rng.random() < 0.6]

    def request_headers(self):
        rng = self.rng
        method = rng.choice([b"GET", b"POST", b"HEAD", b"OPTIONS"])
        path = rng.choice([b"/", b"/index.html", b"/a?b=c", b"/" + b"p" * 200])
        return [*self.fields([(b":method", method), (b":path", path), (b":scheme", b"https"),
                              (b":authority", b"example.com")]), *self.extra()]

    def extra(self):
        rng = self.rng
        own = [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randint(0, 5))]
        if rng.random() < 0.2:
            own.append((b"x-" + octets(rng, 8).hex().encode(), octets(rng, 20).hex().encode()))
        if rng.random() < 0.02:  # h2 refuses these
            own.append(rng.choice([(b"Upper", b"x"), (b"connection", b"close"), (b":late", b""), (b"", b"x")]))
        return self.fields(own)

    def fields(self, pairs):
        return [[name.hex(), value.hex(), self.rng.random() < 0.05] for name, value in pairs]

    def answer(self):
        waiting = self.streams("server", "OPEN", "HALF_CLOSED_REMOTE", "RESERVED_LOCAL")
        if not waiting:
            return self.request()
        status = self.rng.choice([b"200", b"200", b"404", b"304", b"103"])
        headers = [*self.fields([(b":status", status)]), *self.extra()]
        return ["send_headers", "server", self.rng.choice(waiting), headers,
                status != b"103" and self.rng.random() < 0.4]

    def body(self):
        who = self.rng.choice(ENDS)
        ready = [number for number in self.streams(who, "OPEN", "HALF_CLOSED_REMOTE")
                 if self.pair.ends[who].streams[number].state_machine.headers_sent]
        if not ready:
            return self.request()
        data = self.rng.randbytes(self.rng.choice([0, 1, 10, 300]))
        return ["send_data", who, self.rng.choice(ready), data.hex(), self.rng.random() < 0.4,
                self.rng.choice([None, None, 0, 7, 255])]

    def trailers(self):
        who = self.rng.choice(ENDS)
        ready = self.streams(who, "OPEN", "HALF_CLOSED_REMOTE")
        if not ready:
            return self.control()
        return ["send_headers", who, self.rng.choice(ready), self.fields([(b"x-trailer", b"end")]), True]

    def push(self):
        parents = self.streams("server", "OPEN", "HALF_CLOSED_REMOTE")
        if not parents:
            return self.request()
        promised = self.next_stream("server")
        return ["push_stream", "server", self.rng.choice(parents), promised, self.request_headers()]

    # ---- everything else

    def control(self):
        rng, who = self.rng, self.rng.choice(ENDS)
        known = [0, *self.pair.ends[who].streams]
        stream = rng.choice(known)
        kind = rng.randrange(7)
        if kind == 0:
            return ["ping", who, rng.randbytes(8).hex()]
        if kind == 1:
            return ["update_settings", who, self.settings(who)]
        if kind == 2:
            return ["increment_flow_control_window", who, rng.choice([1, 100, 65536]), stream or None]
        if kind == 3 and stream:
            return ["reset_stream", who, stream, rng.choice([0, 8, 11])]
        if kind == 4:
            return ["prioritize", "client", rng.choice(known[1:] or [1]), rng.randint(1, 256),
                    rng.choice([0, *known]), rng.random() < 0.3]
        if kind == 5 and stream:
            return ["acknowledge_received_data", who, rng.randint(0, 30), stream]
        return ["advertise_alternative_service", "server", b'h2=":443"'.hex(), b"example.com".hex()]

    def settings(self, who):
        rng, found = self.rng, {}
        encoder = self.pair.ends[OTHER[who]].encoder
        size = rng.choice(TABLE_SIZES)
        # One size at a time: what upstream makes of several at once is a row of its own.
        waiting = self.pair.sent[who] or len(self.pair.ends[who].local_settings._settings[HEADER_TABLE_SIZE]) > 1
        if not waiting and encoder_difference(encoder, size) is None:
            found[HEADER_TABLE_SIZE] = size
        for key, values in {ENABLE_PUSH: [0, 1], MAX_STREAMS: [1, 100], INITIAL_WINDOW: [0, 100, 65535, 2**31 - 1],
                            MAX_FRAME_SIZE: [16384, 20000], MAX_HEADER_LIST: [200, 65536], 9: [7]}.items():
            if rng.random() < 0.2 and (key != ENABLE_PUSH or who == "client"):
                found[key] = rng.choice(values)
        return {str(key): value for key, value in found.items()}

    def wild(self):
        """A call that h2 most often refuses."""
        rng, who = self.rng, self.rng.choice(ENDS)
        stream = rng.choice([0, 1, 2, 3, 5, 99, 2**31 - 1])
        return rng.choice([
            ["send_headers", who, stream, self.extra(), True], ["send_data", who, stream, "00", False, None],
            ["end_stream", who, stream], ["reset_stream", who, stream, 1], ["ping", who, "00"],
            ["push_stream", who, stream, stream + 1, self.request_headers()],
            ["increment_flow_control_window", who, rng.choice([0, 2**31 - 1]), stream or None],
            ["close_connection", who, rng.choice([0, 2]), "627965", None],
            ["acknowledge_received_data", who, 2**20, stream], ["prioritize", who, stream, 300, stream, False],
        ])

    def injection(self):
        """Octets that an end did not expect: a frame, sound or not, or a header block of its own."""
        rng, who = self.rng, self.rng.choice(ENDS)
        writer = FrameWriter(rng)
        while True:
            if rng.random() < 0.4:
                frame, fault = self.block(who), "block"
            else:
                frame, fault = writer.frame()
            if not self.documented(frame, self.pair.ends[who].encoder):
                return ["inject", who, frame.hex()], fault

    def block(self, who):
        decoder = self.pair.ends[who].decoder
        block, _ = BlockWriter(self.rng, decoder).block()
        stream = self.rng.choice([1, 3, 2, *self.pair.ends[who].streams])
        cut = self.rng.randint(0, len(block)) if self.rng.random() < 0.3 else len(block)
        if cut == len(block):
            return wire(HEADERS, 5, stream, block)
        return wire(HEADERS, 1, stream, block[:cut]) + wire(CONTINUATION, 4, stream, block[cut:])

    def documented(self, octets, encoder):
        """Whether a row of docs/compatibility.md is about a frame in `octets`."""
        at = 0
        while at + 9 <= len(octets):
            end = at + 9 + int.from_bytes(octets[at:at + 3], "big")
            frame, at = octets[at:end], end
            if corrected(frame):
                return True
            if frame[3] == SETTINGS and any(
                    frame[i + 1] == HEADER_TABLE_SIZE and encoder_difference(
                        encoder, int.from_bytes(frame[i + 2:i + 6], "big")) for i in range(9, len(frame) - 5, 6)):
                return True
        return False
