"""What can be observed of a codec or table, as plain values that compare."""
import re


def table_state(table):
    """Everything of a HeaderTable (either implementation's) that a caller can see."""
    return {
        "entries": list(table.dynamic_entries),
        "size": table._current_size,
        "maxsize": table.maxsize,
        "resized": table.resized,
    }


def encoder_state(encoder):
    return {**table_state(encoder.header_table), "pending": list(encoder.table_size_changes)}


def decoder_state(decoder):
    return {
        **table_state(decoder.header_table),
        "allowed": decoder.max_allowed_table_size,
        "list_limit": decoder.max_header_list_size,
    }


def fields(headers):
    """Decoded fields with what a tuple comparison does not see: the class and the types of both strings."""
    return [(type(h).__name__, h.indexable, *((type(part).__name__, part) for part in h)) for h in headers]


# Upstream ends these two messages with a repr of the whole rest of the block, or with a memory address.
_UNSTABLE = re.compile(r"(representation is too long|integer representation from).*", re.DOTALL)


def outcome(call, *args, **kwargs):
    """What a call comes to: ("returned", value), or ("raised", class name, message)."""
    try:
        return "returned", call(*args, **kwargs)
    except Exception as error:
        return "raised", type(error).__name__, _UNSTABLE.sub(r"\1", str(error))
