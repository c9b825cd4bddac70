"""What bodies consist of: octets that both ends know by a number and a size, and that cost nothing to make."""
from hashlib import shake_128

LARGEST = 2**20  # octets of a body
_OCTETS = memoryview(shake_128(b"soak").digest(2 * LARGEST))


def body(number, size):
    """The body (memoryview) of `size` (octets, LARGEST at most) that belongs to request `number` (int)."""
    start = number * 7919 % LARGEST
    return _OCTETS[start:start + size]
