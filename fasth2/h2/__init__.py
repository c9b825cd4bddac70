"""h2 4.4.1's API on fasth2's engine."""

__version__ = "4.4.1"
