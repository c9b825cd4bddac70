"""h2: a connection with itself, its events and settings."""
from __future__ import annotations

from assertions import assert_type
from h2.config import DummyLogger, H2Configuration, OutputLogger
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError, StreamClosedError
from h2.frame_buffer import FrameBuffer
from h2.settings import ChangedSetting, SettingCodes, Settings
from h2.stream import H2Stream
from h2.utilities import HeaderValidationFlags, extract_method_header, normalize_outbound_headers, utf8_encode_headers
from h2.windows import WindowManager

client = H2Connection()
server = H2Connection(config=H2Configuration(client_side=False, header_encoding="utf-8", logger=DummyLogger()))
assert_type(server.config.client_side, bool)
assert_type(server.config.header_encoding, "bool | str | None")
assert_type(server.config.logger, "DummyLogger | OutputLogger")
for connection in (client, server):
    connection.initiate_connection()
assert_type(client.get_next_available_stream_id(), int)
client.send_headers(1, [(":method", "POST"), (":path", "/"), (":scheme", "https"), (":authority", "example.com")])
client.send_data(1, b"data", end_stream=True, pad_length=3)
assert_type(client.data_to_send(10), bytes)

received = server.receive_data(bytearray(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
assert_type(received, list[Event])
assert_type(server.streams, dict[int, H2Stream])
assert_type(server.open_inbound_streams, int)
assert_type(server.local_settings, Settings)
assert_type(server.local_settings.initial_window_size, int)
assert_type(server.local_settings.max_header_list_size, "int | None")
assert_type(server.local_settings[SettingCodes.MAX_FRAME_SIZE], int)
assert_type(server.local_settings.acknowledge(), dict[SettingCodes | int, ChangedSetting])
assert_type(FrameBuffer(server=True).max_frame_size, int)
assert_type(WindowManager(10).process_bytes(5), "int | None")
assert_type(H2Stream(1, client.config, 10, 10).closed, bool)

request = RequestReceived(stream_id=1, stream_ended=StreamEnded(stream_id=1))
assert_type(request.stream_ended, "StreamEnded | None")
assert_type(DataReceived(stream_id=1, data=b"").data, bytes)
assert_type(StreamReset(stream_id=1, error_code=ErrorCodes.CANCEL).error_code, "ErrorCodes | int")
assert_type(RemoteSettingsChanged.from_settings({}, {3: 1}), RemoteSettingsChanged)
assert_type(ConnectionTerminated().last_stream_id, "int | None")

error = StreamClosedError(1)
assert_type(error.stream_id, int)
assert_type(error.error_code, ErrorCodes)
assert_type(ProtocolError.error_code, ErrorCodes)

fields = utf8_encode_headers([(":method", "GET"), (b"cookie", b"a")])
assert_type(extract_method_header(fields), "bytes | None")
flags = HeaderValidationFlags(is_client=True, is_trailer=False, is_response_header=False, is_push_promise=False)
assert_type(flags.is_trailer, bool)
assert list(normalize_outbound_headers(fields, flags)) == fields
assert ResponseReceived(stream_id=1) == ResponseReceived(stream_id=1)
OutputLogger(trace_level=True)
