/* libFuzzer's entries: an embedded interpreter loads the target that FASTH2_TARGET names (see targets.py), and every
   input goes to it. What the target finds wrong ends the program, as a sanitizer's report does. */
#include <Python.h>

typedef struct {
    const char *(*run)(const uint8_t *data, size_t size);
} target;

static target *chosen;

static void report(void)
{
    PyObject *counts = PyObject_CallMethod(PyImport_AddModule("__main__"), "report", NULL);
    if (counts == NULL) {
        PyErr_Print();
    }
}

static const char *const prelude =
    "import os, runner\n"
    "from fuzz import counts\n"
    "from fuzz.native import targets\n"
    "chosen = targets.load()[os.environ['FASTH2_TARGET']]\n"
    "def report():\n"
    "    found = runner.counts(chosen)\n"
    "    print('counts', found, flush=True)\n"
    "    if 'FASTH2_COUNTS' in os.environ:\n"
    "        name = os.environ['FASTH2_TARGET'] + ', sanitized'\n"
    "        counts.add(os.environ['FASTH2_COUNTS'], name, 0, {'sessions': 0, **found})\n";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    Py_InitializeEx(0);
    if (PyRun_SimpleString(prelude) != 0) {
        exit(2);
    }
    PyObject *capsule = PyObject_GetAttrString(PyImport_AddModule("__main__"), "chosen");
    chosen = PyCapsule_GetPointer(capsule, "target");
    atexit(report);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *wrong = chosen->run(data, size);
    if (wrong != NULL) {
        fprintf(stderr, "DIFFERENCE: %s\n", wrong);
        abort();
    }
    if (PyErr_Occurred()) {
        PyErr_Print();
        abort();
    }
    return 0;
}
