/* A field line as a Python object: the one constructor that the codecs use.

   HeaderTuple is a static C type (headertuple.c), because Cython cannot derive from tuple and because nearly every
   decoded field hands one out: allocation is the floor of what a decoder can cost. */
#ifndef FASTH2_HEADERTUPLE_H
#define FASTH2_HEADERTUPLE_H

#include <Python.h>

/* (name, value), both exact bytes or exact str; takes over both references, also when it fails. `type` is HeaderTuple
   or NeverIndexedHeaderTuple. The garbage collector is never told of the result: strings cannot form a cycle. */
static inline PyObject *
header_tuple_pack(PyTypeObject *type, PyObject *name, PyObject *value)
{
    PyTupleObject *self = PyObject_GC_NewVar(PyTupleObject, type, 2);
    if (self == NULL) {
        Py_DECREF(name);
        Py_DECREF(value);
        return NULL;
    }
#if PY_VERSION_HEX >= 0x030E0000
    self->ob_hash = -1; /* 3.14 caches a tuple's hash in the tuple; -1 says that there is none yet */
#endif
    self->ob_item[0] = name;
    self->ob_item[1] = value;
    return (PyObject *)self;
}

#endif
