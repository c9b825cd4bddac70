/* Included before every module that Cython writes (setup.py): tells the compiler that what leads to a traceback is
   rare, so that it is made small and moved out of the way. */
#if defined(__GNUC__) && !defined(__clang__)
static void __Pyx_AddTraceback(const char *, int, int, const char *) __attribute__((cold));
#endif
