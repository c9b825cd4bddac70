"""Runs Python text in an interpreter of its own: for what may crash, or must not touch this process."""
import subprocess
import sys
import textwrap


def python(text, *, check=True):
    """The standard output of `text`, run as a program; an AssertionError with its standard error if it fails."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if check and done.returncode:
        raise AssertionError(f"exit status {done.returncode}\n{done.stderr[-4000:]}")
    return done.stdout
