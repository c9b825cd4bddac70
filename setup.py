"""Builds fasth2's compiled modules. All that can be said declaratively stands in pyproject.toml."""

import os
import sys

if sys.implementation.name != "cpython" or sys.version_info < (3, 10):
    sys.exit("fasth2 needs CPython 3.10 or later; elsewhere the pure-Python hpack and hyperframe do the same work")

from setuptools import Extension, setup

# How fast, never what: directives that change the meaning of a module stand in the module itself.
DIRECTIVES = {
    "initializedcheck": False,
    "nonecheck": False,
    "cdivision": True,
    "embedsignature": False,
    "emit_code_comments": False,
}

# Small files that are fast where it counts: symbols are for debuggers, size goes before speed off the hot path.
# A builder that sets CFLAGS (a sanitizer build, a distribution, a profile) has the last word; so have MSVC's defaults.
OURS = os.name != "nt" and "CFLAGS" not in os.environ
FLAGS = ["-g0", "-fvisibility=hidden"] if OURS else []
STRIP = {"linux": ["-Wl,--strip-all"], "darwin": ["-Wl,-x"]}.get(sys.platform, []) if OURS else []


# What Cython writes into every module alike is one module of its own, which the others import.
SHARED = "fasth2.codec._cyutility"
SHARED_FEATURES = {"shared_utility_qualified_name": SHARED, "shared_utility_features_disabled": ["MemoryView"]}


def compiled(name, *, suffix="pyx", depends=(), optimize="-O3"):
    """One compiled module of fasth2.codec; `depends` are headers beside it."""
    return Extension(
        f"fasth2.codec.{name}",
        [f"fasth2/codec/{name}.{suffix}"],
        include_dirs=["fasth2/codec"],
        depends=[f"fasth2/codec/{header}" for header in depends],
        extra_compile_args=[*FLAGS, optimize] if OURS else [],
        extra_link_args=STRIP,
    )


setup(
    ext_modules=[
        compiled("_cyutility", suffix="c", optimize="-Os"),
        compiled("flags", optimize="-O2"),
        compiled("framecore", depends=["framememory.h", "frametype.h"]),
        compiled("frameread"),
        compiled("framewrite"),
        compiled("frame"),
        compiled("headertuple", suffix="c", depends=["headertuple.h"]),
        compiled("integer", optimize="-O2"),
        compiled("dynamictable", depends=["headertuple.h", "rfc7541.h"]),
        compiled("table", depends=["headertuple.h"]),
        compiled("decoder", depends=["headertuple.h", "rfc7541.h"]),
        compiled("encoder", depends=["headertuple.h"]),
        compiled("huffman", optimize="-O2", depends=["rfc7541.h"]),
    ],
    options={
        "build_ext": {
            "cython_directives": DIRECTIVES,
            "cython_c_in_temp": True,
            "parallel": os.cpu_count(),
            **SHARED_FEATURES,
        }
    },
)
