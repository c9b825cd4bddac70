# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""Which way a call of a connection takes: straight, or step by step because somebody has changed a step.

The straight way skips upstream's steps: methods and attributes that upstream's own methods take from a connection, its
streams, its buffer, its windows and its state machines, and names of h2's modules. All are looked at before each call,
so that a change counts from the next call on, and no longer once it is taken back. As long as there is none, that is a
few comparisons of numbers.
"""
cimport cython
from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject, PyTypeObject
from cpython.unicode cimport PyUnicode_CheckExact

from fasth2.codec.steps cimport Py_TYPE, Steps, class_takes, declare, takes_steps
from fasth2.codec.typeversion cimport attributes_of, finding, recall
from fasth2.engine.endpoint cimport Endpoint, count_anew
from fasth2.engine.states cimport Tally
from fasth2.engine.stream cimport Stream

cdef extern from * nogil:
    bint likely(bint)
    bint unlikely(bint)

cdef extern from "Python.h":
    bint PyDict_Contains(dict items, object key) except -1
    Py_ssize_t PyDict_GET_SIZE(PyObject *items) noexcept


# A class whose methods the straight way stands for.
cdef struct Kind:
    PyTypeObject *cls
    PyObject *steps      # {name: what the class has under it, as it comes}
    Steps found

cdef enum:
    CONNECTIONS          # H2Connection
    RECEIVING            # the same, and its steps for each type of frame
    STREAMS
    STREAM_MACHINES
    CONNECTION_MACHINES
    WINDOWS
    BUFFERS
    KINDS

cdef Kind kinds[KINDS]
cdef list KEEP = []                     # owns what `kinds` points to

cdef bint names_are_upstreams = False   # no name of h2's modules has been rebound, and `kinds` is complete
cdef bint is_forced = False
cdef Py_ssize_t connections_stepwise = 0


def enlist(*classes):
    """Called once, when the public classes are complete, with (class, names of its steps) for each of the Kinds."""
    cdef int at = 0
    for cls, names in classes:
        steps = {}
        declare(steps, cls, names)
        KEEP.append((cls, steps))
        kinds[at].cls = <PyTypeObject *><PyObject *>cls
        kinds[at].steps = <PyObject *>steps
        at += 1


def declare_names(bint are_upstreams):
    """Says whether the names of h2's modules are bound as they come."""
    global names_are_upstreams
    names_are_upstreams = are_upstreams and kinds[KINDS - 1].cls != NULL


def always_step_by_step(bint wanted):
    """For tests: whether all connections go step by step, whatever they are like."""
    global is_forced
    is_forced = wanted


# --- one call -------------------------------------------------------------------------------------------------------

cdef bint is_straight(Endpoint self) except -1:
    if likely(names_are_upstreams and not is_forced and not self.is_loose and self._dispatch is None
              and not self.tally.has_taps and not self.tally.is_lost
              and self.tally.streams == PyDict_GET_SIZE(<PyObject *>self.open_streams)
              and has_steps(self) and not shadows(<PyObject *>self, CONNECTIONS) and helpers_take_steps()
              and is_plain(self.incoming_buffer, BUFFERS)
              and (self.machine is None or is_plain(self.machine, CONNECTION_MACHINES))
              and (self.manager is None or is_plain(self.manager, WINDOWS))):
        return True
    return look_closer(self)


cdef inline bint has_steps(Endpoint self) noexcept:
    return class_has(Py_TYPE(<PyObject *>self), &self.steps_found, CONNECTIONS)


cdef inline bint takes(int kind) noexcept:
    return class_has(kinds[kind].cls, &kinds[kind].found, kind)


cdef inline bint class_has(PyTypeObject *cls, Steps *known, int kind) noexcept:
    if likely(recall(&known.found) == finding(cls, True)):  # it was so, and the class is of the same version
        return True
    return class_takes(cls, known, <dict>kinds[kind].steps)


cdef inline bint helpers_take_steps() noexcept:
    return takes(STREAMS) and takes(STREAM_MACHINES) and takes(CONNECTION_MACHINES) and takes(WINDOWS)


cdef inline bint is_plain(object thing, int kind) except -1:
    """Whether it is an object of that very class, without a step of its own."""
    return Py_TYPE(<PyObject *>thing) == kinds[kind].cls and takes(kind) and not shadows(<PyObject *>thing, kind)


cdef inline bint shadows(PyObject *thing, int kind) except -1:
    """Whether an attribute that somebody gave `thing` stands before a step of its class."""
    cdef PyObject *attributes = attributes_of(thing)
    return attributes != NULL and names_a_step(<dict>attributes, <dict>kinds[kind].steps)


cdef bint names_a_step(dict attributes, dict steps) except -1:
    cdef PyObject *name
    cdef PyObject *value
    cdef Py_ssize_t at = 0
    with cython.critical_section(attributes):  # else another thread could change it under PyDict_Next
        while PyDict_Next(attributes, &at, &name, &value):
            if PyUnicode_CheckExact(<object>name) and PyDict_Contains(steps, <object>name):
                return True
    return False


cdef bint look_closer(Endpoint self) except -1:
    """What looks changed may have been changed back, or changed in what is no step."""
    global connections_stepwise
    if kinds[CONNECTIONS].cls == NULL or not is_tapped(self):
        return True
    if not self.was_stepwise:
        self.was_stepwise = True
        connections_stepwise += 1
    self.tally.is_lost = True  # streams come and go uncounted from here on
    return False


cdef bint is_tapped(Endpoint self) except -1:
    return (not names_are_upstreams or is_forced or self.is_loose
            or not has_steps(self) or shadows(<PyObject *>self, CONNECTIONS)
            or not helpers_take_steps() or not is_plain(self.incoming_buffer, BUFFERS)
            or not (self.machine is None or is_plain(self.machine, CONNECTION_MACHINES))
            or not (self.manager is None or is_plain(self.manager, WINDOWS))
            or not dispatches_as_it_comes(self) or not streams_are_plain(self))


cdef bint dispatches_as_it_comes(Endpoint self) except -1:
    """Whether `_frame_dispatch_table` still has what it was made with."""
    cdef dict table, as_made
    dispatch, made = self._dispatch, self._dispatch_as_made
    if dispatch is None:
        return True
    if type(dispatch) is not dict or type(made) is not dict:
        return False
    table, as_made = dispatch, made
    if len(table) != len(as_made):
        return False
    for kind, step in as_made.items():
        if table.get(kind) is not step:
            return False
    return True


cdef bint streams_are_plain(Endpoint self) except -1:
    cdef Tally tally = self.tally
    cdef dict streams = self.open_streams
    if not tally.has_taps and not tally.is_lost and tally.streams == len(streams):
        return True
    tally.has_taps = True
    for stream in list(streams.values()):
        if not stream_is_plain(stream):
            return False
    tally.has_taps = False
    count_anew(self)
    return True


cdef bint stream_is_plain(object thing) except -1:
    cdef Stream stream
    if not is_plain(thing, STREAMS):
        return False
    stream = thing
    machine, manager, stream_id = stream.machine, stream.manager, stream.id
    return (not stream.is_loose
            and (machine is None or (is_plain(machine, STREAM_MACHINES) and machine.stream_id == stream_id))
            and (manager is None or is_plain(manager, WINDOWS)))


def is_of_plain_class(Endpoint connection):
    """Whether no step of a connection is overridden in its class (bool)."""
    return has_steps(connection)


def receives_as_it_comes(Endpoint connection):
    """Whether `connection` has the steps that upstream's table of frame classes would be made of now (bool)."""
    return names_are_upstreams and takes_steps(connection, &kinds[RECEIVING].found, <dict>kinds[RECEIVING].steps)


def buffer_is_plain(buffer):
    """Whether a FrameBuffer may be read in compiled code (bool)."""
    return names_are_upstreams and is_plain(buffer, BUFFERS)


# --- for people -----------------------------------------------------------------------------------------------------

def way_of(Endpoint connection):
    """The way that the next call of a connection (H2Connection) takes: "straight" or "step by step"."""
    return "straight" if is_straight(connection) else "step by step"


def taken_stepwise():
    """How many connections of this process have ever left the straight way (int)."""
    return connections_stepwise
