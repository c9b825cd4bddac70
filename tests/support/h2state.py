"""What can be seen of an h2 connection of either implementation, as plain values that compare: events, exceptions, and
the state of the connection and its streams. Looking changes nothing."""
import dataclasses
import enum
import re

import h2.events

from support.state import decoder_state, encoder_state

_NAMES = {  # the fields of events; h2 has not made dataclasses of all
    "RemoteSettingsChanged": ("changed_settings",), "SettingsAcknowledged": ("changed_settings",),
    "PushedStreamReceived": ("pushed_stream_id", "parent_stream_id", "headers"),
    "PriorityUpdated": ("stream_id", "weight", "depends_on", "exclusive"),
    "ConnectionTerminated": ("error_code", "last_stream_id", "additional_data"),
    "AlternativeServiceAvailable": ("origin", "field_value"),
    **{cls.__name__: tuple(field.name for field in dataclasses.fields(cls))
       for cls in vars(h2.events).values() if isinstance(cls, type) and dataclasses.is_dataclass(cls)},
}
_OF_ERRORS = ("error_code", "stream_id", "max_stream_id", "expected_length", "actual_length", "_events")
_OF_MACHINES = ("client", "headers_sent", "trailers_sent", "headers_received", "trailers_received", "stream_closed_by")
_OF_STREAMS = (
    "stream_id", "open", "closed", "closed_by", "max_outbound_frame_size", "request_method",
    "outbound_flow_control_window", "inbound_flow_control_window", "_expected_content_length",
    "_actual_content_length", "_authority",
)
_OF_CONNECTIONS = (
    "highest_inbound_stream_id", "highest_outbound_stream_id", "outbound_flow_control_window",
    "inbound_flow_control_window", "max_outbound_frame_size", "max_inbound_frame_size",
)
# Upstream's codec ends these two messages with a repr of the rest of the block, or with a memory address.
_UNSTABLE = re.compile(r"(representation is too long|integer representation from).*", re.DOTALL)
_SETS = re.compile(r"\{(b['\"][^{}]*)\}")


def plain(value):
    """A value of either side as one of neither, with its type."""
    if isinstance(value, enum.Enum):
        return type(value).__name__, value.name, value.value
    if isinstance(value, tuple):
        return (type(value).__name__, *map(plain, value))
    if isinstance(value, list):
        return [*map(plain, value)]
    if isinstance(value, dict):
        return {"of": [(plain(key), plain(part)) for key, part in value.items()]}
    if value is None or isinstance(value, (bool, str, bytes, bytearray)):
        return type(value).__name__, value
    if isinstance(value, int):
        return "int", int(value)  # also those that remember something besides (row settings-twice)
    if type(value) is object:
        return "unset"
    if type(value).__name__ == "ChangedSetting":
        return "ChangedSetting", plain(value.setting), plain(value.original_value), plain(value.new_value)
    return type(value).__name__, repr(value)


def event_portrait(event, others=()):
    """(class, text, fields of an event). A field that is one of the list `others` is given by its place there."""
    name = type(event).__name__
    fields = []
    for each in _NAMES.get(name, ()):
        value = getattr(event, each)
        place = next((at for at, other in enumerate(others) if other is value), None)
        fields.append((each, plain(value) if place is None else ("the event at", place)))
    return name, repr(event), fields


def result_portrait(value):
    """What a method has returned."""
    if isinstance(value, list):
        return [event_portrait(each, value) if _is_event(each) else plain(each) for each in value]
    return plain(value)


def _is_event(value):
    return any(cls.__name__ == "Event" for cls in type(value).__mro__)


def outcome(call, *arguments, **options):
    """What a call comes to: ("returned", value), or ("raised", class, message, the rest of the exception)."""
    try:
        return "returned", result_portrait(call(*arguments, **options))
    except Exception as error:
        return "raised", type(error).__name__, _stable(str(error)), _rest_of(error)


def _rest_of(error):
    """Its classes, arguments and attributes."""
    found = [(name, getattr(error, name)) for name in _OF_ERRORS if hasattr(error, name)]
    return (
        [cls.__name__ for cls in type(error).__mro__],
        [_stable(part) if isinstance(part, str) else plain(part) for part in error.args],
        [(name, result_portrait(value)) for name, value in found],
    )


def _stable(message):
    """A message without what is not the same from run to run: sets are told in any order."""
    found = _UNSTABLE.sub(r"\1", message)
    return _SETS.sub(lambda match: "{" + ", ".join(sorted(match[1].split(", "))) + "}", found)


def connection_state(connection):
    """All of a connection that callers and later calls can tell, except what it has yet to send."""
    return {
        "state": connection.state_machine.state.name,
        **{name: getattr(connection, name) for name in _OF_CONNECTIONS},
        "window": window_state(connection._inbound_flow_control_window_manager),
        "local settings": settings_state(connection.local_settings),
        "remote settings": settings_state(connection.remote_settings),
        "encoder": encoder_state(connection.encoder),
        "decoder": decoder_state(connection.decoder),
        "streams": {number: stream_state(stream) for number, stream in connection.streams.items()},
        "order of streams": list(connection.streams),
        "closed streams": [(number, plain(how)) for number, how in connection._closed_streams.items()],
    }


def stream_state(stream):
    machine = stream.state_machine
    return {
        "state": machine.state.name,
        "id in the machine": machine.stream_id,
        **{name: plain(getattr(machine, name)) for name in _OF_MACHINES},
        **{name: plain(getattr(stream, name)) for name in _OF_STREAMS},
        "window": window_state(stream._inbound_window_manager),
        "text": repr(stream),
    }


def window_state(manager):
    return manager.max_window_size, manager.current_window_size, manager._bytes_processed


def settings_state(settings):
    """Every setting with its value; those that have none before they are acknowledged have None."""
    return [(plain(key), settings.get(key)) for key in settings]


def first_difference(found, expected, path=""):
    """Where two nested plain values part, in a line of bounded length."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for key in expected:
            if found[key] != expected[key]:
                return first_difference(found[key], expected[key], f"{path}[{key!r}]")
    if (isinstance(found, (list, tuple)) and isinstance(expected, (list, tuple)) and len(found) == len(expected)):
        for at, (one, other) in enumerate(zip(found, expected)):
            if one != other:
                return first_difference(one, other, f"{path}[{at}]")
    return f"{path or 'all'}: {str(found)[:600]} instead of {str(expected)[:600]}"
