# cython: language_level=3, freethreading_compatible=True, auto_pickle=False
"""What a frame object is: fields in slots, a class that can be changed, and a way to tell whether it was.

The frame classes (fasth2.codec.framebase and frametypes) are Python classes: callers subclass them, patch them, and
put what they like on an instance. A frame whose class is as it was made and whose instance carries nothing of its own
goes the straight way through compiled code; every other one goes step by step through its methods and attributes.
"""
cimport cython
from cpython.dict cimport PyDict_CheckExact, PyDict_Size
from cpython.bytes cimport PyBytes_Check
from cpython.list cimport PyList_CheckExact
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject, PyTypeObject
from cpython.tuple cimport PyTuple_CheckExact, PyTuple_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t

from fasth2.codec.flags cimport flag_bits, flags_unchanged, fresh_finding, name_bit, new_flags
from fasth2.codec.flags import Flags

from fasth2.codec.frameheader cimport FRAME_OK, check_stream
from fasth2.codec.typeversion cimport finding, recall, remember

cdef extern from "frametype.h":
    PyTypeObject FrameCore_Type
    object own_alloc "fasth2_own_alloc"(PyTypeObject *)

cdef extern from *:
    """
    /* What a class of fasth2's own has besides what the interpreter gave it. */
    static inline void fasth2_make_own(PyTypeObject *type, vectorcallfunc construct)
    {
        type->tp_vectorcall = construct;
        type->tp_dealloc = fasth2_own_dealloc;
    }

    /* What the type's dict starts with; and `object`'s way to a new instance, so that `object.__new__` may go it. */
    static inline int fasth2_ready(PyTypeObject *type, PyObject *members)
    {
        type->tp_dict = Py_NewRef(members);
        type->tp_new = PyBaseObject_Type.tp_new;
        return PyType_Ready(type);
    }
    """
    ctypedef object (*vectorcallfunc)(object, PyObject *const *, size_t, PyObject *)
    int ready "fasth2_ready"(PyTypeObject *, object) except -1
    void make_own "fasth2_make_own"(PyTypeObject *, vectorcallfunc)

cdef extern from "Python.h":
    int PyObject_IsTrue(object) noexcept
    Py_ssize_t PyVectorcall_NARGS(size_t)
    PyObject *PyTuple_GET_ITEM(PyObject *, Py_ssize_t)
    object PyObject_Call(object, object, object)

cdef FrameClass CLASSES[KIND_COUNT]
cdef list SNAPSHOTS = [None] * KIND_COUNT   # by kind: every attribute of the class as it was made
cdef list KEEP = []                         # owns what CLASSES points to

cdef object ABSENT = object()

# A change to one of these changes nothing that a frame does.
cdef frozenset UNSEEN = frozenset(("__doc__", "__module__", "__qualname__", "__annotations__", "__annotate__"))

cdef inline FrameObject *frame_of(object frame) except NULL:
    if not is_frame(frame, CLASSES):
        raise TypeError(f"a frame is required, not '{type(frame).__name__}'")
    return <FrameObject *>frame


cdef FrameClass *frame_classes() noexcept:
    return CLASSES


cdef object new_frame(int kind, object stream_id):
    """A frame with every field at its default and no flag set. Only for a class that `is_unchanged`."""
    cdef FrameClass *cls = &CLASSES[kind]
    cdef object instance = own_alloc(cls.type)
    cdef FrameObject *frame = <FrameObject *>instance
    cdef int field
    frame.kind = kind
    frame.packed = True
    put(frame, STREAM_ID, stream_id)
    for field in range(BODY_LEN, cls.fields):
        if cls.defaults[field] != NULL:
            Py_INCREF(<object>cls.defaults[field])
            frame.fields[field] = cls.defaults[field]
    if kind == KIND_SETTINGS:
        put(frame, SETTINGS_SETTINGS, {})
    return instance


# ---- fields ----------------------------------------------------------------------------------------------------

cdef object get_field(FrameObject *frame, int field):
    """What the field holds. Only for one that is present."""
    if field == FLAGS and frame.packed:
        flags = new_flags(frame.bits, CLASSES[frame.kind].flags, CLASSES[frame.kind].acknowledges)
        if not frame.packed:  # the collector ran meanwhile, and code of a caller's with it
            return flags if frame.fields[FLAGS] == NULL else <object>frame.fields[FLAGS]
        frame.packed = False
        put(frame, FLAGS, flags)
    return <object>frame.fields[field]


cdef inline bint is_present(FrameObject *frame, int field) noexcept:
    return frame.fields[field] != NULL or (field == FLAGS and frame.packed)


cdef void forget(FrameObject *frame, int field) noexcept:
    cdef PyObject *before = frame.fields[field]
    frame.fields[field] = NULL
    if field == FLAGS:
        frame.packed = False
    Py_XDECREF(before)


cdef int kind_of(object instance) except -1:
    """The kind of the class that the frame's class is, or is derived from."""
    cdef FrameObject *frame = <FrameObject *>instance
    cdef int kind
    if frame.kind == KIND_UNKNOWN:
        for ancestor in type(instance).__mro__:
            for kind in range(1, KIND_COUNT):
                if CLASSES[kind].type == <PyTypeObject *>ancestor:
                    frame.kind = kind
                    return kind
    return frame.kind


cdef class Field:
    """A field of a frame as an attribute: in its slot, or in the instance's dict once somebody asked for that.

    `Field(name, kind, field)`: `kind` 0 for a field that all frames have. On a class there is nothing to find, as
    upstream sets fields on instances only, unless `inherited` (a tuple of one) says what upstream's class shows.
    """

    cdef str name
    cdef int kind
    cdef int field
    cdef tuple inherited

    def __init__(self, str name, int kind, int field, tuple inherited=()):
        if not (0 <= kind < KIND_COUNT and 0 <= field < FIELD_COUNT):
            raise ValueError("no such kind or field")
        self.name = name
        self.kind = kind
        self.field = field
        self.inherited = inherited

    def __get__(self, instance, owner):
        cdef FrameObject *frame
        if instance is None:
            if self.inherited:
                return self.inherited[0]
            raise AttributeError(f"type object '{owner.__name__}' has no attribute '{self.name}'")
        frame = frame_of(instance)
        with cython.critical_section(instance):
            if (self.kind == KIND_UNKNOWN or self.kind == frame.kind) and is_present(frame, self.field):
                return get_field(frame, self.field)
            if frame.kind != KIND_UNKNOWN and self.kind != KIND_UNKNOWN and self.kind != frame.kind:
                detach(instance)  # `__class__` was changed: the former class may have had a field of this name
            return get_elsewhere(instance, self.name, self.inherited)

    def __set__(self, instance, value):
        cdef FrameObject *frame = frame_of(instance)
        with cython.critical_section(instance):
            if frame.detached or (self.kind != KIND_UNKNOWN and self.kind != kind_of(instance)):
                name = self.name
                detach(instance)[name] = value
                return
            frame.packed = frame.packed and self.field != FLAGS
            put(frame, self.field, value)

    def __delete__(self, instance):
        cdef FrameObject *frame = frame_of(instance)
        with cython.critical_section(instance):
            if (self.kind == KIND_UNKNOWN or self.kind == frame.kind) and is_present(frame, self.field):
                forget(frame, self.field)
                return
            name = self.name
            if detach(instance).pop(name, self) is self:
                raise missing(instance, name)


cdef object get_elsewhere(object instance, str name, tuple inherited):
    """A field that is not in its slot."""
    cdef FrameObject *frame = <FrameObject *>instance
    if frame.attributes != NULL:
        held = <dict>frame.attributes  # a key of a caller's can run code when it is compared
        value = held.get(name, ABSENT)
        if value is not ABSENT:
            return value
    if inherited:
        return inherited[0]
    raise missing(instance, name)


cdef object missing(object instance, str name):
    return AttributeError(f"'{type(instance).__name__}' object has no attribute '{name}'", name=name, obj=instance)


# ---- the instance's dict ---------------------------------------------------------------------------------------

cdef dict attributes(FrameObject *frame):
    """The dict of the instance, which has none until the first attribute."""
    if frame.attributes == NULL:
        set_attributes(frame, {})
    return <dict>frame.attributes


cdef void set_attributes(FrameObject *frame, dict value) noexcept:
    cdef PyObject *before = frame.attributes
    Py_INCREF(value)
    frame.attributes = <PyObject *>value
    Py_XDECREF(before)


def get_dict(instance):
    """`frame.__dict__`: every field and attribute, and from now on the place where they live."""
    frame_of(instance)
    with cython.critical_section(instance):
        return detach(instance)


cdef dict detach(object instance):
    """The dict in which every field and attribute lives from now on."""
    cdef FrameObject *frame = <FrameObject *>instance
    cdef FrameClass *cls
    cdef int field
    if not frame.detached:
        cls = &CLASSES[kind_of(instance)]
        fields = {}
        for field in range(cls.fields):
            if is_present(frame, field):
                fields[<object>cls.names[field]] = get_field(frame, field)
        fields.update(attributes(frame))
        replace_dict(frame, fields)
    return attributes(frame)


cdef void replace_dict(FrameObject *frame, dict value) noexcept:
    """The dict is all that the frame has from now on."""
    cdef int field
    frame.detached = True
    set_attributes(frame, value)
    for field in range(FIELD_COUNT):
        forget(frame, field)


def set_dict(instance, value):
    """`frame.__dict__ = value`: what was there before is gone."""
    cdef FrameObject *frame = frame_of(instance)
    if not isinstance(value, dict):
        raise TypeError(f"__dict__ must be set to a dictionary, not a '{type(value).__name__}'")
    with cython.critical_section(instance):
        replace_dict(frame, <dict>value)


def del_dict(instance):
    """`del frame.__dict__`: a frame without any field."""
    set_dict(instance, {})


# In the type's own dict, where a `__dict__` of a caller's mixin looks for it too.
ready(&FrameCore_Type, {"__dict__": property(get_dict, set_dict, del_dict)})
FrameCore = <object>&FrameCore_Type
CLASSES[KIND_UNKNOWN].type = &FrameCore_Type


# ---- classes ---------------------------------------------------------------------------------------------------

def enlist(cls, int kind, tuple fields, tuple defaults, tuple positional, tuple keywords):
    """Make `cls` the class of `kind`, with descriptors for its own `fields` (names) and `defaults` for all fields.

    `positional` and `keywords` name the fields that its constructor takes in each way. Called once a class, when it
    is complete: what is found on it now is what "as it was made" means from then on.
    """
    cdef FrameClass *entry = &CLASSES[kind]
    cdef int index
    if not KIND_UNKNOWN < kind < KIND_COUNT or entry.type != NULL:
        raise ValueError("no such kind, or one that has its class")
    names = ("stream_id", "flags", "body_len", *fields)
    for index in range(OWN, len(names)):
        inherited = (cls.type,) if names[index] == "type" else ()
        setattr(cls, names[index], Field(names[index], kind, index, inherited))
    defaults = (None, None, 0, *defaults)
    defined = tuple(cls.defined_flags)
    KEEP.extend((cls, names, defaults, defined, cls.defined_flags))
    for index in range(len(names)):
        entry.names[index] = <PyObject *>names[index]
        entry.defaults[index] = NULL if defaults[index] is None else <PyObject *>defaults[index]
    entry.fields = len(names)
    entry.positional = len(positional)
    entry.parameter_count = len(positional) + len(keywords)
    for index, name in enumerate(positional + keywords):
        entry.parameters[index] = names.index(name)
    entry.defined_flags = <PyObject *>cls.defined_flags
    for index, flag in enumerate(defined):
        entry.flag_items[index] = <PyObject *>flag
        entry.flags |= <int>flag.bit
        entry.acknowledges |= flag.name == "ACK"
    entry.flag_count = len(defined)
    entry.flags_type = <PyTypeObject *>Flags
    entry.type = <PyTypeObject *>cls
    make_own(entry.type, construct)
    SNAPSHOTS[kind] = attributes_of(cls)


cdef dict attributes_of(cls):
    """Every attribute that a lookup on `cls` can find."""
    found = {}
    for ancestor in reversed(cls.__mro__):
        found.update(vars(ancestor))
    return {name: value for name, value in found.items() if name not in UNSEEN}


cdef bint examine(FrameClass *cls) noexcept:
    """Whether the class and `Flags` are as they were made: as found before, unless their versions have changed.

    Without the memory to look, they count as changed, for this once.
    """
    cdef uint64_t found = recall(&cls.found)
    cdef uint64_t flags_found = recall(&cls.flags_found)
    try:
        if found | 1 != finding(cls.type, True):
            found = fresh_finding(<object>cls.type)
            found |= is_as_made(<object>cls.type, <dict>SNAPSHOTS[cls - &CLASSES[0]])
            remember(&cls.found, found)
        if flags_found | 1 != finding(cls.flags_type, True):
            flags_found = fresh_finding(<object>cls.flags_type)
            flags_found |= flags_unchanged()
            remember(&cls.flags_found, flags_found)
        return found & flags_found & 1
    except Exception:
        return False


cdef bint is_as_made(cls, dict made) except -1:
    cdef dict found = attributes_of(cls)
    for name, value in made.items():
        if found.get(name, made) is not value:
            return False
    return True


cdef int foreign_flags(FrameObject *frame) except -2:
    cdef FrameClass *cls = &CLASSES[frame.kind]
    cdef int bits = flag_bits(<object>frame.fields[FLAGS], cls.flags, cls.acknowledges)
    return bits if straight(<object>frame, CLASSES) != NULL else -1  # a set can have run anybody's code


# ---- construction ----------------------------------------------------------------------------------------------

cdef object construct(object cls, PyObject *const *arguments, size_t nargsf, PyObject *keywords):
    """`DataFrame(1, b"data", flags=["END_STREAM"])`, where every argument is what it should be.

    Whatever is not (a missing or unknown argument, a flag that is not defined, a stream that the type does not go
    with) goes through `__init__`, which raises what upstream's raises.
    """
    cdef Py_ssize_t count = PyVectorcall_NARGS(nargsf)
    cdef int kind
    for kind in range(1, KIND_COUNT):
        if CLASSES[kind].type == <PyTypeObject *>cls:
            break
    if is_unchanged(&CLASSES[kind]):
        instance = construct_straight(kind, arguments, count, keywords)
        if instance is not None:
            return instance
    positional = tuple([<object>arguments[index] for index in range(count)])
    named = {}
    if keywords != NULL:
        for index, name in enumerate(<tuple>keywords):
            named[name] = <object>arguments[count + index]
    return PyObject_Call(type.__call__, (cls, *positional), named)


cdef object construct_straight(int kind, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords):
    """The frame, or None for arguments that `__init__` has to see."""
    cdef FrameClass *cls = &CLASSES[kind]
    cdef FrameObject *frame
    cdef PyObject *values[FIELD_COUNT]
    cdef int field
    cdef int bits = 0
    for field in range(FIELD_COUNT):
        values[field] = NULL
    if not bind_arguments(cls, values, arguments, count, keywords) or not fits_kind(kind, values):
        return None
    if values[FLAGS] != NULL:
        bits = bits_of(<object>values[FLAGS], cls)
        if bits < 0 or (kind == KIND_SETTINGS and bits and values[SETTINGS_SETTINGS] != NULL):
            return None
    instance = new_frame(kind, 0 if values[STREAM_ID] == NULL else <object>values[STREAM_ID])
    frame = <FrameObject *>instance
    frame.bits = bits
    for field in range(OWN, cls.fields):
        if values[field] != NULL:
            put(frame, field, <object>values[field])
    return instance


cdef bint bind_arguments(FrameClass *cls, PyObject **values, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *keywords) noexcept:
    """Arguments to fields. False if one is too many, given twice, or not known by its (interned) name."""
    cdef Py_ssize_t index
    cdef int parameter
    cdef int field
    if count > cls.positional:
        return False
    for index in range(count):
        values[cls.parameters[index]] = arguments[index]
    if keywords == NULL:
        return True
    for index in range(PyTuple_GET_SIZE(<object>keywords)):
        for parameter in range(cls.parameter_count):
            field = cls.parameters[parameter]
            if cls.names[field] == PyTuple_GET_ITEM(keywords, index):
                break
        else:
            return False
        if values[field] != NULL:
            return False
        values[field] = arguments[count + index]
    return True


cdef bint fits_kind(int kind, PyObject **values) noexcept:
    """Whether stream_id, and what a constructor checks besides, are beyond doubt."""
    cdef bint connection = kind == KIND_SETTINGS or kind == KIND_PING or kind == KIND_GOAWAY
    cdef uint8_t frame_type = <uint8_t>(kind - 1)
    if values[STREAM_ID] == NULL:
        return connection and settings_fit(kind, values)
    if not PyLong_CheckExact(<object>values[STREAM_ID]):
        return False
    if kind < KIND_EXTENSION and check_stream(frame_type, PyObject_IsTrue(<object>values[STREAM_ID])) != FRAME_OK:
        return False
    if kind == KIND_ALTSVC:
        return is_bytes(values[ALTSVC_ORIGIN]) and is_bytes(values[ALTSVC_FIELD])
    if kind == KIND_EXTENSION:
        return values[EXTENSION_TYPE] != NULL
    return settings_fit(kind, values)


cdef inline bint is_bytes(PyObject *value) noexcept:
    return value == NULL or PyBytes_Check(<object>value)


cdef bint settings_fit(int kind, PyObject **values) noexcept:
    """For SETTINGS: a dict, which is kept, or nothing, which stands for a new one."""
    cdef PyObject *settings = values[SETTINGS_SETTINGS]
    if kind != KIND_SETTINGS or settings == NULL:
        return True
    if settings == <PyObject *>None or (PyDict_CheckExact(<object>settings) and not PyDict_Size(<object>settings)):
        values[SETTINGS_SETTINGS] = NULL
        return True
    return PyDict_CheckExact(<object>settings)


cdef int bits_of(object names, FrameClass *cls) except -2:
    """The bits of a list or tuple of flag names; -1 for anything else, a name that is not defined included."""
    cdef int bits = 0
    cdef int bit
    if not (PyTuple_CheckExact(names) or PyList_CheckExact(names)):
        return -1
    for name in names:
        bit = name_bit(name, cls.acknowledges)
        if bit <= 0 or not cls.flags & bit:
            return -1
        bits |= bit
    return bits
