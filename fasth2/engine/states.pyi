from collections.abc import Callable

from fasth2.engine.enums import ConnectionInputs, ConnectionState, StreamClosedBy, StreamInputs, StreamState
from fasth2.engine.eventtypes import Event

EFFECT_NAMES: dict[int, str]

class Tally: ...

class StreamMachine:
    state: StreamState
    stream_id: int
    client: bool | None
    headers_sent: bool | None
    trailers_sent: bool | None
    headers_received: bool | None
    trailers_received: bool | None
    stream_closed_by: StreamClosedBy | None
    def __init__(self, stream_id: int) -> None: ...
    def process_input(self, input_: StreamInputs) -> list[Event]: ...
    def _take_effect(self, effect: int) -> list[Event]: ...

class ConnectionMachine:
    state: ConnectionState
    def __init__(self) -> None: ...
    def process_input(self, input_: ConnectionInputs) -> list[Event]: ...

def declare_machines(of_streams: type[StreamMachine], of_connections: type[ConnectionMachine]) -> None: ...
def stream_table() -> dict[tuple[StreamState, StreamInputs], tuple[int | None, StreamState]]: ...
def connection_table() -> dict[
    tuple[ConnectionState, ConnectionInputs], tuple[Callable[[ConnectionState], None] | None, ConnectionState]]: ...
