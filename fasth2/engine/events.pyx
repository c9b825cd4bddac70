# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""The memory of events, and how the engine makes one. The public classes are in fasth2.engine.eventtypes.

A public class is a Python class whose fields are slots of EventCore. The engine fills an event of such a class
without calling it.
"""
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF

cdef extern from "eventtype.h":
    ctypedef struct EventObject:
        PyObject *attributes
        PyObject *fields[4]
    ctypedef struct PyMemberDef:
        pass
    PyTypeObject EventCore_Type
    int ready "fasth2_event_ready" (object members) except -1
    void make_own "fasth2_event_own" (PyTypeObject *type) noexcept
    object new_field "fasth2_event_field" (PyTypeObject *type, PyMemberDef *member, const char *name, int at)

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *, Py_ssize_t)
    const char *PyUnicode_AsUTF8(object) except NULL

cdef enum Kind:
    REQUEST_RECEIVED
    RESPONSE_RECEIVED
    TRAILERS_RECEIVED
    INFORMATIONAL_RESPONSE_RECEIVED
    DATA_RECEIVED
    WINDOW_UPDATED
    REMOTE_SETTINGS_CHANGED
    PING_RECEIVED
    PING_ACK_RECEIVED
    STREAM_ENDED
    STREAM_RESET
    PUSHED_STREAM_RECEIVED
    SETTINGS_ACKNOWLEDGED
    PRIORITY_UPDATED
    CONNECTION_TERMINATED
    ALTERNATIVE_SERVICE_AVAILABLE
    UNKNOWN_FRAME_RECEIVED
    KINDS

# In the order of Kind.
cdef tuple NAMES = (
    "RequestReceived", "ResponseReceived", "TrailersReceived", "InformationalResponseReceived", "DataReceived",
    "WindowUpdated", "RemoteSettingsChanged", "PingReceived", "PingAckReceived", "StreamEnded", "StreamReset",
    "PushedStreamReceived", "SettingsAcknowledged", "PriorityUpdated", "ConnectionTerminated",
    "AlternativeServiceAvailable", "UnknownFrameReceived",
)

cdef PyTypeObject *CLASSES[KINDS]
cdef PyMemberDef MEMBERS[KINDS][4]
cdef dict CLASS_OF = {}    # by name, the internal ones included; owns what CLASSES points to
cdef dict FIELDS_OF = {}   # by class: the names of its slots, in order; owns what MEMBERS points to
cdef object ABSENT = object()


# ---- the classes -----------------------------------------------------------------------------------------------

def enlist(cls, *fields):
    """Tells the engine of the class `cls`, when it is complete. `fields` are the names of its slots, in order."""
    cdef int kind
    cdef int at
    CLASS_OF[cls.__name__] = cls
    if cls.__name__ not in NAMES:
        return
    kind = NAMES.index(cls.__name__)
    if CLASSES[kind] != NULL or not 0 < len(fields) <= 4:
        raise ValueError("an event class has up to four fields, and is enlisted once")
    FIELDS_OF[cls] = fields
    for at in range(len(fields)):
        setattr(cls, fields[at], new_field(<PyTypeObject *>cls, &MEMBERS[kind][at], PyUnicode_AsUTF8(fields[at]), at))
    make_own(<PyTypeObject *>cls)
    CLASSES[kind] = <PyTypeObject *>cls


def fields_and_attributes(event):
    """`event.__dict__`: a new dict of all that it holds."""
    if not isinstance(event, EventCore):
        raise TypeError(f"an event is required, not '{type(event).__name__}'")
    found = {}
    for ancestor in type(event).__mro__:
        for name in FIELDS_OF.get(ancestor, ()):
            value = getattr(event, name, ABSENT)
            if value is not ABSENT:
                found[name] = value
    if (<EventObject *>event).attributes != NULL:
        found.update(<dict>(<EventObject *>event).attributes)
    return found


# In the type's own dict, where a `__dict__` of a caller's mixin looks for it too.
ready({"__dict__": property(fields_and_attributes)})
EventCore = <object>&EventCore_Type


# ---- events ----------------------------------------------------------------------------------------------------

cdef object fresh(int kind):
    """An event without a value in any field."""
    if CLASSES[kind] == NULL:
        raise RuntimeError("fasth2.engine.eventtypes has not been imported")
    return PyType_GenericAlloc(CLASSES[kind], 0)


cdef inline void put(object event, int field, object value) noexcept:
    Py_INCREF(value)
    (<EventObject *>event).fields[field] = <PyObject *>value


cdef object event_of(int kind, object first):
    event = fresh(kind)
    put(event, 0, first)
    return event


cdef object event_of_two(int kind, object first, object second):
    event = event_of(kind, first)
    put(event, 1, second)
    return event


cdef object event_of_three(int kind, object first, object second, object third):
    event = event_of_two(kind, first, second)
    put(event, 2, third)
    return event


cdef object event_of_four(int kind, object first, object second, object third, object fourth):
    event = event_of_three(kind, first, second, third)
    put(event, 3, fourth)
    return event


cdef object request_received(object stream_id, list headers, object stream_ended, object priority_updated):
    return event_of_four(REQUEST_RECEIVED, stream_id, headers, stream_ended, priority_updated)


cdef object response_received(object stream_id, list headers, object stream_ended, object priority_updated):
    return event_of_four(RESPONSE_RECEIVED, stream_id, headers, stream_ended, priority_updated)


cdef object trailers_received(object stream_id, list headers, object stream_ended, object priority_updated):
    return event_of_four(TRAILERS_RECEIVED, stream_id, headers, stream_ended, priority_updated)


cdef object informational_response_received(object stream_id, list headers, object priority_updated):
    return event_of_three(INFORMATIONAL_RESPONSE_RECEIVED, stream_id, headers, priority_updated)


cdef object data_received(object stream_id, bytes data, object flow_controlled_length, object stream_ended):
    return event_of_four(DATA_RECEIVED, stream_id, data, flow_controlled_length, stream_ended)


cdef object stream_ended(object stream_id):
    return event_of(STREAM_ENDED, stream_id)


cdef object stream_reset(object stream_id, object error_code, bint remote_reset):
    return event_of_three(STREAM_RESET, stream_id, error_code, remote_reset)


cdef object pushed_stream_received(object pushed_stream_id, object parent_stream_id, list headers):
    return event_of_three(PUSHED_STREAM_RECEIVED, pushed_stream_id, parent_stream_id, headers)


cdef object window_updated(object stream_id, object delta):
    return event_of_two(WINDOW_UPDATED, stream_id, delta)


cdef object remote_settings_changed(object old_settings, dict new_settings):
    return CLASS_OF["RemoteSettingsChanged"].from_settings(old_settings, new_settings)


cdef object settings_acknowledged(dict changed_settings):
    return event_of(SETTINGS_ACKNOWLEDGED, changed_settings)


cdef object ping_received(bytes ping_data):
    return event_of(PING_RECEIVED, ping_data)


cdef object ping_ack_received(bytes ping_data):
    return event_of(PING_ACK_RECEIVED, ping_data)


cdef object priority_updated(object stream_id, object weight, object depends_on, object exclusive):
    return event_of_four(PRIORITY_UPDATED, stream_id, weight, depends_on, exclusive)


cdef object connection_terminated(object error_code, object last_stream_id, object additional_data):
    return event_of_three(CONNECTION_TERMINATED, error_code, last_stream_id, additional_data)


cdef object alternative_service_available(object origin, object field_value):
    return event_of_two(ALTERNATIVE_SERVICE_AVAILABLE, origin, field_value)


cdef object unknown_frame_received(object frame):
    return event_of(UNKNOWN_FRAME_RECEIVED, frame)


cdef object bare_event(str name, object stream_id):
    cls = CLASS_OF[name]
    if hasattr(cls, "__dataclass_fields__"):
        return cls(stream_id=stream_id)
    event = cls()
    if name == "PushedStreamReceived":
        event.parent_stream_id = stream_id
    return event
