"""`assert_type` for a type checker; at run time it gives its value back, also where typing has none."""
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import assert_type as assert_type
else:

    def assert_type(value, _expected):
        return value
