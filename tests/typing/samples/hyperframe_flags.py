"""hyperframe.flags."""
from collections.abc import Iterator, MutableSet
from typing import TYPE_CHECKING, Any

from assertions import assert_type
from hyperframe.flags import Flag, Flags

padded = Flag("PADDED", bit=0x08)
assert_type(padded.name, str)
assert_type(padded.bit, int)
name, bit = padded
assert_type(bit, int)

flags = Flags([padded, Flag("ACK", 0x01)])
flags.add("ACK")
flags.discard("PADDED")
assert_type("ACK" in flags, bool)
assert_type(len(flags), int)
assert_type(iter(flags), Iterator[str])
as_set: MutableSet[Any] = flags
assert sorted(flags) == ["ACK"] and flags <= {"ACK", "PADDED"}

if TYPE_CHECKING:  # what a type checker refuses
    flags.add(1)  # type: ignore[arg-type]
    Flags(["ACK"])  # type: ignore[list-item]
    Flag("ACK")  # type: ignore[call-arg]
