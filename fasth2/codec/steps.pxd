"""Does an object still take the steps that its straight way stands for, or has a subclass or a patch changed one?"""
from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport uint64_t

from fasth2.codec.typeversion cimport finding, has_attributes, recall, remember


cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    PyObject *_PyType_Lookup(PyTypeObject *type, PyObject *name) noexcept  # borrowed, without an exception


# The answer for a class, as last found out; it stands until the class gets a new version.
cdef struct Steps:
    uint64_t found   # whether the class has not changed a step; see fasth2.codec.typeversion


cdef inline bint class_takes(PyTypeObject *cls, Steps *known, dict steps) noexcept:
    """`steps` is {attribute name: the object that the straight way stands for}."""
    cdef uint64_t found = recall(&known.found)
    if found | 1 != finding(cls, True):
        return look(cls, known, steps)
    return found & 1


cdef inline bint surely_takes(PyTypeObject *cls, const Steps *known) noexcept:
    """Whether class_takes() is known to be true, without finding out what is not known."""
    return recall(&known.found) == finding(cls, True)


cdef inline bint look(PyTypeObject *cls, Steps *known, dict steps) noexcept:
    cdef bint unchanged = has_unchanged(cls, steps)  # any look-up gives the class a version
    cdef uint64_t found = finding(cls, unchanged)
    if has_unchanged(cls, steps) == unchanged and finding(cls, unchanged) == found:  # no thread has changed it since
        remember(&known.found, found)
    return unchanged


cdef inline bint has_unchanged(PyTypeObject *cls, dict steps) noexcept:
    cdef PyObject *name
    cdef PyObject *step
    cdef Py_ssize_t at = 0
    while PyDict_Next(steps, &at, &name, &step):
        if _PyType_Lookup(cls, name) != step:
            return False
    return True


cdef inline bint takes_steps(object thing, Steps *known, dict steps):
    return not (has_attributes(<PyObject *>thing) and steps.keys() & vars(thing).keys()) and class_takes(
        Py_TYPE(<PyObject *>thing), known, steps)


cdef inline int declare(dict steps, type cls, names) except -1:
    """Enters what `cls` has under `names` now."""
    for name in names:
        steps[name] = <object>_PyType_Lookup(<PyTypeObject *>cls, <PyObject *>name)
    return 0
