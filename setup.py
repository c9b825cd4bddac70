"""Builds fasth2's compiled modules. All that can be said declaratively stands in pyproject.toml.

FASTH2_TRACE=1 in the environment: a slow build that reports to coverage which lines of the .pyx files run.
"""

import os
import sys

if sys.implementation.name != "cpython" or sys.version_info < (3, 10):
    sys.exit("fasth2 needs CPython 3.10 or later; elsewhere the pure-Python hpack and hyperframe do the same work")

from setuptools import Extension, setup

TRACE = os.environ.get("FASTH2_TRACE") == "1"

# How fast, never what: directives that change the meaning of a module stand in the module itself.
DIRECTIVES = {
    "initializedcheck": False,
    "nonecheck": False,
    "cdivision": True,
    "embedsignature": False,
    "emit_code_comments": False,
    "linetrace": TRACE,
}
MACROS = [("CYTHON_TRACE_NOGIL", "1"), ("CYTHON_USE_SYS_MONITORING", "0")] if TRACE else []

# Code that Cython would write into every module alike: one module has it, and the others import it from there.
SHARED = "fasth2.codec._cyutility"

# Without symbols and, as nothing throws through these modules, without unwind tables: a fifth of the wheel otherwise.
# A builder that sets CFLAGS (a sanitizer build, a distribution, a profile) has the last word.
COMPILE, LINK = {
    "linux": (
        ["-g0", "-fvisibility=hidden", "-fno-asynchronous-unwind-tables", "-fno-plt"], ["-Wl,--strip-all"]
    ),
    "darwin": (["-g0", "-fvisibility=hidden"], ["-Wl,-x"]),
}.get(sys.platform, ([], []))
OWN_FLAGS = os.name == "posix" and "CFLAGS" not in os.environ
RARE = ["-include", "fasth2/codec/cold.h"]


def compiled(name, *, package="codec", suffix="pyx", depends=(), optimize="-O2"):
    """One compiled module of that package of fasth2; `depends` are headers beside it."""
    return Extension(
        f"fasth2.{package}.{name}",
        [f"fasth2/{package}/{name}.{suffix}"],
        include_dirs=["fasth2/codec", "fasth2/engine"],
        depends=["fasth2/codec/cold.h", *(f"fasth2/{package}/{header}" for header in depends)],
        define_macros=MACROS,
        extra_compile_args=[*COMPILE, optimize, *(RARE if suffix == "pyx" else [])] if OWN_FLAGS else [],
        extra_link_args=LINK if OWN_FLAGS else [],
    )


# -O3 and -Os where it has been measured to pay: docs/design.md, "What was tried".
setup(
    ext_modules=[
        compiled("_cyutility", suffix="c", optimize="-Os"),
        compiled("flags", optimize="-Os"),
        compiled("framecore", depends=["framememory.h", "frametype.h"]),
        compiled("frameread"),
        compiled("framewrite"),
        compiled("frame", optimize="-Os"),
        compiled("headertuple", suffix="c", depends=["headertuple.h", "spares.h"]),
        compiled("integer", optimize="-Os"),
        compiled("dynamictable", depends=["headertuple.h", "spares.h", "rfc7541.h"]),
        compiled("table", optimize="-Os", depends=["headertuple.h", "spares.h"]),
        compiled("decoder", optimize="-O3", depends=["headertuple.h", "spares.h", "rfc7541.h"]),
        compiled("encoder", optimize="-O3", depends=["headertuple.h", "spares.h"]),
        compiled("huffman", depends=["rfc7541.h"]),
        compiled("tree", package="tree"),
        compiled("config", package="engine"),
        compiled("settings", package="engine"),
        compiled("windows", package="engine"),
        compiled("events", package="engine", depends=["eventtype.h"]),
        compiled("headers", package="engine"),
        compiled("states", package="engine", depends=["transitions.h"]),
        compiled("stream", package="engine"),
        compiled("framebuffer", package="engine"),
        compiled("endpoint", package="engine"),
        compiled("receiving", package="engine"),
        compiled("connection", package="engine"),
        compiled("ways", package="engine"),
    ],
    options={
        "build_ext": {
            "cython_directives": DIRECTIVES,
            "cython_c_in_temp": not TRACE,
            "shared_utility_qualified_name": SHARED,
            "shared_utility_features_disabled": ["MemoryView"],
            "parallel": os.cpu_count(),
        }
    },
)
