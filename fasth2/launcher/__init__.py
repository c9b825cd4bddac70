"""`fasth2 run`: starts a program with fasth2 switched on in every Python of it.

A folder with a module `sitecustomize` goes to the front of PYTHONPATH, which the program and its children inherit; then
this process becomes the program. Nothing is written, and nothing slow is imported: the program is waiting.
"""
import os
import sys

from fasth2.activation import disabled, upstream
from fasth2.activation.compiled import NOT_COMPILED, PACKAGE, is_compiled
from fasth2.activation.environment import is_set
from fasth2.launcher.command import HEED, Command
from fasth2.launcher.errors import FAILED, UNUSABLE, CannotRun
from fasth2.launcher.options import HELP, parse
from fasth2.launcher.process import start

BOOTSTRAP = os.path.join(PACKAGE, "activation", "bootstrap")


def run(arguments):
    """`fasth2 run` with `arguments` (list of str). Returns an exit status, where this process does not become the
    program."""
    try:
        options, words = parse(arguments)
        if options is None:
            print(HELP, end="")
            return 0
        command = Command(words)
        if not disabled():
            prepare(command, options)
        return start(command)
    except CannotRun as error:
        tell(error)
        return error.status


def tell(message):
    """Print `message` (str or Exception) to stderr, if there is one and it can be written to."""
    try:
        os.write(sys.__stderr__.fileno(), f"{message}\n".encode("utf-8", "backslashreplace"))
    except (AttributeError, OSError):
        pass  # no reason not to run the program


def is_run():
    """Whether this process was started under `fasth2 run`, whatever came of it."""
    return BOOTSTRAP in os.environ.get("PYTHONPATH", "").split(os.pathsep)


def prepare(command, options):
    """Put `options` (dict) and the bootstrap into the environment for `command` (a Command). Says so on stderr where
    the very interpreter of the command will take no notice. Raises CannotRun."""
    if problem := unusable():
        raise CannotRun(problem, UNUSABLE)
    os.environ.update(options)
    behind = os.environ.get("PYTHONPATH")  # an empty part of it would mean the working directory
    folders = behind.split(os.pathsep) if behind else []
    os.environ["PYTHONPATH"] = os.pathsep.join([BOOTSTRAP, *(folder for folder in folders if folder != BOOTSTRAP)])
    if option := command.ignores():
        problem = (f"fasth2: python -{option} takes no notice of {HEED[option]}, so it runs without fasth2; "
                   f"leave -{option} out, or call fasth2.install() in the program")
        if is_set("FASTH2_STRICT"):
            raise CannotRun(problem, FAILED)
        tell(problem)


def unusable():
    """Why this installation cannot be in the program (str), or None."""
    if not is_compiled():
        return NOT_COMPILED
    if os.pathsep in BOOTSTRAP:
        return (f"fasth2: PYTHONPATH cannot hold {BOOTSTRAP}: install fasth2 where no folder has {os.pathsep} in its "
                "name")
    if not is_found_elsewhere():
        return ("fasth2: only this working directory leads to fasth2, and the program would not find it: install it, "
                f"or set PYTHONPATH={os.path.dirname(PACKAGE)}")
    return None


def is_found_elsewhere():
    """Whether a Python that starts in another directory imports fasth2 too: `python -m fasth2` may have found it in
    the working directory alone."""
    if os.path.abspath(sys.path[0]) != os.path.dirname(PACKAGE):
        return True
    first = sys.path.pop(0)
    try:
        return upstream.find("fasth2", sys.meta_path) is not None
    finally:
        sys.path.insert(0, first)
