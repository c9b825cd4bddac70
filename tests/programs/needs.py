"""Why a test cannot run here: marks for pytest."""
from importlib.util import find_spec

import pytest

from programs import curl


def modules(*names):
    """Skips where one of the modules cannot be imported; `pip install -e '.[programs]'` brings them all."""
    missing = [name for name in names if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"fasth2[programs] lacks {', '.join(missing)}")


def with_curl():
    """Skips where there is no curl with HTTP/2."""
    return pytest.mark.skipif(bool(curl.missing()), reason=curl.missing())
