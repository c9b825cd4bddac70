"""Every allocation of every call fails in turn; and what a call allocates, failed or not, is given back."""
import pytest

from support.allocations import sweep
from support.calls import all_calls


@pytest.mark.parametrize("call", all_calls(), ids=str)
def test_without_memory(call):
    sweep(call)
