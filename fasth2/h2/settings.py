"""`h2.settings`."""
from fasth2.engine import settingstypes as _settingstypes
from fasth2.engine.faces import open_face as _open_face
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

_open_face(__name__, _settingstypes, besides=(*globals(),))  # what connections ask of settings they always ask
