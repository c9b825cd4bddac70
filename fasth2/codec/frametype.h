/* The type of a frame's memory, for the one module that defines it.

   In C because a cdef class with a `__dict__` makes a dict for every instance, and empties it when the instance dies
   even if somebody else still reads it; and because fields in an array start out absent at no cost.
*/
#include "framememory.h"

static int fasth2_frame_traverse(PyObject *self, visitproc visit, void *arg)
{
    FrameObject *frame = (FrameObject *)self;
    Py_VISIT(frame->attributes);
    for (int i = 0; i < FASTH2_FRAME_FIELDS; i++)
        Py_VISIT(frame->fields[i]);
    return 0;
}

static int fasth2_frame_clear(PyObject *self)
{
    FrameObject *frame = (FrameObject *)self;
    Py_CLEAR(frame->attributes);
    for (int i = 0; i < FASTH2_FRAME_FIELDS; i++)
        Py_CLEAR(frame->fields[i]);
    return 0;
}

static void fasth2_frame_dealloc(PyObject *self)
{
    FrameObject *frame = (FrameObject *)self;
    PyObject_GC_UnTrack(self);
    if (frame->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_XDECREF(frame->attributes);
    for (int i = 0; i < FASTH2_FRAME_FIELDS; i++)
        Py_XDECREF(frame->fields[i]);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *fasth2_frame_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    return type->tp_alloc(type, 0);
}

static PyTypeObject FrameCore_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "fasth2.codec.framecore.FrameCore",
    .tp_doc = "The memory of a frame. Source: none, upstream keeps a frame in its dict alone.",
    .tp_basicsize = sizeof(FrameObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_dictoffset = offsetof(FrameObject, attributes),
    .tp_weaklistoffset = offsetof(FrameObject, weakrefs),
    .tp_traverse = fasth2_frame_traverse,
    .tp_clear = fasth2_frame_clear,
    .tp_dealloc = fasth2_frame_dealloc,
    .tp_new = fasth2_frame_new,
};
