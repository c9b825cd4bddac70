"""`h2.config`."""
from fasth2.engine.config import BooleanOption as _BooleanConfigOption  # noqa: F401
from fasth2.engine.configtypes import DummyLogger, H2Configuration, OutputLogger

__all__ = ["DummyLogger", "H2Configuration", "OutputLogger"]
