"""Names in sentences."""


def listed(names, most=4):
    """`names` (iterable of str) as a phrase, at most `most` of them by name."""
    names = list(names)
    shown = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def agreed(names, one, several):
    """`listed(names)` and the form of a verb that goes with it."""
    names = list(names)
    return f"{listed(names)} {one if len(names) == 1 else several}"
