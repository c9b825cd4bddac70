"""Memory that runs out: CPython's allocators made to fail, one allocation after the other."""
import gc
import pickle
import re
import sys

import _testcapi

CLOSELY = 100  # allocations of a call that fail one by one; of those after them, fewer and fewer do
# How many fail together. Not all from one on: where nothing can be allocated, CPython's own interpreter loop does not
# come out of some of its exception handlers.
LONG = 40
MOST = 20_000  # allocations of one call: from there on, something is wrong with counting them
LOST = re.compile("error return without exception set|<.+> returned NULL without setting an exception|"
                  "NULL result without error in PyObject_Call")


def without(act, thing, first, last):
    """What act(thing) comes to when the allocations `first` to `last` - 1 (int) fail: (None, result) or
    (exception, None)."""
    restore = _testcapi.remove_mem_hooks
    # Spare tuples of two: CPython 3.11 crashes where it has none and no memory for one, as it begins to iterate over
    # the items of a dict.
    spare = [(first, last) for _ in range(200)]
    del spare
    _testcapi.set_nomemory(first, last)
    try:
        result = act(thing)
    except Exception as error:
        restore()
        return error, None
    finally:
        restore()
    return None, result


def sweep(call):
    """Fails each allocation of a support.calls.Call in turn, first it alone, then it and those that come next. How
    often the call failed for that (int).

    It must come to what it comes to with memory, or to a MemoryError. After that its object is what it was (if the
    call says so), and the call on it comes to what it comes to on a new one.
    """
    expected, after = on_a_new_object(call)
    before = call.look(call.make())
    failures = number = 0
    enough = False
    while not enough:
        number += 1 + number // CLOSELY
        assert number < MOST
        for last in (number + 1, number + LONG):
            thing = call.make()
            error, result = without(call.act, thing, number, last)
            where = f"{call}: allocations {number} to {last - 1}"
            if is_for_want_of_memory(error, expected):
                failures += 1
                if call.kept:
                    assert call.look(thing) == before, where
                error = result = None
                call.mend(thing)
                found = call.outcome(thing)
                fresh = call.make()
                call.mend(fresh)
                assert found == call.outcome(fresh), where
                assert call.look(thing) == call.look(fresh), where
            else:
                found = ("raised", type(error), str(error)) if error else ("returned", call.show(result))
                assert found == expected, where
                assert call.look(thing) == after, where
                enough = last == number + LONG  # it made fewer: nobody does without so many
    return failures


def on_a_new_object(call):
    """What a Call comes to with memory, and what is to be seen of its object afterwards."""
    thing = call.make()
    return call.outcome(thing), call.look(thing)


def is_for_want_of_memory(error, expected):
    """Whether it is a MemoryError, or what the interpreter's own code makes of one. All of that can be seen without
    fasth2: an exception that passes a function in Python, where there is no memory for its traceback, is lost
    (SystemError), or on CPython 3.10 loses its text; imports, pickles and locks have their own words for what they
    miss."""
    if error is None or isinstance(error, MemoryError):
        return error is not None
    if isinstance(error, SystemError):
        return LOST.fullmatch(str(error)) is not None
    if isinstance(error, pickle.PicklingError) or str(error) == "can't allocate lock":
        return True
    if sys.version_info < (3, 11):
        return isinstance(error, RuntimeError) or (str(error) == "" and expected[:2] == ("raised", type(error)))
    return False


def left_behind(call, count):
    """How many blocks of memory `count` failed attempts at a Call leave (int), one for each of its first allocations."""
    before = sys.getallocatedblocks()
    for number in range(1, count + 1):
        without(call.act, call.make(), number, number + 1)
    gc.collect()
    return sys.getallocatedblocks() - before


def kept_by(work, rounds):
    """How many blocks of memory `rounds` calls of work() leave (int)."""
    before = sys.getallocatedblocks()
    for _ in range(rounds):
        work()
    gc.collect()
    return sys.getallocatedblocks() - before
