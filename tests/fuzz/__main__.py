"""`python -m fuzz` from tests/, or `python tests/fuzz`: the same as fuzz_hpack.py."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.fuzz_hpack import main

sys.exit(main())
