"""The options of `fasth2 run`, which end where COMMAND begins."""
from fasth2.activation.layers import LAYERS
from fasth2.launcher.errors import UNUSABLE, CannotRun

USAGE = "usage: fasth2 run [--only LAYERS] [--strict] [--report] COMMAND [ARGUMENT ...]"
HELP = f"""{USAGE}

Starts COMMAND with fasth2 switched on in it and in every Python that it starts.
COMMAND is a program (hypercorn, python, make), a Python script (server.py), or
-m MODULE as for Python. Its arguments, standard streams, signals and exit
status are its own.

options:
  --only LAYERS  replace only these, separated by commas; there are
                 {", ".join(LAYERS)},
                 of which h2 brings hpack and hyperframe along
  --strict       end a Python, with status 1, in which fasth2 cannot be switched
                 on or an upstream version is not the one it mirrors; without
                 this option it runs on upstream's
  --report       print a line to stderr when a Python ends: what it ran on
  -h, --help     show this message and exit

The same by environment: FASTH2_ONLY=LAYERS, FASTH2_STRICT=1, FASTH2_REPORT=1.
FASTH2_DISABLE=1 switches fasth2 off.
"""


def parse(arguments):
    """Split `arguments` (list of str) into options, a dict of environment variables, and the words of the command.
    The options are None where help is asked for. Raises CannotRun."""
    rest, options = list(arguments), {}
    while rest and rest[0].startswith("-") and rest[0][:2] not in ("-m", "-c"):
        option, equals, value = rest.pop(0).partition("=")
        if option in ("-h", "--help"):
            return None, []
        if option == "--":
            break
        if option == "--only" and (equals or rest):
            options["FASTH2_ONLY"] = checked(value if equals else rest.pop(0))
        elif option in ("--strict", "--report") and not equals:
            options[f"FASTH2_{option[2:].upper()}"] = "1"
        else:
            raise usage(f"{option} needs a value" if option == "--only" else f"there is no option {option}{equals}")
    if not rest:
        raise usage("COMMAND is missing")
    return options, rest


def checked(names):
    """`names` (str, layers separated by commas) without spaces. Raises CannotRun where one is not a layer."""
    stripped = [name.strip() for name in names.split(",")]
    for name in stripped:
        if name not in LAYERS:
            raise usage(f"there is no layer {name!r}; layers are {', '.join(LAYERS)}")
    return ",".join(stripped)


def usage(message):
    """The CannotRun for a command line with a mistake: `message` (str) says which."""
    return CannotRun(f"{USAGE}\nfasth2 run: {message}", UNUSABLE)
