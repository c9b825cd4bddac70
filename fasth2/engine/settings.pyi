from fasth2.engine.settingstypes import SettingCodes

class SettingsCore:
    _settings: dict[SettingCodes | int, list[int | None]]
    _client: bool
    def __getitem__(self, key: SettingCodes | int, /) -> int: ...

def enlist(settings: type, codes: type[SettingCodes]) -> None: ...
