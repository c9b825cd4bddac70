"""Builds kernels.pyx as a user of fasth2 would."""
import fasth2
from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    name="kernels",
    ext_modules=cythonize([Extension("kernels", ["kernels.pyx"], include_dirs=[fasth2.get_include()])]),
)
