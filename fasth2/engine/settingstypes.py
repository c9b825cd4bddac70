"""Settings of one side of a connection (RFC 9113 section 6.5): those in force, and those not yet acknowledged."""
from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from fasth2.engine.copying import reducer
from fasth2.engine.settings import SettingsCore, enlist, waiting
from fasth2.errors.codes import ErrorCodes
from fasth2.errors.h2 import InvalidSettingsValueError

_UPSTREAM = "h2.settings"
_NO_LIMIT = 2**32 + 1  # streams; above all that a SETTINGS frame can say


def setting_code(value: int) -> SettingCodes:
    """The setting of that identifier (int): what a copy or a pickle of one calls."""
    return SettingCodes(value)


class SettingCodes(IntEnum):
    """Identifiers of the settings that HTTP/2 knows (RFC 9113 section 6.5.2; the last is of RFC 8441 section 3).

    Source: h2.settings.SettingCodes.
    """

    __module__ = _UPSTREAM

    HEADER_TABLE_SIZE = 0x1        # octets
    ENABLE_PUSH = 0x2              # 0 or 1
    MAX_CONCURRENT_STREAMS = 0x3
    INITIAL_WINDOW_SIZE = 0x4      # octets
    MAX_FRAME_SIZE = 0x5           # octets
    MAX_HEADER_LIST_SIZE = 0x6     # octets
    ENABLE_CONNECT_PROTOCOL = 0x8  # 0 or 1

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return setting_code, (int(self),)


def _setting_code_from_int(code: int) -> SettingCodes | int:
    """The `SettingCodes` member of that identifier, or `code` itself where there is none. Source: h2.settings."""
    try:
        return SettingCodes(code)
    except ValueError:
        return code


class ChangedSetting:
    """A setting that has changed: `setting` (SettingCodes or int), `original_value` (int or None) and `new_value`.

    Source: h2.settings.ChangedSetting.
    """

    __module__ = _UPSTREAM
    __reduce_ex__ = reducer(__name__)

    def __init__(self, setting: SettingCodes | int, original_value: int | None, new_value: int) -> None:
        self.setting = setting
        self.original_value = original_value
        self.new_value = new_value

    def __repr__(self) -> str:
        return (f"ChangedSetting(setting={self.setting!s}, original_value={self.original_value}, "
                f"new_value={self.new_value})")


def _named(code: SettingCodes) -> property:
    """An attribute for the setting `code`, which always has a value."""

    def get(self: Settings) -> int:
        return self[code]

    def set(self: Settings, value: int) -> None:
        self[code] = value

    return property(get, set, doc=f"The value of {code.name} that is in force (int).")


class Settings(SettingsCore, MutableMapping[SettingCodes | int, int]):
    """The settings of one side of a connection: a mapping of those that are in force. Source: h2.settings.Settings.

    What is set waits until `acknowledge` is called, once for each time the setting was set. `client`: whether the
    side is the client, whose ENABLE_PUSH is 1 by default. `initial_values`: what is in force at once, in place of or
    besides the defaults of RFC 9113 section 6.5.2. InvalidSettingsValueError for a value that this section forbids.
    """

    __module__ = _UPSTREAM
    __reduce_ex__ = reducer(__name__, "_settings", "_client")
    __hash__ = MutableMapping.__hash__  # none: it can be changed

    if TYPE_CHECKING:
        header_table_size: int
        enable_push: int
        initial_window_size: int
        max_frame_size: int
        enable_connect_protocol: int
    else:
        header_table_size = _named(SettingCodes.HEADER_TABLE_SIZE)
        enable_push = _named(SettingCodes.ENABLE_PUSH)
        initial_window_size = _named(SettingCodes.INITIAL_WINDOW_SIZE)
        max_frame_size = _named(SettingCodes.MAX_FRAME_SIZE)
        enable_connect_protocol = _named(SettingCodes.ENABLE_CONNECT_PROTOCOL)

    def __init__(self, client: bool = True, initial_values: dict[SettingCodes, int] | None = None) -> None:
        self._client = client
        self._settings = {
            SettingCodes.HEADER_TABLE_SIZE: [4096],
            SettingCodes.ENABLE_PUSH: [int(client)],
            SettingCodes.INITIAL_WINDOW_SIZE: [65535],
            SettingCodes.MAX_FRAME_SIZE: [16384],
            SettingCodes.ENABLE_CONNECT_PROTOCOL: [0],
        }
        if initial_values is not None:
            for key, value in initial_values.items():
                _refuse_if(_validate_setting(key, value), key, value)
                self._settings[key] = [value]

    def acknowledge(self) -> dict[SettingCodes | int, ChangedSetting]:
        """The other side has the settings: the next value of each that has one is in force. What has changed."""
        changed: dict[SettingCodes | int, ChangedSetting] = {}
        for code, values in waiting(self):
            if len(values) > 1:
                original = values[0]
                del values[0]
                changed[code] = ChangedSetting(code, original, values[0])  # type: ignore[arg-type]
        return changed

    @property
    def max_concurrent_streams(self) -> int:
        """The value of MAX_CONCURRENT_STREAMS that is in force (int); 2**32 + 1 where there is no limit."""
        return self.get(SettingCodes.MAX_CONCURRENT_STREAMS, _NO_LIMIT)

    @max_concurrent_streams.setter
    def max_concurrent_streams(self, value: int) -> None:
        self[SettingCodes.MAX_CONCURRENT_STREAMS] = value

    @property
    def max_header_list_size(self) -> int | None:
        """The value of MAX_HEADER_LIST_SIZE that is in force (int, octets); None where there is no limit."""
        return self.get(SettingCodes.MAX_HEADER_LIST_SIZE, None)

    @max_header_list_size.setter
    def max_header_list_size(self, value: int) -> None:
        self[SettingCodes.MAX_HEADER_LIST_SIZE] = value

    def __setitem__(self, key: SettingCodes | int, value: int) -> None:
        _refuse_if(_validate_setting(key, value), key, value)
        try:
            values = self._settings[key]
        except KeyError:
            values = self._settings[key] = [None]
        values.append(value)

    def validate_received_setting(self, setting: SettingCodes | int, value: int) -> None:
        """InvalidSettingsValueError if the side that these settings are of must not send this value.

        A server may say of ENABLE_PUSH only that it is 0 (RFC 9113 section 6.5.2).
        """
        _refuse_if(_validate_setting(setting, value, client=self._client), setting, value)

    def __delitem__(self, key: SettingCodes | int) -> None:
        del self._settings[key]

    def __iter__(self) -> Iterator[SettingCodes | int]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __eq__(self, other: object) -> bool:
        return self._settings == other._settings if isinstance(other, Settings) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other if isinstance(other, Settings) else NotImplemented


def _refuse_if(code: ErrorCodes, setting: SettingCodes | int, value: int) -> None:
    if code:
        raise InvalidSettingsValueError(f"Setting {setting} has invalid value {value}", error_code=code)


def _validate_setting(setting: SettingCodes | int, value: int, *, client: bool | None = None) -> ErrorCodes:
    """What is wrong with the value of a setting, or NO_ERROR (RFC 9113 section 6.5.2). Source: h2.settings.

    `client`: which side has sent it, None if that does not matter.
    """
    if setting in (SettingCodes.ENABLE_PUSH, SettingCodes.ENABLE_CONNECT_PROTOCOL):
        allowed = value in (0, 1)
        if setting == SettingCodes.ENABLE_PUSH and client is False:
            allowed = value == 0
    elif setting == SettingCodes.INITIAL_WINDOW_SIZE:
        if not 0 <= value <= 2**31 - 1:
            return ErrorCodes.FLOW_CONTROL_ERROR
        allowed = True
    elif setting == SettingCodes.MAX_FRAME_SIZE:
        allowed = 2**14 <= value <= 2**24 - 1
    else:
        allowed = setting != SettingCodes.MAX_HEADER_LIST_SIZE or not value < 0
    return ErrorCodes.NO_ERROR if allowed else ErrorCodes.PROTOCOL_ERROR


enlist(Settings, SettingCodes)
