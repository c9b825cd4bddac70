# cython: language_level=3, freethreading_compatible=True, auto_pickle=False
"""The flags of a frame (RFC 9113 section 6): one octet inside, a set of names outside."""
cimport cython
from cpython.object cimport PyObject, PyTypeObject
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport uint8_t, uint64_t

from collections.abc import MutableSet
from typing import NamedTuple

from fasth2.codec.frameheader cimport FLAG_ACK, FLAG_END_HEADERS, FLAG_END_STREAM, FLAG_PADDED, FLAG_PRIORITY
from fasth2.codec.typeversion cimport finding, recall, remember

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(object)

cdef str ACK = "ACK"
cdef str END_HEADERS = "END_HEADERS"
cdef str END_STREAM = "END_STREAM"
cdef str PADDED = "PADDED"
cdef str PRIORITY = "PRIORITY"

_UPSTREAM = "hyperframe.flags"


def _rebuild_flag(name, bit):
    """What a pickle of a `Flag` calls: its own name may lead to upstream's class."""
    return Flag(name, bit)


Flag = NamedTuple("Flag", [("name", str), ("bit", int)])
Flag.__module__ = _UPSTREAM
Flag.__doc__ = "The name (str) and the bit (int) of a flag that a frame type defines. Source: hyperframe.flags.Flag."
Flag.__reduce__ = lambda self: (_rebuild_flag, tuple(self))


cdef int name_bit(object name, bint acknowledges) noexcept:
    """The bit that `name` stands for; 0 for a name that is none of RFC 9113's, -1 for what is not an exact str."""
    if name is END_STREAM:
        return 0 if acknowledges else FLAG_END_STREAM
    if name is END_HEADERS:
        return FLAG_END_HEADERS
    if name is PADDED:
        return FLAG_PADDED
    if name is PRIORITY:
        return FLAG_PRIORITY
    if name is ACK:
        return FLAG_ACK if acknowledges else 0
    if not PyUnicode_CheckExact(name):
        return -1
    return equal_name_bit(<str>name, acknowledges)


cdef int equal_name_bit(str name, bint acknowledges) noexcept:
    """For a str that is not interned: made by a parser, or by splitting a longer one."""
    if name == END_HEADERS:
        return FLAG_END_HEADERS
    if name == PADDED:
        return FLAG_PADDED
    if name == PRIORITY:
        return FLAG_PRIORITY
    if name == (ACK if acknowledges else END_STREAM):
        return FLAG_ACK
    return 0


cdef list bit_names(uint8_t bits, bint acknowledges):
    names = []
    if bits & FLAG_ACK:
        names.append(ACK if acknowledges else END_STREAM)
    if bits & FLAG_END_HEADERS:
        names.append(END_HEADERS)
    if bits & FLAG_PADDED:
        names.append(PADDED)
    if bits & FLAG_PRIORITY:
        names.append(PRIORITY)
    return names


cdef class FlagsCore:
    def __repr__(self):
        with cython.critical_section(self):
            if self.members is None:
                return flags_text(self.bits, self.acknowledges)
            return repr(sorted(self.members))

    def __contains__(self, name):
        cdef int bit
        with cython.critical_section(self):
            if self.members is None:
                bit = name_bit(name, self.acknowledges)
                if bit >= 0:
                    return self.bits & bit != 0
                unpack(self)
            members = self.members  # held: to compare names can run code that puts others in their place
            return name in members

    def __len__(self):
        cdef uint8_t bits
        cdef Py_ssize_t count = 0
        with cython.critical_section(self):
            if self.members is not None:
                return len(self.members)
            bits = self.bits
        while bits:
            bits &= bits - 1
            count += 1
        return count

    def __iter__(self):
        with cython.critical_section(self):
            unpack(self)
            return iter(self.members)


cdef void unpack(FlagsCore flags) except *:
    """From the octet to the sets, for good."""
    if flags.members is None:
        flags.valid = set(bit_names(flags.defined, flags.acknowledges))
        flags.members = set(bit_names(flags.bits, flags.acknowledges))


def _rebuild_flags():
    """What a pickle or a copy of a `Flags` calls first."""
    return Flags.__new__(Flags)


class Flags(FlagsCore, MutableSet):
    """A set of flag names that takes only those that its frame defines. Source: hyperframe.flags.Flags.

    `Flags(defined_flags)`: an iterable of `Flag`. Compares and combines as any `collections.abc.MutableSet`; a name
    that is not defined raises `ValueError` where it is added.
    """

    __module__ = _UPSTREAM
    __hash__ = None

    def __init__(self, defined_flags):
        cdef FlagsCore core = self
        valid = {flag.name for flag in defined_flags}
        with cython.critical_section(core):
            core.valid = valid
            core.members = set()

    def add(self, value):
        """Add the flag `value` (str). ValueError if the frame does not define it."""
        cdef FlagsCore core = self
        cdef int bit
        with cython.critical_section(core):
            if core.members is None:
                bit = name_bit(value, core.acknowledges)
                if bit > 0 and core.defined & bit:
                    core.bits |= bit
                    return None
                unpack(core)
            valid = core.valid
            if value not in valid:
                raise ValueError(f"Unexpected flag: {value}. Valid flags are: {valid}")
            members = core.members
        return members.add(value)

    def discard(self, value):
        """Remove the flag `value` (str), if it is there."""
        cdef FlagsCore core = self
        cdef int bit
        with cython.critical_section(core):
            if core.members is None:
                bit = name_bit(value, core.acknowledges)
                if bit >= 0:
                    core.bits &= ~bit
                    return None
                unpack(core)
            members = core.members
        return members.discard(value)

    @property
    def _flags(self):
        cdef FlagsCore core = self
        with cython.critical_section(core):
            unpack(core)
            return core.members

    @_flags.setter
    def _flags(self, value):
        cdef FlagsCore core = self
        with cython.critical_section(core):
            unpack(core)
            core.members = value

    @property
    def _valid_flags(self):
        cdef FlagsCore core = self
        with cython.critical_section(core):
            unpack(core)
            return core.valid

    @_valid_flags.setter
    def _valid_flags(self, value):
        cdef FlagsCore core = self
        with cython.critical_section(core):
            unpack(core)
            core.valid = value

    @property
    def __dict__(self):
        added = FlagsCore.__dict__["__dict__"].__get__(self)
        return {"_valid_flags": self._valid_flags, "_flags": self._flags, **added}

    def __reduce_ex__(self, protocol):
        if type(self) is not Flags:
            return _new_instance, (type(self),), vars(self)
        return _rebuild_flags, (), vars(self)

    def __setstate__(self, state):
        for name, value in state.items():
            setattr(self, name, value)


def _new_instance(cls):
    """An instance of a subclass of `Flags` before its state is set."""
    return cls.__new__(cls)


# ---- for the frames --------------------------------------------------------------------------------------------

cdef PyTypeObject *FLAGS_TYPE = <PyTypeObject *>Flags
cdef uint64_t FLAGS_FOUND = 0   # whether it is as it was made; see fasth2.codec.typeversion
cdef tuple NO_ARGUMENTS = ()
cdef dict STOCK_MEMBERS = dict(vars(Flags))


cdef bint flags_unchanged() except -1:
    """Whether `Flags` still does what is written here, so that an octet may stand for one."""
    cdef uint64_t found = recall(&FLAGS_FOUND)
    if found | 1 != finding(FLAGS_TYPE, True):
        found = examine_flags()
    return found & 1


cdef uint64_t examine_flags() except? 0:
    cdef uint64_t found = fresh_finding(Flags)
    cdef bint stock = True
    members = vars(Flags)
    for name, member in STOCK_MEMBERS.items():
        if members.get(name) is not member:
            stock = False
    for name in ("__contains__", "__len__", "__iter__", "__repr__", "__getattribute__", "__setattr__"):
        if name in members:
            stock = False
    remember(&FLAGS_FOUND, found | stock)
    return found | stock


cdef object new_flags(uint8_t bits, uint8_t defined, bint acknowledges):
    """A packed `Flags`."""
    cdef FlagsCore flags = <FlagsCore>FLAGS_TYPE.tp_new(Flags, <PyObject *>NO_ARGUMENTS, NULL)
    flags.bits = bits
    flags.defined = defined
    flags.acknowledges = acknowledges
    return flags


cdef int flag_bits(object flags, uint8_t defined, bint acknowledges) except -2:
    """The octet for what a caller left in `frame.flags`; -1 if it is not a `Flags` that this module made."""
    cdef FlagsCore core
    cdef int bits = 0
    if Py_TYPE(flags) != FLAGS_TYPE or not flags_unchanged():
        return -1
    core = <FlagsCore>flags
    with cython.critical_section(core):
        if core.members is None and core.acknowledges == acknowledges:
            return core.bits & defined
    for name in bit_names(defined, acknowledges):
        if name in core:
            bits |= name_bit(name, acknowledges)
    return bits


cdef list TEXTS = [None] * 128


cdef str flags_text(uint8_t bits, bint acknowledges):
    """`repr` of a packed set: made once for each of the few there are."""
    cdef int index = (bits & 0x3F) << 1 | acknowledges
    text = TEXTS[index]
    if text is None:
        text = TEXTS[index] = repr(sorted(bit_names(bits, acknowledges)))
    return text
