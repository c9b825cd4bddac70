from typing import Any

from fasth2.codec.framebase import Frame
from fasth2.codec.stepwise import Decoder, Encoder
from fasth2.engine.configtypes import H2Configuration
from fasth2.engine.enums import StreamClosedBy
from fasth2.engine.settingstypes import Settings
from fasth2.engine.windows import WindowManager
from fasth2.h2.connection import H2ConnectionStateMachine
from fasth2.h2.frame_buffer import FrameBuffer
from fasth2.h2.stream import H2Stream

class Endpoint:
    state_machine: H2ConnectionStateMachine
    streams: dict[int, H2Stream]
    highest_inbound_stream_id: int
    highest_outbound_stream_id: int
    encoder: Encoder
    decoder: Decoder
    config: H2Configuration
    local_settings: Settings
    remote_settings: Settings
    outbound_flow_control_window: int
    max_outbound_frame_size: int
    max_inbound_frame_size: int
    incoming_buffer: FrameBuffer
    _header_frames: list[Frame]
    _data_to_send: bytearray
    _closed_streams: dict[int, StreamClosedBy | None]
    _inbound_flow_control_window_manager: WindowManager
    _dispatch: Any
    _dispatch_as_made: Any
    def __init__(
        self, config: H2Configuration, local_settings: Settings, remote_settings: Settings, encoder: Encoder,
        decoder: Decoder, incoming_buffer: FrameBuffer, closed_streams: dict[int, StreamClosedBy | None],
        stream_class: type[H2Stream],
    ) -> None: ...
