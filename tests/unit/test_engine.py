"""The engine where it differs from h2 inside: counting by change, octets read in place, one buffer to send from."""
import gc
import random
import weakref

import pytest

from fasth2.h2 import config, connection, exceptions, frame_buffer, stream
from fasth2.h2.windows import WindowManager
from fasth2.hyperframe.frame import DataFrame, HeadersFrame, PingFrame
from support.threads import FREE_THREADED, WHY_NO_FAILING_ALLOCATOR

REQUEST = [(":method", "POST"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")]
RESPONSE = [(":status", "200"), ("server", "test")]


def greeted(**options):
    """A client and a server that have greeted each other."""
    client, server = (connection.H2Connection(config.H2Configuration(client_side=side, **options))
                      for side in (True, False))
    for each in (client, server):
        each.initiate_connection()
        each.local_settings.max_concurrent_streams = 10_000
        each.local_settings.acknowledge()
        each.remote_settings.max_concurrent_streams = 10_000
        each.remote_settings.acknowledge()
    for _ in range(2):
        server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())
    return client, server


# ---- open streams are counted as they change

def walked(conn, remainder):
    """The count as upstream finds it."""
    return sum(each.open and number % 2 == remainder for number, each in conn.streams.items())


def check_counts(conn):
    expected = walked(conn, 1), walked(conn, 0)
    closed = [number for number, each in conn.streams.items() if each.closed]
    before = list(conn._closed_streams)
    assert (conn._open_streams(1), conn._open_streams(0)) == expected
    assert list(conn._closed_streams) == before + closed  # in the order in which they were opened
    assert not any(each.closed for each in conn.streams.values())


@pytest.mark.parametrize("seed", range(20))
def test_counts_are_those_of_a_walk(seed):
    rng = random.Random(seed)
    client, server = greeted()
    following = 1
    for _ in range(150):
        what = rng.randrange(8)
        numbers = [number for number, each in client.streams.items() if each.open]
        if what < 3 or not numbers:
            client.send_headers(following, REQUEST, end_stream=rng.random() < 0.5)
            following += 2 * rng.randint(1, 3)
        elif what == 3:
            client.reset_stream(rng.choice(numbers))
        elif what == 4:  # behind the machine's back
            client.streams[rng.choice(numbers)].state_machine.state = stream.StreamState.CLOSED
        elif what == 5:  # somebody takes a stream out, and perhaps puts it in again
            taken = client.streams.pop(rng.choice(numbers))
            if rng.random() < 0.5:
                client.streams[taken.stream_id] = taken
        elif what == 6:
            client.streams = dict(client.streams)
        if rng.random() < 0.5:
            check_counts(client)
        server.receive_data(client.data_to_send())
        check_counts(server)
    check_counts(client)


def test_views_are_alive():
    client, _ = greeted()
    client.send_headers(1, REQUEST)
    each = client.streams[1]
    machine, window = each.state_machine, each._inbound_window_manager
    assert each.state_machine is machine and each._inbound_window_manager is window
    client.end_stream(1)
    assert machine.state is stream.StreamState.HALF_CLOSED_LOCAL
    window.window_opened(100)
    assert each.inbound_flow_control_window == 65635
    machine.process_input(stream.StreamInputs.RECV_HEADERS)
    machine.process_input(stream.StreamInputs.RECV_END_STREAM)
    assert each.closed and client.open_outbound_streams == 0 and not client.streams
    assert client.state_machine.state is connection.ConnectionState.CLIENT_OPEN
    client.state_machine.state = connection.ConnectionState.CLOSED
    with pytest.raises(exceptions.ProtocolError, match="in state ConnectionState.CLOSED"):
        client.ping(b"12345678")


# What shows a part of something else, and what it shows.
VIEWS = {
    "machine": lambda client: (client, client.state_machine),
    "windows": lambda client: (client, client._inbound_flow_control_window_manager),
    "stream's machine": lambda client: (client.streams[1], client.streams[1].state_machine),
    "stream's windows": lambda client: (client.streams[1], client.streams[1]._inbound_window_manager),
}
NEED_COLLECTOR = "without a GIL a view holds what it shows: the collector frees both"


def requesting():
    client, _ = greeted()
    client.send_headers(1, REQUEST)
    return client


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def facts_of(view):
    names = ["state", "client", "headers_sent", "stream_id", "max_window_size", "current_window_size"]
    return {name: getattr(view, name) for name in names if hasattr(view, name)}


@pytest.mark.skipif(FREE_THREADED, reason=NEED_COLLECTOR)
@pytest.mark.parametrize("name", [*VIEWS, "all"])
def test_what_is_looked_at_dies_without_the_collector(name, without_collector):
    client = requesting()
    for each in VIEWS if name == "all" else [name]:
        owner, view = VIEWS[each](client)
        view.mark = each
    gone = [weakref.ref(thing) for thing in (client, client.streams[1], owner, view)]
    del client, owner, view
    assert [reference() for reference in gone] == [None] * 4


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_one_object_with_its_attributes(name):
    client = requesting()
    _, view = VIEWS[name](client)
    view.mark, number = "mine", id(view)
    del view
    gc.collect()
    for _ in range(2):
        _, view = VIEWS[name](client)
        assert (id(view), view.mark) == (number, "mine")


@pytest.mark.parametrize("cut", ["deleted", "collected", "new"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_outlives_what_it_shows(name, cut):
    client = requesting()
    owner, view = VIEWS[name](client)
    view.mark = "mine"
    if "windows" in name:
        view.window_consumed(10)
    before = facts_of(view)
    if cut == "collected":
        owner.itself = owner
    elif cut == "new":
        owner.__init__(*((7, owner.config, 5, 6) if owner is not client else ()))
        assert VIEWS[name](client)[1] is not view and facts_of(VIEWS[name](client)[1]) != before
        assert view.mark == "mine" and not hasattr(VIEWS[name](client)[1], "mark")
    gone = weakref.ref(owner)
    del client, owner
    gc.collect()
    assert FREE_THREADED or gone() is None
    assert facts_of(view) == before and view.mark == "mine"


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_is_left_goes_on(name):
    view = VIEWS[name](requesting())[1]
    gc.collect()
    if "windows" in name:
        size = view.current_window_size
        view.window_consumed(1000)
        assert (view.current_window_size, view.process_bytes(1000)) == (size - 1000, 0)
        with pytest.raises(exceptions.FlowControlError):
            view.window_opened(2**31)
    elif name == "machine":
        assert view.state is connection.ConnectionState.CLIENT_OPEN
        assert view.process_input(connection.ConnectionInputs.SEND_PING) == []
        with pytest.raises(exceptions.ProtocolError):
            view.process_input(connection.ConnectionInputs.SEND_ALTERNATIVE_SERVICE)
        assert view.state is connection.ConnectionState.CLOSED
    else:
        assert view.state is stream.StreamState.OPEN and view.client is True
        assert view.process_input(stream.StreamInputs.SEND_END_STREAM) == []
        with pytest.raises(exceptions.ProtocolError, match=f"in state {stream.StreamState.HALF_CLOSED_LOCAL}"):
            view.process_input(stream.StreamInputs.SEND_DATA)
        assert view.state is stream.StreamState.CLOSED and view.stream_id == 1
        view.__init__(5)
        assert view.state is stream.StreamState.IDLE


ASSIGNED = {
    "machine": ("state_machine", connection.H2ConnectionStateMachine),
    "windows": ("_inbound_flow_control_window_manager", lambda: WindowManager(10)),
    "stream's machine": ("state_machine", lambda: stream.H2StreamStateMachine(1)),
    "stream's windows": ("_inbound_window_manager", lambda: WindowManager(10)),
}


@pytest.mark.skipif(FREE_THREADED, reason=NEED_COLLECTOR)
@pytest.mark.parametrize("name", VIEWS)
def test_another_in_the_place_of_a_view(name, without_collector):
    client = requesting()
    owner, view = VIEWS[name](client)
    field, make = ASSIGNED[name]
    other = make()
    setattr(owner, field, other)
    assert VIEWS[name](client)[1] is other
    gone = weakref.ref(view)
    del view
    assert gone() is None
    setattr(owner, field, None)
    again = VIEWS[name](client)[1]  # a view once more
    assert again is not other
    before = facts_of(again)
    gone = weakref.ref(owner), weakref.ref(other)
    del client, owner, other
    assert (gone[0](), gone[1]()) == (None, None) and facts_of(again) == before


@pytest.mark.skipif(FREE_THREADED, reason=NEED_COLLECTOR)
@pytest.mark.parametrize("name", VIEWS)
def test_views_in_use_while_one_of_the_two_dies(name, without_collector):
    """Finalisers and callbacks run Python code in the midst of it."""
    seen = []

    class Last:
        def __del__(self):
            seen.append(facts_of(VIEWS[name](client)[1]) if client is not None else facts_of(view))

    client = requesting()
    owner, view = VIEWS[name](client)
    before = facts_of(view)
    view.last = Last()
    reference = weakref.ref(view, lambda _: seen.append(facts_of(VIEWS[name](client)[1])))
    setattr(owner, ASSIGNED[name][0], None)  # nobody but `view` has it now
    del view  # while it dies, another is made
    assert seen == [before, before] and reference() is None
    view = VIEWS[name](client)[1]
    owner.last = Last()
    reference = weakref.ref(owner, lambda _: seen.append(facts_of(view)))
    client = owner = None
    assert len(seen) > 2 and all(each == before for each in seen) and reference() is None
    assert facts_of(view) == before


@pytest.mark.parametrize("is_cycle", [False, True])
def test_a_connection_that_saves_itself_keeps_its_views(is_cycle):
    saved = []

    class Saved(connection.H2Connection):
        def __del__(self):
            saved.append(self)

    client = Saved()
    client.initiate_connection()
    client.itself = client if is_cycle else None
    machine, windows = client.state_machine, client._inbound_flow_control_window_manager
    del client
    gc.collect()
    client, = saved
    assert client.state_machine is machine and client._inbound_flow_control_window_manager is windows
    client.ping(b"12345678")
    machine.state = connection.ConnectionState.CLOSED
    with pytest.raises(exceptions.ProtocolError):
        client.ping(b"12345678")


def test_connections_with_views_are_collected():
    client = requesting()
    views = [VIEWS[name](client)[1] for name in VIEWS]
    for view in views:
        view.client_of_mine = client
    gone = [weakref.ref(client), weakref.ref(client.streams[1]), *map(weakref.ref, views)]
    del client, views, view
    gc.collect()
    assert [reference() for reference in gone] == [None] * 6


# ---- octets to send

@pytest.mark.parametrize("amount", [0, 1, 8, 16, 17, 100, 10**6, -1, -17, -18, None])
def test_some_of_what_waits(amount):
    client, _ = greeted()
    for number in range(1, 4):
        client.ping(bytes([number]) * 8)
    waiting = bytes(client._data_to_send)
    assert client.data_to_send(amount) == waiting[:amount]
    assert client._data_to_send == (waiting[amount:] if amount is not None else b"")
    client.ping(b"12345678")
    assert client.data_to_send() == (waiting[amount:] if amount is not None else b"") + waiting[:9] + b"12345678"


def test_a_few_octets_at_a_time():
    client, server = greeted()
    client.send_headers(1, REQUEST)
    sent, taken = b"", b""
    rng = random.Random(5)
    for number in range(500):
        client.ping(number.to_bytes(8, "big"))
        sent += b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + number.to_bytes(8, "big")
        taken += client.data_to_send(rng.randrange(40))
    taken += client.data_to_send()
    assert taken.endswith(sent) and client.data_to_send() == b""
    received = server.receive_data(taken)
    assert [int.from_bytes(each.ping_data, "big") for each in received[1:]] == list(range(500))


def test_what_waits_can_be_assigned():
    client, _ = greeted()
    client.ping(b"12345678")
    client._data_to_send += b"more"
    assert client.data_to_send().endswith(b"12345678more")
    client.ping(b"12345678")
    client.clear_outbound_data_buffer()
    assert client.data_to_send() == b""


# ---- received octets

def conversation():
    """What a client sends: requests, a header block of several frames, bodies, trailers, a reset."""
    client, _ = greeted()
    client.max_outbound_frame_size = 16384
    for number in (1, 3, 5, 7):
        client.send_headers(number, [*REQUEST, ("x", "y" * (40_000 if number == 3 else 4))])
        client.send_data(number, bytes(range(256)) * 8, pad_length=number if number > 3 else None)
        client.ping(b"12345678")
    client.reset_stream(5)
    client.send_headers(7, [("trailer", "value")], end_stream=True)
    client.end_stream(1)
    return client.data_to_send()


def heard(pieces, of=bytes):
    _, server = greeted()
    return [repr(event) for piece in pieces for event in server.receive_data(of(piece))]


@pytest.mark.parametrize("of", [bytes, bytearray, memoryview])
def test_cuts_change_nothing(of):
    octets = conversation()
    expected = heard([octets])
    assert len(expected) == 17
    rng = random.Random(1)
    assert heard([octets[at:at + 1] for at in range(len(octets))], of) == expected
    for _ in range(100):
        cuts = sorted(rng.randrange(len(octets)) for _ in range(rng.randint(1, 12)))
        pieces = [octets[start:end] for start, end in zip([0, *cuts], [*cuts, len(octets)])]
        assert heard(pieces, of) == expected


def test_what_is_left_after_an_error_is_kept():
    _, server = greeted()
    frames = [PingFrame(0, opaque_data=bytes([number]) * 8).serialize() for number in range(3)]
    with pytest.raises(exceptions.ProtocolError):
        server.receive_data(frames[0] + DataFrame(0x7FFFFFFF, b"x").serialize() + frames[1] + frames[2][:5])
    assert server.incoming_buffer._data == frames[1] + frames[2][:5]


def test_buffers_are_released():
    _, server = greeted()
    received = bytearray(conversation())
    server.receive_data(received)
    server.receive_data(memoryview(received)[:0])
    received += b"x"  # no export is left


def test_frame_buffer_alone():
    buffer = frame_buffer.FrameBuffer(server=True)
    buffer.max_frame_size = 16384
    octets = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"".join(
        frame.serialize()
        for frame in (PingFrame(0, opaque_data=b"abcdefgh"), HeadersFrame(1, b"\x82", flags=["END_HEADERS"])))
    found = []
    for at in range(len(octets)):
        buffer.add_data(octets[at:at + 1])
        found += buffer
    assert [type(frame).__name__ for frame in found] == ["PingFrame", "HeadersFrame"]
    assert not buffer._data
    with pytest.raises(exceptions.ProtocolError, match="preamble"):
        frame_buffer.FrameBuffer(server=True).add_data(b"GET")


# ---- Python code in the middle of a call

class Meddler:
    """A header list that does something to its connection while it is read."""

    def __init__(self, conn, meddle):
        self.conn, self.meddle = conn, meddle

    def __iter__(self):
        for field in REQUEST:
            self.meddle(self.conn)
            yield field


MEDDLINGS = {
    "takes what waits": lambda conn: conn.data_to_send(),
    "takes some of it": lambda conn: conn.data_to_send(5),
    "forgets it": lambda conn: conn.clear_outbound_data_buffer(),
    "sends": lambda conn: conn.ping(b"12345678" * 1),
    "sends much": lambda conn: [conn.ping(b"12345678") for _ in range(500)],
    "receives": lambda conn: conn.receive_data(PingFrame(0, opaque_data=b"12345678").serialize()),
    "drops the streams": lambda conn: conn.streams.clear(),
    "changes the codec": lambda conn: setattr(conn, "encoder", type(conn.encoder)()),
}


@pytest.mark.parametrize("meddle", MEDDLINGS)
def test_header_lists_that_meddle(meddle):
    client, _ = greeted()
    for number in (1, 3, 5):
        client.ping(b"before!!")
        client.send_headers(number, Meddler(client, MEDDLINGS[meddle]), end_stream=True)
        assert client.data_to_send()[-60:].count(b"\x01\x05\x00\x00\x00" + bytes([number])) == 1


class Tapper:
    """A logger that does something to its connection with each line."""

    def __init__(self):
        self.meddle, self.deep = None, 0

    def debug(self, text, *arguments):
        if self.meddle and not self.deep:
            self.deep += 1
            self.meddle()
            self.deep -= 1

    trace = debug


@pytest.mark.parametrize("meddle", MEDDLINGS)
def test_loggers_that_meddle(meddle):
    octets = conversation()
    for size in (len(octets), 1000, 7):
        log = Tapper()
        _, server = greeted(logger=log)
        log.meddle = lambda: MEDDLINGS[meddle](server)  # called in this round only
        found = []
        try:
            for at in range(0, len(octets), size):
                found += server.receive_data(octets[at:at + size])
        except exceptions.ProtocolError:
            assert meddle in ("drops the streams", "receives")
        else:
            assert found
        log.meddle = None


# ---- memory

@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
@pytest.mark.usefixtures("no_collector")
def test_without_memory():
    """Each allocation of a call fails in turn: MemoryError or a result, never a broken connection."""
    testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")
    octets = conversation()
    failures = 0
    for number in range(1, 400):
        client, server = greeted()
        client.send_headers(1, REQUEST)
        testcapi.set_nomemory(number, number + 1)
        try:
            client.send_headers(3, REQUEST, end_stream=True)
            client.send_data(1, b"x" * 3000, end_stream=True)
            client.data_to_send()
            server.receive_data(octets)
        except MemoryError:
            failures += 1
        finally:
            testcapi.remove_mem_hooks()
        for each in (client, server):
            bytes(each._data_to_send), dict(each.streams), each.open_inbound_streams, each.open_outbound_streams
            each.data_to_send()
            each.close_connection()
            assert each.data_to_send()[-17:-14] == b"\x00\x00\x08"
    assert failures >= 80


@pytest.mark.skipif(FREE_THREADED, reason=WHY_NO_FAILING_ALLOCATOR)
@pytest.mark.usefixtures("no_collector")
def test_no_octet_is_lost_without_memory():
    """What a frame has been taken from has its rest kept, though there was no memory to keep it in."""
    testcapi = pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi")
    first, second = (PingFrame(0, opaque_data=bytes([number]) * 8).serialize() for number in range(2))
    answered = 0
    for number in range(1, 60):
        _, server = greeted()
        testcapi.set_nomemory(number, number + 1)
        try:
            server.receive_data(first + second[:12])
        except MemoryError:
            answer = server.data_to_send()
            if answer:
                answered += 1
                assert server.incoming_buffer._data == second[:12]
                assert len(server.receive_data(second[12:])) == 1
        finally:
            testcapi.remove_mem_hooks()
    assert answered


def test_streams_come_and_go():
    """What is kept of a stream that has closed is one record."""
    client, server = greeted()
    for number in range(1, 4001, 2):
        client.send_headers(number, REQUEST, end_stream=True)
        server.receive_data(client.data_to_send())
        server.send_headers(number, RESPONSE, end_stream=True)
        client.receive_data(server.data_to_send())
    for each in (client, server):
        assert len(each.streams) <= 1
        assert len(each._closed_streams) >= 1999
