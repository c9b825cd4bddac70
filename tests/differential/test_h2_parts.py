"""The parts of fasth2's h2 beside stock h2's, each by itself: state machines, windows, settings, frame buffers, header
rules, and every method of a connection with arguments of every kind."""
import itertools
import random
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.connections import Pair
from fuzz.fieldlines import ODD, answer_headers, ordinary_fields, request_headers
from fuzz.framewriter import FrameWriter
from support import h2s
from support.h2state import (
    connection_state,
    event_portrait,
    first_difference,
    outcome,
    plain,
    stream_state,
    window_state,
)

STOCK, OWN, ON_CODECS = h2s.stock(), h2s.own(), h2s.on_codecs()


def same(found, expected, what=""):
    assert found == expected, f"{first_difference(found, expected)}; {what}"


# ---- state machines

FACTS = ("client", "headers_sent", "trailers_sent", "headers_received", "trailers_received", "stream_closed_by")


def stream_machine(h2, state, facts):
    machine = h2.stream.H2StreamStateMachine(stream_id=1)
    machine.state = h2.stream.StreamState[state]
    for name, value in zip(FACTS, facts):
        setattr(machine, name, h2.stream.StreamClosedBy[value] if isinstance(value, str) else value)
    return machine


def machine_state(machine):
    return machine.state.name, [plain(getattr(machine, name)) for name in FACTS]


def test_every_input_in_every_state_of_a_stream():
    states = [state.name for state in STOCK.stream.StreamState]
    inputs = [each.name for each in STOCK.stream.StreamInputs]
    told = [None, True, False]
    closed = [None, "SEND_END_STREAM", "SEND_RST_STREAM", "RECV_RST_STREAM"]
    count = 0
    for state, *facts in itertools.product(states, told, *[[None, True]] * 4, closed):
        for name in inputs:
            found, expected = (step(stream_machine(h2, state, facts), h2.stream.StreamInputs[name])
                               for h2 in (OWN, STOCK))
            same(found, expected, (state, facts, name))
            count += 1
    assert count == 7 * 19 * 3 * 16 * 4


def step(machine, entered):
    try:
        came = [event_portrait(event)[::2] if not hasattr(event, "headers") else type(event).__name__
                for event in machine.process_input(entered)]
    except Exception as error:
        came = type(error).__name__, str(error), [type(each).__name__ for each in getattr(error, "_events", ())]
    return came, machine_state(machine)


def test_every_input_in_every_state_of_a_connection():
    for state, name in itertools.product(STOCK.connection.ConnectionState, STOCK.connection.ConnectionInputs):
        results = []
        for h2 in (OWN, STOCK):
            machine = h2.connection.H2ConnectionStateMachine()
            machine.state = h2.connection.ConnectionState[state.name]
            came = outcome(machine.process_input, h2.connection.ConnectionInputs[name.name])
            results.append((came, machine.state.name))
        same(*results, (state, name))


@pytest.mark.parametrize("entered", [None, 0, "SEND_DATA", 1.5])
def test_what_is_no_input(entered):
    for make in (lambda h2: h2.connection.H2ConnectionStateMachine(), lambda h2: h2.stream.H2StreamStateMachine(1)):
        same(*(outcome(make(h2).process_input, entered) for h2 in (OWN, STOCK)))


# ---- windows

SIZES = st.integers(0, 100) | st.sampled_from([1023, 1024, 1025, 16384, 32767, 32768, 65535, 2**31 - 1, -5])


@given(SIZES, st.lists(st.tuples(st.sampled_from(["window_consumed", "window_opened", "process_bytes"]), SIZES)))
def test_windows(size, calls):
    if size > 2**31 - 1:
        return
    managers = [h2.windows.WindowManager(size) for h2 in (OWN, STOCK)]
    for name, argument in calls:
        same(*([outcome(getattr(manager, name), argument), window_state(manager)] for manager in managers), name)


# ---- settings

CODES = st.integers(0, 10) | st.sampled_from([255, 256, 65535])
VALUES = st.sampled_from([0, 1, 2, 100, 16383, 16384, 65535, 16777215, 16777216, 2**31 - 1, 2**31, 2**32 - 1, -1])
NAMES = ("header_table_size", "enable_push", "initial_window_size", "max_frame_size", "max_concurrent_streams",
         "max_header_list_size", "enable_connect_protocol")
ON_SETTINGS = st.one_of(
    st.tuples(st.just("__setitem__"), CODES, VALUES), st.tuples(st.just("__getitem__"), CODES),
    st.tuples(st.just("__delitem__"), CODES), st.tuples(st.just("acknowledge")), st.tuples(st.just("__len__")),
    st.tuples(st.just("validate_received_setting"), CODES, VALUES), st.tuples(st.just("get"), CODES),
    st.tuples(st.just("update"), st.dictionaries(CODES, VALUES, max_size=4)), st.tuples(st.just("__contains__"), CODES),
    st.tuples(st.just("pop"), CODES), st.tuples(st.just("setdefault"), CODES, VALUES), st.tuples(st.just("clear")),
)


@given(st.booleans(), st.none() | st.dictionaries(CODES, VALUES, max_size=4), st.lists(ON_SETTINGS, max_size=25))
def test_settings(client, initial, calls):
    made = []
    for h2 in (OWN, STOCK):
        try:
            made.append(h2.settings.Settings(client=client, initial_values=initial))
        except Exception as error:
            made.append((type(error).__name__, str(error)))
    if isinstance(made[1], tuple):
        return same(*made)
    for name, *arguments in calls:
        same(*(outcome(getattr(settings, name), *arguments) for settings in made), (name, arguments))
        same(*(whole(settings) for settings in made), (name, arguments))
    return None


SMALL = st.dictionaries(st.sampled_from([1, 2, 3, 4, 6, 8]) | st.integers(9, 400), st.integers(0, 1), max_size=6)


@given(st.lists(SMALL | st.none(), max_size=12), st.none() | SMALL)
def test_acknowledged_settings_come_in_their_order(steps, replaced):
    """None: an acknowledgement. `replaced`: what the caller puts in place of all settings, each with a value that
    waits, in a deque."""
    found = []
    for h2 in (OWN, STOCK):
        settings = h2.settings.Settings()
        if replaced is not None:
            settings._settings = {code: deque([0, value]) for code, value in replaced.items()}
        found.append([])
        for step in [*steps, None, None]:
            if step is None:
                changed = settings.acknowledge()
                found[-1].append([(code, type(code).__name__, one.setting, one.original_value, one.new_value)
                                  for code, one in changed.items()])
            else:
                settings.update(step)
    same(*found)


def whole(settings):
    return (
        [plain(key) for key in settings], [outcome(settings.__getitem__, key)[:2] for key in settings],
        [outcome(getattr, settings, name)[:2] for name in NAMES],
    )


# ---- frame buffers


@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([16384, 30]))
def test_frame_buffer(rng, server, longest):
    writer = FrameWriter(rng)
    octets = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" if server else b"") + b"".join(
        writer.frame()[0] for _ in range(rng.randint(1, 6)))
    buffers = [h2.frame_buffer.FrameBuffer(server=server) for h2 in (OWN, ON_CODECS)]
    at = 0
    while at < len(octets):
        piece = octets[at:at + rng.choice([1, 9, 40, 1000])]
        at += len(piece)
        found, expected = ([outcome(buffer.add_data, piece), frames_of(buffer, longest)] for buffer in buffers)
        if found != expected and "FrameTooLargeError" in str(found):
            return  # row overlong-frame
        same(found, expected)
        if expected[1][-1:] and expected[1][-1][0] == "raised":
            return


def frames_of(buffer, longest):
    """What iterating over the buffer gives, and how it ends."""
    buffer.max_frame_size = longest
    found = []
    while True:
        try:
            found.append(repr(next(buffer)))
        except StopIteration:
            return found
        except Exception as error:
            return [*found, ("raised", type(error).__name__, str(error))]


# ---- the rules for header lists

PIPELINES = ("validate_headers", "validate_outbound_headers", "normalize_inbound_headers", "normalize_outbound_headers")


@pytest.mark.parametrize("name", PIPELINES)
def test_header_rules(name):
    rng = random.Random(name)
    for _ in range(1500):
        fields = rng.choice([request_headers, lambda rng: answer_headers(rng)[0], ordinary_fields])(rng)
        fields += [rng.choice(ODD) for _ in range(rng.choice([0, 0, 1, 2]))]
        if rng.random() < 0.2:
            rng.shuffle(fields)
        flags = [rng.random() < 0.5 for _ in range(4)]
        classes = [rng.choice(["HeaderTuple", "NeverIndexedHeaderTuple", "tuple"]) for _ in fields]
        splits = [rng.random() < 0.5] if name == "normalize_outbound_headers" else []
        same(*(ruled(h2, name, fields, classes, flags, splits) for h2 in (OWN, ON_CODECS)), (fields, flags))


def ruled(h2, name, fields, classes, flags, more):
    kinds = {"tuple": lambda *field: field, "HeaderTuple": h2.struct.HeaderTuple,
             "NeverIndexedHeaderTuple": h2.struct.NeverIndexedHeaderTuple}
    headers = [kinds[kind](*field) for kind, field in zip(classes, fields)]
    with h2:
        pipeline = getattr(h2.utilities, name)
        return outcome(lambda: [(*header, getattr(header, "indexable", "a tuple")) for header in
                                pipeline(headers, h2.utilities.HeaderValidationFlags(*flags), *more)])


SMALL = ("extract_method_header", "is_informational_response", "authority_from_headers", "utf8_encode_headers")


@pytest.mark.parametrize("name", SMALL)
def test_small_header_functions(name):
    rng = random.Random(name)
    for _ in range(500):
        fields = [*request_headers(rng), *answer_headers(rng)[0]]
        rng.shuffle(fields)
        same(*(outcome(getattr(h2.utilities, name), fields) for h2 in (OWN, STOCK)), fields)


# ---- every method, arguments of every kind

UNFIT = [2**63, 2**64, 1.0, 1.5]
ODD_VALUES = [None, True, 0, -1, 2, 3, 5, 7, 99, 255, 256, 2**31 - 1, 2**31, 2**32, 2**63 - 1, "", "1", b"",
              b"12345678", bytearray(b"ab"), memoryview(b"ab"), memoryview(b"abcd").cast("H"), [], (), {}, {3: 5},
              {"a": 1}, [("a", "b")], [(b":method", b"GET")], [(1, 2)], [None], ["ab"], object]
METHODS = {
    "send_headers": (3, [(b":status", b"200")], False, None, None, None), "send_data": (3, b"data", False, None),
    "end_stream": (3,), "increment_flow_control_window": (5, 3), "push_stream": (3, 2, [(b":method", b"GET")]),
    "ping": (b"12345678",), "reset_stream": (3, 0), "close_connection": (0, None, None),
    "update_settings": ({3: 5},), "advertise_alternative_service": (b"h2", None, 3), "prioritize": (3, 1, 0, False),
    "local_flow_control_window": (3,), "remote_flow_control_window": (3,), "acknowledge_received_data": (5, 3),
    "data_to_send": (None,), "receive_data": (b"",), "initiate_upgrade_connection": (None,),
    "_get_stream_by_id": (3,), "_stream_closed_by": (3,), "_stream_id_is_outbound": (3,),
}


def prepared(h2):
    """A pair with streams: 1 ended on both sides, 3 waiting for its response, 5 open, 7 reset."""
    pair = Pair(h2, {})
    request = [(b":method", b"GET"), (b":path", b"/"), (b":scheme", b"https"), (b":authority", b"a")]
    client, server = pair.ends["client"], pair.ends["server"]
    with h2:
        for stream in (1, 3, 5, 7):
            client.send_headers(stream, request, end_stream=stream < 5)
        client.reset_stream(7)
        server.receive_data(pair.sent["client"] + client.data_to_send())
        server.send_headers(1, [(b":status", b"200")], end_stream=True)
        client.receive_data(pair.sent["server"] + server.data_to_send())
        server.receive_data(client.data_to_send())
    return pair


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("method", METHODS)
def test_arguments_of_every_kind(method, who):
    for arguments in variants(method, ODD_VALUES):
        # Not stock, for the sake of the row failed-encode.
        same(*(called(h2, who, method, arguments) for h2 in (OWN, ON_CODECS)), (method, arguments))


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("method", METHODS)
def test_numbers_that_do_not_fit(method, who):
    """Row native-integers: refused, where h2 would go on with them; never truncated."""
    for arguments in variants(method, UNFIT):
        found, expected = (called(h2, who, method, arguments) for h2 in (OWN, ON_CODECS))
        if found != expected and found[0] in [("raised", "OverflowError"), ("raised", "TypeError")]:
            assert found[2] == ("returned", ("bytes", b"")), (method, arguments)
        else:
            same(found, expected, (method, arguments))


BUILT_IN = ("TypeError", "AttributeError", "error", "OverflowError", "BufferError", "UnicodeEncodeError")


def variants(method, values):
    """The usual arguments with each of `values` in the place of each."""
    usual = METHODS[method]
    for place, value in itertools.product(range(len(usual)), values):
        yield [*usual[:place], value, *usual[place + 1:]]


def called(h2, who, method, arguments):
    """[what the call comes to, the state after it, the octets to send]"""
    connection = prepared(h2).ends[who]
    with h2:
        came = outcome(getattr(connection, method), *arguments)
        state = connection_state(connection)
        sent = outcome(connection.data_to_send)
    if method == "_get_stream_by_id" and came[0] == "returned":
        came = "returned", stream_state(connection._get_stream_by_id(*arguments))
    if came[0] == "raised" and came[1] in BUILT_IN:
        came = came[:2]  # the wording is Python's, not h2's
    return [came, state, sent]
