"""A pytest plugin that installs fasth2 late, where a class is derived from upstream's H2Connection already. The suite
gets that class for h2's: upstream's connections, in a program that has fasth2's events, exceptions and enums."""
import importlib
import pkgutil

import h2
import h2.connection
from h2.connection import H2Connection

import fasth2

for module in pkgutil.iter_modules(h2.__path__, "h2."):
    importlib.import_module(module.name)


class Derived(H2Connection):
    pass


fasth2.install()
assert fasth2.status().layers["h2"].left == ["derived.Derived"], str(fasth2.status())
assert H2Connection not in Derived.__mro__, "upstream's name does not lead to fasth2's class"
h2.connection.H2Connection = Derived
del H2Connection  # the suite's is another
