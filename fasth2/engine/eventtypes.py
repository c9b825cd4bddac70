"""The events by which a connection tells its caller what has happened.

Each is a Python class whose fields live in slots of EventCore. As in h2 4.4.1, most are dataclasses and some are not:
the former compare by their fields, the latter by identity.
"""
from __future__ import annotations

from binascii import hexlify
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fasth2.engine.copying import reducer
from fasth2.engine.events import EventCore, enlist
from fasth2.engine.settingstypes import ChangedSetting, SettingCodes, Settings, _setting_code_from_int

if TYPE_CHECKING:
    from fasth2.errors.codes import ErrorCodes
    from fasth2.hpack.struct import Header
    from fasth2.hyperframe.frame import Frame

_UPSTREAM = "h2.events"
_LAZY_INIT: Any = object()  # a field that the engine has yet to fill
kw_only = {"kw_only": True}


def _bytes_representation(data: bytes | None) -> str | None:
    """Octets as they stand in the repr of an event: in hexadecimal."""
    return None if data is None else hexlify(data).decode("ascii")


class Event(EventCore):
    """Root of all events. Source: h2.events.Event."""

    __reduce_ex__ = reducer(__name__)


# ---- header lists (RFC 9113 section 8.1) -------------------------------------------------------------------------

@dataclass(kw_only=True)
class RequestReceived(Event):
    """A request has begun. Source: h2.events.RequestReceived.

    `headers`: list of header tuples. `stream_ended`, `priority_updated`: the event that came in the same frame.
    """

    stream_id: int
    headers: list[Header] = _LAZY_INIT
    stream_ended: StreamEnded | None = None
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return f"<RequestReceived stream_id:{self.stream_id}, headers:{self.headers}>"


@dataclass(kw_only=True)
class ResponseReceived(Event):
    """A final response has begun. Source: h2.events.ResponseReceived. Fields: see RequestReceived."""

    stream_id: int
    headers: list[Header] = _LAZY_INIT
    stream_ended: StreamEnded | None = None
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return f"<ResponseReceived stream_id:{self.stream_id}, headers:{self.headers}>"


@dataclass(kw_only=True)
class TrailersReceived(Event):
    """The fields behind a body. Source: h2.events.TrailersReceived. Fields: see RequestReceived."""

    stream_id: int
    headers: list[Header] = _LAZY_INIT
    stream_ended: StreamEnded | None = None
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return f"<TrailersReceived stream_id:{self.stream_id}, headers:{self.headers}>"


@dataclass(kw_only=True)
class InformationalResponseReceived(Event):
    """A response before the final one, of status 1xx. Source: h2.events.InformationalResponseReceived.

    Fields: see RequestReceived.
    """

    stream_id: int
    headers: list[Header] = _LAZY_INIT
    priority_updated: PriorityUpdated | None = None

    def __repr__(self) -> str:
        return f"<InformationalResponseReceived stream_id:{self.stream_id}, headers:{self.headers}>"


class PushedStreamReceived(Event):
    """The peer promises to answer a request that it has made up itself. Source: h2.events.PushedStreamReceived.

    `pushed_stream_id`: the stream that the response will come on. `parent_stream_id`: the one that it belongs to.
    `headers`: the made-up request, list of header tuples.
    """

    def __init__(self) -> None:
        self.pushed_stream_id: int | None = None
        self.parent_stream_id: int | None = None
        self.headers: list[Header] | None = None

    def __repr__(self) -> str:
        return (f"<PushedStreamReceived pushed_stream_id:{self.pushed_stream_id}, "
                f"parent_stream_id:{self.parent_stream_id}, headers:{self.headers}>")


# ---- streams -----------------------------------------------------------------------------------------------------

@dataclass(kw_only=True)
class DataReceived(Event):
    """A part of a body. Source: h2.events.DataReceived.

    `data`: bytes. `flow_controlled_length`: octets that it takes from the flow-control windows, padding included.
    `stream_ended`: the event that came in the same frame.
    """

    stream_id: int
    data: bytes = _LAZY_INIT
    flow_controlled_length: int = _LAZY_INIT
    stream_ended: StreamEnded | None = None

    def __repr__(self) -> str:
        data = _bytes_representation(self.data[:20]) if self.data else ""
        return (f"<DataReceived stream_id:{self.stream_id}, flow_controlled_length:{self.flow_controlled_length}, "
                f"data:{data}>")


@dataclass(kw_only=True)
class WindowUpdated(Event):
    """This side may send `delta` octets more, on the stream or, if that is 0, on the connection.

    Source: h2.events.WindowUpdated.
    """

    stream_id: int
    delta: int = _LAZY_INIT

    def __repr__(self) -> str:
        return f"<WindowUpdated stream_id:{self.stream_id}, delta:{self.delta}>"


@dataclass(kw_only=True)
class StreamEnded(Event):
    """The peer will send nothing more on the stream. Source: h2.events.StreamEnded."""

    stream_id: int

    def __repr__(self) -> str:
        return f"<StreamEnded stream_id:{self.stream_id}>"


@dataclass(kw_only=True)
class StreamReset(Event):
    """The stream was cut off: by the peer (`remote_reset`), or by this side because of what the peer did.

    `error_code`: ErrorCodes, or an int that is none of them. Source: h2.events.StreamReset.
    """

    stream_id: int
    error_code: ErrorCodes | int = _LAZY_INIT
    remote_reset: bool = True

    def __repr__(self) -> str:
        return (f"<StreamReset stream_id:{self.stream_id}, error_code:{self.error_code!s}, "
                f"remote_reset:{self.remote_reset}>")


class PriorityUpdated(Event):
    """Advice on the turn of a stream (RFC 7540 section 5.3). Source: h2.events.PriorityUpdated.

    `weight`: 1 to 256. `depends_on`: a stream, or 0. `exclusive`: whether all that depends on the same stream is to
    depend on this one.
    """

    def __init__(self) -> None:
        self.stream_id: int | None = None
        self.weight: int | None = None
        self.depends_on: int | None = None
        self.exclusive: bool | None = None

    def __repr__(self) -> str:
        return (f"<PriorityUpdated stream_id:{self.stream_id}, weight:{self.weight}, depends_on:{self.depends_on}, "
                f"exclusive:{self.exclusive}>")


# ---- the connection ----------------------------------------------------------------------------------------------

class RemoteSettingsChanged(Event):
    """The peer has changed its settings, and this side has acknowledged that. Source: h2.events.RemoteSettingsChanged.

    `changed_settings`: dict of ChangedSetting by identifier.
    """

    def __init__(self) -> None:
        self.changed_settings: dict[int, ChangedSetting] = {}

    @classmethod
    def from_settings(cls,
                      old_settings: Settings | dict[int, int],
                      new_settings: dict[int, int]) -> RemoteSettingsChanged:
        """The event for `new_settings`, compared to the `old_settings`, both mappings of values by identifier."""
        event = cls()
        for number, value in new_settings.items():
            code = _setting_code_from_int(number)
            event.changed_settings[code] = ChangedSetting(code, old_settings.get(code), value)
        return event

    def __repr__(self) -> str:
        return f"<RemoteSettingsChanged changed_settings:{{{', '.join(map(repr, self.changed_settings.values()))}}}>"


class SettingsAcknowledged(Event):
    """The peer has this side's settings: they are in force. Source: h2.events.SettingsAcknowledged.

    `changed_settings`: dict of ChangedSetting by identifier.
    """

    def __init__(self) -> None:
        self.changed_settings: dict[SettingCodes | int, ChangedSetting] = {}

    def __repr__(self) -> str:
        return f"<SettingsAcknowledged changed_settings:{{{', '.join(map(repr, self.changed_settings.values()))}}}>"


@dataclass(kw_only=True)
class PingReceived(Event):
    """A PING with `ping_data` (8 octets), which was answered. Source: h2.events.PingReceived."""

    ping_data: bytes

    def __repr__(self) -> str:
        return f"<PingReceived ping_data:{_bytes_representation(self.ping_data)}>"


@dataclass(kw_only=True)
class PingAckReceived(Event):
    """The answer to a PING of this side's with `ping_data` (8 octets). Source: h2.events.PingAckReceived."""

    ping_data: bytes

    def __repr__(self) -> str:
        return f"<PingAckReceived ping_data:{_bytes_representation(self.ping_data)}>"


class ConnectionTerminated(Event):
    """The peer has sent GOAWAY (RFC 9113 section 6.8). Source: h2.events.ConnectionTerminated.

    `error_code`: ErrorCodes, or an int that is none of them. `last_stream_id`: the last stream that the peer has seen;
    what was sent on later ones can be sent again elsewhere. `additional_data`: bytes or None.
    """

    def __init__(self) -> None:
        self.error_code: ErrorCodes | int | None = None
        self.last_stream_id: int | None = None
        self.additional_data: bytes | None = None

    def __repr__(self) -> str:
        data = _bytes_representation(self.additional_data[:20] if self.additional_data else None)
        return (f"<ConnectionTerminated error_code:{self.error_code!s}, last_stream_id:{self.last_stream_id}, "
                f"additional_data:{data}>")


class AlternativeServiceAvailable(Event):
    """`origin` is to be had elsewhere too (RFC 7838). Source: h2.events.AlternativeServiceAvailable.

    `origin`: bytes; where the frame named none, the authority that the stream's request was for. `field_value`: bytes,
    as received.
    """

    def __init__(self) -> None:
        self.origin: bytes | None = None
        self.field_value: bytes | None = None

    def __repr__(self) -> str:
        origin, field_value = ((octets or b"").decode("utf-8", "ignore") for octets in (self.origin, self.field_value))
        return f"<AlternativeServiceAvailable origin:{origin}, field_value:{field_value}>"


@dataclass(kw_only=True)
class UnknownFrameReceived(Event):
    """A frame of a type that HTTP/2 does not know, which the connection passed over (RFC 9113 section 5.5).

    Source: h2.events.UnknownFrameReceived.
    """

    frame: Frame

    def __repr__(self) -> str:
        return "<UnknownFrameReceived>"


# ---- what a state machine tells its stream alone -----------------------------------------------------------------

class _HeadersSent(Event):
    """A header list is about to be sent."""


class _ResponseSent(_HeadersSent):
    """It is that of a response."""


class _RequestSent(_HeadersSent):
    """It is that of a request."""


class _TrailersSent(_HeadersSent):
    """It is the trailers."""


class _PushedRequestSent(_HeadersSent):
    """It is that of a request which this side promises to answer."""


_OTHER_FIELDS = {
    PushedStreamReceived: ("pushed_stream_id", "parent_stream_id", "headers"),
    PriorityUpdated: ("stream_id", "weight", "depends_on", "exclusive"),
    RemoteSettingsChanged: ("changed_settings",),
    SettingsAcknowledged: ("changed_settings",),
    ConnectionTerminated: ("error_code", "last_stream_id", "additional_data"),
    AlternativeServiceAvailable: ("origin", "field_value"),
}

for _class in [found for found in globals().values() if isinstance(found, type) and issubclass(found, Event)]:
    _class.__module__ = _UPSTREAM
    enlist(_class, *getattr(_class, "__dataclass_fields__", _OTHER_FIELDS.get(_class, ())))
del _class
