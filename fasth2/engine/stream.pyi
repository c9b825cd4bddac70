from fasth2.engine.configtypes import H2Configuration
from fasth2.engine.enums import StreamClosedBy
from fasth2.engine.windows import WindowManager
from fasth2.h2.stream import H2StreamStateMachine

class Stream:
    state_machine: H2StreamStateMachine
    stream_id: int
    max_outbound_frame_size: int | None
    request_method: bytes | None
    outbound_flow_control_window: int
    _inbound_window_manager: WindowManager
    _expected_content_length: int | None
    _actual_content_length: int
    _authority: bytes | None
    config: H2Configuration
    def __init__(
        self, stream_id: int, config: H2Configuration, inbound_window_size: int, outbound_window_size: int,
    ) -> None: ...
    @property
    def inbound_flow_control_window(self) -> int: ...
    @property
    def open(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    @property
    def closed_by(self) -> StreamClosedBy | None: ...
