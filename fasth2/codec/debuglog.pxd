"""Whether a logger takes debug lines, asked once a header block."""
from cpython.object cimport PyObject

from fasth2.codec.lock cimport FREE_THREADED


cdef extern from "Python.h":
    PyObject *Py_False
    PyObject *Py_None
    int PyDict_Next(PyObject *items, Py_ssize_t *at, PyObject **key, PyObject **value) noexcept
    PyObject *PyDict_GetItemWithError(object items, object key) noexcept  # borrowed; int keys raise nothing


# The `cache` of the functions below is the dict in which logging.Logger remembers its answers, and empties whenever a
# level changes; None for a logger of another class.

cdef inline bint is_surely_silent(PyObject *cache) noexcept:
    """Whether the first answer in there, nearly always the only one, is that debug lines are off. Looks nothing up."""
    cdef PyObject *level = NULL
    cdef PyObject *known = NULL
    cdef Py_ssize_t at = 0
    return (not FREE_THREADED and cache != Py_None and PyDict_Next(cache, &at, &level, &known)
            and level == <PyObject *>(<object>10) and known == Py_False)


cdef inline bint is_debugged(object logger, dict cache):
    """`logger.isEnabledFor(DEBUG)`, at the price of one look-up while it is off."""
    cdef PyObject *known
    if cache is not None:
        known = PyDict_GetItemWithError(cache, 10)
        if known == Py_False:
            return False
    return logger.isEnabledFor(10)


cdef inline dict answers_of(object logger):
    """The `cache` for is_debugged()."""
    import logging
    return logger._cache if type(logger) is logging.Logger and type(logger._cache) is dict else None
