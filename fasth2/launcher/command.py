"""The COMMAND of `fasth2 run`: which program that is, and whether a Python in it would take no notice of us."""
import os
import sys

from fasth2.launcher.errors import NOT_FOUND, NOT_RUNNABLE, CannotRun

SCRIPTS = (".py", ".pyw", ".pyz")
HEED = {"E": "PYTHONPATH", "I": "PYTHONPATH", "S": "sitecustomize"}  # what the interpreter's own options leave out


class Command:
    """A program to start: `program` (str), the path of its file, and `argv` (list of str).

    words: list of str, not empty: a program as a shell would look it up, a Python script, or `-m` and `-c` as
        they are for Python; then its arguments.

    Raises CannotRun where there is no such program.
    """

    def __init__(self, words):
        name = words[0]
        if name[:2] in ("-m", "-c") or is_script(name):
            self.program, self.argv = sys.executable, [sys.executable, *words]
        else:
            self.program = locate(name)
            # A name that PATH does not lead to would make Python look for itself in the wrong place.
            self.argv = [self.program if is_ours(self.program) else name, *words[1:]]

    def ignores(self):
        """The option by which the interpreter that this command starts leaves fasth2 out, "I" or the like; or None."""
        if is_python(self.program) or is_python(self.argv[0]):
            return isolating_option(self.argv[1:])
        words = interpreter_line(self.program)
        at = next((at for at, word in enumerate(words) if is_python(word)), None)
        return None if at is None else isolating_option(words[at + 1:])


def is_script(name):
    """Whether the word `name` (str) stands for a Python script rather than for a program on PATH."""
    if not name.endswith(SCRIPTS):
        return False
    return bool(os.path.dirname(name)) or os.path.isfile(name) or not any(map(os.path.isfile, existing(name)))


def locate(name):
    """The path (str) of the program `name` (str). Raises CannotRun."""
    reason, status = "no such command", NOT_FOUND
    for path in existing(name):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
        reason, status = "it is a directory" if os.path.isdir(path) else "it is not executable", NOT_RUNNABLE
    raise CannotRun(f"fasth2: cannot run '{name}': {reason}", status)


def existing(name):
    """Yield the paths (str) to which the word `name` (str) can lead and where something is. In a virtual environment
    its own programs come first, activated or not: fasth2 is in no other Python than that one."""
    given, base = os.path.split(name)
    folders = [given] if given else os.get_exec_path()
    if not given and sys.prefix != sys.base_prefix:
        folders.insert(0, os.path.dirname(sys.executable))
    for folder in folders if base else []:
        path = os.path.join(folder, base)
        if os.name == "nt":  # where names have suffixes that nobody writes
            from shutil import which

            path = which(base, path=folder)
        if path and os.path.exists(path):
            yield path


def is_ours(program):
    """Whether the path `program` (str) is one in the virtual environment that we run in."""
    return sys.prefix != sys.base_prefix and os.path.dirname(program) == os.path.dirname(sys.executable)


def is_python(path):
    """Whether the last part of `path` (str) is a name such as python, python3.12, python3.14t, pypy3, pythonw.exe."""
    name = os.path.basename(path).lower().removesuffix(".exe")
    return name.rstrip("0123456789.dtw") in ("python", "pypy")


def isolating_option(words):
    """The first of HEED among the interpreter's own options, or None. `words`: list of str, what follows its name."""
    rest = iter(words)
    for word in rest:
        if word == "--check-hash-based-pycs":
            next(rest, None)
        if word == "-" or not word.startswith("-"):
            return None
        for at, letter in enumerate(word[1:] if not word.startswith("--") else "", start=2):
            if letter in HEED:
                return letter
            if letter in "cm":
                return None
            if letter in "WXQ":  # their value is the rest of the word, or the next one
                next(rest, None) if at == len(word) else None
                break
    return None


def interpreter_line(program):
    """The words (list of str) of the #! line of the file `program` (str), empty where there is none."""
    try:
        with open(program, "rb") as file:
            line = file.readline(256)
    except OSError:
        return []
    return os.fsdecode(line[2:]).split() if line.startswith(b"#!") else []
