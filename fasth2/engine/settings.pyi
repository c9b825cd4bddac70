from collections.abc import Iterable

class SettingsCore:
    _settings: dict[int, list[int | None]]
    _client: bool
    def __getitem__(self, key: int) -> int: ...

def enlist(settings: type, codes: Iterable[int]) -> None: ...
