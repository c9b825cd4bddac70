"""Does an object still take the steps that its straight way stands for, or has a subclass or a patch changed one?"""
from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject, PyTypeObject

from fasth2.codec.typeversion cimport has_attributes, type_version


cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(PyObject *thing) noexcept
    PyObject *_PyType_Lookup(PyTypeObject *type, PyObject *name) noexcept  # borrowed, without an exception


# The answer for a class, as last found out; it stands until the class gets a new version.
cdef struct Steps:
    PyTypeObject *type
    unsigned int version
    bint unchanged


cdef inline bint class_takes(PyTypeObject *cls, Steps *known, dict steps) noexcept:
    """`steps` is {attribute name: the object that the straight way stands for}."""
    if known.type != cls or known.version == 0 or known.version != type_version(cls):
        known.unchanged = has_unchanged(cls, steps)
        known.type = cls
        known.version = type_version(cls)  # valid now: the look-ups saw to it
    return known.unchanged


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
