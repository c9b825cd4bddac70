# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The settings that are in force, at C speed. The public classes are in fasth2.engine.settingstypes."""
from cpython.dict cimport PyDict_GetItemWithError
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t

from fasth2.codec.steps cimport Py_TYPE, Steps, class_takes, declare

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object number, int *overflow) except? -1

cdef dict STEPS = {}    # how Settings as it comes is read
cdef Steps STEPS_FOUND

# The keys that Settings itself uses: found faster than others that are equal.
cdef object INITIAL_WINDOW_SIZE = None
cdef object MAX_FRAME_SIZE = None
cdef object MAX_CONCURRENT_STREAMS = None
cdef object ENABLE_PUSH = None


def enlist(settings, codes):
    """Called once, with Settings when it is complete, and SettingCodes."""
    global INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_CONCURRENT_STREAMS, ENABLE_PUSH
    INITIAL_WINDOW_SIZE = codes.INITIAL_WINDOW_SIZE
    MAX_FRAME_SIZE = codes.MAX_FRAME_SIZE
    MAX_CONCURRENT_STREAMS = codes.MAX_CONCURRENT_STREAMS
    ENABLE_PUSH = codes.ENABLE_PUSH
    names = "initial_window_size", "max_frame_size", "max_concurrent_streams", "enable_push"
    declare(STEPS, <type>settings, (*names, "get", "__getitem__", "__getattribute__"))


cdef PyObject *in_force(object settings, object code) except? NULL:
    """The value (borrowed) of a setting that is in force; NULL where its attribute has to be asked for."""
    cdef PyObject *values
    cdef PyObject *value
    if not (isinstance(settings, SettingsCore) and class_takes(Py_TYPE(<PyObject *>settings), &STEPS_FOUND, STEPS)):
        return NULL
    if (<SettingsCore>settings)._settings is None or not STEPS:
        return NULL
    values = PyDict_GetItemWithError((<SettingsCore>settings)._settings, code)
    if values == NULL or not PyList_CheckExact(<object>values) or PyList_GET_SIZE(<object>values) == 0:
        return NULL
    value = <PyObject *>PyList_GET_ITEM(<object>values, 0)
    return NULL if <object>value is None else value


cdef inline int64_t cut(object value) except? -1:
    cdef int overflow = 0
    cdef int64_t number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow:
        return INT64_MAX if overflow > 0 else INT64_MIN
    return number


cdef int64_t initial_window_size(object settings) except? -1:
    cdef PyObject *value = in_force(settings, INITIAL_WINDOW_SIZE)
    return cut(settings.initial_window_size if value == NULL else <object>value)


cdef int64_t max_frame_size(object settings) except? -1:
    cdef PyObject *value = in_force(settings, MAX_FRAME_SIZE)
    return cut(settings.max_frame_size if value == NULL else <object>value)


cdef int64_t max_concurrent_streams(object settings) except? -1:
    cdef PyObject *value = in_force(settings, MAX_CONCURRENT_STREAMS)
    return cut(settings.max_concurrent_streams if value == NULL else <object>value)


cdef bint enable_push(object settings) except -1:
    cdef PyObject *value = in_force(settings, ENABLE_PUSH)
    return bool(settings.enable_push if value == NULL else <object>value)


cdef class SettingsCore:
    """What Settings is compiled from."""

    def __getitem__(self, key):
        value = self._settings[key][0]
        if value is None:
            raise KeyError
        return value
