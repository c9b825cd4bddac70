"""A JSON file in which the counts of several runs add up: {harness: {"seeds": [[first, count], ...], counts}}."""
import json
from pathlib import Path


def read(path):
    path = Path(path)
    return json.loads(path.read_text()) if path.exists() else {}


def next_seed(path, name, seed):
    """Where the last run of that harness ended, or `seed` if there was none."""
    seeds = read(path).get(name, {}).get("seeds")
    return sum(seeds[-1]) if seeds else seed


def add(path, name, seed, counts):
    """Adds what a run from `seed` (int) on has counted: numbers, and dicts of numbers; "sessions" is that of seeds."""
    total = read(path)
    known = total.setdefault(name, {"seeds": []})
    known["seeds"].append([seed, counts["sessions"]])
    for key, value in counts.items():
        if isinstance(value, dict):
            inner = known.setdefault(key, {})
            for one, count in value.items():
                inner[one] = inner.get(one, 0) + count
        else:
            known[key] = known.get(key, 0) + value
    Path(path).write_text(json.dumps(total, indent=1, sort_keys=True) + "\n")
