"""What happens in each Python under `fasth2 run` when it starts. bootstrap/sitecustomize.py calls it."""
import _thread
import atexit
import os
import sys

from fasth2.activation import install, status
from fasth2.activation.compiled import PACKAGE, is_compiled
from fasth2.activation.environment import is_set


def switch_on(tell):
    """Call install() as the options of `fasth2 run` say. Raises what install() raises, and ImportError where fasth2's
    compiled modules cannot be loaded. `tell`: a function that writes a line (str) to standard error."""
    if not is_compiled():
        raise ImportError(f"{PACKAGE} has no modules compiled for it")
    if sys.version_info >= (3, 12) and not _thread._is_main_interpreter():
        raise ImportError("compiled modules cannot be loaded in a sub-interpreter")
    install(strict=is_set("FASTH2_STRICT"))
    if is_set("FASTH2_REPORT"):
        atexit.register(report, tell)


def report(tell):
    """Tell the status of this process in one line."""
    program = next(iter(getattr(sys, "argv", ())), "")  # an embedded Python need not have one
    layers = "; ".join(f"{name} {layer}" for name, layer in status().layers.items())
    tell(f"fasth2: process {os.getpid()}, {program}: {layers}\n")
