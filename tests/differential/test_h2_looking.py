"""Everything that people look at in a connection is live: what they assign counts, as it does in stock h2.

In the middle of a conversation something of the client or the server is changed; the rest of the conversation and the
state at its end must be upstream's under the same change.
"""
import os

import pytest

from support import h2s
from support.conversation import CHAPTERS, Conversation
from support.h2state import connection_state, first_difference, outcome

STOCK, OWN = h2s.stock(), h2s.own()


def on(side):
    def keep(change):
        CHANGES.append(pytest.param(side, change, id=f"{change.__name__}-{side}"))
        return change
    return keep


def both(change):
    return on("client")(on("server")(change))


CHANGES = []


# ---- codecs --------------------------------------------------------------------------------------------------------

@both
def new_codecs(h2, one, other):
    one.encoder, other.decoder = h2.connection.Encoder(), h2.connection.Decoder()


@both
def table_size(h2, one, other):
    one.encoder.header_table_size = 0


@both
def list_limit(h2, one, other):
    one.decoder.max_header_list_size = 60


@both
def foreign_codecs(h2, one, other):
    class Encoder:
        header_table_size = 4096

        def encode(self, headers):
            fields = [[each if isinstance(each, bytes) else each.encode() for each in header] for header in headers]
            return b"".join(b"\x00%c%s%c%s" % (len(n), n, len(v), v) for n, v in fields if len(v) < 127)

    one.encoder = Encoder()


# ---- streams -------------------------------------------------------------------------------------------------------

@both
def stream_taken_out(h2, one, other):
    del one.streams[1]


@both
def streams_taken_out(h2, one, other):
    one.streams.clear()


@both
def streams_assigned(h2, one, other):
    one.streams = {number: stream for number, stream in one.streams.items() if number != 5}


@both
def stream_put_in(h2, one, other):
    stream = h2.stream.H2Stream(101, one.config, 1000, 1000)
    stream.max_outbound_frame_size = 16384
    stream.state_machine.process_input(h2.stream.StreamInputs.SEND_HEADERS)
    one.streams[101] = stream
    one.highest_outbound_stream_id = 101


@both
def stream_exchanged(h2, one, other):
    stream = h2.stream.H2Stream(1, one.config, 1000, 1000)
    stream.max_outbound_frame_size = 16384
    stream.state_machine.process_input(h2.stream.StreamInputs.UPGRADE_CLIENT)
    one.streams[1] = stream


@both
def highest_ids(h2, one, other):
    one.highest_inbound_stream_id = one.highest_outbound_stream_id = 13


@both
def stream_attributes(h2, one, other):
    stream = one.streams[1]
    stream.max_outbound_frame_size = 5
    stream.request_method = b"HEAD"
    stream._expected_content_length = 3
    stream._actual_content_length = 2
    stream._authority = b"elsewhere"


@both
def stream_id(h2, one, other):
    one.streams[1].stream_id = 51


@both
def stream_config(h2, one, other):
    side = one.config.client_side
    one.streams[1].config = h2.config.H2Configuration(client_side=side, normalize_inbound_headers=False)


# ---- windows -------------------------------------------------------------------------------------------------------

@both
def outbound_windows(h2, one, other):
    one.outbound_flow_control_window = 2
    one.streams[1].outbound_flow_control_window = 3


@both
def outbound_windows_too_large(h2, one, other):
    one.outbound_flow_control_window = one.streams[1].outbound_flow_control_window = 2**31 - 1


@both
def inbound_windows(h2, one, other):
    one._inbound_flow_control_window_manager.current_window_size = 4
    one.streams[1]._inbound_window_manager.max_window_size = 2000
    one.streams[1]._inbound_window_manager._bytes_processed = 900


@both
def window_managers(h2, one, other):
    one._inbound_flow_control_window_manager = h2.windows.WindowManager(3000)
    one.streams[1]._inbound_window_manager = h2.windows.WindowManager(2000)


@both
def frame_sizes(h2, one, other):
    one.max_outbound_frame_size, one.max_inbound_frame_size = 5, 20


# ---- state machines ------------------------------------------------------------------------------------------------

@both
def connection_state_assigned(h2, one, other):
    one.state_machine.state = h2.connection.ConnectionState.CLOSED


@both
def connection_machine_assigned(h2, one, other):
    one.state_machine = h2.connection.H2ConnectionStateMachine()


@both
def stream_state_assigned(h2, one, other):
    one.streams[1].state_machine.state = h2.stream.StreamState.CLOSED
    one.streams[1].state_machine.stream_closed_by = h2.stream.StreamClosedBy.SEND_RST_STREAM
    one.streams[5].state_machine.state = h2.stream.StreamState.HALF_CLOSED_LOCAL


@both
def stream_machine_assigned(h2, one, other):
    machine = one.streams[1].state_machine = h2.stream.H2StreamStateMachine(1)
    machine.process_input(h2.stream.StreamInputs.UPGRADE_CLIENT)


@both
def stream_machine_flags(h2, one, other):
    machine = one.streams[1].state_machine
    machine.client, machine.headers_sent, machine.trailers_received = None, False, True


@both
def stream_machine_id(h2, one, other):
    one.streams[1].state_machine.stream_id = 77


# ---- settings, records, buffers ------------------------------------------------------------------------------------

@both
def settings(h2, one, other):
    one.local_settings.max_concurrent_streams = 1
    one.local_settings.acknowledge()
    one.remote_settings[h2.settings.SettingCodes.INITIAL_WINDOW_SIZE] = 10
    one.remote_settings.acknowledge()


@both
def settings_assigned(h2, one, other):
    one.local_settings = h2.settings.Settings(client=one.config.client_side)
    one.remote_settings = h2.settings.Settings(client=not one.config.client_side, initial_values={3: 2})


@both
def closed_streams(h2, one, other):
    one.open_inbound_streams, one.open_outbound_streams
    for number in (3, 15, 17):
        one._closed_streams[number] = h2.stream.StreamClosedBy.RECV_RST_STREAM
    one.streams.pop(1)
    one._closed_streams[1] = h2.stream.StreamClosedBy.SEND_RST_STREAM


@both
def closed_streams_assigned(h2, one, other):
    one._closed_streams = {1: None, 3: h2.stream.StreamClosedBy.SEND_END_STREAM}


@both
def config(h2, one, other):
    one.config.normalize_outbound_headers = False
    one.config.header_encoding = None


@both
def config_assigned(h2, one, other):
    one.config = h2.config.H2Configuration(client_side=one.config.client_side, validate_inbound_headers=False)


@both
def octets_waiting(h2, one, other):
    one._data_to_send += b"\x00\x00\x08\x06\x00\x00\x00\x00\x00inserted"


@both
def buffer_assigned(h2, one, other):
    one.incoming_buffer = h2.frame_buffer.FrameBuffer(server=False)
    one.incoming_buffer.add_data(b"\x00\x00\x08\x06\x00\x00\x00\x00\x00earlier")


@both
def preamble_expected(h2, one, other):
    one.incoming_buffer = h2.frame_buffer.FrameBuffer(server=True)


@pytest.mark.parametrize("at", [2, 3] if "FASTH2_EXHAUSTIVE" in os.environ else [2])
@pytest.mark.parametrize("side, change", CHANGES if "FASTH2_EXHAUSTIVE" in os.environ else CHANGES[::3])
def test_what_is_changed_counts(side, change, at):
    seen = []
    for h2 in (OWN, STOCK):
        with h2:
            talk = Conversation(h2)
            for chapter in CHAPTERS[:at]:
                chapter(talk)
            one, other = (talk.client, talk.server) if side == "client" else (talk.server, talk.client)
            talk.log.append(outcome(change, h2, one, other))
            for chapter in CHAPTERS[at:]:
                chapter(talk)
            seen.append((talk.log, talk.state()))
    (log, state), (expected_log, expected_state) = seen
    assert log == expected_log, first_difference(log, expected_log)
    assert state == expected_state, first_difference(state, expected_state)


def test_what_is_seen_at_every_step():
    """All of it, after every call."""
    class Watched(Conversation):
        def call(self, side, name, *arguments, **options):
            super().call(side, name, *arguments, **options)
            self.log.append(connection_state(getattr(self, side)))

    logs = []
    for h2 in (OWN, STOCK):
        with h2:
            talk = Watched(h2)
            for chapter in CHAPTERS:
                chapter(talk)
            logs.append(talk.log)
    assert logs[0] == logs[1], first_difference(*logs)
