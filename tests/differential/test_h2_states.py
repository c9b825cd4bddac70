"""The state machines beside stock h2's: the tables, and every input in every state with every memory of the past."""
import itertools

import pytest

from support import h2s

STOCK, OWN = h2s.stock(), h2s.own()
KNOWN = None, True
FLAGS = ("headers_sent", "trailers_sent", "headers_received", "trailers_received")


def table(transitions):
    """A table of transitions, by names."""
    return {(state.name, input_.name): (function and function.__name__, target.name)
            for (state, input_), (function, target) in transitions.items()}


def test_table_of_streams_is_upstreams():
    assert table(OWN.stream._transitions) == table(STOCK.stream._transitions)


def test_table_of_connections_is_upstreams():
    own, stock = (h2.connection.H2ConnectionStateMachine._transitions for h2 in (OWN, STOCK))
    assert table(own) == table(stock)


ENUMS = [("stream", name) for name in ("StreamState", "StreamInputs", "StreamClosedBy")]
ENUMS += [("connection", name) for name in ("ConnectionState", "ConnectionInputs", "AllowedStreamIDs")]


@pytest.mark.parametrize("module, name", ENUMS)
def test_enums_are_upstreams(module, name):
    own, stock = (getattr(getattr(h2, module), name) for h2 in (OWN, STOCK))
    assert [(each.name, each.value) for each in own] == [(each.name, each.value) for each in stock]
    assert (own.__module__, own.__mro__[1:]) == (f"h2.{module}", stock.__mro__[1:])
    assert [str(each) for each in own] == [str(each) for each in stock]
    assert [f"{each}" for each in own] == [f"{each}" for each in stock]


def step(call, machine):
    """What a step comes to, and what the machine is then."""
    try:
        came = [(type(event).__name__, getattr(event, "stream_id", None)) for event in call()]
    except Exception as error:
        events = [repr(event) for event in getattr(error, "_events", ())]
        came = type(error).__name__, str(error), getattr(error, "stream_id", None), events
    how = machine.stream_closed_by
    return came, machine.state.name, how and how.name, machine.client, *(getattr(machine, flag) for flag in FLAGS)


def machine_of(h2, state, client, flags, how):
    machine = h2.stream.H2StreamStateMachine(stream_id=7)
    machine.state = h2.stream.StreamState[state]
    machine.client = client
    for flag, value in zip(FLAGS, flags):
        setattr(machine, flag, value)
    machine.stream_closed_by = how and h2.stream.StreamClosedBy[how]
    return machine


HOW = [None, *(each.name for each in STOCK.stream.StreamClosedBy)]
PASTS = [*itertools.product((None, False, True), itertools.product(KNOWN, repeat=len(FLAGS)), HOW)]


@pytest.mark.parametrize("state", [each.name for each in STOCK.stream.StreamState])
def test_every_input_of_a_stream(state):
    for past in PASTS:
        for input_ in STOCK.stream.StreamInputs:
            found, expected = (
                step(lambda: machine.process_input(h2.stream.StreamInputs[input_.name]), machine)
                for h2 in (OWN, STOCK) for machine in [machine_of(h2, state, *past)])
            assert found == expected, (past, input_)


EFFECTS = sorted({function.__name__ for function, _ in STOCK.stream._transitions.values() if function})


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_effect_as_a_method(effect):
    for client, flags, how in PASTS:
        found, expected = (
            step(lambda: getattr(machine, effect)(h2.stream.StreamState.OPEN), machine)
            for h2 in (OWN, STOCK) for machine in [machine_of(h2, "OPEN", client, flags, how)])
        if found[0][:2] == ("ProtocolError", "") and expected[0][0] == "AssertionError":
            found = expected  # what process_input() makes of an assertion
        assert found[0] == expected[0] and found[2:] == expected[2:], (client, flags, how)


def test_every_input_of_a_connection():
    for state, input_ in itertools.product(STOCK.connection.ConnectionState, STOCK.connection.ConnectionInputs):
        found = []
        for h2 in (OWN, STOCK):
            machine = h2.connection.H2ConnectionStateMachine()
            machine.state = h2.connection.ConnectionState[state.name]
            try:
                came = machine.process_input(h2.connection.ConnectionInputs[input_.name])
            except h2.exceptions.ProtocolError as error:
                came = str(error)
            found.append((came, machine.state.name))
        assert found[0] == found[1], (state, input_)


def test_a_table_of_its_own():
    """A machine whose class says that GOAWAY ends nothing, and what else happens then, in a connection."""
    found = []
    for h2 in (OWN, STOCK):
        connection = h2.connection
        idle = connection.ConnectionState.IDLE

        class Machine(connection.H2ConnectionStateMachine):
            _transitions = {
                **connection.H2ConnectionStateMachine._transitions,
                (idle, connection.ConnectionInputs.RECV_GOAWAY): (lambda: ["goaway"], idle),
            }

        client, server = connection.H2Connection(), connection.H2Connection(h2.config.H2Configuration(False))
        client.state_machine = Machine()
        client.initiate_connection()
        server.receive_data(client.data_to_send())
        server.close_connection()
        events = client.receive_data(server.data_to_send())
        client.send_headers(1, [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")])
        found.append((client.data_to_send(), client.state_machine.state.name, list(map(str, events))))
    assert found[0] == found[1]


@pytest.mark.parametrize("h2", [OWN, STOCK], ids=str)
@pytest.mark.parametrize("odd", [1, "SEND_HEADERS", None])
def test_what_is_no_input(h2, odd):
    for machine in (h2.stream.H2StreamStateMachine(1), h2.connection.H2ConnectionStateMachine()):
        with pytest.raises(ValueError, match="Input must be an instance of"):
            machine.process_input(odd)
