"""C interface of HeaderTable, the tables as upstream's callers know them."""
from cpython.object cimport PyObject

from fasth2.codec.dynamictable cimport DynamicTable


cdef class Table(DynamicTable):
    cdef object loose           # a deque of all entries once the ring cannot say what a caller did; else None
    cdef dict __dict__
    cdef object __weakref__


# Whether `table` is a HeaderTable as it comes: no subclass, nothing patched, and its entries in the ring. Then all of
# fasth2.codec.dynamictable is for it, until Python code runs; without a GIL, as long as the table is held.
cdef bint is_regular(object table) noexcept

# Whether the debug lines of codecs or tables go anywhere. Asks the loggers, which may run Python code.
cdef bint is_logged() except -1

# Of any object: whether it is known to be a regular table in order, and no debug line goes anywhere. Runs no Python
# code and counts no references; what it does not know, the two functions above find out. Never true without a GIL.
cdef bint is_surely_plain(PyObject *table) noexcept

cdef object new_header_table()   # HeaderTable()

# Of a regular table that is held now: whether it still is, as long as it is held.
cdef inline bint is_in_order(Table table) noexcept:
    return table.loose is None and (table.resized is True or table.resized is False)
