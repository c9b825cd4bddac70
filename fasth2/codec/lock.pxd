"""What keeps other threads out where no GIL does (PEP 703). With the GIL, all of it compiles to nothing.

Two kinds. `cython.critical_section(thing)`, for attributes and for work that may run Python code: it is given up, as
the GIL is, whenever the thread has to wait. And a Lock, for a ring of entries, whose state must not be seen half
changed: while one is held no Python code runs, and nothing is released that could run any.
"""
from cpython.object cimport PyObject


cdef extern from *:
    """
    #ifdef Py_GIL_DISABLED
        #define FASTH2_FREE_THREADED 1
        typedef PyMutex fasth2_lock;
        #define FASTH2_HOLD(lock) PyMutex_Lock(lock)
        #define FASTH2_LET_GO(lock) PyMutex_Unlock(lock)
    #else
        #define FASTH2_FREE_THREADED 0
        typedef unsigned char fasth2_lock;
        #define FASTH2_HOLD(lock) ((void)(lock))
        #define FASTH2_LET_GO(lock) ((void)(lock))
    #endif

    /* For what lives as long as the process: threads that count their references to it would wait for each other. */
    static inline void fasth2_leave_uncounted(PyObject *thing)
    {
    #ifdef Py_GIL_DISABLED
        thing->ob_tid = 0;
        thing->ob_ref_local = _Py_IMMORTAL_REFCNT_LOCAL;
        thing->ob_ref_shared = 0;
    #else
        (void)thing;
    #endif
    }
    """
    ctypedef struct Lock "fasth2_lock":   # a member of what it protects; zeros are an open one
        pass
    const bint FREE_THREADED "FASTH2_FREE_THREADED"
    void hold "FASTH2_HOLD" (Lock *lock) noexcept
    void let_go "FASTH2_LET_GO" (Lock *lock) noexcept
    void leave_uncounted "fasth2_leave_uncounted" (PyObject *thing) noexcept
