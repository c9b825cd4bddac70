"""The two sides of the comparison, as seen from inside one of the demo's processes."""
import fasth2

SIDES = ("stock", "fasth2")


def take(side):
    """Switch this process to `side` (one of SIDES). Call it before h2, hpack or hyperframe is imported."""
    if side == "fasth2":
        fasth2.install(strict=True)


def states():
    """The state (str) of each layer in this process by fasth2.status(), a dict: what proves which side it is on."""
    return {name: layer.state for name, layer in fasth2.status().layers.items()}


def expected_states(side):
    """What `states()` must be on `side`."""
    state = "fasth2" if side == "fasth2" else "upstream"
    return {name: state for name in fasth2.status().layers}
