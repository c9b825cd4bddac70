"""What a frame object is: fields in slots, a class that can be changed, and a way to tell whether it was."""
from cpython.dict cimport PyDict_Size
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport uint8_t, uint64_t

from fasth2.codec.typeversion cimport finding, recall

cdef extern from "framememory.h":
    ctypedef struct FrameObject:
        PyObject *attributes
        PyObject *fields[8]
        uint8_t kind
        uint8_t bits
        uint8_t packed
        uint8_t detached

cdef extern from *:
    """
    /* Whether a list holds these items and no more. */
    static inline int fasth2_lists(PyObject *list, PyObject *const *items, Py_ssize_t count, int *shared)
    {
        PyObject **held;
        if (Py_SIZE(list) != count) {
            return 0;
        }
    #ifdef Py_GIL_DISABLED
        /* Without counting references: threads would wait for each other to write the counts of the few flags there
           are. A list that was once read as its owner's guest gives no memory back that somebody may be reading. */
        if (!*shared && !_Py_IsOwnedByCurrentThread(list)) {
            PyObject *first = PyList_GetItemRef(list, 0);
            if (first == NULL) {
                PyErr_Clear();
            }
            Py_XDECREF(first);
            *shared = 1;
        }
        held = (PyObject **)_Py_atomic_load_ptr(&((PyListObject *)list)->ob_item);
        if (held == NULL) {
            return count == 0;
        }
    #else
        held = ((PyListObject *)list)->ob_item;
        (void)shared;
    #endif
        for (Py_ssize_t at = 0; at < count; at++) {
            if (held[at] != items[at]) {
                return 0;
            }
        }
        return 1;
    }
    """
    bint lists "fasth2_lists" (PyObject *list, PyObject *const *items, Py_ssize_t count, int *shared) noexcept

# A frame type's number here: its type octet plus one, so that 0 is "not known yet".
cdef enum:
    KIND_UNKNOWN = 0
    KIND_DATA = 1
    KIND_HEADERS = 2
    KIND_PRIORITY = 3
    KIND_RST_STREAM = 4
    KIND_SETTINGS = 5
    KIND_PUSH_PROMISE = 6
    KIND_PING = 7
    KIND_GOAWAY = 8
    KIND_WINDOW_UPDATE = 9
    KIND_CONTINUATION = 10
    KIND_ALTSVC = 11
    KIND_EXTENSION = 12   # a type octet that is not registered
    KIND_BASE = 13        # Frame itself, and a caller's own subclass of it
    KIND_COUNT = 14

# Where a field stands, in the order in which upstream's constructors set them.
cdef enum:
    STREAM_ID = 0
    FLAGS = 1             # NULL while `packed`
    BODY_LEN = 2
    OWN = 3               # the first of a type's own

    DATA_PAD_LENGTH = 3
    DATA_DATA = 4

    HEADERS_DEPENDS_ON = 3
    HEADERS_STREAM_WEIGHT = 4
    HEADERS_EXCLUSIVE = 5
    HEADERS_PAD_LENGTH = 6
    HEADERS_DATA = 7

    PRIORITY_DEPENDS_ON = 3
    PRIORITY_STREAM_WEIGHT = 4
    PRIORITY_EXCLUSIVE = 5

    RST_STREAM_ERROR_CODE = 3

    SETTINGS_SETTINGS = 3

    PUSH_PROMISE_PAD_LENGTH = 3
    PUSH_PROMISE_PROMISED_ID = 4
    PUSH_PROMISE_DATA = 5

    PING_OPAQUE_DATA = 3

    GOAWAY_LAST_STREAM_ID = 3
    GOAWAY_ERROR_CODE = 4
    GOAWAY_ADDITIONAL_DATA = 5

    WINDOW_UPDATE_INCREMENT = 3

    CONTINUATION_DATA = 3

    ALTSVC_ORIGIN = 3
    ALTSVC_FIELD = 4

    EXTENSION_TYPE = 3
    EXTENSION_FLAG_BYTE = 4
    EXTENSION_BODY = 5

    FIELD_COUNT = 8
    MAX_FLAGS = 4         # that a type defines


cdef struct FrameClass:
    PyTypeObject *type          # owned for ever, as is all that follows
    PyTypeObject *flags_type    # `Flags`
    uint64_t found              # whether it is as it was made, when it was last examined; see fasth2.codec.typeversion
    uint64_t flags_found        # the same of `Flags`
    uint8_t flags               # the bits that the type defines
    bint acknowledges           # 0x1 is called ACK, not END_STREAM
    int fields                  # how many, those that all frames have included
    PyObject *defined_flags     # the list, which callers can change
    int flag_count
    PyObject *flag_items[4]
    int shared                  # without a GIL: what a thread may read of the list is kept until it has
    PyObject *names[8]          # of the fields
    PyObject *defaults[8]       # NULL: none
    int parameters[8]           # of the constructor: the field that each sets
    int positional              # how many of them can be given by position
    int parameter_count


cdef FrameClass *frame_classes() noexcept   # an array, by kind
cdef bint examine(FrameClass *cls) noexcept
cdef object new_frame(int kind, object stream_id)
cdef object get_field(FrameObject *frame, int field)
cdef int foreign_flags(FrameObject *frame) except -2


cdef inline bint is_unchanged(FrameClass *cls) noexcept:
    """Whether the class, its flags and `Flags` are as they were made. Comparisons, unless something happened."""
    if recall(&cls.found) != finding(cls.type, True) or recall(&cls.flags_found) != finding(cls.flags_type, True):
        if not examine(cls):
            return False
    return has_own_flags(cls)


cdef inline bint has_own_flags(FrameClass *cls) noexcept:
    """Whether `defined_flags` still lists what it did: a list changes without its class noticing."""
    return lists(cls.defined_flags, cls.flag_items, cls.flag_count, &cls.shared)


cdef inline FrameObject *straight(object instance, FrameClass *classes) noexcept:
    """The frame, if nothing about it asks for the way step by step; else NULL.

    What it must be: of a class that is as it was made, with all its fields in their slots and no attribute beside.
    """
    cdef FrameObject *frame = <FrameObject *>instance
    cdef FrameClass *cls
    cdef int field
    if not is_frame(instance, classes):
        return NULL
    cls = &classes[frame.kind]
    if frame.kind == KIND_UNKNOWN or Py_TYPE(instance) != cls.type or not is_unchanged(cls):
        return NULL  # the class before the frame: to examine a class makes objects, and so can run the collector
    if frame.attributes != NULL and PyDict_Size(<object>frame.attributes) != 0:
        return NULL
    for field in range(cls.fields):
        if frame.fields[field] == NULL and (field != FLAGS or not frame.packed):
            return NULL
    return frame


cdef inline bint is_frame(object instance, FrameClass *classes) noexcept:
    """Whether there is a FrameObject behind `instance`."""
    return PyObject_TypeCheck(instance, classes[KIND_UNKNOWN].type)


cdef inline int current_flags(FrameObject *frame) except -2:
    """The flags of a frame that is on the straight way, as an octet. -1 if it has to leave it because of them."""
    return frame.bits if frame.packed else foreign_flags(frame)


cdef inline void put(FrameObject *frame, int field, object value) noexcept:
    """Set a field of a frame that is on the straight way. May run Python code: what was there before is released."""
    cdef PyObject *before = frame.fields[field]
    Py_INCREF(value)
    frame.fields[field] = <PyObject *>value
    Py_XDECREF(before)


cdef inline object field(FrameObject *frame, int index):
    """A field of a frame that is on the straight way."""
    return <object>frame.fields[index]


cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(object)
    bint PyObject_TypeCheck(object, PyTypeObject *)
    void Py_INCREF(object)
    void Py_XDECREF(PyObject *)
