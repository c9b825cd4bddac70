# Nothing here is for Python: see framewrite.pxd.
