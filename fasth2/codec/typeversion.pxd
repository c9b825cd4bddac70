"""Has a class been changed? CPython gives a type a new version number whenever one of its attributes changes."""
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport uint64_t


cdef extern from *:
    """
    /* 0: the type has no valid version now; an attribute look-up gives it one. */
    static inline unsigned int fasth2_type_version(PyTypeObject *type)
    {
    #if PY_VERSION_HEX < 0x030D0000 /* from 3.13 on the flag is never set, and the tag is 0 when it is not valid */
        if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)) {
            return 0;
        }
    #endif
    #ifdef Py_GIL_DISABLED
        return _Py_atomic_load_uint32_relaxed(&type->tp_version_tag);
    #else
        return type->tp_version_tag;
    #endif
    }

    /* What was found out about a class at its present version, yes or no, in one word: a thread without a GIL never
       reads half of another's finding. */
    static inline uint64_t fasth2_finding(PyTypeObject *type, int answer)
    {
        return (uint64_t)fasth2_type_version(type) << 32 | (uint32_t)(uintptr_t)type | (answer != 0);
    }

    static inline uint64_t fasth2_recall(const uint64_t *finding)
    {
    #ifdef Py_GIL_DISABLED
        return _Py_atomic_load_uint64_relaxed(finding);
    #else
        return *finding;
    #endif
    }

    static inline void fasth2_remember(uint64_t *finding, uint64_t word)
    {
        if (word >> 32 == 0) {
            return; /* without a version it could not be told when it is out of date */
        }
    #ifdef Py_GIL_DISABLED
        _Py_atomic_store_uint64_relaxed(finding, word);
    #else
        *finding = word;
    #endif
    }

    /* For objects with a __dict__ of the ordinary kind, which a cdef class that declares one gives its subclasses. */
    static inline PyObject *fasth2_attributes_of(PyObject *thing)
    {
        Py_ssize_t at = Py_TYPE(thing)->tp_dictoffset;
        PyObject **dict = at > 0 ? (PyObject **)((char *)thing + at) : _PyObject_GetDictPtr(thing);
        /* No dict, but None: an object that the collector is taking apart. */
        return dict != NULL && *dict != NULL && PyDict_Check(*dict) && PyDict_GET_SIZE(*dict) > 0 ? *dict : NULL;
    }

    static inline int fasth2_has_attributes(PyObject *thing)
    {
        return fasth2_attributes_of(thing) != NULL;
    }

    /* Cython gives every new object a dict; without one, an object is smaller and calls of its methods are found
       sooner. CPython makes one when it is asked for. */
    static inline void fasth2_drop_dict(PyObject *thing)
    {
        PyObject **dict = _PyObject_GetDictPtr(thing);
        if (dict != NULL) {
            Py_CLEAR(*dict);
        }
    }
    """
    unsigned int type_version "fasth2_type_version" (PyTypeObject *type) noexcept nogil
    uint64_t finding "fasth2_finding" (PyTypeObject *type, bint answer) noexcept nogil
    uint64_t recall "fasth2_recall" (const uint64_t *finding) noexcept nogil
    void remember "fasth2_remember" (uint64_t *finding, uint64_t word) noexcept nogil
    bint has_attributes "fasth2_has_attributes" (PyObject *thing) noexcept
    PyObject *attributes_of "fasth2_attributes_of" (PyObject *thing) noexcept   # borrowed; NULL: none
    void drop_dict "fasth2_drop_dict" (PyObject *thing) noexcept
