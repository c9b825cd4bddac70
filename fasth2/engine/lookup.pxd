"""A look-up in a dict whose keys may run Python code.

The value is held before anything else can let go of it: another thread, or on CPython without PyDict_GetItemRef a
caller that drops the dict next. The dict itself has to be held by whoever asks, in a variable of its own, since the
`__eq__` of a key may replace it where it came from.
"""

cdef extern from *:
    """
    static inline PyObject *fasth2_look_up(PyObject *items, PyObject *key)
    {
        PyObject *found;
    #if PY_VERSION_HEX >= 0x030D0000
        if (PyDict_GetItemRef(items, key, &found) < 0)
            return NULL;
    #else
        found = PyDict_GetItemWithError(items, key);
        if (found == NULL && PyErr_Occurred())
            return NULL;
        Py_XINCREF(found);
    #endif
        return found == NULL ? Py_NewRef(Py_None) : found;
    }
    """
    object look_up "fasth2_look_up" (dict items, object key)   # None: it is not there
