"""Frames, for Python. What works on the wire without objects is in frameheader.pxd and framebody.pxd."""
