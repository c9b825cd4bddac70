"""The two sides of the comparison, as seen from inside one of the demo's processes."""
import fasth2
from fasth2.activation.layers import loaded

SIDES = ("stock", "fasth2")


def take(side):
    """Switch this process to `side` (one of SIDES). Call it before h2, hpack or hyperframe is imported."""
    if side == "fasth2":
        fasth2.install(strict=True)


def states():
    """What fasth2.status() says of each layer that this process has loaded: a dict, name -> state (both str)."""
    return {name: layer.state for name, layer in fasth2.status().layers.items() if loaded(name)}


def prove(side, states):
    """Whether the `states` of a process say that it has loaded upstream's names, and all of them lead to `side`."""
    return "hpack" in states and set(states.values()) == {"fasth2" if side == "fasth2" else "upstream"}
