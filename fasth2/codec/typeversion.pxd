"""Has a class been patched? CPython gives a type a new version number whenever one of its attributes changes."""
from cpython.object cimport PyTypeObject


cdef extern from *:
    """
    /* 0: the type has no valid version now; an attribute look-up gives it one. */
    static inline unsigned int fasth2_type_version(PyTypeObject *type)
    {
    #ifdef Py_TPFLAGS_VALID_VERSION_TAG
        if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)) {
            return 0;
        }
    #endif
        return type->tp_version_tag;
    }
    """
    unsigned int type_version "fasth2_type_version" (PyTypeObject *type) noexcept nogil


cdef inline unsigned int current_version(type cls):
    """The version of `cls`, made valid first; 0 only where the interpreter has run out of numbers."""
    getattr(cls, "__doc__", None)
    return type_version(<PyTypeObject *>cls)
