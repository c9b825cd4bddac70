# cython: language_level=3, freethreading_compatible=True, auto_pickle=False, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
"""What a configuration says, at C speed. The public classes are in fasth2.engine.configtypes."""
cimport cython
from cpython.object cimport PyObject

from fasth2.codec.lock cimport FREE_THREADED
from fasth2.codec.steps cimport Py_TYPE, Steps, class_takes, declare, takes_steps

cdef dict OPTIONS = {
    "client_side": CLIENT_SIDE,
    "validate_outbound_headers": VALIDATE_OUTBOUND,
    "normalize_outbound_headers": NORMALIZE_OUTBOUND,
    "split_outbound_cookies": SPLIT_COOKIES,
    "validate_inbound_headers": VALIDATE_INBOUND,
    "normalize_inbound_headers": NORMALIZE_INBOUND,
}
cdef dict NAMES = {
    CLIENT_SIDE: "client_side",
    VALIDATE_OUTBOUND: "validate_outbound_headers",
    NORMALIZE_OUTBOUND: "normalize_outbound_headers",
    SPLIT_COOKIES: "split_outbound_cookies",
    VALIDATE_INBOUND: "validate_inbound_headers",
    NORMALIZE_INBOUND: "normalize_inbound_headers",
}
cdef object ABSENT = object()

cdef dict STEPS = {}          # the attributes of H2Configuration as it comes
cdef dict LOGGER_STEPS = {}   # those of DummyLogger
cdef Steps STEPS_FOUND
cdef Steps LOGGER_STEPS_FOUND
cdef type LOGGER = None


def enlist(type configuration, type logger):
    """Called once, with H2Configuration and DummyLogger when they are complete."""
    global LOGGER
    LOGGER = logger
    declare(STEPS, configuration, (*OPTIONS, "header_encoding", "logger", "__getattribute__"))
    declare(LOGGER_STEPS, logger, ("debug", "trace", "__getattribute__"))


cdef inline bint is_as_it_comes(object config) noexcept:
    return isinstance(config, Configuration) and class_takes(Py_TYPE(<PyObject *>config), &STEPS_FOUND, STEPS)


cdef bint option(object config, Option which) except -1:
    if is_as_it_comes(config) and (<Configuration>config).known & which:
        return (<Configuration>config).options & which != 0
    return bool(getattr(config, NAMES[which]))


cdef object header_encoding(object config):
    encoding = (<Configuration>config).encoding if is_as_it_comes(config) else ABSENT
    return config.header_encoding if encoding is ABSENT else encoding


cdef object logger_of(object config):
    logger = (<Configuration>config).log if is_as_it_comes(config) else ABSENT
    if logger is ABSENT:
        logger = config.logger
    if LOGGER is not None and isinstance(logger, LOGGER) and takes_steps(logger, &LOGGER_STEPS_FOUND, LOGGER_STEPS):
        return None
    return logger


cdef int outlive(Configuration self, object value) except -1:
    """Keeps a value that is replaced. Without a GIL another thread may be reading it: all connections of a program may
    share a configuration, so that readers take no lock.
    """
    if FREE_THREADED and value is not None and value is not ABSENT:
        self.replaced = [value, self.replaced]
    return 0


cdef class Configuration:
    """What H2Configuration is compiled from."""

    def __cinit__(self):
        self.encoding = ABSENT
        self.log = ABSENT

    @property
    @cython.critical_section
    def header_encoding(self):
        """Name of the encoding (str) that header names and values are decoded with; None or False: they stay bytes."""
        if self.encoding is ABSENT:
            raise missing(self, "header_encoding")
        return self.encoding

    @header_encoding.setter
    @cython.critical_section
    def header_encoding(self, value):
        if not (value is None or isinstance(value, (bool, str))):
            raise ValueError("header_encoding must be bool, string, or None")
        if value is True:
            raise ValueError("header_encoding cannot be True")
        outlive(self, self.encoding)
        self.encoding = value

    @property
    @cython.critical_section
    def logger(self):
        """An object with `debug` and `trace`, both called like `logging.Logger.debug`."""
        if self.log is ABSENT:
            raise missing(self, "logger")
        return self.log

    @logger.setter
    @cython.critical_section
    def logger(self, value):
        outlive(self, self.log)
        self.log = value

    @logger.deleter
    @cython.critical_section
    def logger(self):
        outlive(self, self.log)
        self.log = ABSENT


cdef object missing(object thing, str name):
    return AttributeError(f"'{type(thing).__name__}' object has no attribute '{name}'", name=name, obj=thing)


cdef class BooleanOption:
    """An attribute that takes nothing but True and False (ValueError). Source: h2.config._BooleanConfigOption.

    `name` (str) is that of the attribute. The value of an option of `Configuration` is a bit in it, that of any other
    an attribute `attr_name` of the object.
    """

    cdef readonly str name
    cdef readonly str attr_name
    cdef unsigned int which

    def __init__(self, str name):
        self.name = name
        self.attr_name = f"_{name}"
        self.which = OPTIONS.get(name, 0)

    def __get__(self, instance, owner):
        if isinstance(instance, Configuration) and (<Configuration>instance).known & self.which:
            return (<Configuration>instance).options & self.which != 0
        return getattr(instance, self.attr_name)

    def __set__(self, instance, value):
        if not isinstance(value, bool):
            raise ValueError(f"{self.name} must be a bool")
        if self.which and isinstance(instance, Configuration):
            with cython.critical_section(instance):
                (<Configuration>instance).known |= self.which
                (<Configuration>instance).options &= ~self.which
                if value:
                    (<Configuration>instance).options |= self.which
        else:
            setattr(instance, self.attr_name, value)
