"""Coverage-guided fuzzing with atheris: its octets are the choices of a harness' generator (fuzz.source).

Upstream is pure Python and does what fasth2 does, so that its branches tell the fuzzer which sessions are new.
"""
import os
import sys
import time
from types import FunctionType

from fuzz import harnesses

UPSTREAM = ["hpack", "hyperframe", "priority", "h2"]


def instrument(atheris, modules):
    """The functions of h2's `modules`, and of their classes."""
    for module in modules:
        if not getattr(module, "__name__", "").startswith("h2_copy_"):
            continue
        own = [thing for thing in vars(module).values() if getattr(thing, "__module__", None) == module.__name__]
        for thing in [*own, *(each for cls in own if isinstance(cls, type) for each in vars(cls).values())]:
            if isinstance(thing, FunctionType):
                atheris.instrument_func(thing)


def run(name, seconds, seed, folder):
    """Runs the harness for that long; does not return. Exit status 0, or another where implementations differ."""
    import atheris

    with atheris.instrument_imports(include=UPSTREAM):
        harness = harnesses.load(name)
        session = harness.session()
    for oracle in getattr(session, "h2s", ()):  # copies of h2's source (support.h2s), which no import hook sees
        instrument(atheris, vars(oracle).values())
    from fuzz import driver
    from fuzz.source import Octets

    tally = driver.Tally(harness)
    end = time.monotonic() + seconds

    def one(octets):
        if time.monotonic() > end:  # atheris ends without telling anybody
            print(f"{tally}; no difference (by coverage)", flush=True)
            os._exit(0)
        source = Octets(octets)
        session, operations = harness.session(), []
        try:
            while len(operations) < harness.length and not (source.spent and operations):
                driver.step(harness, source, tally, session, operations)
        except driver.Disagreement as error:
            kept = driver.keep(harness, error, "guided", folder)
            print(f"DIFFERENCE: {str(error)[:2000]}\nkept in {kept}", flush=True)
            raise
        tally.sessions += 1

    arguments = [sys.argv[0], "-max_len=4000", "-len_control=20", "-verbosity=0",
                 f"-artifact_prefix={folder}/crash-{name}-"]
    if seed is not None:
        arguments.append(f"-seed={seed % 2**31 or 1}")
    atheris.Setup(arguments, one)
    atheris.Fuzz()
