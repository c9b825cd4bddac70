"""fasth2's h2 against stock h2, over the scripts of fuzz.scripts."""
from fuzz import connections


class Session(connections.Session):
    def __init__(self):
        super().__init__(connections.own(), connections.stock())


class SessionOnCodecs(connections.Session):
    """The oracle is h2 on fasth2's codecs, so that the rows about frames and header blocks are compared as well."""

    def __init__(self):
        super().__init__(connections.own(), connections.on_codecs())
