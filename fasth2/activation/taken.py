"""What late activation has taken out of the program, kept for the way back."""

# Layer -> Taken, for layers that were loaded when install() replaced them.
taken = {}

# Layer -> set of (module name, name) that had fasth2's objects before any install(): they stay fasth2's for good.
own = {}


class Taken:
    """modules: dict, name -> upstream's module that stood in sys.modules.
    pairs: list of (upstream's object, fasth2's). They hold upstream's objects alive, so that ids stay true."""

    def __init__(self, modules, pairs):
        self.modules = modules
        self.pairs = pairs
