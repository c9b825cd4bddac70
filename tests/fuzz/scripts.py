"""Connection scripts: which step comes next, given the state that the oracle's ends are in. Mostly what h2 allows."""
from fuzz.blocks import BlockWriter
from fuzz.connections import ENDS, OTHER
from fuzz.fieldlines import answer_headers, literal_block, odd_fields, ordinary_fields, request_headers
from fuzz.framewriter import (
    ALTSVC,
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PUSH_PROMISE,
    WINDOW_UPDATE,
    FrameWriter,
    wire,
)
from support.differences import row_of_frame

LENGTH = 40  # steps in a script
JUDGED = frozenset({"deliver", "inject"})
(HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME_SIZE, MAX_HEADER_LIST, _, _,
 CONNECT_PROTOCOL) = range(1, 10)
TABLE_SIZES = [0, 100, 1000, 4096, 8192, 2**32 - 1]
SETTINGS_VALUES = {
    ENABLE_PUSH: [0, 1], MAX_STREAMS: [1, 3, 100], INITIAL_WINDOW: [0, 100, 65535, 2**31 - 1],
    MAX_FRAME_SIZE: [16384, 20000], MAX_HEADER_LIST: [200, 65536], 8: [0, 1], CONNECT_PROTOCOL: [7],
}
WRONG_SETTINGS = [(ENABLE_PUSH, 2), (INITIAL_WINDOW, 2**31), (MAX_FRAME_SIZE, 100), (MAX_HEADER_LIST, -1), (8, 2)]
FLAGS = ("validate_outbound_headers", "normalize_outbound_headers", "split_outbound_cookies",
         "validate_inbound_headers", "normalize_inbound_headers")
READ = ("open_inbound_streams", "open_outbound_streams", "get_next_available_stream_id",
        "inbound_flow_control_window", "local_flow_control_window", "remote_flow_control_window")
STREAM_IDS = [0, 1, 2, 3, 5, 99, 100, 2**31 - 1]
LIVE = ("OPEN", "HALF_CLOSED_REMOTE")


def next_operation(rng, session):
    """(step, the fault built into it or None)."""
    return Writer(rng, session).step()


class Writer:
    """Writes one step for a Session, with choices of `rng`."""

    def __init__(self, rng, session):
        self.rng, self.session, self.pair = rng, session, session.theirs

    def step(self):
        rng = self.rng
        if self.session.over or (self.is_closed() and rng.random() < 0.3):
            return ["begin", None, self.options()], None
        choice = rng.random()
        if self.pair.ends["server"].incoming_buffer._preamble_len and rng.random() < 0.5:
            if rng.random() < 0.02:
                return ["inject", "server", b"GET / HTTP/1.1".hex()], "preface"
            return ["deliver", "client", rng.choice([None, None, rng.randint(0, 30)]), "octets"], None
        if choice < 0.4:
            return self.delivery(), None
        if choice < 0.91:
            kind = rng.choices(["request", "answer", "body", "acknowledgement", "trailers", "push", "control", "look"],
                               [14, 20, 26, 8, 4, 6, 18, 5])[0]
            return getattr(self, kind)(), None
        if choice < 0.935:
            return self.wild(), "wild"
        if choice < 0.94:
            return self.change(), None
        if choice < 0.95:
            return self.tampering()
        return self.injection()

    def is_closed(self):
        return any(end.state_machine.state.name == "CLOSED" for end in self.pair.ends.values())

    def options(self):
        """Of a new pair: mostly plain ones."""
        rng, found = self.rng, {}
        for who in ENDS:
            config = {flag: rng.random() < 0.5 for flag in FLAGS if rng.random() < 0.2}
            if rng.random() < 0.3:
                config["header_encoding"] = rng.choice(["utf-8", "ascii", "latin-1", False, None])
            found[who] = config
        for name, share, values in (("upgrade", 0.1, [True]), ("closed", 0.3, [0, 1, 3]), ("hold", 0.15, [True]),
                                    ("amount", 0.15, [1, 7, 1000]), ("log", 0.1, [True])):
            if rng.random() < share:
                found[name] = rng.choice(values)
        return found

    def delivery(self):
        rng = self.rng
        who = rng.choice(ENDS) if not all(self.pair.sent.values()) else max(ENDS, key=lambda e: self.pair.sent[e])
        count = rng.randint(0, 40) if rng.random() < 0.15 else None
        return ["deliver", who, count, rng.choice(["octets", "octets", "array", "view"])]

    # ---- what is sent on streams

    def streams(self, who, *states):
        return [number for number, stream in self.pair.ends[who].streams.items()
                if stream.state_machine.state.name in states]

    def next_stream(self, who):
        return (self.pair.ends[who].highest_outbound_stream_id or {"client": -1, "server": 0}[who]) + 2

    def any_stream(self, who):
        """Of a stream that is there, most often; or of any."""
        known = [*self.pair.ends[who].streams]
        return self.rng.choice(known) if known and self.rng.random() < 0.8 else self.rng.choice(STREAM_IDS)

    def headers(self, fields):
        """As a script has them: some never indexed, some handed over in another form."""
        rng, other = self.rng, self.rng.random() < 0.15
        return [[name.hex(), value.hex(), rng.randrange(6) if other else int(rng.random() < 0.05)]
                for name, value in fields]

    def request(self):
        rng, stream = self.rng, self.next_stream("client") + 2 * (self.rng.random() < 0.05)
        if rng.random() < 0.01:
            stream = 2**31 - 1  # the last one that there is
        step = ["send_headers", "client", stream, self.headers(request_headers(rng)), rng.random() < 0.6]
        if rng.random() < 0.1:
            step += [rng.choice([None, 1, 256, 0, 300]), rng.choice([None, 0, stream, 1]), rng.choice([None, True])]
        return step

    def answer(self):
        waiting = self.streams("server", "OPEN", "HALF_CLOSED_REMOTE", "RESERVED_LOCAL")
        if self.rng.random() < 0.95:
            streams = self.pair.ends["server"].streams
            waiting = [number for number in waiting if not streams[number].state_machine.headers_sent]
        if not waiting:
            return self.request() if self.rng.random() < 0.5 else self.control()
        headers, informational = answer_headers(self.rng)
        ends = self.rng.random() < (0.02 if informational else 0.3)
        return ["send_headers", "server", self.rng.choice(waiting), self.headers(headers), ends]

    def body(self):
        rng, who = self.rng, self.rng.choice(ENDS)
        ready = [number for number in self.streams(who, *LIVE)
                 if self.pair.ends[who].streams[number].state_machine.headers_sent]
        if not ready:
            return self.answer()
        data = rng.randbytes(rng.choice([0, 1, 10, 300, 300, 9000, 9000, 16384, 16384, 16385, 70000]))
        kind = rng.choice(["", "", "", "view:", "array:"])
        return ["send_data", who, rng.choice(ready), kind + data.hex(), rng.random() < 0.3,
                rng.choice([None, None, None, 0, 7, 255])]

    def trailers(self):
        rng, who = self.rng, self.rng.choice(ENDS)
        ready = self.streams(who, *LIVE)
        if not ready:
            return self.control()
        fields = [(b"x-trailer", b"end")] if rng.random() < 0.8 else odd_fields(rng)
        return ["send_headers", who, rng.choice(ready), self.headers(fields), rng.random() < 0.9]

    def push(self):
        parents = self.streams("server", *LIVE)
        if not parents:
            return self.request()
        promised = self.next_stream("server") - 2 * (self.rng.random() < 0.05)
        return ["push_stream", "server", self.rng.choice(parents), promised,
                self.headers(request_headers(self.rng))]

    # ---- everything else

    def look(self):
        who, name = self.rng.choice(ENDS), self.rng.choice(READ)
        needs_stream = name.startswith(("local", "remote"))
        return [name, who, self.any_stream(who)] if needs_stream else [name, who]

    def control(self):
        rng, who = self.rng, self.rng.choice(ENDS)
        stream = self.any_stream(who)
        kind = rng.randrange(9)
        if kind == 0:
            return ["ping", who, rng.randbytes(8).hex()]
        if kind == 1:
            return ["update_settings", who, self.settings(who)]
        if kind == 2:
            return ["increment_flow_control_window", who, rng.choice([1, 100, 65536]), stream or None]
        if kind == 3:
            return ["reset_stream", who, stream, rng.choice([0, 8, 11, 99])]
        if kind == 4:
            return ["prioritize", "client", stream, rng.choice([None, 1, 16, 256, rng.randint(1, 256)]),
                    rng.choice([None, 0, self.any_stream(who)]), rng.choice([None, True, False])]
        if kind == 5:
            return ["end_stream", who, rng.choice(self.streams(who, *LIVE) or [stream])]
        if kind == 6:
            origin, stream = (b"example.com".hex(), None) if rng.random() < 0.5 else (None, stream)
            return ["advertise_alternative_service", "server", b'h2=":443"'.hex(), origin, stream]
        return self.acknowledgement()

    def acknowledgement(self):
        """For what has been received on a stream, or some of it."""
        who = self.rng.choice(ENDS)
        end = self.pair.ends[who]
        open_ones = [(number, stream._inbound_window_manager) for number, stream in end.streams.items()]
        waiting = [(number, window.max_window_size - window.current_window_size - window._bytes_processed)
                   for number, window in open_ones if window.current_window_size < window.max_window_size]
        if not waiting:
            return ["acknowledge_received_data", who, self.rng.randint(0, 30), max(1, self.any_stream(who))]
        stream, size = self.rng.choice(waiting)
        of_stream = end.streams[stream]._inbound_window_manager
        window = self.rng.choice([end._inbound_flow_control_window_manager, of_stream])
        enough = window.max_window_size // 2 - window._bytes_processed  # for a WINDOW_UPDATE
        size = self.rng.choice([size, size // 2, enough, enough, enough - 1, 40_000])
        return ["acknowledge_received_data", who, max(0, size), stream]

    def settings(self, who):
        rng, found = self.rng, {}
        if rng.random() < 0.4:
            found[HEADER_TABLE_SIZE] = rng.choice(TABLE_SIZES)
        for key, values in SETTINGS_VALUES.items():
            if rng.random() < 0.2 and (key != ENABLE_PUSH or who == "client"):
                found[key] = rng.choice(values)
        if rng.random() < 0.05:
            key, value = rng.choice(WRONG_SETTINGS)
            found[key] = value
        return {str(key): value for key, value in found.items()}

    def change(self):
        """An attribute that callers set."""
        rng, who = self.rng, self.rng.choice(ENDS)
        path, values = rng.choice([
            *((f"config.{flag}", [True, False]) for flag in FLAGS),
            ("config.header_encoding", ["utf-8", None, False]),
            ("local_settings.max_concurrent_streams", [1, 100]), ("local_settings.enable_connect_protocol", [0, 1]),
            ("local_settings.initial_window_size", [0, 70000]), ("local_settings.max_frame_size", [16384, 30000]),
            ("remote_settings.max_concurrent_streams", [1, 100]),
            ("max_outbound_frame_size", [16384, 100]), ("outbound_flow_control_window", [0, 65535, 2**31 - 1]),
        ])
        return ["set", who, path, rng.choice(values)]

    def wild(self):
        """A call that h2 most often refuses."""
        rng, who = self.rng, self.rng.choice(ENDS)
        stream = self.any_stream(who)
        return rng.choice([
            ["send_headers", who, stream, self.headers(ordinary_fields(rng) + odd_fields(rng)), rng.random() < 0.5],
            ["send_headers", who, stream, self.headers([*request_headers(rng), *odd_fields(rng)]), True, 300],
            ["send_data", who, stream, "00", False, rng.choice([None, -1, 256, "text:7"])],
            ["send_data", who, stream, "text:ab", True], ["send_data", who, stream, None],
            ["end_stream", who, stream], ["reset_stream", who, stream, 1], ["ping", who, "00"], ["ping", who, None],
            ["push_stream", who, stream, stream + rng.randint(0, 3), self.headers(request_headers(rng))],
            ["increment_flow_control_window", who, rng.choice([0, 1, 2**31 - 1, 2**31]), stream or None],
            ["close_connection", who, rng.choice([0, 2]), rng.choice([None, "627965"]), rng.choice([None, 7])],
            ["acknowledge_received_data", who, rng.choice([2**20, -1]), stream],
            ["acknowledge_received_data", who, 1, rng.choice([0, -1])],
            ["prioritize", who, stream, rng.choice([0, 300]), stream, False],
            ["advertise_alternative_service", who, b"h2".hex(), rng.choice([None, "61"]), stream],
            ["advertise_alternative_service", who, "text:h2"],
            ["initiate_connection", who], ["clear_outbound_data_buffer", who],
            ["initiate_upgrade_connection", who], ["receive_data", who, ""],
        ])

    # ---- octets that nobody sent

    def tampering(self):
        """One octet on its way is another one, in a frame that the receiver has nothing of yet."""
        rng = self.rng
        who = rng.choice([end for end in ENDS if self.pair.sent[end]] or ENDS)
        sent, mask = self.pair.sent[who], 1 << rng.randrange(8)
        buffer = self.pair.ends[OTHER[who]].incoming_buffer
        if not sent or buffer._data or buffer._preamble_len:
            return self.injection()
        at = rng.randrange(len(sent))
        spoilt = sent[:at] + bytes([sent[at] ^ mask]) + sent[at + 1:]
        if self.documented(spoilt):
            return self.injection()
        return ["tamper", who, at, mask], "tampered"

    def injection(self):
        """Octets that an end did not expect: a frame, sound or not, or a header block of its own."""
        rng, who = self.rng, self.rng.choice(ENDS)
        if self.session.codecs_differ and self.pair.ends[who].incoming_buffer._data:
            return ["deliver", OTHER[who], None, "octets"], None  # which frame would become of it, nobody could say
        writer = Hostile(rng, self.pair.ends[who])
        while True:
            choice = rng.random()
            if choice < 0.2:
                frame, fault = self.block(who), "block"
            elif choice < 0.4:
                frame, fault = self.excess(who)
            elif choice < 0.6:
                frame, fault = self.fields_from_nowhere(who), "fields"
            else:
                frame, fault = writer.frame()
            if not self.documented(frame):
                return ["inject", who, frame.hex()], fault

    def block(self, who):
        decoder = self.pair.ends[who].decoder
        block, _ = BlockWriter(self.rng, decoder).block()
        stream = self.rng.choice([1, 3, 2, *self.pair.ends[who].streams])
        cut = self.rng.randint(0, len(block)) if self.rng.random() < 0.3 else len(block)
        if cut == len(block):
            return wire(HEADERS, 5, stream, block)
        return wire(HEADERS, 1, stream, block[:cut]) + wire(CONTINUATION, 4, stream, block[cut:])

    def excess(self, who):
        """More than there may be: of window, of frames in a header block, of pushes on streams that have gone. And
        alternative services, which most often are to be ignored."""
        rng, stream = self.rng, self.any_stream(who)
        kind = rng.choice(["window", "continuations", "promise", "service"])
        if kind == "service":
            origin = rng.choice([b"", b"example.com"])
            payload = len(origin).to_bytes(2, "big") + origin + b'h2=":443"'
            return wire(ALTSVC, 0, rng.choice([0, stream]), payload), kind
        if kind == "window":
            return wire(WINDOW_UPDATE, 0, stream, (2**31 - 1).to_bytes(4, "big")), kind
        if kind == "continuations":
            return (wire(HEADERS, 0, stream, b"\x82")
                    + wire(CONTINUATION, 0, stream, b"") * rng.choice([63, 64, 65])
                    + wire(CONTINUATION, END_HEADERS, stream, b"")), kind
        gone = [*self.streams(who, "CLOSED"), *self.pair.ends[who]._closed_streams]
        stream = rng.choice([*gone, stream])
        promised = self.pair.ends[who].highest_inbound_stream_id + 2
        block = literal_block(request_headers(rng))
        return wire(PUSH_PROMISE, END_HEADERS, stream, promised.to_bytes(4, "big") + block), kind

    def fields_from_nowhere(self, who):
        """A header list that leaves no mark in a table: a request, response, trailers or promise, mostly wrong."""
        rng, end = self.rng, self.pair.ends[who]
        fields = request_headers(rng) if rng.random() < 0.5 else answer_headers(rng)[0]
        fields = fields if rng.random() < 0.3 else [*fields, *odd_fields(rng)]
        if rng.random() < 0.1:
            rng.shuffle(fields)
        flags = END_HEADERS | rng.choice([0, END_STREAM])
        stream = rng.choice([end.highest_inbound_stream_id + 2 or 1, *end.streams, 1])
        if who == "client" and rng.random() < 0.3:
            promised = end.highest_inbound_stream_id + 2
            return wire(PUSH_PROMISE, END_HEADERS, stream, promised.to_bytes(4, "big") + literal_block(fields))
        return wire(HEADERS, flags, stream, literal_block(fields))

    def documented(self, octets):
        """Whether a row of docs/compatibility.md is about a frame in `octets`."""
        return self.session.codecs_differ and any(map(row_of_frame, frames_of(octets)))


def frames_of(octets):
    """The frames that stand in `octets`, by their headers, the last perhaps cut."""
    at = 0
    while at + 9 <= len(octets):
        end = at + 9 + int.from_bytes(octets[at:at + 3], "big")
        yield octets[at:end]
        at = end


class Hostile(FrameWriter):
    """Frames for a connection (stock's), mostly on streams that it has, or on the next one."""

    def __init__(self, rng, connection):
        super().__init__(rng)
        self.connection = connection

    def stream(self, frame_type):
        usual = super().stream(frame_type)
        known = [*self.connection.streams, self.connection.highest_inbound_stream_id + 2]
        return self.rng.choice(known) if usual and self.rng.random() < 0.8 else usual
