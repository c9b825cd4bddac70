"""Why a loaded layer does not change hands, in words: each a list of str, of one or none."""
from fasth2.activation.live import derived_outside, described, name_of
from fasth2.activation.words import agreed, listed


def alive(objects, instead):
    """Not while `objects` (list) of connections are there. instead: str, what else can be done."""
    if not objects:
        return []
    return [f"connections are alive ({listed(described(objects))}): close them first{instead}"]


def changed(names):
    """Not while `names` (list of str) lead to something else than upstream's own."""
    if not names:
        return []
    return [
        f"{agreed(names, 'was', 'were')} patched by somebody: call install() before that;"
        " or install(patched=True), and the patches are lost"
    ]


def derived(objects):
    """Not while other classes derive from those among `objects` (list)."""
    names = [name_of(cls) for cls in derived_outside(objects)]
    if not names:
        return []
    return [f"{agreed(names, 'derives', 'derive')} from classes that would be replaced"]
