"""Runs native targets on random octets, by seed, counted; what shows a difference is kept as it is."""
import time
from pathlib import Path

STEP = 2000    # seeds at a time
LONGEST = 300  # octets of an input


def fuzz(name, capsule, seed, folder, seconds=None, count=None, report=print):
    """Inputs with the seeds `seed`, `seed` + 1, ... for that long, or until `count` pieces were given to the code under
    test. (Whether all is well, counts with "sessions", which is the number of seeds.)"""
    import runner

    start = shown = time.monotonic()
    before = runner.counts(capsule)["inputs"]
    number, found = seed, None
    while found is None:
        now = time.monotonic()
        if (runner.counts(capsule)["inputs"] - before >= count if count is not None else now - start >= seconds):
            break
        if now - shown >= 10:
            shown = now
            report(f"{now - start:5.0f} s: {name}: {runner.counts(capsule)['inputs']} inputs", flush=True)
        found = runner.sweep(capsule, number, STEP, LONGEST)
        number += STEP
    counts = runner.counts(capsule)
    counts["sessions"] = number - seed
    if found is not None:
        wrong, octets = found
        path = Path(folder) / f"difference-{name}-{number}.bin"
        path.write_bytes(octets)
        report(f"DIFFERENCE: {wrong}; kept in {path}")
        return False, counts
    share = counts["accepted"] / max(1, counts["inputs"])
    report(f"{name}: {counts['inputs']} inputs of {counts['octets']} octets, {share:.0%} accepted; no difference"
           f" (seeds {seed} to {number - 1}); by status: {counts['verdicts']}")
    return True, counts
