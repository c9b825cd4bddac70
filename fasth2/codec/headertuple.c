/* HeaderTuple and NeverIndexedHeaderTuple: static subclasses of tuple.

   Upstream: hpack.struct. Both differ from upstream's in that they copy and pickle to themselves, and a never-indexed
   one that meets stock hpack says that it is of stock's class. */
#define PY_SSIZE_T_CLEAN
#include "headertuple.h"

#include <stdint.h>
#include <string.h>

static PyTypeObject HeaderTuple_Type;
static PyTypeObject NeverIndexedHeaderTuple_Type;
static PyObject *rebuild; /* the module's function of that name */

static int
is_string(PyObject *item)
{
    return PyBytes_CheckExact(item) || PyUnicode_CheckExact(item);
}

static PyObject *
pack(PyTypeObject *type, PyObject *const *items, Py_ssize_t size)
{
    PyObject *self;

    if (size == 2 && is_string(items[0]) && is_string(items[1])) {
        Py_INCREF(items[0]);
        Py_INCREF(items[1]);
        return header_tuple_pack(type, items[0], items[1]);
    }
    self = PyType_GenericAlloc(type, size); /* known to the collector: the items may be anything */
    if (self == NULL) {
        return NULL;
    }
#if PY_VERSION_HEX >= 0x030E0000
    ((PyTupleObject *)self)->ob_hash = -1;
#endif
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_INCREF(items[i]);
        PyTuple_SET_ITEM(self, i, items[i]);
    }
    return self;
}

static void
refuse_keyword(PyTypeObject *type, PyObject *keyword)
{
    const char *dot = strrchr(type->tp_name, '.');
    PyErr_Format(PyExc_TypeError, "%s.__new__() got an unexpected keyword argument %R",
                 dot != NULL ? dot + 1 : type->tp_name, keyword);
}

/* HeaderTuple(*items) */
static PyObject *
headertuple_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) > 0) {
        refuse_keyword((PyTypeObject *)type, PyTuple_GET_ITEM(kwnames, 0));
        return NULL;
    }
    return pack((PyTypeObject *)type, args, PyVectorcall_NARGS(nargsf));
}

/* The same for subclasses, and for HeaderTuple.__new__(cls, *items). */
static PyObject *
headertuple_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *items, *self;

    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        PyObject *keyword, *value;
        Py_ssize_t at = 0;
        PyDict_Next(kwargs, &at, &keyword, &value);
        refuse_keyword(type, keyword);
        return NULL;
    }
    items = PyTuple_Pack(1, args);
    if (items == NULL) {
        return NULL;
    }
    self = PyTuple_Type.tp_new(type, items, NULL);
    Py_DECREF(items);
    return self;
}

static struct fasth2_spares spares;

/* To the pool or the heap; a subclass's tuples have another layout. */
static void
give_back(PyObject *self)
{
    if (spares.tuple_count < FASTH2_SPARE_TUPLES
        && (Py_IS_TYPE(self, &HeaderTuple_Type) || Py_IS_TYPE(self, &NeverIndexedHeaderTuple_Type))) {
        PyTuple_SET_ITEM(self, 0, (PyObject *)spares.tuples);
        spares.tuples = (PyTupleObject *)self;
        spares.tuple_count++;
        return;
    }
    Py_TYPE(self)->tp_free(self);
}

/* PyObject_GC_IsTracked(), without the call: two words stand before the object, and the first is 0 if it is not. */
static inline int
is_tracked(PyObject *self)
{
#if defined(Py_GIL_DISABLED) || PY_VERSION_HEX >= 0x03100000
    return PyObject_GC_IsTracked(self);
#else
    return ((uintptr_t *)self)[-2] != 0;
#endif
}

/* tuple's own would ask twice about nesting that two strings cannot have. */
static void
headertuple_dealloc(PyObject *self)
{
    if (Py_SIZE(self) == 2 && !is_tracked(self)) { /* header_tuple_pack()'s: both are strings */
        fasth2_drop_string(&spares, PyTuple_GET_ITEM(self, 0));
        fasth2_drop_string(&spares, PyTuple_GET_ITEM(self, 1));
        give_back(self);
        return;
    }
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, headertuple_dealloc)
    for (Py_ssize_t i = Py_SIZE(self); --i >= 0;) {
        Py_XDECREF(PyTuple_GET_ITEM(self, i));
    }
    Py_TYPE(self)->tp_free(self);
    Py_TRASHCAN_END
}

static PyObject *
headertuple_getnewargs(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyTuple_GetSlice(self, 0, PyTuple_GET_SIZE(self));
}

/* Without memory nothing can be said of a class, least of all that a field may be indexed; all else says no. */
static void
clear_but_for_memory(void)
{
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
    }
}

/* hpack.struct's NeverIndexedHeaderTuple as the process has it loaded (a new reference), or NULL, with no error but a
   MemoryError. */
static PyTypeObject *
loaded_never_indexed(void)
{
    PyObject *name = PyUnicode_FromString("hpack.struct"), *loaded = NULL, *cls = NULL;

    if (name != NULL) {
        loaded = PyImport_GetModule(name);
        Py_DECREF(name);
    }
    if (loaded != NULL) {
        cls = PyObject_GetAttrString(loaded, "NeverIndexedHeaderTuple");
        Py_DECREF(loaded);
    }
    clear_but_for_memory();
    if (cls != NULL && !(PyType_Check(cls) && PyType_IsSubtype((PyTypeObject *)cls, &PyTuple_Type))) {
        Py_CLEAR(cls);
    }
    return (PyTypeObject *)cls;
}

/* 0 or 1; where there is no memory to ask, 0 with a MemoryError. */
static int
is_never_indexed(PyObject *self)
{
    PyObject *indexable;
    int answer;

    if (Py_IS_TYPE(self, &HeaderTuple_Type) || Py_IS_TYPE(self, &NeverIndexedHeaderTuple_Type)) {
        return Py_IS_TYPE(self, &NeverIndexedHeaderTuple_Type);
    }
    indexable = PyObject_GetAttrString(self, "indexable"); /* a subclass may say anything */
    answer = indexable != NULL ? PyObject_IsTrue(indexable) == 0 : 0;
    Py_XDECREF(indexable);
    clear_but_for_memory();
    return answer;
}

/* `__class__` is what isinstance() goes by where the type itself does not tell. Stock's Encoder indexes a tuple whose
   class it does not know, and h2 makes a plain tuple of it. So beside a stock hpack a never-indexed field claims
   stock's class: a secret must not enter a table because two libraries met (RFC 7541 section 7.1.3). */
static PyObject *
headertuple_class(PyObject *self, void *Py_UNUSED(closure))
{
    PyTypeObject *cls = is_never_indexed(self) ? loaded_never_indexed() : NULL;

    if (cls == NULL && PyErr_Occurred()) {
        return NULL;
    }
    return cls != NULL ? (PyObject *)cls : Py_NewRef((PyObject *)Py_TYPE(self));
}

/* A subclass's own `__class__` can be set, as that of any object; the two types themselves refuse it. */
static int
headertuple_set_class(PyObject *self, PyObject *cls, void *Py_UNUSED(closure))
{
    PyObject *attributes = PyObject_GetAttrString((PyObject *)&PyBaseObject_Type, "__dict__");
    PyObject *descriptor = attributes != NULL ? PyMapping_GetItemString(attributes, "__class__") : NULL;
    int status = descriptor != NULL ? Py_TYPE(descriptor)->tp_descr_set(descriptor, self, cls) : -1;

    Py_XDECREF(attributes);
    Py_XDECREF(descriptor);
    return status;
}

/* As any object of a subclass is reduced. Where `__class__` says stock's class, pickle would refuse the function that
   object names, which it knows by its name; a partial() of it has none. */
static PyObject *
reduce_derived(PyObject *self, long protocol)
{
    PyObject *method = PyObject_GetAttrString((PyObject *)&PyBaseObject_Type, "__reduce_ex__");
    PyObject *cls = headertuple_class(self, NULL);
    PyObject *functools, *maker, *reduced = NULL;

    if (cls == NULL) {
        Py_XDECREF(method);
        return NULL;
    }
    if (method != NULL) { /* below protocol 2 a static base class would be asked to copy itself from one argument */
        reduced = PyObject_CallFunction(method, "Ol", self, protocol < 2 ? 2 : protocol);
        Py_DECREF(method);
    }
    if (cls != (PyObject *)Py_TYPE(self) && reduced != NULL && PyTuple_CheckExact(reduced)
        && PyTuple_GET_SIZE(reduced) > 0 && Py_REFCNT(reduced) == 1) { /* else it is a subclass's own */
        functools = PyImport_ImportModule("functools");
        maker = functools != NULL ? PyObject_CallMethod(functools, "partial", "O", PyTuple_GET_ITEM(reduced, 0)) : NULL;
        Py_XDECREF(functools);
        if (maker == NULL || PyTuple_SetItem(reduced, 0, maker) < 0) {
            Py_CLEAR(reduced);
        }
    }
    Py_DECREF(cls);
    return reduced;
}

/* Pickles of the two types themselves call rebuild(), so that they open whether or not hpack.struct is fasth2's. */
static PyObject *
headertuple_reduce_ex(PyObject *self, PyObject *protocol)
{
    long number = PyLong_AsLong(protocol);
    PyObject *items, *reduced;

    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (!Py_IS_TYPE(self, &HeaderTuple_Type) && !Py_IS_TYPE(self, &NeverIndexedHeaderTuple_Type)) {
        return reduce_derived(self, number);
    }
    items = PyTuple_GetSlice(self, 0, PyTuple_GET_SIZE(self));
    if (items == NULL) {
        return NULL;
    }
    reduced = Py_BuildValue("O(OO)", rebuild, Py_IS_TYPE(self, &HeaderTuple_Type) ? Py_True : Py_False, items);
    Py_DECREF(items);
    return reduced;
}

static PyGetSetDef headertuple_getset[] = {
    {"__class__", headertuple_class, headertuple_set_class,
     PyDoc_STR("the object's class, or stock hpack's, if it is never indexed"), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef headertuple_methods[] = {
    {"__getnewargs__", headertuple_getnewargs, METH_NOARGS, NULL},
    {"__reduce_ex__", headertuple_reduce_ex, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject HeaderTuple_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hpack.struct.HeaderTuple",
    .tp_doc = PyDoc_STR("HeaderTuple(*args)\n--\n\n"
                        "(name, value): a field line that may enter the dynamic table.\n\n"
                        "A tuple in every other way; its strings are bytes or str. Upstream: hpack.HeaderTuple."),
    .tp_dealloc = headertuple_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = headertuple_methods,
    .tp_getset = headertuple_getset,
    .tp_new = headertuple_new,
    .tp_vectorcall = headertuple_vectorcall,
};

static PyTypeObject NeverIndexedHeaderTuple_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hpack.struct.NeverIndexedHeaderTuple",
    .tp_doc = PyDoc_STR("NeverIndexedHeaderTuple(*args)\n--\n\n"
                        "(name, value): a field line that no hop may put into a table (RFC 7541 section 6.2.3).\n\n"
                        "Upstream: hpack.NeverIndexedHeaderTuple."),
    .tp_dealloc = headertuple_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_base = &HeaderTuple_Type,
    .tp_new = headertuple_new,
    .tp_vectorcall = headertuple_vectorcall,
};

static PyObject *
module_rebuild(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *indexable, *items;

    if (!PyArg_ParseTuple(args, "O!O!:rebuild", &PyBool_Type, &indexable, &PyTuple_Type, &items)) {
        return NULL;
    }
    return pack(indexable == Py_True ? &HeaderTuple_Type : &NeverIndexedHeaderTuple_Type,
                ((PyTupleObject *)items)->ob_item, PyTuple_GET_SIZE(items));
}

static PyMethodDef module_methods[] = {
    {"rebuild", module_rebuild, METH_VARARGS,
     PyDoc_STR("rebuild(indexable, items): the header tuple that a pickle holds.")},
    {NULL, NULL, 0, NULL},
};

static int
make_ready(PyTypeObject *type, PyObject *indexable)
{
    PyObject *slots;
    int failed;

    if (PyType_Ready(type) < 0) {
        return -1;
    }
    slots = PyTuple_New(0);
    if (slots == NULL) {
        return -1;
    }
    failed = PyDict_SetItemString(type->tp_dict, "indexable", indexable) < 0
             || PyDict_SetItemString(type->tp_dict, "__slots__", slots) < 0;
    Py_DECREF(slots);
    PyType_Modified(type);
    return failed ? -1 : 0;
}

/* Static types belong to the one interpreter that made them ready; so do the caches of the other modules. */
static int
refuse_other_interpreters(void)
{
    static int64_t first = -1;
    int64_t here = PyInterpreterState_GetID(PyInterpreterState_Get());

    if (first == -1) {
        first = here;
    }
    if (here == -1 || here != first) {
        PyErr_SetString(PyExc_ImportError, "fasth2 works in one interpreter of a process, and another has loaded it");
        return -1;
    }
    return 0;
}

static int
module_exec(PyObject *self)
{
    PyObject *capsule;
    int failed;

    if (refuse_other_interpreters() < 0) {
        return -1;
    }
    header_spares = &spares;
    HeaderTuple_Type.tp_base = &PyTuple_Type;
    if (make_ready(&HeaderTuple_Type, Py_True) < 0 || make_ready(&NeverIndexedHeaderTuple_Type, Py_False) < 0) {
        return -1;
    }
    Py_XSETREF(rebuild, PyObject_GetAttrString(self, "rebuild"));
    if (rebuild == NULL || PyModule_AddObjectRef(self, "HeaderTuple", (PyObject *)&HeaderTuple_Type) < 0) {
        return -1;
    }
    if (PyModule_AddObjectRef(self, "NeverIndexedHeaderTuple", (PyObject *)&NeverIndexedHeaderTuple_Type) < 0) {
        return -1;
    }
    capsule = PyCapsule_New(&spares, "fasth2.codec.headertuple._spares", NULL);
    failed = capsule == NULL || PyModule_AddObjectRef(self, "_spares", capsule) < 0;
    Py_XDECREF(capsule);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, (void *)module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "fasth2.codec.headertuple",
    .m_doc = PyDoc_STR("Field lines as tuples (RFC 7541 section 1.3)."),
    .m_methods = module_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit_headertuple(void)
{
    return PyModuleDef_Init(&module);
}
