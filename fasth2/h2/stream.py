"""`h2.stream`."""
from fasth2.codec.framebase import Frame  # noqa: F401
from fasth2.codec.frametypes import (  # noqa: F401
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PushPromiseFrame,
    RstStreamFrame,
    WindowUpdateFrame,
)
from fasth2.codec.headertuple import HeaderTuple  # noqa: F401
from fasth2.engine import streamsteps as _streamsteps
from fasth2.engine.enums import StreamClosedBy, StreamInputs, StreamState
from fasth2.engine.faces import open_face as _open_face
from fasth2.engine.headerlists import decode_headers as _decode_headers  # noqa: F401
from fasth2.engine.states import EFFECT_NAMES, StreamMachine, stream_table
from fasth2.engine.streamsteps import OpenStream
from fasth2.h2.errors import ErrorCodes, _error_code_from_int  # noqa: F401
from fasth2.h2.events import (  # noqa: F401
    AlternativeServiceAvailable,
    DataReceived,
    Event,
    InformationalResponseReceived,
    PushedStreamReceived,
    RequestReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
    _PushedRequestSent,
    _RequestSent,
    _ResponseSent,
    _TrailersSent,
)
from fasth2.h2.exceptions import FlowControlError, InvalidBodyLengthError, ProtocolError, StreamClosedError  # noqa: F401
from fasth2.h2.utilities import (  # noqa: F401
    HeaderValidationFlags,
    authority_from_headers,
    extract_method_header,
    guard_increment_window,
    is_informational_response,
    normalize_inbound_headers,
    normalize_outbound_headers,
    utf8_encode_headers,
    validate_headers,
    validate_outbound_headers,
)
from fasth2.h2.windows import WindowManager  # noqa: F401

__all__ = [
    "STREAM_OPEN",
    "H2Stream",
    "H2StreamStateMachine",
    "StreamClosedBy",
    "StreamInputs",
    "StreamState",
]

# By state: whether a stream in it counts as a concurrent one.
STREAM_OPEN = [state in (StreamState.OPEN, StreamState.HALF_CLOSED_REMOTE, StreamState.HALF_CLOSED_LOCAL)
               for state in StreamState]


class H2StreamStateMachine(StreamMachine):
    """The state machine of a stream. Upstream: h2.stream.H2StreamStateMachine.

    stream_id (int): the stream's identifier.
    """

    __module__ = "h2.stream"

    def __init__(self, stream_id: int) -> None:
        StreamMachine.__init__(self, stream_id)


def _effect_method(effect, name):
    def method(self, previous_state):
        return self._take_effect(effect)

    method.__name__ = name
    method.__qualname__ = f"H2StreamStateMachine.{name}"
    method.__module__ = "h2.stream"
    return method


for _effect, _name in EFFECT_NAMES.items():
    setattr(H2StreamStateMachine, _name, _effect_method(_effect, _name))

_transitions = {
    key: (None if effect is None else getattr(H2StreamStateMachine, EFFECT_NAMES[effect]), target)
    for key, (effect, target) in stream_table().items()
}


class H2Stream(OpenStream):
    """A stream of a connection. Upstream: h2.stream.H2Stream.

    stream_id (int); config (H2Configuration); both windows in octets (int).
    """

    __module__ = "h2.stream"


_OWN_MACHINES = H2StreamStateMachine

_open_face(__name__, _streamsteps)
