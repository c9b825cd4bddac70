# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
"""The settings that are in force, at C speed. The public classes are in fasth2.engine.settingstypes."""
from cpython.dict cimport PyDict_GetItemWithError
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t

from fasth2.codec.steps cimport Py_TYPE, Steps, class_takes, declare

cdef dict STEPS = {}    # how Settings as it comes is read
cdef Steps STEPS_FOUND
cdef dict CODES = {}    # the keys that Settings itself uses: found faster than others that are equal


def enlist(settings, codes):
    """Called once, with Settings when it is complete, and SettingCodes."""
    declare(STEPS, <type>settings, ("initial_window_size", "max_frame_size", "max_concurrent_streams", "enable_push",
                              "get", "__getitem__", "__getattribute__"))
    for code in codes:
        CODES[code.name] = code


cdef PyObject *in_force(object settings, str name) except? NULL:
    """The value (borrowed) of a setting that is in force; NULL where its attribute has to be asked for."""
    cdef PyObject *values
    cdef PyObject *value
    if not (isinstance(settings, SettingsCore) and class_takes(Py_TYPE(<PyObject *>settings), &STEPS_FOUND, STEPS)):
        return NULL
    if (<SettingsCore>settings)._settings is None or not STEPS:
        return NULL
    values = PyDict_GetItemWithError((<SettingsCore>settings)._settings, CODES[name])
    if values == NULL or not PyList_CheckExact(<object>values) or PyList_GET_SIZE(<object>values) == 0:
        return NULL
    value = <PyObject *>PyList_GET_ITEM(<object>values, 0)
    return NULL if <object>value is None else value


cdef int64_t cut(object value) except? -1:
    return max(INT64_MIN, min(INT64_MAX, value))


cdef int64_t initial_window_size(object settings) except? -1:
    cdef PyObject *value = in_force(settings, "INITIAL_WINDOW_SIZE")
    return cut(settings.initial_window_size if value == NULL else <object>value)


cdef int64_t max_frame_size(object settings) except? -1:
    cdef PyObject *value = in_force(settings, "MAX_FRAME_SIZE")
    return cut(settings.max_frame_size if value == NULL else <object>value)


cdef int64_t max_concurrent_streams(object settings) except? -1:
    cdef PyObject *value = in_force(settings, "MAX_CONCURRENT_STREAMS")
    return cut(settings.max_concurrent_streams if value == NULL else <object>value)


cdef bint enable_push(object settings) except -1:
    cdef PyObject *value = in_force(settings, "ENABLE_PUSH")
    return bool(settings.enable_push if value == NULL else <object>value)


cdef class SettingsCore:
    """What Settings is compiled from."""

    def __getitem__(self, key):
        value = self._settings[key][0]
        if value is None:
            raise KeyError
        return value
