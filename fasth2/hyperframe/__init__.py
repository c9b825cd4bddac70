"""`hyperframe` 6.1.0's API over fasth2's frames."""

__version__ = "6.1.0"
