"""`h2.errors`."""
from fasth2.errors.codes import ErrorCodes, _error_code_from_int  # noqa: F401

__all__ = ["ErrorCodes"]
