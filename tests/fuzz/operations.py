"""Random sessions: which operation comes next, given the state that the session is in."""
from fuzz.blocks import SIZES, BlockWriter, headers

LENGTH = 24  # operations in a session
ANNOUNCED = [*SIZES, 2**16 + 1, 2**32 - 1]  # by a peer, of its table
JUDGED = frozenset({"decode"})


def next_operation(rng, session):
    """(operation, the fault built into it or None)."""
    choice = rng.random()
    if choice < 0.62:
        block, fault = BlockWriter(rng, session.decoders[1]).block()
        return ["decode", block.hex(), rng.random() < 0.5], fault
    if choice < 0.85:
        fields = [[name.hex(), value.hex(), sensitive] for name, value, sensitive in headers(rng)]
        return ["encode", fields, rng.random() < 0.7], None
    if choice < 0.9:
        return ["resize", rng.choice(ANNOUNCED)], None
    if choice < 0.95:
        return ["allowed", max(rng.choice(SIZES), session.decoders[1].header_table.maxsize)
                if rng.random() < 0.4 else rng.choice(SIZES)], None
    if choice < 0.98:
        limit = session.decoders[1].max_header_list_size
        return ["limit", 2**16 if limit < 2**16 else rng.choice([300, 1000, 2000, 32, 0])], None
    return ["shrink", rng.choice(SIZES)], None
