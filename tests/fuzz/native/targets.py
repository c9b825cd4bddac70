"""The native targets of a folder in which they were built, ready to run."""
import ctypes
import importlib
import sys

MODULES = {"huffman": "strings", "integers": "strings", "cursor": "frames", "bulk": "frames", "decoder": "blocks",
           "round-trips": "blocks"}


def load(folder=None):
    """{name: capsule}, of modules in `folder`, or that can be imported already."""
    if folder is not None:
        sys.path.insert(0, str(folder))
    try:
        modules = {name: importlib.import_module(name) for name in ("runner", *sorted(set(MODULES.values())))}
    finally:
        if folder is not None:
            sys.path.remove(str(folder))
    modules["strings"].plant(huffman_code())
    addresses = nghttp2_addresses()
    if addresses:
        modules["blocks"].use_nghttp2(addresses)
    return {name: modules[module].TARGETS[name] for name, module in MODULES.items()}


def huffman_code():
    """[(code, length), ...] from hpack, or from fasth2's own table of RFC 7541 Appendix B."""
    try:
        from hpack import huffman_constants
    except ImportError:
        from fasth2.codec.rfc7541 import HUFFMAN_CODE

        return HUFFMAN_CODE
    return list(zip(huffman_constants.REQUEST_CODES, huffman_constants.REQUEST_CODES_LENGTH))


def nghttp2_addresses():
    """{function of libnghttp2's inflater: address}, empty where it cannot be loaded."""
    from differential.nghttp2 import library

    if library is None:
        return {}
    prefix = "nghttp2_hd_inflate_"
    names = ("new", "del", "change_table_size", "hd2", "end_headers", "get_dynamic_table_size", "get_num_table_entries",
             "get_table_entry")
    return {name: ctypes.cast(getattr(library, prefix + name), ctypes.c_void_p).value for name in names}
