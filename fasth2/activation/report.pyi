from fasth2.activation.finder import Finder

class Layer:
    name: str
    mirrored: str
    installed: str | None
    state: str
    modules: list[str]
    left: list[str]
    reason: str
    def __init__(self, name: str, finder: Finder | None, disabled: bool, left: list[str]) -> None: ...

class Status:
    layers: dict[str, Layer]
    active: bool
    disabled: bool
    def __init__(self, finder: Finder | None, disabled: bool) -> None: ...
