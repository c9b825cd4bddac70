"""`h2.settings`."""
from fasth2.engine.settingstypes import (  # noqa: F401
    ChangedSetting,
    SettingCodes,
    Settings,
    _setting_code_from_int,
    _validate_setting,
)
from fasth2.errors.codes import ErrorCodes  # noqa: F401
from fasth2.errors.h2 import InvalidSettingsValueError  # noqa: F401
from fasth2.hyperframe.frame import SettingsFrame  # noqa: F401

__all__ = ["ChangedSetting", "SettingCodes", "Settings"]
