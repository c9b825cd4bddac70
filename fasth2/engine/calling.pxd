"""What a try statement of Cython's needs where there is no memory.

CPython 3.11 loses the exception of a function in Python where there is no memory for its traceback. PyObject_Vectorcall
notices and raises SystemError. Cython's own way to call does not, and the try statement would crash: functions
in Python are called with call(). A method, as in thing.method(), is called by PyObject_VectorcallMethod already.

An except clause of Cython's adds its function to the traceback when it has been chosen already. Where there is no
memory for that, what it is about to handle is a MemoryError in place of the exception that was raised, and where that
has no traceback, the end of the clause would crash. An except clause begins with check_memory(error).
"""

cdef extern from *:
    """
    static inline PyObject *fasth2_call(PyObject *function, PyObject *arguments)
    {
        return PyObject_Vectorcall(function, &PyTuple_GET_ITEM(arguments, 0), PyTuple_GET_SIZE(arguments), NULL);
    }
    """
    object call "fasth2_call" (object function, tuple arguments)


cdef inline int check_memory(object error) except -1:
    """Raises `error`, the exception that an except clause got, again if it is a MemoryError."""
    if isinstance(error, MemoryError):
        raise error
    return 0
