/* A field line as a Python object: the one constructor that the codecs use.

   HeaderTuple is a static C type (headertuple.c), because Cython cannot derive from tuple and because nearly every
   decoded field hands one out: allocation is the floor of what a decoder can cost. */
#ifndef FASTH2_HEADERTUPLE_H
#define FASTH2_HEADERTUPLE_H

#include <Python.h>

/* Header tuples that nobody has any more, kept to be used again: a decoder makes and drops one for every literal. */
#ifdef __SANITIZE_ADDRESS__
#define HEADER_TUPLE_SPARES 0 /* a spare one that is still in use somewhere must not look alive */
#else
#define HEADER_TUPLE_SPARES 128 /* of 64 octets each */
#endif

struct header_tuple_pool {
    PyTupleObject *first; /* as its item 0, each has the next */
    int count;
};

/* The pool of the process, which header_tuple_import() finds; without it, and without a GIL, all come from the heap. */
static struct header_tuple_pool *header_tuple_pool;

/* 0, or -1 with an exception. */
static inline int
header_tuple_import(void)
{
#ifndef Py_GIL_DISABLED
    header_tuple_pool = (struct header_tuple_pool *)PyCapsule_Import("fasth2.codec.headertuple._pool", 0);
    return header_tuple_pool != NULL ? 0 : -1;
#else
    return 0;
#endif
}

/* (name, value), both exact bytes or exact str; takes over both references, also when it fails. `type` is HeaderTuple
   or NeverIndexedHeaderTuple. The garbage collector is never told of the result: strings cannot form a cycle. */
static inline PyObject *
header_tuple_pack(PyTypeObject *type, PyObject *name, PyObject *value)
{
    PyTupleObject *self = header_tuple_pool != NULL ? header_tuple_pool->first : NULL;

    if (self != NULL) {
        header_tuple_pool->first = (PyTupleObject *)self->ob_item[0];
        header_tuple_pool->count--;
        (void)PyObject_InitVar((PyVarObject *)self, type, 2);
    } else {
        self = PyObject_GC_NewVar(PyTupleObject, type, 2);
    }
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
