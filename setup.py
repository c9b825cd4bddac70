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

# A builder that sets CFLAGS (a sanitizer build, a distribution, a profile) has the last word.
FLAGS = [] if os.name == "nt" or "CFLAGS" in os.environ else ["-O3", "-g0", "-fvisibility=hidden"]


def compiled(name, *, package="codec", suffix="pyx", depends=()):
    """One compiled module of that package of fasth2; `depends` are headers beside it."""
    return Extension(
        f"fasth2.{package}.{name}",
        [f"fasth2/{package}/{name}.{suffix}"],
        include_dirs=["fasth2/codec"],
        depends=[f"fasth2/{package}/{header}" for header in depends],
        extra_compile_args=FLAGS,
    )


setup(
    ext_modules=[
        compiled("flags"),
        compiled("framecore", depends=["framememory.h", "frametype.h"]),
        compiled("frameread"),
        compiled("framewrite"),
        compiled("frame"),
        compiled("headertuple", suffix="c", depends=["headertuple.h"]),
        compiled("integer"),
        compiled("dynamictable", depends=["headertuple.h", "rfc7541.h"]),
        compiled("table", depends=["headertuple.h"]),
        compiled("decoder", depends=["headertuple.h", "rfc7541.h"]),
        compiled("encoder", depends=["headertuple.h"]),
        compiled("huffman", depends=["rfc7541.h"]),
        compiled("stream", package="tree"),
        compiled("tree", package="tree"),
    ],
    options={"build_ext": {"cython_directives": DIRECTIVES, "cython_c_in_temp": True, "parallel": os.cpu_count()}},
)
