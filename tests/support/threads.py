"""Threads that do their work at the same time, over and over."""
import contextlib
import os
import sys
import sysconfig
import threading

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
TIMES = int(os.environ.get("FASTH2_THREADS_TIMES", "1"))  # how often each of a job's rounds is done
# Lists and gc.collect() alone crash CPython 3.13.15t after _testcapi.set_nomemory().
WHY_NO_FAILING_ALLOCATOR = "without a GIL, _testcapi's failing allocator corrupts the interpreter's own heap"
PATIENCE = 300  # seconds until a thread that does not end is taken for dead; no test measures time


@contextlib.contextmanager
def eager_switching():
    """With the GIL, threads take turns after almost every step of theirs."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def hammer(*jobs, rounds, allowed=()):
    """Calls each of `jobs` `rounds` times, with the number of the round, each in a thread of its own.

    $FASTH2_THREADS_TIMES repeats all of that.

    The results are returned, a list for each job, without those calls that raised one of `allowed`. Any other
    exception is raised here.
    """
    for _ in range(TIMES - 1):
        hammer_once(jobs, rounds, allowed)
    return hammer_once(jobs, rounds, allowed)


def hammer_once(jobs, rounds, allowed):
    barrier = threading.Barrier(len(jobs))
    results = [[] for _ in jobs]
    errors = []

    def work(job, collected):
        try:
            barrier.wait()
            for number in range(rounds):
                if errors:
                    return
                with contextlib.suppress(*allowed):
                    collected.append(job(number))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=args, daemon=True) for args in zip(jobs, results)]
    with eager_switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a thread waits for ever"
    if errors:
        raise errors[0]
    return results
