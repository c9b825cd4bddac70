# Nothing here is for Python: see frameread.pxd.
