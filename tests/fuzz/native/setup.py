"""Builds the modules of this folder in place, against the fasth2 that Python finds."""
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

import fasth2

MODULES = ("runner", "strings", "frames", "blocks")

setup(
    name="native",
    ext_modules=cythonize([Extension(name, [f"{name}.pyx"], include_dirs=[fasth2.get_include()]) for name in MODULES],
                          include_path=[str(Path(fasth2.__file__).parents[1])],
                          compiler_directives={"cdivision": True, "initializedcheck": False}),
)
