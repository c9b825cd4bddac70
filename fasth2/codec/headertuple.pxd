"""C interface of the two header tuple types."""
from cpython.object cimport PyObject, PyTypeObject


cdef extern from "headertuple.h":
    # (name, value): takes over both references, also when it fails; see the header.
    int header_tuple_import() except -1  # once in a module that packs many: then it takes part in the pool
    PyObject *header_tuple_pack(PyTypeObject *type, PyObject *name, PyObject *value) noexcept
    # A new reference each, or NULL without memory; text is ASCII.
    PyObject *header_octets(const char *octets, size_t size) noexcept
    PyObject *header_text(const char *octets, size_t size) noexcept

    ctypedef class fasth2.codec.headertuple.HeaderTuple [object PyTupleObject, check_size ignore]:
        pass

    ctypedef class fasth2.codec.headertuple.NeverIndexedHeaderTuple [object PyTupleObject, check_size ignore]:
        pass
