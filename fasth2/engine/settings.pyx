# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The settings that are in force, at C speed. The public classes are in fasth2.engine.settingstypes."""
cimport cython
from cpython.list cimport PyList_CheckExact, PyList_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from fasth2.codec.steps cimport Py_TYPE, Steps, class_takes, declare
from fasth2.engine.lookup cimport look_up
from fasth2.engine.windows cimport clipped

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


cdef object in_force(object settings, object code):
    """The value of a setting that is in force; None where its attribute has to be asked for."""
    if not (isinstance(settings, SettingsCore) and class_takes(Py_TYPE(<PyObject *>settings), &STEPS_FOUND, STEPS)):
        return None
    return first_value(<SettingsCore>settings, code) if STEPS else None


@cython.critical_section
cdef object first_value(SettingsCore self, object code):
    cdef dict settings = self._settings
    if settings is None:
        return None
    values = look_up(settings, code)
    return (<list>values)[0] if PyList_CheckExact(values) and values else None


cdef int64_t initial_window_size(object settings) except? -1:
    value = in_force(settings, INITIAL_WINDOW_SIZE)
    return clipped(settings.initial_window_size if value is None else value)


cdef int64_t max_frame_size(object settings) except? -1:
    value = in_force(settings, MAX_FRAME_SIZE)
    return clipped(settings.max_frame_size if value is None else value)


cdef int64_t max_concurrent_streams(object settings) except? -1:
    value = in_force(settings, MAX_CONCURRENT_STREAMS)
    return clipped(settings.max_concurrent_streams if value is None else value)


cdef bint enable_push(object settings) except -1:
    value = in_force(settings, ENABLE_PUSH)
    return bool(settings.enable_push if value is None else value)


@cython.critical_section
def waiting(SettingsCore self not None):
    """The items of the settings of which a value waits, and of those whose values are in no list (list of pairs).

    A peer may have set 2**16 of them, and they are gone through for each SETTINGS frame.
    """
    cdef dict settings = self._settings
    cdef list found = []
    for code, values in settings.items():
        if not PyList_CheckExact(values) or PyList_GET_SIZE(values) > 1:
            found.append((code, values))
    return found


cdef class SettingsCore:
    """What Settings is compiled from."""

    @cython.critical_section
    def __getitem__(self, key):
        cdef object settings = self._settings  # as a dict it would forget the key in the KeyError for None
        value = settings[key][0]
        if value is None:
            raise KeyError
        return value
