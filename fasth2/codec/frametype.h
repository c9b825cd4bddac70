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

static void fasth2_frame_release(FrameObject *frame)
{
    if (frame->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)frame);
    Py_CLEAR(frame->attributes);
    for (int i = 0; i < FASTH2_FRAME_FIELDS; i++)
        Py_CLEAR(frame->fields[i]);
}

static void fasth2_frame_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    fasth2_frame_release((FrameObject *)self);
    Py_TYPE(self)->tp_free(self);
}

/* Memory of dead frames of fasth2's own classes, for the next ones: a connection makes one and drops one all the time.
   Not on a sanitizer build, which would not see a use of dead memory, nor without the GIL; and not memory that the
   collector has marked as finalised, a mark that would pass on to the next frame. */
#if defined(Py_GIL_DISABLED) || defined(__SANITIZE_ADDRESS__)
#define FASTH2_SPARE_FRAMES 0
#else
#define FASTH2_SPARE_FRAMES 64
#endif
static FrameObject *fasth2_spare[FASTH2_SPARE_FRAMES + 1];
static int fasth2_spare_count = 0;

/* tp_dealloc of fasth2's own frame classes. As a heap type's it also gives up the reference to the type, for the
   subclasses of callers too: the interpreter's dealloc for those leaves that to the first base that has its own. */
static void fasth2_own_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    int own = type->tp_dealloc == fasth2_own_dealloc;
    if (own && type->tp_finalize != NULL && PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, fasth2_own_dealloc)
    fasth2_frame_release((FrameObject *)self);
    if (own && !PyObject_GC_IsFinalized(self) && fasth2_spare_count < FASTH2_SPARE_FRAMES)
        fasth2_spare[fasth2_spare_count++] = (FrameObject *)self;
    else
        type->tp_free(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

/* An empty frame of one of fasth2's own classes, tracked by the collector. */
static PyObject *fasth2_own_alloc(PyTypeObject *type)
{
    FrameObject *frame;
    if (FASTH2_SPARE_FRAMES == 0 || fasth2_spare_count == 0)
        return type->tp_alloc(type, 0);
    frame = fasth2_spare[--fasth2_spare_count];
    memset((char *)frame + sizeof(PyObject), 0, sizeof(FrameObject) - sizeof(PyObject));
    PyObject_Init((PyObject *)frame, type);
    PyObject_GC_Track(frame);
    return (PyObject *)frame;
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
};
