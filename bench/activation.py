"""What it costs to switch a process over: install(), status(), h2's import and uninstall(), in fresh interpreters.

``python -m bench.activation SCENE`` plays one scene and prints what it took, in nanoseconds of processor time, as JSON:
for each call the time, and the limit it has or null.
"""

import gc
import importlib
import json
import pkgutil
import sys
from time import process_time_ns

SCENES = {
    "early": "before anything of upstream's is imported",
    "late": "after h2 is imported",
    "late, large": "after h2 is imported, in a process with 200,000 more live objects",
}
_MS = 1_000_000


def _install_limit(scene: str) -> int:
    """Early 5 ms; late 20 ms, most of which is the import of fasth2's modules, and 0.5 ms for each 1,000 objects that
    the garbage collector knows."""
    return 5 * _MS if scene == "early" else 20 * _MS + len(gc.get_objects()) * _MS // 2_000


def play(scene: str) -> dict[str, tuple[int, int | None]]:
    """Time every call of one scene, in the order in which a program makes them."""
    if scene != "early":
        h2 = importlib.import_module("h2")
        for module in pkgutil.iter_modules(h2.__path__, "h2."):
            importlib.import_module(module.name)
    ballast = [[number] for number in range(200_000)] if scene == "late, large" else []
    limit = _install_limit(scene)

    start = process_time_ns()
    import fasth2

    fasth2.install()
    installed = process_time_ns()
    text = str(fasth2.status())
    told = process_time_ns()
    fasth2.status()
    told_again = process_time_ns()
    if scene == "early":
        connection = importlib.import_module("h2.connection")
        assert connection is sys.modules["fasth2.h2.connection"]
    imported = process_time_ns()
    fasth2.uninstall()
    end = process_time_ns()

    waiting, layers = text.count("will be fasth2."), len(text.splitlines()) - 1
    assert waiting + text.count(" is fasth2.") == layers and (waiting == layers) == (scene == "early"), text
    del ballast
    return {
        "import fasth2, install()": (installed - start, limit),
        "status(), the first": (told - installed, 5 * _MS),
        "status(), another": (told_again - told, 5 * _MS),
        **({"import h2.connection": (imported - told_again, None)} if scene == "early" else {}),
        "uninstall()": (end - imported, None),
    }


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1])))
