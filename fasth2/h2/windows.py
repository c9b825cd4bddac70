"""`h2.windows`."""
from fasth2.engine.faces import open_face as _open_face
from fasth2.engine.windows import LARGEST_FLOW_CONTROL_WINDOW, WindowManager
from fasth2.errors.h2 import FlowControlError  # noqa: F401

__all__ = ["LARGEST_FLOW_CONTROL_WINDOW", "WindowManager"]

_open_face(__name__)
