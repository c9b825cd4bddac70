"""`h2.connection`."""
from __future__ import annotations

from fasth2.codec.framebase import ExtensionFrame, Frame  # noqa: F401
from fasth2.codec.frametypes import (  # noqa: F401
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from fasth2.engine import connectionsteps as _connectionsteps
from fasth2.engine import stepwise as _stepwise
from fasth2.engine.connectionsteps import OpenConnection, _decode_headers  # noqa: F401
from fasth2.engine.enums import AllowedStreamIDs, ConnectionInputs, ConnectionState
from fasth2.engine.faces import open_face as _open_face
from fasth2.engine.states import ConnectionMachine, connection_table, declare_machines
from fasth2.engine.steps import enlist_steps as _enlist_steps
from fasth2.engine.stepwise import _add_frame_priority  # noqa: F401
from fasth2.errors.codes import ErrorCodes, _error_code_from_int  # noqa: F401
from fasth2.errors.hpack import HPACKError, OversizedHeaderListError  # noqa: F401
from fasth2.errors.hyperframe import InvalidPaddingError  # noqa: F401
from fasth2.h2.config import H2Configuration
from fasth2.h2.events import (  # noqa: F401
    AlternativeServiceAvailable,
    ConnectionTerminated,
    Event,
    InformationalResponseReceived,
    PingAckReceived,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    RequestReceived,
    ResponseReceived,
    SettingsAcknowledged,
    TrailersReceived,
    UnknownFrameReceived,
    WindowUpdated,
)
from fasth2.h2.exceptions import (  # noqa: F401
    DenialOfServiceError,
    FlowControlError,
    FrameTooLargeError,
    NoAvailableStreamIDError,
    NoSuchStreamError,
    ProtocolError,
    RFC1122Error,
    StreamClosedError,
    StreamIDTooLowError,
    TooManyStreamsError,
)
from fasth2.h2.frame_buffer import FrameBuffer
from fasth2.h2.settings import ChangedSetting, SettingCodes, Settings  # noqa: F401
from fasth2.h2.stream import H2Stream, H2StreamStateMachine, StreamClosedBy  # noqa: F401
from fasth2.h2.utilities import SizeLimitDict, guard_increment_window  # noqa: F401
from fasth2.h2.windows import WindowManager
from fasth2.hpack.hpack import Decoder, Encoder

__all__ = [
    "AllowedStreamIDs",
    "ConnectionInputs",
    "ConnectionState",
    "H2Connection",
    "H2ConnectionStateMachine",
]


class H2ConnectionStateMachine(ConnectionMachine):
    """The state machine of a connection. Upstream: h2.connection.H2ConnectionStateMachine."""

    __module__ = "h2.connection"

    _transitions = connection_table()


declare_machines(H2StreamStateMachine, H2ConnectionStateMachine)


class H2Connection(OpenConnection):
    """A connection, of either side: received octets to events, and method calls to octets to send.

    config (H2Configuration; None: that of a client). Upstream: h2.connection.H2Connection.
    """

    __module__ = "h2.connection"

    DEFAULT_MAX_OUTBOUND_FRAME_SIZE = 65535  # octets
    DEFAULT_MAX_INBOUND_FRAME_SIZE = 2**24  # octets
    HIGHEST_ALLOWED_STREAM_ID = 2**31 - 1
    MAX_WINDOW_INCREMENT = 2**31 - 1  # octets
    DEFAULT_MAX_HEADER_LIST_SIZE = 2**16  # octets, as RFC 9113 section 10.5.1 counts them
    MAX_CLOSED_STREAMS = 2**16  # of which it is remembered how they were closed

    def __init__(self, config: H2Configuration | None = None) -> None:
        encoder, decoder = Encoder(), Decoder()
        decoder.max_header_list_size = self.DEFAULT_MAX_HEADER_LIST_SIZE
        config = config or H2Configuration(client_side=True)
        local_settings = Settings(client=config.client_side, initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: 100,
            SettingCodes.MAX_HEADER_LIST_SIZE: self.DEFAULT_MAX_HEADER_LIST_SIZE,
        })
        OpenConnection.__init__(
            self, config, local_settings, Settings(client=not config.client_side), encoder, decoder,
            FrameBuffer(server=not config.client_side), SizeLimitDict(size_limit=self.MAX_CLOSED_STREAMS), _OWN_STREAMS)
        self._honour_overrides()
        if H2ConnectionStateMachine is not _OWN_MACHINES:
            self.state_machine = H2ConnectionStateMachine()
        if WindowManager is not _OWN_WINDOWS:
            self._inbound_flow_control_window_manager = WindowManager(
                max_window_size=self.local_settings.initial_window_size)


_OWN_STREAMS, _OWN_MACHINES, _OWN_WINDOWS = H2Stream, H2ConnectionStateMachine, WindowManager

_enlist_steps(H2Connection, H2Stream, FrameBuffer, H2StreamStateMachine, H2ConnectionStateMachine, WindowManager)
_open_face(__name__, _stepwise, _connectionsteps, besides=(
    "H2Connection", "H2ConnectionStateMachine", "H2Configuration", "Settings", "Encoder", "Decoder", "FrameBuffer",
    "SizeLimitDict", "WindowManager"))
