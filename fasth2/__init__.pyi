from fasth2.activation import ActivationError, install, status, uninstall

__all__ = ["ActivationError", "get_include", "install", "status", "uninstall"]
__version__: str

def get_include() -> str: ...
