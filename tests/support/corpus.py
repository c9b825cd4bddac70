"""Header lists of the project's own (tests/corpus, always there) and the stories of http2jp/hpack-test-case.

The stories are looked for in $FASTH2_CORPUS, or in ../shared/corpus beside the repository.
"""
import json
import os
from pathlib import Path

TESTS = Path(__file__).parents[1]
OWN = sorted((TESTS / "corpus").glob("*.json"))
STORIES = Path(os.environ.get("FASTH2_CORPUS") or TESTS.parents[1] / "shared" / "corpus") / "hpack"
WHY_NO_STORIES = f"no header stories at {STORIES} (set FASTH2_CORPUS)"


def own_lists(path):
    """[[(name, value) or (name, value, sensitive), ...], ...] of str."""
    return [[tuple(field) for field in fields] for fields in json.loads(path.read_text(encoding="utf-8"))["lists"]]


def stories(encoder):
    """The story files that `encoder` wrote, "raw-data" being the plain header lists."""
    return sorted((STORIES / encoder).glob("story_*.json"))


def story_cases(path):
    """[(block or None, header list as (str, str), table size or None), ...] of a story."""
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [(bytes.fromhex(case["wire"]) if "wire" in case else None,
             [field for header in case["headers"] for field in header.items()],
             case.get("header_table_size")) for case in cases]
