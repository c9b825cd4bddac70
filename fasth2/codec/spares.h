/* Header tuples and short strings that nobody has any more, kept to be used again: a decoder makes and drops one of
   each for nearly every literal, and the interpreter's allocator, reached through five calls, takes longer than the
   decoding. The pool is the process's, all of it in the keeping of the GIL, and bounded: see below. */
#ifndef FASTH2_SPARES_H
#define FASTH2_SPARES_H

#include <Python.h>

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(Py_GIL_DISABLED) || defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
#define FASTH2_SPARES 0 /* a spare object that is still in use somewhere must not look alive; references are counted */
#else
#define FASTH2_SPARES 1
#endif
#define FASTH2_SPARE_TUPLES (FASTH2_SPARES ? 128 : 0) /* of 64 octets each */
#define FASTH2_SPARE_STRINGS (FASTH2_SPARES ? 4 : 0)  /* of a length: 20 kB in all, if every length is kept */
#define FASTH2_SPARE_LENGTHS 64

/* What bytes and str begin with. A spare string stays what it is, a reference count of one included; in the place of
   its hash it has the next of its kind and length. */
struct fasth2_string {
    PyObject head;
    Py_ssize_t length;
    Py_hash_t hash;
};

_Static_assert(sizeof(Py_hash_t) == sizeof(void *), "a hash has room for a pointer");
_Static_assert(offsetof(PyBytesObject, ob_sval) == sizeof(struct fasth2_string), "bytes are laid out as supposed");
_Static_assert(offsetof(PyASCIIObject, length) == offsetof(struct fasth2_string, length)
                   && offsetof(PyASCIIObject, hash) == offsetof(struct fasth2_string, hash),
               "str is laid out as supposed");

/* By length. Lengths, and not sizes of blocks: nobody knows what a block of the interpreter's really has room for. */
struct fasth2_spare_strings {
    struct fasth2_string *first[FASTH2_SPARE_LENGTHS];
    unsigned char count[FASTH2_SPARE_LENGTHS];
};

struct fasth2_spares {
    PyTupleObject *tuples; /* as its item 0, each has the next */
    int tuple_count;
    struct fasth2_spare_strings octets;
    struct fasth2_spare_strings text; /* ASCII alone */
};

/* A string of that length, a new reference, whose contents are old; or NULL. */
static inline PyObject *
fasth2_spare_string(struct fasth2_spare_strings *spares, size_t length)
{
    struct fasth2_string *string = length < FASTH2_SPARE_LENGTHS ? spares->first[length] : NULL;

    if (string != NULL) {
        spares->first[length] = (struct fasth2_string *)string->hash;
        spares->count[length]--;
        string->hash = -1;
    }
    return (PyObject *)string;
}

static inline int
fasth2_is_plain_text(PyObject *string)
{
    return PyUnicode_CheckExact(string) && PyUnicode_IS_COMPACT_ASCII(string) && !PyUnicode_CHECK_INTERNED(string)
#if PY_VERSION_HEX < 0x030C0000
           && ((PyASCIIObject *)string)->wstr == NULL
#endif
        ;
}

/* Takes over a reference to an exact bytes or str. */
static inline void
fasth2_drop_string(struct fasth2_spares *spares, PyObject *string)
{
    struct fasth2_string *spare = (struct fasth2_string *)string;
    struct fasth2_spare_strings *kind;

    if (FASTH2_SPARES && Py_REFCNT(string) == 1 && (size_t)spare->length < FASTH2_SPARE_LENGTHS) {
        kind = PyBytes_CheckExact(string) ? &spares->octets : fasth2_is_plain_text(string) ? &spares->text : NULL;
        if (kind != NULL && kind->count[spare->length] < FASTH2_SPARE_STRINGS) {
            spare->hash = (Py_hash_t)kind->first[spare->length];
            kind->first[spare->length] = spare;
            kind->count[spare->length]++;
            return;
        }
    }
    Py_DECREF(string);
}

#endif
