"""The version of a type: what tells, in one comparison, that a class has been changed since it was last examined.

CPython gives a type a new tag when something about it is looked up after a change, its bases included.
"""

cdef extern from *:
    """
    /* 0 where the type has no tag at present, or will have none any more: to be examined anew each time. */
    static inline unsigned int fasth2_type_version(PyTypeObject *type)
    {
    #if PY_VERSION_HEX < 0x030D0000
        return PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG) ? type->tp_version_tag : 0;
    #else
        return type->tp_version_tag;
    #endif
    }
    """
    unsigned int type_version "fasth2_type_version"(void *type) noexcept nogil


cdef inline unsigned int fresh_type_version(object cls):
    """The version of a class that has just been examined: a lookup gives it one, if it has none at present."""
    cls.__init__
    return type_version(<void *>cls)
