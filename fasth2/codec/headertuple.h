/* A field line as a Python object: the one constructor that the codecs use.

   HeaderTuple is a static C type (headertuple.c), because Cython cannot derive from tuple and because nearly every
   decoded field hands one out: allocation is the floor of what a decoder can cost. */
#ifndef FASTH2_HEADERTUPLE_H
#define FASTH2_HEADERTUPLE_H

#include "spares.h"

/* The pool of the process, which header_tuple_import() finds; before, one that is and stays empty. */
static struct fasth2_spares fasth2_no_spares;
static struct fasth2_spares *header_spares = &fasth2_no_spares;

/* 0, or -1 with an exception. */
static inline int
header_tuple_import(void)
{
    header_spares = (struct fasth2_spares *)PyCapsule_Import("fasth2.codec.headertuple._spares", 0);
    return header_spares != NULL ? 0 : -1;
}

/* (name, value), both exact bytes or exact str; takes over both references, also when it fails. `type` is HeaderTuple
   or NeverIndexedHeaderTuple. The garbage collector is never told of the result: strings cannot form a cycle. */
static inline PyObject *
header_tuple_pack(PyTypeObject *type, PyObject *name, PyObject *value)
{
    PyTupleObject *self = FASTH2_SPARES ? header_spares->tuples : NULL;

    if (self != NULL) {
        header_spares->tuples = (PyTupleObject *)self->ob_item[0];
        header_spares->tuple_count--;
        Py_SET_REFCNT((PyObject *)self, 1);
        Py_SET_TYPE((PyObject *)self, type);
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

/* A new bytes object of `size` octets. */
static inline PyObject *
header_octets(const char *octets, size_t size)
{
    PyObject *self = fasth2_spare_string(&header_spares->octets, size);

    if (self == NULL) {
        return PyBytes_FromStringAndSize(octets, (Py_ssize_t)size);
    }
    memcpy(PyBytes_AS_STRING(self), octets, size);
    return self;
}

/* A new str of `size` octets of ASCII. */
static inline PyObject *
header_text(const char *octets, size_t size)
{
    PyObject *self = fasth2_spare_string(&header_spares->text, size);

    if (self == NULL) {
        self = PyUnicode_New((Py_ssize_t)size, 0x7F);
    }
    if (self != NULL && size != 0) {
        memcpy(PyUnicode_DATA(self), octets, size);
    }
    return self;
}

#endif
