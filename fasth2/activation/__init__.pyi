from collections.abc import Iterable

from fasth2.activation.errors import ActivationError as ActivationError
from fasth2.activation.finder import Finder
from fasth2.activation.layers import LAYERS as LAYERS
from fasth2.activation.report import Status

def install(
    *,
    only: Iterable[str] | str | None = None,
    strict: bool = False,
    live: bool = False,
    patched: bool = False,
) -> None: ...
def uninstall() -> None: ...
def status() -> Status: ...
def disabled() -> bool: ...
def current() -> Finder | None: ...
