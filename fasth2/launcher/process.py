"""Starting the program: in this process where the system can do that, else in a child that is waited for."""
import _signal  # `signal` would import enum
import os
from errno import ENOEXEC

from fasth2.launcher.errors import NOT_RUNNABLE, CannotRun


def replace(command):
    """Become the program of `command` (a Command): the same process, so that all that is sent to it arrives there.
    Raises CannotRun."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_DFL)  # ignored by Python, which exec would pass on
    try:
        os.execv(command.program, command.argv)
    except OSError as error:
        if error.errno == ENOEXEC:  # a script without a #! line: a shell's, as for env or nice
            os.execv("/bin/sh", ["sh", command.program, *command.argv[1:]])
        raise cannot_start(command, error) from None


def attend(command):
    """Start `command` (a Command) as a child and wait for it; returns its exit status. For Windows, which cannot
    replace a process. Ctrl-C goes to both, and is the program's to handle. Raises CannotRun."""
    import signal
    import subprocess

    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    try:
        return exit_status(subprocess.Popen([command.program, *command.argv[1:]]).wait())
    except OSError as error:
        raise cannot_start(command, error) from None


def exit_status(status):
    """The exit status that is to be passed on for a child's `status` (int): it is unsigned on Windows, and sys.exit()
    takes what fits a C int."""
    return status - 2**32 if status >= 2**31 else status


def cannot_start(command, error):
    """The CannotRun for `command` (a Command) that the system has refused with `error` (OSError)."""
    reason = "its interpreter is missing" if isinstance(error, FileNotFoundError) else error.strerror
    return CannotRun(f"fasth2: cannot run '{command.program}': {reason}", NOT_RUNNABLE)


start = replace if os.name == "posix" else attend
