"""Builds kernels.pyx as a user of fasth2 would."""
from Cython.Build import cythonize
from setuptools import Extension, setup

import fasth2

setup(
    name="kernels",
    ext_modules=cythonize([Extension("kernels", ["kernels.pyx"], include_dirs=[fasth2.get_include()])]),
)
