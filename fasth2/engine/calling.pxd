"""A call of a function in Python from within a try statement.

CPython 3.11 loses the exception of such a function where there is no memory for its traceback. PyObject_Vectorcall
notices and raises SystemError. Cython's own way to call does not, and the try statement would crash.
"""

cdef extern from *:
    """
    static inline PyObject *fasth2_call(PyObject *function, PyObject *arguments)
    {
        return PyObject_Vectorcall(function, &PyTuple_GET_ITEM(arguments, 0), PyTuple_GET_SIZE(arguments), NULL);
    }
    """
    object call "fasth2_call" (object function, tuple arguments)
