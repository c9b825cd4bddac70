"""Keeps the cyclic garbage collector, and so every finaliser, out of a stretch of C code.

Until CPython 3.11 any allocation of a container may run the collector; from 3.12 on only the interpreter's loop does.
"""

cdef extern from *:
    """
    #if PY_VERSION_HEX < 0x030C0000
        #define FASTH2_PAUSE_COLLECTOR() PyGC_Disable()
        #define FASTH2_RESUME_COLLECTOR(was_on) ((void)((was_on) && PyGC_Enable()))
    #else
        #define FASTH2_PAUSE_COLLECTOR() 0
        #define FASTH2_RESUME_COLLECTOR(was_on) ((void)(was_on))
    #endif
    """
    int pause_collector "FASTH2_PAUSE_COLLECTOR" () noexcept
    void resume_collector "FASTH2_RESUME_COLLECTOR" (int was_on) noexcept
