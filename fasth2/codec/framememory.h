/* The memory of a frame object: eight fields, a dict for what callers add, and what the compiled core needs to know. */
#ifndef FASTH2_FRAMEMEMORY_H
#define FASTH2_FRAMEMEMORY_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#define FASTH2_FRAME_FIELDS 8

typedef struct {
    PyObject_HEAD
    PyObject *attributes;                  /* the dict; NULL until somebody needs one */
    PyObject *weakrefs;
    PyObject *fields[FASTH2_FRAME_FIELDS]; /* NULL: absent here */
    uint8_t kind;                          /* which frame type, see framecore.pxd; 0 until it is looked up */
    uint8_t bits;                          /* the flags, while `packed` */
    uint8_t packed;                        /* no object has been made for the flags; their field is NULL */
    uint8_t detached;                      /* the dict was asked for, and holds every field from then on */
} FrameObject;

#endif
