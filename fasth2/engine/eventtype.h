/* The memory of an event object: a few fields, and a dict for what callers add. For the one module that defines it.

   In C because a cdef class with a `__dict__` makes a dict for every instance, and because the fields of many classes
   share one layout. */
#ifndef FASTH2_EVENTTYPE_H
#define FASTH2_EVENTTYPE_H

#include <Python.h>
#include <stddef.h>
#include <structmember.h>

#define FASTH2_EVENT_FIELDS 4

typedef struct {
    PyObject_HEAD
    PyObject *attributes;                  /* the dict; NULL until somebody needs one */
    PyObject *weakrefs;
    PyObject *fields[FASTH2_EVENT_FIELDS]; /* NULL: absent */
} EventObject;

static int fasth2_event_traverse(PyObject *self, visitproc visit, void *arg)
{
    EventObject *event = (EventObject *)self;
    Py_VISIT(event->attributes);
    for (int i = 0; i < FASTH2_EVENT_FIELDS; i++)
        Py_VISIT(event->fields[i]);
    return 0;
}

static int fasth2_event_clear(PyObject *self)
{
    EventObject *event = (EventObject *)self;
    Py_CLEAR(event->attributes);
    for (int i = 0; i < FASTH2_EVENT_FIELDS; i++)
        Py_CLEAR(event->fields[i]);
    return 0;
}

static void fasth2_event_release(PyObject *self)
{
    if (((EventObject *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    fasth2_event_clear(self);
}

static void fasth2_event_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    fasth2_event_release(self);
    Py_TYPE(self)->tp_free(self);
}

/* tp_dealloc of fasth2's own event classes, which need less than what the interpreter gives a Python class. As a heap
   type's it also gives up the reference to the type, for the subclasses of callers too: the interpreter's dealloc for
   those leaves that to the first base that has its own. */
static void fasth2_own_event_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_dealloc == fasth2_own_event_dealloc && type->tp_finalize != NULL
            && PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, fasth2_own_event_dealloc)
    fasth2_event_release(self);
    type->tp_free(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyTypeObject EventCore_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "fasth2.engine.events.EventCore",
    .tp_doc = "EventCore()\n--\n\nThe memory of an event. Source: none, upstream keeps an event in its dict.",
    .tp_basicsize = sizeof(EventObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_dictoffset = offsetof(EventObject, attributes),
    .tp_weaklistoffset = offsetof(EventObject, weakrefs),
    .tp_traverse = fasth2_event_traverse,
    .tp_clear = fasth2_event_clear,
    .tp_dealloc = fasth2_event_dealloc,
};

/* What the type's dict starts with; and `object`'s way to a new instance. */
static inline int fasth2_event_ready(PyObject *members)
{
    EventCore_Type.tp_dict = Py_NewRef(members);
    EventCore_Type.tp_new = PyBaseObject_Type.tp_new;
    return PyType_Ready(&EventCore_Type);
}

static inline void fasth2_event_own(PyTypeObject *type)
{
    type->tp_dealloc = fasth2_own_event_dealloc;
}

/* A descriptor for field number `at` of events of `type`. `member` is its memory, and `name` stays alive. */
static inline PyObject *fasth2_event_field(PyTypeObject *type, PyMemberDef *member, const char *name, int at)
{
    member->name = name;
    member->type = T_OBJECT_EX;
    member->offset = offsetof(EventObject, fields) + at * sizeof(PyObject *);
    return PyDescr_NewMember(type, member);
}

#endif
